"""Finding the place of a ballot in its log by an index, not in memory."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_log_leaves_leaf"), "log_leaves", ["leaf"], postgresql_using="hash")


def downgrade() -> None:
    op.drop_index(op.f("ix_log_leaves_leaf"), table_name="log_leaves")
