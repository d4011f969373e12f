"""Finding proposals: the public list with its filters, the officers' list, and what lists show beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, false, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, load_only, raiseload

from pbvote.accounts.roles import Actor, Role
from pbvote.plain_text import fold
from pbvote.proposals.models import Project, Proposal
from pbvote.proposals.states import Status
from pbvote.rounds.models import Poll, Round

LONGEST_QUERY = 200
MOST_WORDS = 8  # each is a search through every text of the round
Columns = Sequence[InstrumentedAttribute[Any]]
# What lists show of a proposal; asking one of them for anything else is an error, not another query for each row.
CARD: Columns = (
    *(Proposal.round_id, Proposal.number, Proposal.title, Proposal.summary, Proposal.category, Proposal.place),
    *(Proposal.proposer, Proposal.cost, Proposal.status, Proposal.status_reason),
    *(Proposal.submitted_at, Proposal.waiting_since, Proposal.whole_area, Proposal.latitude, Proposal.longitude),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which proposals a list shows; what is None or empty does not narrow it."""

    query: str = ""
    category: str | None = None
    status: Status | None = None


async def list_proposals(
    db: AsyncSession, round_: Round, wanted: Wanted, *, offset: int, limit: int, columns: Columns = CARD
) -> tuple[list[Proposal], int]:
    """A stretch of the round's proposals in the order of their numbers, with some columns, and how many there are."""
    query = narrowed(select(Proposal).where(Proposal.round_id == round_.id), round_, wanted)
    cards = query.options(load_only(*columns, raiseload=True), raiseload("*"))
    return await _stretch(db, query, cards, offset, limit)


def narrowed(query: Select[Any], round_: Round, wanted: Wanted) -> Select[Any]:
    """A query of the round's proposals, narrowed to those that are wanted."""
    for word in fold(wanted.query[:LONGEST_QUERY]).split()[:MOST_WORDS]:
        query = query.where(Proposal.search_text.contains(word.replace("\x00", ""), autoescape=True))
    if wanted.category is not None:
        known = {category["id"] for category in round_.categories}
        query = query.where(Proposal.category == wanted.category if wanted.category in known else false())
    if wanted.status is not None:
        query = query.where(Proposal.status == wanted.status)
    return query


async def review_list(
    db: AsyncSession, round_: Round, status: Status | None, actor: Actor, *, offset: int, limit: int
) -> tuple[list[Proposal], int]:
    """The same for officers, who also see how to reach the people behind a proposal."""
    actor.require(round_.forum_id, Role.OFFICER, Role.ORGANISER)
    query = narrowed(select(Proposal).where(Proposal.round_id == round_.id), round_, Wanted(status=status))
    return await _stretch(db, query, query, offset, limit)


async def waiting(db: AsyncSession, round_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many proposals of each round wait for a first decision; rounds without any are left out."""
    query = (
        select(Proposal.round_id, func.count())
        .where(Proposal.round_id.in_(round_ids), Proposal.status == Status.SUBMITTED)
        .group_by(Proposal.round_id)
    )
    return dict((await db.execute(query)).all())


async def project_numbers(db: AsyncSession, proposal_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The numbers that proposals have on the ballot, the last one they were on; those on no ballot are left out."""
    query = select(Project.proposal_id, Project.number).where(Project.proposal_id.in_(proposal_ids))
    return dict((await db.execute(query.join(Poll, Poll.id == Project.poll_id).order_by(Poll.position))).all())


async def _stretch(
    db: AsyncSession, counted: Select[Any], query: Select[Any], offset: int, limit: int
) -> tuple[list[Proposal], int]:
    counting = select(func.count()).select_from(counted.with_only_columns(Proposal.id).subquery())
    total = (await db.execute(counting)).scalar_one()
    return list(await db.scalars(query.order_by(Proposal.number).offset(offset).limit(limit))), total
