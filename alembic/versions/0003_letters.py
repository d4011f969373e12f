"""The roll from a file: references as keyed hashes, addressees until their letters are posted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "addressees",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("elector_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("ward", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["code_batches.id"], name=op.f("fk_addressees_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_addressees")),
    )
    # Batches that are there already came without a file; the defaults are only for them.
    op.add_column("code_batches", sa.Column("imported", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("code_batches", sa.Column("letters_made", sa.Integer(), server_default="0", nullable=False))
    op.add_column("code_batches", sa.Column("letters_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("code_batches", sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("electors", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reference_hash", sa.LargeBinary(), nullable=True))
        batch_op.alter_column("code_hash", existing_type=sa.LargeBinary(), nullable=True)
        batch_op.create_unique_constraint(
            batch_op.f("uq_electors_round_id_reference_hash"), ["round_id", "reference_hash"]
        )


def downgrade() -> None:
    with op.batch_alter_table("electors", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_electors_round_id_reference_hash"), type_="unique")
        batch_op.drop_column("reference_hash")
        batch_op.alter_column("code_hash", existing_type=sa.LargeBinary(), nullable=False)
    for column in ("posted_at", "letters_at", "letters_made", "imported"):
        op.drop_column("code_batches", column)
    op.drop_table("addressees")
