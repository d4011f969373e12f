"""Counting: the ballots in the box, by the rule that was frozen when voting opened.

A large box takes a while to open, so whoever writes must not wait for it: `counted` only reads, and `store` writes what
it found, if the log is still as long as it was then. `count` is both in one transaction, for small boxes.
"""

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
from pbvote.audit.events.results import Counted as CountedEvent
from pbvote.audit.service import record
from pbvote.ballotbox.canonical import CanonicalBallot
from pbvote.ballotlog.service import log_of
from pbvote.db import now
from pbvote.errors import DomainError, NotFound
from pbvote.keys import Keys
from pbvote.keys.polls import public_seal_key
from pbvote.outcomes.box import Unlock, unsealed
from pbvote.outcomes.election import Terms, election_of, fingerprint, pabulib_file, terms_of
from pbvote.outcomes.leftovers import with_leftovers
from pbvote.outcomes.models import Outcome
from pbvote.outcomes.others import other_counts
from pbvote.outcomes.telling import counted_result
from pbvote.proposals.ballot import projects_of
from pbvote.roll.service import size_of_roll
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Action
from pbvote.rounds.service import lock
from pbvote.tally.conditions import ConditionError
from pbvote.tally.count import tally
from pbvote.tally.rules import ParameterError
from pbvote.tally.ties import BALLOT_ORDER, TieOrder
from pbvote.voting.closing import close_by_the_clock
from pbvote.voting.dice import TIES, dice_of
from pbvote.voting.frozen import frozen_bytes

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


class DiceNeeded(DomainError):
    """A tie is left after every tie rule of the round, and the dice that decide it have not been rolled."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Dice are needed"


class BoxWasTouched(DomainError):
    """Something was written into the log of a vote while its box was open."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Count again"


@dataclass(frozen=True, slots=True)
class _Count:
    """What counting found: the outcome's columns."""

    ballots: int
    blank: int
    election_sha256: str
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Counted:
    """A count that is not stored yet, and the length of the log that it rests on."""

    poll_id: UUID
    log_size: int
    found: _Count


async def count(db: AsyncSession, keys: Keys, round_: Round, actor: Actor, unlock: Unlock = ()) -> Outcome:
    """Count a round whose vote has closed. Counting again makes a new outcome and leaves the earlier one as it is.

    Raises what `closed`, `counted` and `store` raise; nothing is stored then.
    """
    round_ = await closed(db, keys, round_, actor)
    return await store(db, round_, await counted(db, keys, round_, unlock), actor)


async def closed(db: AsyncSession, keys: Keys, round_: Round, actor: Actor) -> Round:
    """The round, once it is written that its vote has closed. Raises NotInThisPhase, and NotAllowed."""
    actor.require(round_.forum_id, Role.OFFICER)
    round_ = await close_by_the_clock(db, keys, round_)
    round_.require(Action.COUNT, await now(db))
    return round_


async def counted(db: AsyncSession, keys: Keys, round_: Round, unlock: Unlock = ()) -> Counted:
    """Open the box of a vote that was closed, and count. Only reads, and may take minutes.

    `unlock` are the passphrases of two of the board, where a board keeps the key. Raises RulesWereChanged,
    BallotBoxIsDamaged, LogIsDamaged, DiceNeeded and RuleCannotCount.
    """
    terms = await sealed_terms(db, keys, round_)
    box = await unsealed(db, keys, round_, unlock)
    found = await anyio.to_thread.run_sync(_count, terms, [opening.ballot() for opening in box.openings])
    return Counted(terms.poll_id, len(box.leaves), found)


