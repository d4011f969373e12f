"""Wards, boundaries and population bands of forums."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LISTS = ("wards", "people")
SHAPES = ("boundary", "outline")


def upgrade() -> None:
    for name in LISTS:
        op.add_column("forums", sa.Column(name, sa.JSON(), server_default="[]", nullable=False))
    for name in SHAPES:
        op.add_column("forums", sa.Column(name, sa.JSON(none_as_null=True), nullable=True))
    op.add_column("forums", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("forum_areas", sa.Column("ward", sa.String(), server_default="", nullable=False))
    op.create_table(
        "population_bands",
        sa.Column("least", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("funder", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("least", name=op.f("pk_population_bands")),
    )


def downgrade() -> None:
    op.drop_table("population_bands")
    op.drop_column("forum_areas", "ward")
    for name in ("version", *SHAPES, *LISTS):
        op.drop_column("forums", name)
