"""The whole house: accounts, forums, rounds, proposals, roll, voting, outcomes, publication."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY_SQLITE = """
CREATE TRIGGER audit_events_no_{verb} BEFORE {verb} ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END
"""
APPEND_ONLY_POSTGRESQL = (
    """
    CREATE FUNCTION audit_events_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit_events is append-only'; END $$
    """,
    """
    CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION audit_events_append_only()
    """,
)


def make_audit_append_only() -> None:
    """Let the database itself refuse to change or remove what the audit trail says."""
    if op.get_bind().dialect.name == "sqlite":
        statements = tuple(APPEND_ONLY_SQLITE.format(verb=verb) for verb in ("UPDATE", "DELETE"))
    else:
        statements = APPEND_ONLY_POSTGRESQL
    for statement in statements:
        op.execute(statement)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("administrator", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_accounts_email")),
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("round_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_events_round_id"), ["round_id"], unique=False)

    op.create_table(
        "forums",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("contact_email", sa.String(), nullable=False),
        sa.Column("contact_phone", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forums")),
        sa.UniqueConstraint("slug", name=op.f("uq_forums_slug")),
    )
    op.create_table(
        "forum_areas",
        sa.Column("forum_id", sa.Uuid(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["forum_id"], ["forums.id"], name=op.f("fk_forum_areas_forum_id")),
        sa.PrimaryKeyConstraint("forum_id", "prefix", name=op.f("pk_forum_areas")),
    )
    with op.batch_alter_table("forum_areas", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forum_areas_prefix"), ["prefix"], unique=False)

    op.create_table(
        "logins",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_logins_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_logins")),
    )
    with op.batch_alter_table("logins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_logins_account_id"), ["account_id"], unique=False)

    op.create_table(
        "role_grants",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("forum_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_role_grants_account_id")),
        sa.ForeignKeyConstraint(["forum_id"], ["forums.id"], name=op.f("fk_role_grants_forum_id")),
        sa.PrimaryKeyConstraint("account_id", "forum_id", "role", name=op.f("pk_role_grants")),
    )
    op.create_table(
        "rounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("forum_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("eligibility", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("smallest_award", sa.BigInteger(), nullable=True),
        sa.Column("largest_award", sa.BigInteger(), nullable=True),
        sa.Column("proposals_open_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposals_close_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voting_open_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voting_close_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("results_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_reason", sa.String(), nullable=False),
        sa.Column("config_sha256", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["forum_id"], ["forums.id"], name=op.f("fk_rounds_forum_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
        sa.UniqueConstraint("slug", name=op.f("uq_rounds_slug")),
    )
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rounds_forum_id"), ["forum_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rounds_phase"), ["phase"], unique=False)

    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["approved_by"], ["accounts.id"], name=op.f("fk_approvals_approved_by")),
        sa.ForeignKeyConstraint(["asked_by"], ["accounts.id"], name=op.f("fk_approvals_asked_by")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_approvals_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approvals_round_id"), ["round_id"], unique=False)

    op.create_table(
        "code_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_code_batches_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_batches")),
    )
    with op.batch_alter_table("code_batches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_code_batches_round_id"), ["round_id"], unique=False)

    op.create_table(
        "polls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("design", sa.JSON(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("rule_parameters", sa.JSON(), nullable=False),
        sa.Column("ties", sa.JSON(), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_polls_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polls")),
        sa.UniqueConstraint("round_id", "position", name=op.f("uq_polls_round_id_position")),
    )
    op.create_table(
        "pots",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("funder", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_pots_round_id")),
        sa.PrimaryKeyConstraint("round_id", "position", name=op.f("pk_pots")),
    )
    op.create_table(
        "proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("proposer", sa.String(), nullable=False),
        sa.Column("contact_email", sa.String(), nullable=False),
        sa.Column("running_costs", sa.String(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_reason", sa.String(), nullable=False),
        sa.Column("appropriate", sa.Boolean(), nullable=True),
        sa.Column("feasible", sa.Boolean(), nullable=True),
        sa.Column("sustainable", sa.Boolean(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_proposals_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_proposals_round_id_number")),
    )
    op.create_table(
        "cast_keys",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("ballot", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name=op.f("fk_cast_keys_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "key", name=op.f("pk_cast_keys")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cost_lines",
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_cost_lines_proposal_id")),
        sa.PrimaryKeyConstraint("proposal_id", "position", name=op.f("pk_cost_lines")),
    )
    op.create_table(
        "electors",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["code_batches.id"], name=op.f("fk_electors_batch_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_electors_round_id")),
        sa.PrimaryKeyConstraint("round_id", "id", name=op.f("pk_electors")),
        sa.UniqueConstraint("round_id", "code_hash", name=op.f("uq_electors_round_id_code_hash")),
    )
    op.create_table(
        "outcomes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_by", sa.Uuid(), nullable=False),
        sa.Column("electors", sa.Integer(), nullable=False),
        sa.Column("ballots", sa.Integer(), nullable=False),
        sa.Column("blank", sa.Integer(), nullable=False),
        sa.Column("election_sha256", sa.String(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["counted_by"], ["accounts.id"], name=op.f("fk_outcomes_counted_by")),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name=op.f("fk_outcomes_poll_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcomes")),
    )
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outcomes_poll_id"), ["poll_id"], unique=False)

    op.create_table(
        "projects",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name=op.f("fk_projects_poll_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_projects_proposal_id")),
        sa.PrimaryKeyConstraint("poll_id", "number", name=op.f("pk_projects")),
    )
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_projects_proposal_id"), ["proposal_id"], unique=False)

    op.create_table(
        "proposal_changes",
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_proposal_changes_proposal_id")),
        sa.PrimaryKeyConstraint("proposal_id", "position", name=op.f("pk_proposal_changes")),
    )
    op.create_table(
        "sealed_ballots",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name=op.f("fk_sealed_ballots_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "commitment", name=op.f("pk_sealed_ballots")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "slots",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.LargeBinary(), nullable=False),
        sa.Column("ballot", sa.LargeBinary(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name=op.f("fk_slots_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "slot", name=op.f("pk_slots")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "publications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome_id", sa.Uuid(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["approved_by"], ["accounts.id"], name=op.f("fk_publications_approved_by")),
        sa.ForeignKeyConstraint(["asked_by"], ["accounts.id"], name=op.f("fk_publications_asked_by")),
        sa.ForeignKeyConstraint(["outcome_id"], ["outcomes.id"], name=op.f("fk_publications_outcome_id")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_publications_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_publications_round_id_number")),
    )
    op.create_table(
        "publication_files",
        sa.Column("publication_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_publication_files_publication_id")
        ),
        sa.PrimaryKeyConstraint("publication_id", "name", name=op.f("pk_publication_files")),
    )
    make_audit_append_only()


def downgrade() -> None:
    op.drop_table("publication_files")
    op.drop_table("publications")
    op.drop_table("slots")
    op.drop_table("sealed_ballots")
    op.drop_table("proposal_changes")
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_projects_proposal_id"))

    op.drop_table("projects")
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outcomes_poll_id"))

    op.drop_table("outcomes")
    op.drop_table("electors")
    op.drop_table("cost_lines")
    op.drop_table("cast_keys")
    op.drop_table("proposals")
    op.drop_table("pots")
    op.drop_table("polls")
    with op.batch_alter_table("code_batches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_code_batches_round_id"))

    op.drop_table("code_batches")
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approvals_round_id"))

    op.drop_table("approvals")
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rounds_phase"))
        batch_op.drop_index(batch_op.f("ix_rounds_forum_id"))

    op.drop_table("rounds")
    op.drop_table("role_grants")
    with op.batch_alter_table("logins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_logins_account_id"))

    op.drop_table("logins")
    with op.batch_alter_table("forum_areas", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_forum_areas_prefix"))

    op.drop_table("forum_areas")
    op.drop_table("forums")
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_events_round_id"))

    op.drop_table("audit_events")
    op.drop_table("accounts")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_events_append_only()")
