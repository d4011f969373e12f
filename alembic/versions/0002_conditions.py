"""Conditions of a vote: ring-fenced pots, a least number of supporters, a reserve list and more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("polls", sa.Column("conditions", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("polls", "conditions")
