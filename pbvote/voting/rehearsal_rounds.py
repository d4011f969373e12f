"""Rehearsal rounds: a copy of a round for its officers to practise with, listed nowhere, whose dates come when told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.voting import RehearsalMade, RehearsalWentOn
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import DomainError
from pbvote.forums.models import Forum
from pbvote.keys import Keys
from pbvote.proposals.copying import copy_proposals
from pbvote.rounds.changes import TITLE
from pbvote.rounds.drafts import as_template
from pbvote.rounds.making import add_draft
from pbvote.rounds.models import Pot, Round
from pbvote.rounds.phases import NotInThisPhase, Phase
from pbvote.rounds.readiness import upcoming
from pbvote.rounds.service import follow_calendar, lock
from pbvote.voting.closing import close_by_the_clock
from pbvote.voting.opening import open_voting, reasons_against_voting

AT_ONCE = 3
MARK = "Rehearsal: "
STEP = timedelta(days=1)
BEFORE_REVIEW = (Phase.DRAFT, Phase.PROPOSALS)
# Which date of the calendar begins a phase that the clock begins, in the first vote and in the second.
COMES_BY_THE_CLOCK = {
    Phase.PROPOSALS: ("proposals_open", "proposals_open"),
    Phase.REVIEW: ("proposals_close", "proposals_close"),
    Phase.VOTING: ("voting_open", "second_voting_open"),
    Phase.COUNTING: ("voting_close", "second_voting_close"),
}


class NotARehearsal(DomainError):
    """Only a rehearsal can be moved on at will."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "This is no rehearsal"


class RehearsalOfARehearsal(DomainError):
    """A rehearsal is made of a round that counts."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "This is a rehearsal already"


class TooManyRehearsals(DomainError):
    """The forum has as many rehearsals as it may have at a time."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Too many rehearsals"


async def make_rehearsal(db: AsyncSession, round_: Round, actor: Actor) -> Round:
    """A draft set up like a round, with its proposals but nobody's contacts, roll or ballots."""
    actor.require(round_.forum_id, Role.ORGANISER)
    if round_.rehearsal:
        raise RehearsalOfARehearsal("This is a rehearsal already; make one of the round that counts.")
    forum = (await db.scalars(select(Forum).where(Forum.id == round_.forum_id).with_for_update())).one()
    over = [phase for phase in Phase if phase.over]
    query = select(func.count()).where(Round.forum_id == forum.id, Round.rehearsal, Round.phase.not_in(over))
    if (await db.execute(query)).scalar_one() >= AT_ONCE:
        raise TooManyRehearsals(f"The forum has {AT_ONCE} rehearsals already. Finish or cancel one of them first.")
    title = f"{MARK}{round_.title}"[: TITLE.most].strip()
    made = await add_draft(db, forum, as_template(round_), title, actor, rehearsal=True)
    made.challenge_days = 0
    made.pots = [Pot.of(plan, index) for index, plan in enumerate(round_.pot_plans)]
    for poll, original in zip(made.polls, round_.polls, strict=True):
        poll.conditions = original.conditions
    moment = await now(db)
    planned = round_.proposals_open_at is not None or round_.voting_open_at is None
    _set_dates(made, moment, with_proposals=planned and round_.phase_at(moment) in BEFORE_REVIEW)
    await copy_proposals(db, round_, made)
    await record(db, RehearsalMade(actor_id=actor.account_id, round_id=made.id, of=round_.slug))
    await db.flush()
    return await lock(db, made)


async def go_on(db: AsyncSession, keys: Keys, round_: Round, actor: Actor) -> Round:
    """Bring the next date of a rehearsal to now, and begin what is due, if the round is ready for it."""
    actor.require(round_.forum_id, Role.ORGANISER, Role.OFFICER)
    round_ = await lock(db, round_)
    if not round_.rehearsal:
        raise NotARehearsal("Only a rehearsal can be moved on; this round follows its calendar.")
    moment = await now(db)
    step = upcoming(round_, moment)
    if round_.opened_at is None or step is None or step[0] not in COMES_BY_THE_CLOCK:
        raise NotInThisPhase("What comes next does not come by the clock: it is for you to do.")
    name = COMES_BY_THE_CLOCK[step[0]][round_.current - 1]
    if step[1] is None or step[1] > moment:
        setattr(round_, f"{name}_at", moment)
        round_.version += 1
        await record(db, RehearsalWentOn(actor_id=actor.account_id, round_id=round_.id, what=name))
        await db.flush()
    round_ = await follow_calendar(db, await close_by_the_clock(db, keys, round_))
    if step[0] is Phase.VOTING and not await reasons_against_voting(db, round_):
        await open_voting(db, keys, round_)
    return await lock(db, round_)


def _set_dates(round_: Round, moment: datetime, *, with_proposals: bool) -> None:
    """A day between each two dates. Where proposals are over, so they are in the rehearsal."""
    names = ["voting_open", "voting_close"]
    names = [*(["proposals_open", "proposals_close"] if with_proposals else []), *names]
    names += ["second_voting_open", "second_voting_close"] if len(round_.polls) > 1 else []
    begin = moment.replace(second=0, microsecond=0)
    for days, name in enumerate([*names, "results"], start=1):
        setattr(round_, f"{name}_at", begin + days * STEP)
