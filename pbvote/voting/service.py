"""The vote of a round as people ask about it: its ballot paper, what it still needs, its turnout."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import STAFF, Actor
from pbvote.db import now
from pbvote.errors import NotFound, Reason
from pbvote.forums.models import Forum
from pbvote.proposals.models import Project, Proposal
from pbvote.roll.service import size_of_roll
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.phases import Action, Phase
from pbvote.rounds.readiness import readiness_to_open, upcoming
from pbvote.voting.models import Slot
from pbvote.voting.opening import reasons_against_voting


async def readiness(
    db: AsyncSession, round_: Round, actor: Actor
) -> tuple[Phase | None, datetime | None, list[Reason]]:
    """What comes next for this round, when it is due, and what stands in its way."""
    actor.require(round_.forum_id, *STAFF)
    moment = await now(db)
    phase = round_.phase_at(moment)
    step = upcoming(round_, moment)
    if step is None:
        return None, None, []
    if phase is Phase.DRAFT and round_.opened_at is None:
        return step[0], None, readiness_to_open(round_, moment)
    reasons = []
    if phase in {Phase.PROPOSALS, Phase.REVIEW, Phase.SHORTLIST}:
        reasons = await reasons_against_voting(db, round_)
    return *step, reasons


async def turnout(db: AsyncSession, round_: Round, position: int | None, actor: Actor) -> tuple[int, int]:
    """How many may vote and how many have, in the vote of that position or the newest; never how they voted."""
    actor.require(round_.forum_id, *STAFF)
    poll = round_.closed_poll if position is None else round_.poll_at(position)
    return await size_of_roll(db, round_.id), await ballots_in_the_box(db, poll.id)


async def ballots_in_the_box(db: AsyncSession, poll_id: UUID) -> int:
    """How many electors have a ballot in the box."""
    return (await db.execute(select(func.count()).where(Slot.poll_id == poll_id, Slot.ballot != b""))).scalar_one()


async def ballot_paper(db: AsyncSession, round_: Round, poll: Poll) -> list[tuple[Project, Proposal]]:
    """The projects of a poll of the round with the proposals they came from, in ballot order.

    Raises VotingIsNotOpen before it opens. That of a first vote stays to be seen.
    """
    if poll.position >= round_.current:
        round_.require_turn(poll)
        round_.require(Action.SHOW_BALLOT_PAPER, await now(db))
    query = (
        select(Project, Proposal)
        .join(Proposal, Proposal.id == Project.proposal_id)
        .where(Project.poll_id == poll.id)
        .order_by(Project.number)
    )
    return list((await db.execute(query)).all())


async def zone_of(db: AsyncSession, poll_id: UUID) -> str:
    """The time zone in which a poll's times are shown. Raises NotFound."""
    query = select(Forum.timezone).join(Round).join(Poll).where(Poll.id == poll_id)
    zone = await db.scalar(query)
    if zone is None:
        raise NotFound("There is no such vote.")
    return zone
