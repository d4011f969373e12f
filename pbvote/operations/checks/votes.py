"""The votes: rounds that should have moved on, batches that wait, and the ballot logs."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import select

from pbvote.ballotlog.holds import holds
from pbvote.ballotlog.models import Log
from pbvote.ballotlog.service import LogIsDamaged, intact_leaves, require_as_signed
from pbvote.db import database_clock
from pbvote.keys import read_keys
from pbvote.operations.checks.finding import GOOD, LOOK, WRONG, Case, Finding
from pbvote.rounds.models import Round
from pbvote.rounds.service import rounds_due
from pbvote.voting.batches import polls_with_a_batch

HELD_AFTER = timedelta(minutes=2)  # the clock's task looks every second, and at a held round every quarter minute
BATCH_WITHIN = 15.0  # seconds: batches are entered every ten


async def late_rounds(case: Case) -> list[Finding]:
    """Rounds that are past the time of their next step."""
    async with case.database.session(write=False) as db:
        moment = await database_clock(db)
        late = [round_.slug for round_ in await rounds_due(db) if _late(round_, moment)]
    if not late:
        return [Finding("rounds", GOOD, "No round is past the time of its next step.")]
    remedy = (
        "Each round's page says under Set-up what it lacks. If it lacks nothing, see whether a server runs and leads."
    )
    return [Finding("rounds", LOOK, f"Past the time of their next step: {', '.join(late)}.", remedy)]


def _late(round_: Round, moment: datetime) -> bool:
    """Whether the step was due a while ago: the last instant that has passed is the one that is waited for."""
    passed = [instant for _, instant in round_.calendar.items() if instant is not None and instant <= moment]
    return moment - max(passed, default=moment) > HELD_AFTER


async def batches(case: Case) -> list[Finding]:
    """Whether ballots that wait enter the log. A thorough look waits some seconds if there are any."""
    waiting = await _waiting(case)
    if waiting and case.thorough:
        await asyncio.sleep(BATCH_WITHIN)
        later = await _waiting(case)
        if [poll for poll, size in waiting.items() if later.get(poll) == size]:
            sentence = "Ballots wait for their batch, and it does not enter the log."
            remedy = "See whether a server runs and leads, and what its log says of `entering the batch`."
            return [Finding("batches", WRONG, sentence, remedy)]
    return [Finding("batches", GOOD, "Ballots that wait enter the log in their batches.")]


async def _waiting(case: Case) -> dict[str, int]:
    """The votes in which a batch waits, and how long their logs are."""
    async with case.database.session(write=False) as db:
        polls = await polls_with_a_batch(db)
        rows = await db.execute(select(Log.poll_id, Log.size).where(Log.poll_id.in_(polls)))
        return {str(poll): size for poll, size in rows}


async def held_logs(case: Case) -> list[Finding]:
    """Ballot logs that are held since a backup was restored."""
    async with case.database.session(write=False) as db:
        held = await holds(db)
    if not held:
        return [Finding("held logs", GOOD, "No ballot log is held.")]
    sentence = f"{len(held)} ballot logs are held since a backup was restored: nothing is added to them."
    remedy = "Find the newest checkpoints that witnesses have, then `pbvote continue-log`; see Restoring in the manual."
    return [Finding("held logs", WRONG, sentence, remedy)]


async def logs(case: Case) -> list[Finding]:
    """Whether the ballot logs are as they were signed: every entry where it is thorough, else their roots."""
    keys = read_keys(case.settings.keys_dir)
    found = []
    async with case.database.session(write=False) as db:
        polls = list(await db.scalars(select(Log.poll_id).order_by(Log.poll_id)))
    for poll in polls:
        try:
            async with case.database.session(write=False) as db:
                await (intact_leaves if case.thorough else require_as_signed)(db, keys, poll)
        except LogIsDamaged as error:
            remedy = (
                "Stop the server, keep a copy of everything as it is, and look into it; restore a backup if need be."
            )
            found.append(Finding("logs", WRONG, f"The vote {poll}: {error}", remedy))
    how = "every entry" if case.thorough else "their roots"
    return found or [Finding("logs", GOOD, f"{len(polls)} ballot logs are as they were signed ({how}).")]
