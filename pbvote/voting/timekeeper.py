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
from pbvote.rounds.phases import Phase
from pbvote.rounds.readiness import NotReady, upcoming
from pbvote.rounds.service import follow_calendar, rounds_due
from pbvote.voting.service import open_voting

EVERY_SECONDS = 1.0
log = logging.getLogger("pbvote.timekeeper")


async def keep_time(database: Database) -> None:
    """Bring every round to the phase that is due, each in a transaction of its own."""
    async with database.session(write=False) as db:
        due = [round_.id for round_ in await rounds_due(db)]
    for round_id in due:
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


async def _one_step(database: Database, round_id: UUID) -> bool:
    """Begin the next phase of a round if it is due and ready; whether anything changed."""
    try:
        async with database.session(write=True) as db:
            found = (await db.scalars(select(Round).where(Round.id == round_id))).one()
            before = found.phase
            round_ = await follow_calendar(db, found)
            step = upcoming(round_, await now(db))
            if round_.phase == Phase.REVIEW and step and step[1] and step[1] <= await now(db):
                await open_voting(db, round_)
            return round_.phase != before
    except NotReady:
        return False  # the round is held, and its page says why
