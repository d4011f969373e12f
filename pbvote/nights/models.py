"""A Decision Night and its guests, as they are stored. Who guests are is sealed (`keys.sealed`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from pbvote.db import Base


class Night(Base):
    """The evening on which a round presents its proposals and votes on them in a hall.

    `sheet` is a `runsheet.SheetPlan`. `seed_source` says where the seed of the order will come from, before anybody
    knows it; `seed` is empty until it is there. `timer_item` is the key of what is on now, with `timer_left_ms` left of
    it at `timer_since`, or standing still where that is None. Of the door only numbers are kept: `walk_ins` came
    without a place, and of `slips_made` slips with codes `slips_handed` were handed out. `forgotten_at` is when its
    guests were deleted.
    """

    __tablename__ = "nights"

    round_id: Mapped[UUID] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    place: Mapped[str]
    address: Mapped[str]
    access: Mapped[str]
    doors_at: Mapped[datetime]
    begins_at: Mapped[datetime]
    places: Mapped[int]
    sheet: Mapped[dict[str, Any]]
    seed_source: Mapped[str]
    seed: Mapped[str]
    drawn_at: Mapped[datetime | None]
    called_off: Mapped[str]
    walk_ins: Mapped[int]
    slips_made: Mapped[int]
    slips_handed: Mapped[int]
    timer_item: Mapped[str]
    timer_left_ms: Mapped[int]
    timer_since: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]
    version: Mapped[int]


class Who(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed in a Guest: what they told us, each but the name perhaps empty."""

    name: str
    email: str
    phone: str
    needs: str


class Guest(Base):
    """Somebody with a place, who has its `number`, or on the waiting list, where `turn` is the order of asking.

    Two never have one number: a unique key sees to it. `key_hash` is of the key that gives the place back.
    """

    __tablename__ = "night_guests"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        UniqueConstraint("round_id", "turn"),
        UniqueConstraint("key_hash"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("nights.round_id"))
    number: Mapped[int | None]
    turn: Mapped[int]
    key_hash: Mapped[bytes]
    sealed: Mapped[bytes]
    arrived: Mapped[bool] = mapped_column(default=False, server_default=false())

    @staticmethod
    def about(round_id: UUID, guest_id: UUID) -> bytes:
        """What the seal of a row is about."""
        return round_id.bytes + guest_id.bytes


class SlipBatch(Base):
    """A batch of the roll whose codes were printed on slips, numbered from `first` on, to be handed out by `channel`.

    Which slip went to whom stands nowhere, and ballots know of no channel.
    """

    __tablename__ = "night_slips"
    __table_args__ = (UniqueConstraint("round_id", "first"),)

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("code_batches.id"), primary_key=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("nights.round_id"))
    first: Mapped[int]
    size: Mapped[int]
    channel: Mapped[str] = mapped_column(default="door", server_default="door")
