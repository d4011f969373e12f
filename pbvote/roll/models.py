"""The roll of a round, as it is stored.

A voting code is never stored, only its keyed hash; names, addresses and references are sealed (`keys.sealed`).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from pbvote.db import Base, uuid7


class CodeBatch(Base):
    """Electors that came on the roll together.

    `registered` ones came to a desk, all into one batch. `imported` ones came from a file: their codes are made with
    their letters. `letters_made` counts how often that was
    done, last at `letters_at`; once letters are posted they cannot be made again.
    """

    __tablename__ = "code_batches"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), index=True)
    label: Mapped[str]
    size: Mapped[int]
    created_at: Mapped[datetime]
    imported: Mapped[bool] = mapped_column(default=False)
    registered: Mapped[bool] = mapped_column(default=False, server_default=false())
    letters_made: Mapped[int] = mapped_column(default=0)
    letters_at: Mapped[datetime | None]
    posted_at: Mapped[datetime | None]


class Elector(Base):
    """One who may vote in a round. Nothing here ever tells whether they did.

    `code_hash` is empty until a code is made. `reference_hash` finds the elector whom the forum knows by a reference;
    like a code, the reference itself is not stored here. One who was `removed` while voting was open stays as a row,
    so that the slots of all who ever were on the roll are known.
    """

    __tablename__ = "electors"
    __table_args__ = (UniqueConstraint("round_id", "code_hash"), UniqueConstraint("round_id", "reference_hash"))

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code_hash: Mapped[bytes | None]
    reference_hash: Mapped[bytes | None]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("code_batches.id"))
    removed: Mapped[bool] = mapped_column(default=False, server_default=false())


class Address(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed in an Addressee; `lines` are name and address."""

    reference: str
    lines: tuple[str, ...]
    ward: str


class Addressee(Base):
    """What a letter needs to reach an elector: personal data, sealed, and kept only until the letters are posted.

    `position` is the place in the file, from 1 on without a gap; `sealed` is an Address.
    """

    __tablename__ = "addressees"

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("code_batches.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    elector_id: Mapped[UUID]
    sealed: Mapped[bytes]

    @staticmethod
    def about(batch_id: UUID, elector_id: UUID) -> bytes:
        """What the seal of a row is about."""
        return batch_id.bytes + elector_id.bytes


class Contact(Base):
    """Where an elector can be written to: an e-mail address, sealed. It outlives the letters and ends with the keys.

    `email_hash` is keyed, as the reference's is: it finds the elector of an address and keeps two from having the same.
    """

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("round_id", "email_hash"), {"sqlite_with_rowid": False})

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    elector_id: Mapped[UUID] = mapped_column(primary_key=True)
    email_hash: Mapped[bytes]
    sealed: Mapped[bytes]

    @staticmethod
    def about(round_id: UUID, elector_id: UUID) -> bytes:
        """What the seal of a row is about."""
        return round_id.bytes + elector_id.bytes


class EmailToken(Base):
    """A link that was asked for by e-mail and, once it was used, the voting code that it was used for.

    Whose it is, is sealed: here no elector is seen asking, nor using a link just before a vote comes in. `asker` is a
    keyed hash of the address, to count by; a token of an address that nobody has is of nobody. Tokens and codes are
    stored as hashes.
    """

    __tablename__ = "email_tokens"
    __table_args__ = (UniqueConstraint("round_id", "code_hash"), {"sqlite_with_rowid": False})

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    asker: Mapped[bytes]
    sealed: Mapped[bytes]
    expires_at: Mapped[datetime]
    code_hash: Mapped[bytes | None]
