"""Proposals on a ballot: which come on it, as what projects, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from pbvote.db import now
from pbvote.errors import Reason
from pbvote.proposals import service
from pbvote.proposals.models import Project, Proposal
from pbvote.proposals.service import accepted, enter
from pbvote.proposals.states import Status
from pbvote.rounds.models import Poll, Round


async def nominated(db: AsyncSession, round_: Round) -> list[Proposal]:
    """The proposals that come on the ballot of the current poll, by number: the accepted ones, or the shortlist."""
    if round_.current == 1:
        return await accepted(db, round_.id)
    query = select(Proposal).where(Proposal.round_id == round_.id, Proposal.status == Status.SHORTLISTED)
    return list(await db.scalars(query.order_by(Proposal.number)))


async def readiness(db: AsyncSession, round_: Round) -> list[Reason]:
    """What about the proposals keeps the current poll from opening."""
    if round_.current == 1:
        return await service.readiness(db, round_)
    if await nominated(db, round_):
        return []
    detail = "The first vote put nothing on the shortlist, so there is nothing to vote on."
    return [Reason("nothing_shortlisted", detail, {}, "proposals")]


async def put_on_ballot(
    db: AsyncSession, poll: Poll, proposals: Sequence[Proposal], references: Mapping[int, str] | None = None
) -> list[Project]:
    """Put accepted or shortlisted proposals on a poll's ballot: titles, categories and costs are frozen here.

    Projects are numbered from 1 in the order of the proposals' numbers. `references` maps proposal numbers to what the
    projects are called in exported files, where that is not the project's number.
    """
    projects, moment = [], await now(db)
    for number, proposal in enumerate(sorted(proposals, key=lambda proposal: proposal.number), start=1):
        project = Project(
            poll_id=poll.id,
            number=number,
            proposal_id=proposal.id,
            reference=(references or {}).get(proposal.number, str(number)),
            title=proposal.title,
            category=proposal.category,
            cost=proposal.cost,
            proposal=proposal,
        )
        db.add(project)
        projects.append(project)
        if proposal.status != Status.SHORTLISTED:
            enter(proposal, Status.ON_THE_BALLOT, moment)
    await db.flush()
    return projects


async def projects_of(db: AsyncSession, poll_id: UUID) -> list[Project]:
    """The projects on a poll's ballot in ballot order, with their proposals."""
    query = select(Project).where(Project.poll_id == poll_id).order_by(Project.number)
    return list(await db.scalars(query.options(joinedload(Project.proposal))))


async def record_outcome(db: AsyncSession, poll_id: UUID, outcome: Mapping[int, Status]) -> None:
    """Write into proposals what became of their projects, by their numbers. Those left out stay as they are."""
    moment = await now(db)
    for project in await projects_of(db, poll_id):
        status = outcome.get(project.number)
        if status is not None and project.proposal.status != status:
            enter(project.proposal, status, moment)
    await db.flush()
