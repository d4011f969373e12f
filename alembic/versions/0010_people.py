"""Invitations, a second step of signing in, what an administrator chooses, and ways to page through the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# For each way to page through the log, an index in its order.
WAYS = (
    ("at", "id"),
    ("round_id", "at", "id"),
    ("actor_id", "at", "id"),
    ("kind", "at", "id"),
    ("round_id", "actor_id", "at", "id"),
    ("round_id", "kind", "at", "id"),
    ("actor_id", "kind", "at", "id"),
)


def upgrade() -> None:
    _accounts()
    _invites()
    op.create_table(
        "installation_values",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation_values")),
    )
    op.drop_index(op.f("ix_audit_events_round_id"), table_name="audit_events")
    for columns in WAYS:
        op.create_index(op.f(f"ix_audit_events_{'_'.join(columns)}"), "audit_events", list(columns))


def _accounts() -> None:
    op.add_column("accounts", sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("logins", sa.Column("complete", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "second_steps",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pending", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("wrong_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_second_steps_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_second_steps")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_recovery_codes_account_id")),
        sa.PrimaryKeyConstraint("account_id", "code_hash", name=op.f("pk_recovery_codes")),
    )


def _invites() -> None:
    op.create_table(
        "invites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("administrator", sa.Boolean(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_invites_account_id")),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_invites_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invites")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invites_token_hash")),
    )
    op.create_table(
        "invite_roles",
        sa.Column("invite_id", sa.Uuid(), nullable=False),
        sa.Column("forum_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["invite_id"], ["invites.id"], name=op.f("fk_invite_roles_invite_id")),
        sa.ForeignKeyConstraint(["forum_id"], ["forums.id"], name=op.f("fk_invite_roles_forum_id")),
        sa.PrimaryKeyConstraint("invite_id", "forum_id", "role", name=op.f("pk_invite_roles")),
    )


def downgrade() -> None:
    for columns in WAYS:
        op.drop_index(op.f(f"ix_audit_events_{'_'.join(columns)}"), table_name="audit_events")
    op.create_index(op.f("ix_audit_events_round_id"), "audit_events", ["round_id"])
    for table in ("installation_values", "invite_roles", "invites", "recovery_codes", "second_steps"):
        op.drop_table(table)
    op.drop_column("logins", "complete")
    op.drop_column("accounts", "active")
