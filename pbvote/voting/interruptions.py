"""Pausing, resuming and extending a vote that is open: two officers each time, and a leaf in the log that says so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.audit.events.voting import VotingExtended, VotingPaused, VotingResumed
from pbvote.audit.service import record
from pbvote.ballotbox.log import event_leaf
from pbvote.ballotlog.service import append
from pbvote.db import now
from pbvote.errors import InputIsWrong, Reason
from pbvote.keys import Keys
from pbvote.rounds.approvals import MAY_APPROVE, Consent, Step, ask_or_approve, names_of_the_two
from pbvote.rounds.calendar import INSTANTS, read_local
from pbvote.rounds.models import Approval, Round
from pbvote.rounds.phases import Action, NotInThisPhase
from pbvote.rounds.service import lock

PAUSE_VOTING, RESUME_VOTING, EXTEND_VOTING = "pause_voting", "resume_voting", "extend_voting"


async def pause_voting(db: AsyncSession, keys: Keys, round_: Round, consent: Consent, actor: Actor) -> Approval:
    """Stop the vote for a while. The public reads the reason; the closing time stays as it is."""
    round_ = await _open_round(db, round_, Action.PAUSE_VOTING, actor)
    if round_.paused_reason:
        raise NotInThisPhase("The vote is paused already.")
    approval = await ask_or_approve(db, round_, Step(PAUSE_VOTING, round_.slug), consent, actor)
    if approval.approved_by is not None:
        by, moment = await names_of_the_two(db, approval), await now(db)
        leaf = event_leaf("pause", at=moment, by=by, reason=approval.reason)
        await append(db, keys, round_.poll.id, [leaf])
        round_.paused_reason = approval.reason
        event = VotingPaused(actor_id=actor.account_id, round_id=round_.id, reason=approval.reason)
        await record(db, event)
    return approval


async def resume_voting(db: AsyncSession, keys: Keys, round_: Round, consent: Consent, actor: Actor) -> Approval:
    """Let a paused vote go on."""
    round_ = await _open_round(db, round_, Action.PAUSE_VOTING, actor)
    if not round_.paused_reason:
        raise NotInThisPhase("The vote is not paused.")
    approval = await ask_or_approve(db, round_, Step(RESUME_VOTING, round_.slug), consent, actor)
    if approval.approved_by is not None:
        leaf = event_leaf("resume", at=await now(db), by=await names_of_the_two(db, approval))
        await append(db, keys, round_.poll.id, [leaf])
        round_.paused_reason = ""
        await record(db, VotingResumed(actor_id=actor.account_id, round_id=round_.id, reason=approval.reason))
    return approval


async def extend_voting(
    db: AsyncSession, keys: Keys, round_: Round, until: str, consent: Consent, actor: Actor
) -> Approval:
    """Move the close of an open vote to a later local time; what comes after it moves with it where it must."""
    round_ = await _open_round(db, round_, Action.EXTEND_VOTING, actor)
    later = read_local(until, round_.forum.timezone, "until")
    if isinstance(later, Reason):
        raise InputIsWrong(later.detail, [later])
    before = round_.closes_at
    if before is None or later <= before:
        detail = "Expected a time after the one at which voting closes now; to close earlier, close the vote."
        raise InputIsWrong(detail, [Reason("not_later", detail, {}, "until")])
    approval = await ask_or_approve(db, round_, Step(EXTEND_VOTING, until), consent, actor)
    if approval.approved_by is not None:
        by = await names_of_the_two(db, approval)
        leaf = event_leaf("extend", at=await now(db), by=by, reason=approval.reason, until=later)
        await append(db, keys, round_.poll.id, [leaf])
        move_close(round_, later)
        event = VotingExtended(
            actor_id=actor.account_id, round_id=round_.id, until=later.isoformat(), reason=approval.reason
        )
        await record(db, event)
    return approval


def move_close(round_: Round, later: datetime) -> None:
    """Let the current vote close at `later`. The dates after it, in order, move by as much where they must."""
    names = [f"{name}_at" for name in INSTANTS]
    place = names.index("voting_close_at" if round_.current == 1 else "second_voting_close_at")
    before = getattr(round_, names[place])
    following = [name for name in names[place + 1 :] if getattr(round_, name) is not None]
    setattr(round_, names[place], later)
    if following and getattr(round_, following[0]) <= later:
        for name in following:
            setattr(round_, name, getattr(round_, name) + (later - before))


async def _open_round(db: AsyncSession, round_: Round, action: Action, actor: Actor) -> Round:
    """The round, locked, if its vote is open. Raises NotAllowed or NotInThisPhase."""
    actor.require(round_.forum_id, *MAY_APPROVE)
    round_ = await lock(db, round_)
    round_.require(action, await now(db))
    return round_