async def store(db: AsyncSession, round_: Round, counted: Counted, actor: Actor) -> Outcome:
    """Store a count. Raises NotInThisPhase, and BoxWasTouched if the log grew while it was being made."""
    actor.require(round_.forum_id, Role.OFFICER)
    round_ = await lock(db, round_)
    moment, found = await now(db), counted.found
    round_.require(Action.COUNT, moment)
    await require_untouched(db, round_, counted.poll_id, counted.log_size)
    outcome = Outcome(
        poll_id=counted.poll_id,
        counted_at=moment,
        counted_by=actor.account_id,
        electors=await size_of_roll(db, round_.id),
        ballots=found.ballots,
        blank=found.blank,
        election_sha256=found.election_sha256,
        result=found.result,
    )
    db.add(outcome)
    await db.flush()
    told = {"actor_id": actor.account_id, "round_id": round_.id, "outcome_id": outcome.id}
    await record(db, CountedEvent(**told, ballots=found.ballots))
    return outcome


async def require_untouched(db: AsyncSession, round_: Round, poll_id: UUID, log_size: int) -> None:
    """Raise BoxWasTouched unless this poll is the round's current one, and its log as long as it was."""
    if round_.poll.id != poll_id or (await log_of(db, poll_id)).size != log_size:
        raise BoxWasTouched("The log of this vote has grown while the ballots were being read. Please count again.")


async def sealed_terms(db: AsyncSession, keys: Keys, round_: Round) -> Terms:
    """The terms of the round's poll, if they are still what was sealed. Raises RulesWereChanged.

    The digits of dice that were rolled for ties are the seed of a lot after the tie rules of the round.
    """
    poll = round_.poll
    projects = await projects_of(db, poll.id)
    config = frozen_bytes(round_, poll, projects, await log_of(db, poll.id), public_seal_key(keys, poll.id))
    if hashlib.sha256(config).hexdigest() != poll.config_sha256:
        raise RulesWereChanged(
            "What the votes would be counted by is not what was sealed when voting opened: the budget, the rule, the "
            "ballot paper or a text has changed. Please leave everything as it is and tell whoever runs this service."
        )
    return terms_of(round_, poll, projects, await dice_of(db, poll.id, TIES), config)


async def latest(db: AsyncSession, round_: Round, actor: Actor) -> Outcome:
    """The newest count of a round, for those who prepare its publication. Raises NotCounted."""
    actor.require(round_.forum_id, *MAY_SEE_A_COUNT)
    query = select(Outcome).where(Outcome.poll_id == round_.poll.id)
    outcome = await db.scalar(query.order_by(Outcome.counted_at.desc(), Outcome.id.desc()).limit(1))
    if outcome is None:
        raise NotCounted("The votes of this round have not been counted yet.")
    return outcome


def _count(terms: Terms, ballots: Sequence[CanonicalBallot]) -> _Count:
    election = election_of(terms, ballots)
    blank = sum(1 for ballot in ballots if not ballot.projects)
    ties = TieOrder.parse(",".join([*terms.ties, *([f"lot:{terms.dice}"] if terms.dice else [])]) or BALLOT_ORDER)
    try:
        counted = tally(election, terms.rule, terms.parameters, ties=ties, conditions=terms.conditions, margins=True)
    except (ParameterError, ConditionError) as error:
        raise RuleCannotCount(f"The rule {terms.rule!r} cannot count these votes: {error}. Nothing is lost.") from error
    if BALLOT_ORDER not in terms.ties and any(tie.broken_by == BALLOT_ORDER for tie in counted.ties):
        raise DiceNeeded(
            "Two proposals are equal, and this round lets dice decide. Roll them in public, enter what they show, and "
            "count again. Nothing was stored."
        )
    number = {project.reference: project.number for project in terms.projects}
    simple, others = None, []
    if counted.decides_money:
        simple = tally(election, "greedy", {"utility": "votes"}, conditions=terms.conditions)
        others = other_counts(election, counted, ties, terms.conditions, number)
    told = counted_result(counted, simple, others, terms.projects, terms.categories, blank)
    result = with_leftovers(told, terms.pots)
    return _Count(len(ballots), blank, fingerprint(pabulib_file(election)), msgspec.to_builtins(result))
