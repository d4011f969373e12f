"""The roll of a round, as it is stored. A voting code is never stored, only its keyed hash."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pbvote.db import Base, uuid7


class CodeBatch(Base):
    """Voting codes that were made together."""

    __tablename__ = "code_batches"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), index=True)
    label: Mapped[str]
    size: Mapped[int]
    created_at: Mapped[datetime]


class Elector(Base):
    """One who may vote in a round. Nothing here ever tells whether they did."""

    __tablename__ = "electors"
    __table_args__ = (UniqueConstraint("round_id", "code_hash"),)

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code_hash: Mapped[bytes]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("code_batches.id"))
