"""Forums and their areas, as they are stored."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pbvote.db import Base, uuid7


class Forum(Base):
    """A community that decides together. `kind` is community, area or interest; `language` an ISO 639-1 code.

    `wards` are names; `people` those in charge as far as the forum shows them, a list of `{name, role}`. `boundary` is
    a GeoJSON MultiPolygon as it was given, `outline` the same in few points: both are large, and read only by who asks.
    `version` grows with each change.
    """

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
    wards: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    people: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    boundary: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    outline: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    areas: Mapped[list[ForumArea]] = relationship(
        lazy="selectin", order_by="ForumArea.prefix", cascade="all, delete-orphan"
    )


class ForumArea(Base):
    """A stretch of postcodes that belongs to a forum: `TS1`, `TS1 2` or `TS1 2AB`, normalised; the ward it lies in."""

    __tablename__ = "forum_areas"

    forum_id: Mapped[UUID] = mapped_column(ForeignKey("forums.id"), primary_key=True)
    prefix: Mapped[str] = mapped_column(primary_key=True, index=True)
    ward: Mapped[str] = mapped_column(default="", server_default="")


class PopulationBand(Base):
    """What the partnership gives a forum of at least so many people for a round: pence, and whose money it is."""

    __tablename__ = "population_bands"

    least: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    amount: Mapped[int] = mapped_column(BigInteger)
    funder: Mapped[str]
