"""Closing the vote: by the clock, or before its time by two officers. Nothing is cast after it.

Whatever closes it fixes which ballots count: the last batch enters the log, and then a leaf with the hash of all
commitments that count, before a single ballot is unsealed.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.ballotbox.bundle import counted_sha256
from pbvote.ballotbox.log import event_leaf
from pbvote.ballotlog.models import LogLeaf
from pbvote.ballotlog.service import append
from pbvote.db import now
from pbvote.keys import Keys
from pbvote.rounds.approvals import Consent, Step, ask_or_approve, names_of_the_two
from pbvote.rounds.models import Approval, Round
from pbvote.rounds.phases import Action, Phase
from pbvote.rounds.service import BY_THE_CALENDAR, begin, lock
from pbvote.voting.batches import enter_waiting, pointed_commitments

CLOSE_VOTING = "close_voting"


async def close_voting(db: AsyncSession, keys: Keys, round_: Round, consent: Consent, actor: Actor) -> Approval:
    """Close the vote before its time: the first officer asks, the second one's call closes it."""
    round_ = await lock(db, round_)
    actor.require(round_.forum_id, Role.OFFICER, Role.ORGANISER)
    round_.require(Action.CLOSE_VOTING, await now(db))
    approval = await ask_or_approve(db, round_, Step(CLOSE_VOTING, round_.slug), consent, actor)
    if approval.approved_by is not None:
        await _seal_the_box(db, keys, round_, await names_of_the_two(db, approval))
        await begin(db, round_, Phase.COUNTING, actor, approval.reason)
    return approval


async def close_by_the_clock(db: AsyncSession, keys: Keys, round_: Round) -> Round:
    """Write down that the vote has closed, if the clock has closed it and nobody has written that yet."""
    round_ = await lock(db, round_)
    moment = await now(db)
    if round_.phase == Phase.VOTING and round_.phase_at(moment) is Phase.COUNTING:
        await _seal_the_box(db, keys, round_, [])
        round_ = await begin(db, round_, Phase.COUNTING, reason=BY_THE_CALENDAR)
    return round_


async def _seal_the_box(db: AsyncSession, keys: Keys, round_: Round, by: list[str]) -> None:
    poll_id, moment = round_.poll.id, await now(db)
    await enter_waiting(db, keys, poll_id, closing=True)
    counted = list((await pointed_commitments(db, keys, poll_id)).values())
    leaf = event_leaf(
        "close",
        at=moment,
        by=by,
        ballots=await _ballots_in_the_log(db, poll_id),
        counted=len(counted),
        counted_sha256=counted_sha256(counted),
    )
    await append(db, keys, poll_id, [leaf])
    round_.paused_reason = ""


async def _ballots_in_the_log(db: AsyncSession, poll_id: UUID) -> int:
    query = select(func.count()).where(LogLeaf.poll_id == poll_id, LogLeaf.leaf.startswith("ballot "))
    return (await db.execute(query)).scalar_one()
