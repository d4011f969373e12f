"""Published outcomes and their files, as they are stored."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pbvote.db import Base, uuid7


class Publication(Base):
    """An outcome made official by two officers. Never changed, only superseded by one with a higher number."""

    __tablename__ = "publications"
    __table_args__ = (UniqueConstraint("round_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"))
    number: Mapped[int]
    outcome_id: Mapped[UUID] = mapped_column(ForeignKey("outcomes.id"))
    published_at: Mapped[datetime]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    approved_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))


class PublicationFile(Base):
    """A file of a publication, with the bytes that were published."""

    __tablename__ = "publication_files"

    publication_id: Mapped[UUID] = mapped_column(ForeignKey("publications.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    content: Mapped[bytes]
