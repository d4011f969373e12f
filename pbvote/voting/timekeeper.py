"""The clock's task: it begins the phases that the calendars say, as far as the rounds are ready for them.

Ends need no task: a phase is over when its time has come, whether or not anybody has written that down.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote import metrics
from pbvote.accounts.invites import forget_old_sign_ins, old_sign_ins
from pbvote.db import Database, now
from pbvote.keys import Keys
from pbvote.proposals.drafts import drafts_to_forget, forget_drafts
from pbvote.roll.letters import addresses_to_forget, forget_addresses
from pbvote.rounds.approvals import asks_that_ran_out, forget_asks
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Phase
from pbvote.rounds.readiness import NotReady, upcoming
from pbvote.rounds.service import follow_calendar, rounds_due
from pbvote.voting.batches import enter_waiting, polls_with_a_batch
from pbvote.voting.closing import close_by_the_clock
from pbvote.voting.jumps import Watch, is_believed
from pbvote.voting.opening import open_voting, reasons_against_voting

EVERY_SECONDS = 1.0
# A round that is held is looked at again after so many passes: what it lacks takes people, not seconds.
PATIENCE = 15
# A batch is entered at most once in so many passes: each has its checkpoint, and larger batches hide more.
BATCH_EVERY = 10
# What asks whether something was kept long enough, and what deletes it then.
FORGOTTEN: tuple[tuple[Callable[[AsyncSession], Awaitable[object]], Callable[[AsyncSession], Awaitable[None]]], ...] = (
    (addresses_to_forget, forget_addresses),
    (old_sign_ins, forget_old_sign_ins),
    (drafts_to_forget, forget_drafts),
    (asks_that_ran_out, forget_asks),
)
log = logging.getLogger("pbvote.timekeeper")


async def keep_time(database: Database, keys: Keys, patience: dict[UUID, int] | None = None) -> None:
    """Bring every round to the phase that is due, each step in a transaction of its own.

    `patience` counts the passes for which a held round is left alone. What goes wrong with one round is logged and
    keeps no other from its time.
    """
    patience = {} if patience is None else patience
    async with database.session(write=False) as db:
        due = [round_.id for round_ in await rounds_due(db)]
    for round_id in due:
        if patience.get(round_id, 0) > 0:
            patience[round_id] -= 1
            continue
        try:
            while await _one_step(database, keys, round_id):
                pass
        except NotReady:
            patience[round_id] = PATIENCE  # the round is held, and its page says why
        except Exception as error:  # noqa: BLE001  # whatever it is, the other rounds go on
            patience[round_id] = PATIENCE
            kind = type(error).__name__  # never its words, which may hold what people wrote
            log.error("keeping the time of round %s failed: %s", round_id, kind)  # noqa: TRY400


async def forget_what_nobody_needs(database: Database) -> None:
    """Delete what was kept long enough; asked first, because writing waits for writers."""
    async with database.session(write=False) as db:
        due = [forget for asked, forget in FORGOTTEN if await asked(db)]
    for forget in due:
        async with database.session(write=True) as db:
            await forget(db)


async def enter_batches(database: Database, keys: Keys) -> None:
    """Move waiting ballots into the logs wherever there are enough of them. What is wrong with one vote is logged."""
    async with database.session(write=False) as db:
        polls = await polls_with_a_batch(db)
    for poll_id in polls:
        try:
            async with database.session(write=True) as db:
                entered = await enter_waiting(db, keys, poll_id)
            if entered:
                metrics.ballots_entered()
        except Exception as error:  # noqa: BLE001  # whatever it is, the other votes go on
            log.error("entering the batch of vote %s failed: %s", poll_id, type(error).__name__)  # noqa: TRY400


async def follow_the_clock(database: Database, keys: Keys, watch: Watch, patience: dict[UUID, int]) -> None:
    """Do what is due by the clock, unless it has just jumped."""
    if await is_believed(database, watch):
        await keep_time(database, keys, patience)
        await forget_what_nobody_needs(database)


async def keep_time_for_ever(database: Database, keys: Keys) -> None:
    """Keep time until cancelled; a failure is logged and tried again."""
    patience: dict[UUID, int] = {}
    watch, passes = Watch(), 0
    while True:
        try:
            await follow_the_clock(database, keys, watch, patience)
            if passes % BATCH_EVERY == 0:
                await enter_batches(database, keys)
            passes += 1
            metrics.clock_passed()
        except Exception as error:  # noqa: BLE001  # the database may be away for a while
            log.error("keeping time failed, trying again: %s", type(error).__name__)  # noqa: TRY400
        await asyncio.sleep(EVERY_SECONDS)


async def _one_step(database: Database, keys: Keys, round_id: UUID) -> bool:
    """Begin the next phase of a round if it is due; whether anything changed. Raises NotReady if it is held."""
    async with database.session(write=True) as db:
        found = (await db.scalars(select(Round).where(Round.id == round_id))).one()
        before = found.phase
        round_ = await follow_calendar(db, await close_by_the_clock(db, keys, found))
        if round_.phase != before:
            return True  # written on its own: what comes next may fail
    async with database.session(write=False) as db:
        round_ = (await db.scalars(select(Round).where(Round.id == round_id))).one()
        step = upcoming(round_, await now(db))
        if round_.phase not in {Phase.REVIEW, Phase.SHORTLIST} or not step or not step[1] or step[1] > await now(db):
            return False
        if reasons := await reasons_against_voting(db, round_):  # asked before anything is locked
            raise NotReady("Voting cannot open yet.", reasons)
    async with database.session(write=True) as db:
        await open_voting(db, keys, (await db.scalars(select(Round).where(Round.id == round_id))).one())
    return True
