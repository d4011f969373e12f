"""What came of a turnout audit: numbers alone, nothing about who was asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COUNTS = ("size", "asked", "yes", "no", "not_reached")


def upgrade() -> None:
    op.create_table(
        "turnout_audits",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_turnout_audits_round_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_turnout_audits")),
    )


def downgrade() -> None:
    op.drop_table("turnout_audits")
