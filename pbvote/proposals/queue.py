"""The officers' queue: what waits longest comes first, narrowed as they like, and from one proposal to the next.

Everything a page of it shows comes from a fixed number of queries, however many proposals the round has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only, raiseload

from pbvote.accounts.roles import Actor, Role
from pbvote.db import now
from pbvote.proposals.clock import overdue_before
from pbvote.proposals.finding import CARD, Wanted, narrowed
from pbvote.proposals.models import Proposal
from pbvote.proposals.review_models import Assignment, CheckRecord, Costing
from pbvote.proposals.service import proposal_of
from pbvote.proposals.states import UNDECIDED
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Phase

Sorted = Literal["waiting", "number"]
MAY_READ = (Role.OFFICER, Role.ORGANISER)
MOST_OVERDUE = 50
CHECKED_IN = (Phase.PROPOSALS, Phase.REVIEW)


@dataclass(frozen=True, slots=True)
class QueueWanted:
    """Which proposals the queue shows, and in which order; what is false or empty does not narrow it."""

    texts: Wanted
    overdue: bool = False
    mine: bool = False
    uncosted: bool = False
    sort: Sorted = "waiting"


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A proposal in the queue, with what officers have done so far."""

    proposal: Proposal
    assigned_to: UUID | None
    costed: int | None
    checks: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many proposals of a round stand where, whatever the queue shows: by status, and by what officers look for."""

    statuses: Mapping[str, int]
    overdue: int
    mine: int
    uncosted: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """A proposal that should have been checked by now."""

    round_: Round
    number: int
    title: str
    waiting_since: datetime


async def queue(
    db: AsyncSession, round_: Round, wanted: QueueWanted, actor: Actor, *, offset: int, limit: int
) -> tuple[list[QueueRow], int]:
    """A stretch of the queue, and how many proposals it has."""
    actor.require(round_.forum_id, *MAY_READ)
    query = _wanted(round_, wanted, actor, await now(db))
    counting = select(func.count()).select_from(query.with_only_columns(Proposal.id).subquery())
    total = (await db.execute(counting)).scalar_one()
    stretch = (
        query.options(load_only(*CARD, raiseload=True), raiseload("*"))
        .order_by(*_order(wanted))
        .offset(offset)
        .limit(limit)
    )
    found = list(await db.scalars(stretch))
    ids = [proposal.id for proposal in found]
    assigned = await _by_proposal(db, Assignment.proposal_id, Assignment.account_id, ids)
    costed = await _by_proposal(db, Costing.proposal_id, Costing.amount, ids)
    checked = select(CheckRecord.proposal_id, func.count()).where(CheckRecord.proposal_id.in_(ids))
    checks = dict((await db.execute(checked.group_by(CheckRecord.proposal_id))).all())
    rows = [QueueRow(one, assigned.get(one.id), costed.get(one.id), checks.get(one.id, 0)) for one in found]
    return rows, total


async def counts(db: AsyncSession, round_: Round, actor: Actor) -> Counts:
    """How many proposals of the round stand where."""
    actor.require(round_.forum_id, *MAY_READ)
    moment = await now(db)
    by_status = select(Proposal.status, func.count()).where(Proposal.round_id == round_.id).group_by(Proposal.status)
    statuses = dict((await db.execute(by_status)).all())

    async def such(condition: ColumnElement[bool]) -> int:
        query = select(func.count()).where(Proposal.round_id == round_.id, condition)
        return (await db.execute(query)).scalar_one()

    own = select(func.count()).select_from(Assignment).join(Proposal, Proposal.id == Assignment.proposal_id)
    own = own.where(Assignment.account_id == actor.account_id, Proposal.round_id == round_.id)
    return Counts(
        statuses,
        await such(_overdue(round_, moment)),
        (await db.execute(own)).scalar_one(),
        await such(and_(_uncosted(), Proposal.status.in_(UNDECIDED))),
    )


async def neighbours(
    db: AsyncSession, round_: Round, number: int, wanted: QueueWanted, actor: Actor
) -> tuple[int | None, int | None]:
    """The numbers that come before and after a proposal in the queue, whether it still belongs there or not."""
    actor.require(round_.forum_id, *MAY_READ)
    proposal = await proposal_of(db, round_, number)
    query = _wanted(round_, wanted, actor, await now(db)).with_only_columns(Proposal.number)
    before, after = _around(proposal, wanted)
    backwards: list[ColumnElement[Any]] = [Proposal.number.desc()]
    if wanted.sort == "waiting":
        backwards = [Proposal.waiting_since.desc().nulls_first(), *backwards]
    previous = await db.scalar(query.where(before).order_by(*backwards).limit(1))
    following = await db.scalar(query.where(after).order_by(*_order(wanted)).limit(1))
    return previous, following


async def overdue(db: AsyncSession, actor: Actor) -> list[Overdue]:
    """What should have been checked by now in the actor's rounds, what waits longest first."""
    forums = {forum_id for forum_id, role in actor.roles if role in MAY_READ}
    query = select(Round).where(Round.forum_id.in_(forums), Round.phase.in_(CHECKED_IN))
    rounds = {round_.id: round_ for round_ in await db.scalars(query)}
    if not rounds:
        return []
    moment = await now(db)
    late = or_(*(and_(Proposal.round_id == round_.id, _overdue(round_, moment)) for round_ in rounds.values()))
    columns = select(Proposal.round_id, Proposal.number, Proposal.title, Proposal.waiting_since).where(late)
    found = await db.execute(columns.order_by(Proposal.waiting_since, Proposal.number).limit(MOST_OVERDUE))
    return [Overdue(rounds[round_id], number, title, since) for round_id, number, title, since in found if since]


