"""What electors tell us is sealed: what letters need, e-mail addresses, and e-mail on its way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.util.exc import CommandError

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _refuse_while_letters_wait("in plain text, and this release keeps them sealed", "the release that made them")
    _addressees(sa.Column("sealed", sa.LargeBinary(), nullable=False))
    op.create_table(
        "contacts",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("elector_id", sa.Uuid(), nullable=False),
        sa.Column("email_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_contacts_round_id")),
        sa.PrimaryKeyConstraint("round_id", "elector_id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("round_id", "email_hash", name=op.f("uq_contacts_round_id_email_hash")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_outbox_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_outbox_next_try_at"), "outbox", ["next_try_at"])
    op.create_table(
        "email_tokens",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("asker", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_email_tokens_round_id")),
        sa.PrimaryKeyConstraint("round_id", "token_hash", name=op.f("pk_email_tokens")),
        sa.UniqueConstraint("round_id", "code_hash", name=op.f("uq_email_tokens_round_id_code_hash")),
        sqlite_with_rowid=False,
    )
    op.add_column("rounds", sa.Column("email_link", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("code_batches", sa.Column("registered", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("slots", sa.Column("noticed", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    _refuse_while_letters_wait("sealed, and the release before keeps them in plain text", "this release")
    op.execute("ALTER TABLE slots DROP COLUMN noticed")  # not by batch: that would give the table its rowid back
    op.drop_column("code_batches", "registered")
    op.drop_column("rounds", "email_link")
    op.drop_table("email_tokens")
    op.drop_table("outbox")
    op.drop_table("contacts")
    _addressees(
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("ward", sa.String(), nullable=False),
    )


def _addressees(*columns: sa.Column[object]) -> None:
    """Make the table anew, which is empty."""
    op.drop_table("addressees")
    op.create_table(
        "addressees",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("elector_id", sa.Uuid(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["batch_id"], ["code_batches.id"], name=op.f("fk_addressees_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_addressees")),
    )


def _refuse_while_letters_wait(how: str, release: str) -> None:
    """A migration has no keys: it can neither seal what is plain nor open what is sealed, and nothing may be lost."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM addressees")):
        raise CommandError(
            f"Names and addresses of letters are stored {how}; make and post these letters with {release}, note that "
            "they are posted, and then go on"
        )
