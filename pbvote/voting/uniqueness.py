"""The uniqueness report: before a result is published, officers see that nobody counts twice and nobody was added.

The link key gives the slot of every elector who is or was on the roll. A slot that belongs to none of them was put in
by somebody who had the database and not the key; a ballot that two slots point to would count twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import anyio.to_thread
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.models import AuditEvent
from pbvote.db import now
from pbvote.keys import Keys
from pbvote.keys.polls import link_key
from pbvote.roll.models import Elector
from pbvote.roll.service import size_of_roll
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Action
from pbvote.voting.batches import pointed_commitments
from pbvote.voting.casting import slot_of
from pbvote.voting.models import SealedBallot, Slot

MAY_SEE = (Role.OFFICER, Role.ORGANISER, Role.SCRUTINEER)


@dataclass(frozen=True, slots=True)
class Uniqueness:
    """The report. `strangers`, `twice` and `missing` are 0 in a vote that nobody has interfered with.

    `strangers` are slots of nobody on the roll, `twice` ballots that more than one slot points to, `missing` slots
    whose ballot is not in the box.
    """

    electors: int
    voted: int
    replaced_or_voided: int
    codes_replaced: int
    strangers: int
    twice: int
    missing: int

    @property
    def sound(self) -> bool:
        """Whether each ballot that counts belongs to one elector of the roll, and to no other."""
        return not (self.strangers or self.twice or self.missing)


async def uniqueness(db: AsyncSession, keys: Keys, round_: Round, actor: Actor) -> Uniqueness:
    """The report on a vote that has closed and is not published. Raises NotInThisPhase."""
    actor.require(round_.forum_id, *MAY_SEE)
    round_.require(Action.COUNT, await now(db))
    poll_id = round_.poll.id
    electors = list(await db.scalars(select(Elector.id).where(Elector.round_id == round_.id)))
    slots = list(await db.scalars(select(Slot.slot).where(Slot.poll_id == poll_id)))
    ballots = set(await db.scalars(select(SealedBallot.commitment).where(SealedBallot.poll_id == poll_id)))
    strangers = await anyio.to_thread.run_sync(_strangers, link_key(keys, poll_id), poll_id, electors, slots)
    pointed = Counter((await pointed_commitments(db, keys, poll_id)).values())
    return Uniqueness(
        electors=await size_of_roll(db, round_.id),
        voted=sum(pointed.values()),
        replaced_or_voided=len(ballots - pointed.keys()),
        codes_replaced=await _codes_replaced(db, round_.id),
        strangers=strangers,
        twice=sum(count - 1 for count in pointed.values()),
        missing=len(pointed.keys() - ballots),
    )


def _strangers(link: bytes, poll_id: UUID, electors: Iterable[UUID], slots: Iterable[bytes]) -> int:
    known = {slot_of(link, poll_id, elector) for elector in electors}
    return sum(1 for slot in slots if slot not in known)


async def _codes_replaced(db: AsyncSession, round_id: UUID) -> int:
    query = select(func.count()).where(AuditEvent.round_id == round_id, AuditEvent.kind == "code_replaced")
    return (await db.execute(query)).scalar_one()