def _wanted(round_: Round, wanted: QueueWanted, actor: Actor, moment: datetime) -> Select[Any]:
    query = narrowed(select(Proposal).where(Proposal.round_id == round_.id), round_, wanted.texts)
    if wanted.overdue:
        query = query.where(_overdue(round_, moment))
    if wanted.mine:
        query = query.where(_mine(actor))
    if wanted.uncosted:
        query = query.where(_uncosted())
    return query


def _overdue(round_: Round, moment: datetime) -> ColumnElement[bool]:
    return Proposal.waiting_since < overdue_before(round_.checked_within, round_.forum.timezone, moment)


def _mine(actor: Actor) -> ColumnElement[bool]:
    return exists().where(Assignment.proposal_id == Proposal.id, Assignment.account_id == actor.account_id)


def _uncosted() -> ColumnElement[bool]:
    return ~exists().where(Costing.proposal_id == Proposal.id)


def _order(wanted: QueueWanted) -> list[ColumnElement[Any]]:
    """What waits comes first, the longest before all, then the rest by number."""
    if wanted.sort == "number":
        return [Proposal.number.asc()]
    return [Proposal.waiting_since.asc().nulls_last(), Proposal.number.asc()]


def _around(proposal: Proposal, wanted: QueueWanted) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What comes before a proposal in that order, and what comes after it."""
    lower, higher = Proposal.number < proposal.number, Proposal.number > proposal.number
    since = proposal.waiting_since
    if wanted.sort == "number":
        return lower, higher
    waits = Proposal.waiting_since.is_not(None)
    if since is None:
        return or_(waits, lower), and_(~waits, higher)
    same = Proposal.waiting_since == since
    before = or_(Proposal.waiting_since < since, and_(same, lower))
    after = or_(Proposal.waiting_since > since, and_(same, higher), ~waits)
    return before, after


async def _by_proposal(db: AsyncSession, key: Any, value: Any, ids: Sequence[UUID]) -> dict[UUID, Any]:  # noqa: ANN401  # columns of several types
    return dict((await db.execute(select(key, value).where(key.in_(ids)))).all())
