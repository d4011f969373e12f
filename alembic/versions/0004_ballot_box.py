"""The ballot box: ballots that wait for their batch, the log with its checkpoints and witnesses, custody of keys.

A vote that is open or waits for its count must be finished before: what was cast without a log gets none afterwards.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = ("log_leaves", "log_checkpoints")
IN_USE = "SELECT count(*) FROM rounds WHERE phase IN ('voting', 'counting')"


def upgrade() -> None:
    _refuse_open_votes()
    op.create_table(
        "waiting_ballots",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("hidden", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name=op.f("fk_waiting_ballots_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "id", name=op.f("pk_waiting_ballots")),
        sqlite_with_rowid=False,
    )
    op.execute("ALTER TABLE cast_keys DROP COLUMN ballot")  # not by batch: that would give the table its rowid back
    _log_tables()
    op.add_column("electors", sa.Column("removed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("rounds", sa.Column("paused_reason", sa.String(), server_default="", nullable=False))
    op.add_column("rounds", sa.Column("challenge_days", sa.Integer(), server_default="91", nullable=False))
    op.add_column("polls", sa.Column("custody", sa.String(), server_default="host", nullable=False))
    for column in ("rehearsed_at", "certified_at", "keys_destroyed_at"):
        op.add_column("polls", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    _make_append_only()


def _refuse_open_votes() -> None:
    if op.get_bind().execute(sa.text(IN_USE)).scalar_one():
        raise RuntimeError(
            "A vote is open or waits for its result. Its ballots were cast without a log: please publish or cancel it "
            "with the version that it was opened with, and then upgrade."
        )


def _log_tables() -> None:
    op.create_table(
        "logs",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("log_key", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("nodes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name=op.f("fk_logs_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", name=op.f("pk_logs")),
        sa.UniqueConstraint("origin", name=op.f("uq_logs_origin")),
    )
    op.create_table(
        "log_leaves",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("leaf", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["logs.poll_id"], name=op.f("fk_log_leaves_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "number", name=op.f("pk_log_leaves")),
    )
    op.create_table(
        "log_checkpoints",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["logs.poll_id"], name=op.f("fk_log_checkpoints_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "size", name=op.f("pk_log_checkpoints")),
    )
    op.create_table(
        "witnesses",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_witnesses_round_id")),
        sa.ForeignKeyConstraint(["added_by"], ["accounts.id"], name=op.f("fk_witnesses_added_by")),
        sa.PrimaryKeyConstraint("round_id", "key", name=op.f("pk_witnesses")),
    )
    op.create_table(
        "log_cosignatures",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["logs.poll_id"], name=op.f("fk_log_cosignatures_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", "size", "key", name=op.f("pk_log_cosignatures")),
    )


def _make_append_only() -> None:
    """Let the database itself refuse to change or remove what the log says."""
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
            continue
        op.execute(
            f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
        )


def downgrade() -> None:
    for column in ("keys_destroyed_at", "certified_at", "rehearsed_at", "custody"):
        op.drop_column("polls", column)
    op.drop_column("electors", "removed")
    op.drop_column("rounds", "challenge_days")
    op.drop_column("rounds", "paused_reason")
    for table in ("log_cosignatures", "witnesses", "log_checkpoints", "log_leaves", "logs"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP FUNCTION {table}_append_only()")
    op.add_column("cast_keys", sa.Column("ballot", sa.LargeBinary(), server_default=sa.text("''"), nullable=False))
    op.drop_table("waiting_ballots")
