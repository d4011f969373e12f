"""Counting: the ballots in the box, by the rule that was frozen when voting opened."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import anyio.to_thread
import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events import Counted
from pbvote.audit.service import record
from pbvote.ballotbox.canonical import CanonicalBallot
from pbvote.db import now
from pbvote.errors import DomainError, NotFound
from pbvote.keys import Keys, seal_key
from pbvote.outcomes.election import Terms, election_of, fingerprint, opened, pabulib_file, terms_of
from pbvote.outcomes.models import Outcome
from pbvote.outcomes.others import other_counts
from pbvote.outcomes.telling import counted_result
from pbvote.proposals.service import projects_of
from pbvote.roll.service import size_of_roll
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Action, Phase
from pbvote.rounds.service import begin, lock
from pbvote.tally.conditions import ConditionError
from pbvote.tally.count import tally
from pbvote.tally.rules import ParameterError
from pbvote.tally.ties import TieOrder
from pbvote.voting.models import SealedBallot, Slot
from pbvote.voting.service import frozen_rules

AT_ONCE = 2_000
MAY_SEE_A_COUNT = (Role.OFFICER, Role.ORGANISER, Role.SCRUTINEER)


class NotCounted(NotFound):
    """The ballots of this round have not been counted yet."""

    title: ClassVar[str] = "Not counted yet"


class RulesWereChanged(DomainError):
    """The rules in the database are not those that were sealed when voting opened: they must not decide anything."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The rules were changed after voting opened"


class RuleCannotCount(DomainError):
    """The rule would take unreasonably long with these votes, or cannot keep to a condition."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The rule cannot count these votes"


@dataclass(frozen=True, slots=True)
class _Count:
    """What counting found: the outcome's columns."""

    ballots: int
    blank: int
    election_sha256: str
    result: dict[str, Any]


async def count(db: AsyncSession, keys: Keys, round_: Round, actor: Actor) -> Outcome:
    """Count a round whose vote has closed. Counting again makes a new outcome and leaves the earlier one as it is.

    Raises RulesWereChanged and BallotBoxIsDamaged; nothing is stored then.
    """
    round_ = await lock(db, round_)
    actor.require(round_.forum_id, Role.OFFICER)
    moment = await now(db)
    round_.require(Action.COUNT, moment)
    if round_.phase == Phase.VOTING:  # over by the clock, but nobody has written that down yet
        await begin(db, round_, Phase.COUNTING)
    terms = await sealed_terms(db, round_)
    counted = await anyio.to_thread.run_sync(_count, terms, await ballots_of(db, keys, terms.poll_id))
    outcome = Outcome(
        poll_id=terms.poll_id,
        counted_at=moment,
        counted_by=actor.account_id,
        electors=await size_of_roll(db, round_.id),
        ballots=counted.ballots,
        blank=counted.blank,
        election_sha256=counted.election_sha256,
        result=counted.result,
    )
    db.add(outcome)
    await db.flush()
    await record(
        db, Counted(actor_id=actor.account_id, round_id=round_.id, outcome_id=outcome.id, ballots=counted.ballots)
    )
    return outcome


async def sealed_terms(db: AsyncSession, round_: Round) -> Terms:
    """The terms of the round's poll, if they are still what was sealed. Raises RulesWereChanged."""
    poll = round_.polls[0]
    projects = await projects_of(db, poll.id)
    if hashlib.sha256(frozen_rules(round_, poll, projects)).hexdigest() != round_.config_sha256:
        raise RulesWereChanged(
            "What the votes would be counted by is not what was sealed when voting opened: the budget, the rule, the "
            "ballot paper or a text has changed. Please leave everything as it is and tell whoever runs this service."
        )
    return terms_of(round_, poll, projects)


async def ballots_of(db: AsyncSession, keys: Keys, poll_id: UUID) -> list[CanonicalBallot]:
    """The one ballot of each slot, unsealed and checked against its commitment. Raises BallotBoxIsDamaged."""
    query = (
        select(Slot.ballot, SealedBallot.sealed)
        .outerjoin(SealedBallot, (Slot.poll_id == SealedBallot.poll_id) & (Slot.ballot == SealedBallot.commitment))
        .where(Slot.poll_id == poll_id)
    )
    box: list[tuple[bytes, bytes | None]] = []
    rows = await db.stream(query)
    async for some in rows.partitions(AT_ONCE):  # others are served between two of them
        box += [(commitment, sealed) for commitment, sealed in some]
    return await anyio.to_thread.run_sync(opened, seal_key(keys, poll_id), poll_id, box)


async def latest(db: AsyncSession, round_: Round, actor: Actor) -> Outcome:
    """The newest count of a round, for those who prepare its publication. Raises NotCounted."""
    actor.require(round_.forum_id, *MAY_SEE_A_COUNT)
    query = select(Outcome).where(Outcome.poll_id == round_.polls[0].id)
    outcome = await db.scalar(query.order_by(Outcome.counted_at.desc(), Outcome.id.desc()).limit(1))
    if outcome is None:
        raise NotCounted("The votes of this round have not been counted yet.")
    return outcome


def _count(terms: Terms, ballots: Sequence[CanonicalBallot]) -> _Count:
    election = election_of(terms, ballots)
    blank = sum(1 for ballot in ballots if not ballot.projects)
    ties = TieOrder.parse(",".join(terms.ties))
    try:
        counted = tally(election, terms.rule, terms.parameters, ties=ties, conditions=terms.conditions, margins=True)
    except (ParameterError, ConditionError) as error:
        raise RuleCannotCount(f"The rule {terms.rule!r} cannot count these votes: {error}. Nothing is lost.") from error
    simple = tally(election, "greedy", {"utility": "votes"}, conditions=terms.conditions)
    number = {project.reference: project.number for project in terms.projects}
    others = other_counts(election, counted, ties, terms.conditions, number)
    result = counted_result(counted, simple, others, terms.projects, terms.categories, blank)
    return _Count(len(ballots), blank, fingerprint(pabulib_file(election)), msgspec.to_builtins(result))
