"""From proposals to projects: what goes on the ballot when the vote opens, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from pbvote.db import now
from pbvote.errors import Reason
from pbvote.proposals.content import cost_reasons
from pbvote.proposals.models import Project, Proposal
from pbvote.proposals.service import enter, limits_of
from pbvote.proposals.states import ACCEPTED, Status
from pbvote.rounds.models import Poll, Round


async def accepted(db: AsyncSession, round_id: UUID) -> list[Proposal]:
    """The accepted proposals of a round, in the order of their numbers."""
    query = select(Proposal).where(Proposal.round_id == round_id, Proposal.status.in_(ACCEPTED))
    return list(await db.scalars(query.order_by(Proposal.number)))


async def readiness(db: AsyncSession, round_: Round) -> list[Reason]:
    """What about the proposals keeps the vote from opening."""
    query = select(func.count()).where(Proposal.round_id == round_.id, Proposal.status == Status.SUBMITTED)
    undecided = (await db.execute(query)).scalar_one()
    reasons = []
    if undecided:
        detail = f"{undecided} of the proposals are not decided yet."
        reasons.append(Reason("proposals_undecided", detail, {"count": undecided}, "proposals"))
    there = await accepted(db, round_.id)
    if not there:
        reasons.append(
            Reason("nothing_accepted", "No proposal is accepted, so there is nothing to vote on.", {}, "proposals")
        )
    for proposal in there:
        reasons += [
            Reason(
                reason.code,
                f"Proposal {proposal.number}: {reason.detail}",
                {**reason.params, "number": proposal.number},
                "proposals",
            )
            for reason in cost_reasons(proposal.cost, limits_of(round_), "proposals")
        ]
    return reasons


async def put_on_ballot(
    db: AsyncSession, poll: Poll, proposals: Sequence[Proposal], references: Mapping[int, str] | None = None
) -> list[Project]:
    """Put accepted proposals on a poll's ballot: titles, categories and costs are frozen here.

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
        enter(proposal, Status.ON_THE_BALLOT, moment)
    await db.flush()
    return projects


async def projects_of(db: AsyncSession, poll_id: UUID) -> list[Project]:
    """The projects on a poll's ballot in ballot order, with their proposals."""
    query = select(Project).where(Project.poll_id == poll_id).order_by(Project.number)
    return list(await db.scalars(query.options(joinedload(Project.proposal))))


async def record_outcome(db: AsyncSession, poll_id: UUID, funded: Collection[int]) -> None:
    """Write into each proposal whether its project was funded, by the projects' numbers on the ballot."""
    moment = await now(db)
    for project in await projects_of(db, poll_id):
        status = Status.FUNDED if project.number in funded else Status.NOT_FUNDED
        if project.proposal.status != status:
            enter(project.proposal, status, moment)
    await db.flush()
