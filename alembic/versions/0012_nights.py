"""Decision Nights: places, run sheets, codes at the door."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nights",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("access", sa.String(), nullable=False),
        sa.Column("doors_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.JSON(), nullable=False),
        sa.Column("seed_source", sa.String(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_off", sa.String(), nullable=False),
        sa.Column("walk_ins", sa.Integer(), nullable=False),
        sa.Column("slips_made", sa.Integer(), nullable=False),
        sa.Column("slips_handed", sa.Integer(), nullable=False),
        sa.Column("timer_item", sa.String(), nullable=False),
        sa.Column("timer_left_ms", sa.Integer(), nullable=False),
        sa.Column("timer_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_nights_round_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_nights")),
    )
    op.create_table(
        "night_guests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("arrived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["nights.round_id"], name=op.f("fk_night_guests_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_night_guests")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_night_guests_round_id_number")),
        sa.UniqueConstraint("round_id", "turn", name=op.f("uq_night_guests_round_id_turn")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_night_guests_key_hash")),
    )
    op.create_table(
        "night_slips",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), server_default="door", nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["code_batches.id"], name=op.f("fk_night_slips_batch_id")),
        sa.ForeignKeyConstraint(["round_id"], ["nights.round_id"], name=op.f("fk_night_slips_round_id")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_night_slips")),
        sa.UniqueConstraint("round_id", "first", name=op.f("uq_night_slips_round_id_first")),
    )


def downgrade() -> None:
    op.drop_table("night_slips")
    op.drop_table("night_guests")
    op.drop_table("nights")
