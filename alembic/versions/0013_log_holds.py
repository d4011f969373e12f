"""Logs that are held after a backup was restored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_holds",
        sa.Column("poll_id", sa.Uuid(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("backup_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["polls.id"], name=op.f("fk_log_holds_poll_id")),
        sa.PrimaryKeyConstraint("poll_id", name=op.f("pk_log_holds")),
    )


def downgrade() -> None:
    op.drop_table("log_holds")
