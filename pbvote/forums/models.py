"""Forums and their areas, as they are stored."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pbvote.db import Base, uuid7


class Forum(Base):
    """A community that decides together. `kind` is community, area or interest; `language` an ISO 639-1 code."""

    __tablename__ = "forums"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    description: Mapped[str]
    population: Mapped[int | None]
    contact_email: Mapped[str]
    contact_phone: Mapped[str]
    timezone: Mapped[str]
    language: Mapped[str]

    areas: Mapped[list[ForumArea]] = relationship(lazy="selectin", order_by="ForumArea.prefix")


class ForumArea(Base):
    """A stretch of postcodes that belongs to a forum: `TS1`, `TS1 2` or `TS1 2AB`, normalised."""

    __tablename__ = "forum_areas"

    forum_id: Mapped[UUID] = mapped_column(ForeignKey("forums.id"), primary_key=True)
    prefix: Mapped[str] = mapped_column(primary_key=True, index=True)
