"""The clock's task: it begins the phases that the calendars say, as far as the rounds are ready for them.

Ends need no task: a phase is over when its time has come, whether or not anybody has written that down.
"""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

from sqlalchemy import select

from pbvote.db import Database, now
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Phase, next_step
from pbvote.rounds.service import begin
from pbvote.voting.service import NotReady, open_voting

EVERY_SECONDS = 1.0
CLOCK_DRIVEN = (Phase.DRAFT, Phase.PROPOSALS, Phase.REVIEW, Phase.VOTING)
log = logging.getLogger("pbvote.timekeeper")


async def keep_time(database: Database) -> None:
    """Bring every round to the phase that is due, each in a transaction of its own."""
    for round_id in await _due(database):
        while await _one_step(database, round_id):
            pass


async def keep_time_for_ever(database: Database) -> None:
    """Keep time until cancelled; a failure is logged and tried again."""
    while True:
        try:
            await keep_time(database)
        except Exception:
            log.exception("keeping time failed; trying again")
        await asyncio.sleep(EVERY_SECONDS)


async def _due(database: Database) -> list[UUID]:
    """The rounds whose next phase is due by the clock."""
    async with database.session(write=False) as db:
        moment = await now(db)
        query = select(Round).where(Round.opened_at.is_not(None), Round.phase.in_(CLOCK_DRIVEN))
        due = []
        for round_ in await db.scalars(query):
            step = next_step(Phase(round_.phase), round_.calendar, round_.opened_at)
            if step and step[1] and step[1] <= moment:
                due.append(round_.id)
        return due


async def _one_step(database: Database, round_id: UUID) -> bool:
    """Begin the next phase of a round if it is due and ready; whether it began."""
    try:
        async with database.session(write=True) as db:
            query = select(Round).where(Round.id == round_id).with_for_update(of=Round)
            round_ = (await db.scalars(query)).one()
            step = next_step(Phase(round_.phase), round_.calendar, round_.opened_at)
            if round_.phase not in CLOCK_DRIVEN or not step or not step[1] or step[1] > await now(db):
                return False
            if step[0] is Phase.VOTING:
                await open_voting(db, round_)
            else:
                await begin(db, round_, step[0])
            return True
    except NotReady:
        return False  # the round is held, and its page says why
