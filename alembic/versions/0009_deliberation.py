"""Comments, supports and questions; who follows what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _comments()
    _questions()
    _following()
    _outbox(nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM outbox WHERE round_id IS NULL")  # the release before cannot send them
    _outbox(nullable=False)
    for table in ("news", "told_events", "followings", "followers", "follow_requests"):
        op.drop_table(table)
    for table in ("supports", "questions", "comment_flags", "comments"):
        op.drop_table(table)


def _comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("official", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_comments_round_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_comments_proposal_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["comments.id"], name=op.f("fk_comments_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_round_id"), "comments", ["round_id"])
    op.create_index(op.f("ix_comments_parent_id"), "comments", ["parent_id"])
    op.create_index("ix_comments_proposal_id_parent_id", "comments", ["proposal_id", "parent_id", "id"])
    op.create_table(
        "comment_flags",
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("flagger", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_comment_flags_comment_id")),
        sa.PrimaryKeyConstraint("comment_id", "flagger", name=op.f("pk_comment_flags")),
    )


def _questions() -> None:
    op.create_table(
        "questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_questions_round_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_questions_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
    )
    op.create_index("ix_questions_round_id_proposal_id", "questions", ["round_id", "proposal_id", "id"])
    op.create_table(
        "supports",
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("supporter", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_supports_proposal_id")),
        sa.PrimaryKeyConstraint("proposal_id", "supporter", name=op.f("pk_supports")),
        sqlite_with_rowid=False,
    )


def _following() -> None:
    op.create_table(
        "follow_requests",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("asker", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_follow_requests")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_follow_requests_asker"), "follow_requests", ["asker"])
    op.create_index(op.f("ix_follow_requests_expires_at"), "follow_requests", ["expires_at"])
    op.create_table(
        "followers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followers")),
        sa.UniqueConstraint("email_hash", name=op.f("uq_followers_email_hash")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "followings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("follower_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["follower_id"], ["followers.id"], name=op.f("fk_followings_follower_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followings")),
        sa.UniqueConstraint("follower_id", "kind", "subject", name=op.f("uq_followings_follower_id_kind_subject")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_followings_subject"), "followings", ["subject"])
    op.create_table(
        "told_events",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("reached", sa.Uuid(), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_told_events")),
    )
    op.create_index(op.f("ix_told_events_at"), "told_events", ["at"])
    op.create_table(
        "news",
        sa.Column("follower_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["follower_id"], ["followers.id"], name=op.f("fk_news_follower_id")),
        sa.PrimaryKeyConstraint("follower_id", "event_id", name=op.f("pk_news")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_news_at"), "news", ["at"])


def _outbox(*, nullable: bool) -> None:
    """Let messages be about no round, or no longer.

    On SQLite the table is made anew, with what is in it: not by batch, which would give it its rowid back.
    """
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("outbox", "round_id", existing_type=sa.Uuid(), nullable=nullable)
        return
    op.drop_index(op.f("ix_outbox_next_try_at"), "outbox")
    op.rename_table("outbox", "outbox_before")
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=nullable),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_outbox_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_with_rowid=False,
    )
    columns = "id, round_id, kind, sealed, tries, next_try_at"
    op.execute(f"INSERT INTO outbox ({columns}) SELECT {columns} FROM outbox_before")  # noqa: S608  # our own words
    op.drop_table("outbox_before")
    op.create_index(op.f("ix_outbox_next_try_at"), "outbox", ["next_try_at"])
