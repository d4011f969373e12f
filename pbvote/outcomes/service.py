"""Counting: the ballots in the box, by the rule that was frozen when voting opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

import anyio.to_thread
import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events import Counted
from pbvote.audit.service import record
from pbvote.ballotbox.canonical import CanonicalBallot
from pbvote.ballotbox.envelope import unwrap
from pbvote.db import now
from pbvote.errors import NotFound
from pbvote.outcomes.election import election_of, fingerprint
from pbvote.outcomes.models import Outcome
from pbvote.outcomes.result import CountedResult, counted_result
from pbvote.proposals.models import Project
from pbvote.proposals.service import projects_of
from pbvote.roll.service import size_of_roll
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.phases import Action, Phase
from pbvote.rounds.service import begin, lock
from pbvote.tally.count import tally
from pbvote.tally.election import Election
from pbvote.tally.outcome import Outcome as TallyOutcome
from pbvote.tally.ties import TieOrder
from pbvote.voting.models import SealedBallot, Slot

MAY_SEE_A_COUNT = (Role.OFFICER, Role.ORGANISER, Role.SCRUTINEER)


class NotCounted(NotFound):
    """The ballots of this round have not been counted yet."""

    title: ClassVar[str] = "Not counted yet"


async def count(db: AsyncSession, round_: Round, actor: Actor) -> Outcome:
    """Count a round whose vote has closed. Counting again makes a new outcome and leaves the earlier one as it is."""
    round_ = await lock(db, round_)
    actor.require(round_.forum_id, Role.OFFICER)
    moment = await now(db)
    round_.require(Action.COUNT, moment)
    if round_.phase == Phase.VOTING:  # over by the clock, but nobody has written that down yet
        await begin(db, round_, Phase.COUNTING)
    poll = round_.polls[0]
    projects = await projects_of(db, poll.id)
    ballots = await ballots_of(db, poll.id)
    election = election_of(round_, poll, projects, ballots)
    blank = sum(1 for ballot in ballots if not ballot.projects)
    result = await anyio.to_thread.run_sync(_result, round_, poll, projects, election, blank)
    outcome = Outcome(
        poll_id=poll.id,
        counted_at=moment,
        counted_by=actor.account_id,
        electors=await size_of_roll(db, round_.id),
        ballots=len(ballots),
        blank=blank,
        election_sha256=await anyio.to_thread.run_sync(fingerprint, election),
        result=msgspec.to_builtins(result),
    )
    db.add(outcome)
    await db.flush()
    await record(
        db, Counted(actor_id=actor.account_id, round_id=round_.id, outcome_id=outcome.id, ballots=len(ballots))
    )
    return outcome


def tally_of(election: Election, poll: Poll) -> TallyOutcome:
    """The election counted by the poll's rule, parameters and tie order."""
    return tally(election, poll.rule_id, poll.rule_parameters, ties=TieOrder.parse(",".join(poll.ties)))


async def ballots_of(db: AsyncSession, poll_id: UUID) -> list[CanonicalBallot]:
    """The one ballot of each slot, each checked against its commitment. Raises WrongBallotError."""
    query = (
        select(SealedBallot.commitment, SealedBallot.sealed)
        .join(Slot, (Slot.poll_id == SealedBallot.poll_id) & (Slot.ballot == SealedBallot.commitment))
        .where(SealedBallot.poll_id == poll_id)
    )
    return [unwrap(sealed, commitment) for commitment, sealed in await db.execute(query)]


async def latest(db: AsyncSession, round_: Round, actor: Actor) -> Outcome:
    """The newest count of a round, for those who prepare its publication. Raises NotCounted."""
    actor.require(round_.forum_id, *MAY_SEE_A_COUNT)
    query = select(Outcome).where(Outcome.poll_id == round_.polls[0].id).order_by(Outcome.id.desc()).limit(1)
    outcome = await db.scalar(query)
    if outcome is None:
        raise NotCounted("The votes of this round have not been counted yet.")
    return outcome


def _result(round_: Round, poll: Poll, projects: Sequence[Project], election: Election, blank: int) -> CountedResult:
    simple = tally(election, "greedy", {"utility": "votes"})
    return counted_result(tally_of(election, poll), simple, projects, round_.categories, blank)
