"""Finding proposals: the public list with its filters, the officers' list, and what lists show beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, false, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.plain_text import fold
from pbvote.proposals.models import Project, Proposal
from pbvote.proposals.states import Status
from pbvote.rounds.models import Round

LONGEST_QUERY = 200
MOST_WORDS = 8  # each is a search through every text of the round


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which proposals a list shows; what is None or empty does not narrow it."""

    query: str = ""
    category: str | None = None
    status: Status | None = None


async def list_proposals(
    db: AsyncSession, round_: Round, wanted: Wanted, *, offset: int, limit: int
) -> tuple[list[Proposal], int]:
    """A stretch of the round's proposals in the order of their numbers, and how many there are."""
    query: Select[Proposal] = select(Proposal).where(Proposal.round_id == round_.id)
    for word in fold(wanted.query[:LONGEST_QUERY]).split()[:MOST_WORDS]:
        query = query.where(Proposal.search_text.contains(word.replace("\x00", ""), autoescape=True))
    if wanted.category is not None:
        known = {category["id"] for category in round_.categories}
        query = query.where(Proposal.category == wanted.category if wanted.category in known else false())
    if wanted.status is not None:
        query = query.where(Proposal.status == wanted.status)
    counting = select(func.count()).select_from(query.with_only_columns(Proposal.id).subquery())
    total = (await db.execute(counting)).scalar_one()
    rows = await db.scalars(query.order_by(Proposal.number).offset(offset).limit(limit))
    return list(rows), total


async def review_list(
    db: AsyncSession, round_: Round, status: Status | None, actor: Actor, *, offset: int, limit: int
) -> tuple[list[Proposal], int]:
    """The same for officers, who also see how to reach the people behind a proposal."""
    actor.require(round_.forum_id, Role.OFFICER, Role.ORGANISER)
    return await list_proposals(db, round_, Wanted(status=status), offset=offset, limit=limit)


async def waiting(db: AsyncSession, round_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many proposals of each round wait for a first decision; rounds without any are left out."""
    query = (
        select(Proposal.round_id, func.count())
        .where(Proposal.round_id.in_(round_ids), Proposal.status == Status.SUBMITTED)
        .group_by(Proposal.round_id)
    )
    return dict((await db.execute(query)).all())


async def project_numbers(db: AsyncSession, proposal_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The numbers that proposals have on the ballot; those on no ballot are left out."""
    query = select(Project.proposal_id, Project.number).where(Project.proposal_id.in_(proposal_ids))
    return dict((await db.execute(query)).all())
