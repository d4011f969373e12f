"""At the door: who came, how many came without a place, and slips with voting codes.

Slips are made before voting opens, like all codes, and numbered so that they can be counted. Which slip went to whom is
written nowhere: only how many were handed out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.nights import NightDoorCounted
from pbvote.audit.service import record
from pbvote.errors import DomainError, NotFound
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer
from pbvote.nights.guests import GUESTS, lock_night, open_guest
from pbvote.nights.models import Guest, Night, SlipBatch, Who
from pbvote.roll.models import CodeBatch
from pbvote.roll.service import issue_codes
from pbvote.rounds.models import Round
from pbvote.rounds.service import lock

AT_THE_DOOR = (Role.ORGANISER, Role.OFFICER, Role.CLERK)
LABEL = "Slips for the Decision Night"
MOST_SLIPS = 2_000


class CountsDoNotFit(DomainError):
    """More than there are, or fewer than none."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "These numbers cannot be right"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A guest as the door sees them; `waiting` is their place on the waiting list."""

    id: UUID
    number: int | None
    waiting: int | None
    who: Who
    arrived: bool


@dataclass(frozen=True, slots=True)
class Slips:
    """Slips that were just made: the only place where their codes are, the first of them numbered `first`."""

    first: int
    codes: Sequence[str]


async def guest_list(db: AsyncSession, keys: Keys, round_: Round, actor: Actor) -> list[Arrival]:
    """Everybody who has a place, by number, and then those who wait, in their order."""
    actor.require(round_.forum_id, *AT_THE_DOOR)
    sealer = Sealer.of(keys.pepper, GUESTS)
    query = select(Guest).where(Guest.round_id == round_.id)
    everybody = sorted(await db.scalars(query), key=lambda guest: (guest.number is None, guest.number or guest.turn))
    placed = sum(guest.number is not None for guest in everybody)
    return [
        Arrival(
            guest.id,
            guest.number,
            place - placed if guest.number is None else None,
            open_guest(sealer, guest),
            guest.arrived,
        )
        for place, guest in enumerate(everybody, start=1)
    ]


async def arrived(db: AsyncSession, round_: Round, guest_id: UUID, came: bool, actor: Actor) -> Night:  # noqa: FBT001  # what is told
    """Note that a guest came, or did not after all."""
    actor.require(round_.forum_id, *AT_THE_DOOR)
    night = await lock_night(db, round_)
    guest = await db.scalar(select(Guest).where(Guest.round_id == round_.id, Guest.id == guest_id))
    if guest is None:
        raise NotFound("There is no such person on the list.")
    if guest.arrived != came:
        guest.arrived = came
        await db.flush()
        await _record(db, round_, night, actor)
    return night


async def count(db: AsyncSession, round_: Round, walk_ins: int, slips: int, actor: Actor) -> Night:
    """So many more, or fewer, came without a place; so many more slips were handed out. Raises CountsDoNotFit.

    What is sent is the difference, so that two at the door never overwrite each other's counting.
    """
    actor.require(round_.forum_id, *AT_THE_DOOR)
    night = await lock_night(db, round_)
    if not 0 <= night.walk_ins + walk_ins <= MOST_SLIPS:
        raise CountsDoNotFit("So many cannot have come without a place.")
    if not 0 <= night.slips_handed + slips <= night.slips_made:
        raise CountsDoNotFit(f"{night.slips_made} slips were made, so at most so many can be handed out.")
    night.walk_ins += walk_ins
    night.slips_handed += slips
    await _record(db, round_, night, actor)
    return night


async def make_slips(db: AsyncSession, keys: Keys, round_: Round, size: int, actor: Actor) -> Slips:
    """Put so many electors on the roll before voting opens, whose codes are for slips.

    Their numbers go on from batch to batch. Raises what `roll.service.issue_codes` does.
    """
    round_ = await lock(db, round_)  # in the order in which everybody locks: first the round, then its night
    night = await lock_night(db, round_)
    codes = await issue_codes(db, keys, round_, LABEL, size, actor)
    newest = select(CodeBatch.id).where(CodeBatch.round_id == round_.id).order_by(CodeBatch.id.desc()).limit(1)
    batch_id = (await db.execute(newest)).scalar_one()
    first = night.slips_made + 1
    db.add(SlipBatch(batch_id=batch_id, round_id=round_.id, first=first, size=size))
    night.slips_made += size
    return Slips(first, codes)


async def came(db: AsyncSession, round_: Round) -> int:
    """How many guests came."""
    query = select(Guest.id).where(Guest.round_id == round_.id, Guest.arrived)
    return len((await db.scalars(query)).all())


async def _record(db: AsyncSession, round_: Round, night: Night, actor: Actor) -> None:
    """Numbers alone: the audit trail is kept for good, and names are not."""
    event = NightDoorCounted(
        actor_id=actor.account_id,
        round_id=round_.id,
        arrived=await came(db, round_),
        walk_ins=night.walk_ins,
        slips=night.slips_handed,
    )
    await record(db, event)
