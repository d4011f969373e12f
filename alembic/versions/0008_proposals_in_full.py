"""Drafts, match, places, pictures and documents of proposals; what officers note about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _upgrade_review()
    _upgrade_content()


def downgrade() -> None:
    _downgrade_content()
    _downgrade_review()


REVIEW_TABLES = (
    "regrouping_parts",
    "regroupings",
    "panel_feedback",
    "proposal_notes",
    "proposal_assignments",
    "proposal_costings",
    "proposal_checks",
)


def _upgrade_review() -> None:
    """The service clock of a proposal, and the tables of what officers record about proposals."""
    op.add_column("proposals", sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE proposals SET waiting_since = submitted_at WHERE status = 'submitted'")
    op.create_index(op.f("ix_proposals_round_id_status"), "proposals", ["round_id", "status"])
    op.create_index(op.f("ix_proposals_round_id_category"), "proposals", ["round_id", "category"])
    waiting = ["round_id", "waiting_since", "number"]
    op.create_index(op.f("ix_proposals_round_id_waiting_since_number"), "proposals", waiting)
    _of_proposal(
        "proposal_checks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("passes", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        *_made("proposal_checks"),
        key=["proposal_id", "name"],
    )
    _of_proposal(
        "proposal_costings",
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("others", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        *_made("proposal_costings"),
        key=["proposal_id"],
    )
    _of_proposal(
        "proposal_assignments",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_proposal_assignments_account_id")),
        key=["proposal_id"],
    )
    op.create_index(op.f("ix_proposal_assignments_account_id"), "proposal_assignments", ["account_id"])
    for table, columns in {"proposal_notes": ("text",), "panel_feedback": ("who", "text")}.items():
        texts = [sa.Column(name, sa.String(), nullable=False) for name in columns]
        _of_proposal(table, sa.Column("id", sa.Uuid(), nullable=False), *texts, *_made(table), key=["id"])
        op.create_index(op.f(f"ix_{table}_proposal_id"), table, ["proposal_id"])
    _upgrade_regroupings()


def _upgrade_regroupings() -> None:
    op.create_table(
        "regroupings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        *_made("regroupings"),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_regroupings_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regroupings")),
    )
    op.create_index(op.f("ix_regroupings_round_id"), "regroupings", ["round_id"])
    _of_proposal(
        "regrouping_parts",
        sa.Column("regrouping_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["regrouping_id"], ["regroupings.id"], name=op.f("fk_regrouping_parts_regrouping_id")),
        key=["regrouping_id", "proposal_id"],
    )
    op.create_index(op.f("ix_regrouping_parts_proposal_id"), "regrouping_parts", ["proposal_id"])


def _made(table: str) -> list[sa.schema.SchemaItem]:
    """Who made a record, and when."""
    return [
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f(f"fk_{table}_made_by")),
    ]


def _of_proposal(table: str, *parts: sa.schema.SchemaItem, key: list[str]) -> None:
    """A table whose rows belong to a proposal."""
    op.create_table(
        table,
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        *parts,
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f(f"fk_{table}_proposal_id")),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
    )


def _downgrade_review() -> None:
    for table in REVIEW_TABLES:
        op.drop_table(table)
    op.drop_index(op.f("ix_proposals_round_id_waiting_since_number"), "proposals")
    op.drop_index(op.f("ix_proposals_round_id_category"), "proposals")
    op.drop_index(op.f("ix_proposals_round_id_status"), "proposals")
    op.drop_column("proposals", "waiting_since")


MONEY = {"ask": None, "smallest": None, "match_cash": "0", "match_kind": "0"}
OTHERS = ("match_hours", "whole_area", "latitude", "longitude")


def _upgrade_content() -> None:
    """What a proposal asks for and brings, where it is, and the tables of drafts and of what is attached."""
    for name, default in MONEY.items():
        column = sa.Column(name, sa.BigInteger(), nullable=default is None, server_default=default)
        op.add_column("proposals", column)
    op.add_column("proposals", sa.Column("match_hours", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("proposals", sa.Column("whole_area", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in ("latitude", "longitude"):
        op.add_column("proposals", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("proposal_changes", sa.Column("before", sa.JSON(), nullable=True))
    op.create_table(
        "proposal_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("links", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_proposal_drafts_round_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_proposal_drafts_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_drafts")),
        sa.UniqueConstraint("round_id", "key_hash", name=op.f("uq_proposal_drafts_round_id_key_hash")),
    )
    op.create_index(op.f("ix_proposal_drafts_changed_at"), "proposal_drafts", ["changed_at"])
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=True),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("small", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("hidden_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["proposal_drafts.id"], name=op.f("fk_attachments_draft_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_attachments_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    for name in ("draft_id", "proposal_id"):
        op.create_index(op.f(f"ix_attachments_{name}"), "attachments", [name])


def _downgrade_content() -> None:
    op.drop_table("attachments")
    op.drop_table("proposal_drafts")
    op.drop_column("proposal_changes", "before")
    for name in (*MONEY, *OTHERS):
        op.drop_column("proposals", name)
