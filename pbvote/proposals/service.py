"""Proposals: put one forward, withdraw it, decide on it, put it on the ballot, write down what became of it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from pbvote import symbols
from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events import ProposalDecided, ProposalSubmitted, ProposalWithdrawn
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import ChangedBySomebodyElse, InputIsWrong, NotAllowed, NotFound, Reason
from pbvote.plain_text import Limit, read_texts
from pbvote.proposals.content import Draft, Limits, cost_reasons, read_draft, search_text
from pbvote.proposals.decisions import CHECKS, DecisionMade, decision_reasons
from pbvote.proposals.models import CostLine, Project, Proposal, ProposalChange
from pbvote.proposals.states import ACCEPTED, Status, move
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.phases import Action
from pbvote.rounds.service import lock

KEY_SYMBOLS = 16
HIGHEST_NUMBER = 2**31 - 1  # what the column holds
REASON = Limit(1_000, lines=True)


class WrongKey(NotAllowed):
    """This is not the key that the proposal's submitter was given."""

    title: ClassVar[str] = "The key is wrong"


async def submit(db: AsyncSession, round_: Round, draft: Draft, visitor: Actor | None = None) -> tuple[Proposal, str]:
    """Put a proposal forward: the proposal, and the key that withdraws it, which is shown this once.

    Residents can while the proposals phase lasts. The forum's organisers and officers can until voting opens, for those
    that came by telephone or on paper, and for rounds in which nobody else proposes. Raises ProposalsAreClosed or
    ProposalsAreNotOpen, and InputIsWrong with everything that is wrong.
    """
    round_ = await lock(db, round_)
    moment = await now(db)
    staff = visitor is not None and not visitor.roles_in(round_.forum_id).isdisjoint({Role.ORGANISER, Role.OFFICER})
    round_.require(Action.ADD_PROPOSAL if staff else Action.SUBMIT_PROPOSAL, moment)
    draft, reasons = read_draft(draft, limits_of(round_))
    _refuse(reasons)
    highest = await db.scalar(select(func.max(Proposal.number)).where(Proposal.round_id == round_.id))
    key = symbols.encode(secrets.randbits(5 * KEY_SYMBOLS), KEY_SYMBOLS)
    proposal = Proposal(
        round_id=round_.id,
        number=(highest or 0) + 1,
        **{field: getattr(draft, field) for field in Draft.__struct_fields__ if field != "lines"},
        search_text=search_text(draft),
        cost=sum(line.amount for line in draft.lines),
        status=Status.SUBMITTED,
        status_reason="",
        submitted_at=moment,
        key_hash=_hash(key),
        version=1,
        lines=[
            CostLine(position=position, what=line.what, amount=line.amount, basis=line.basis)
            for position, line in enumerate(draft.lines)
        ],
        history=[ProposalChange(position=0, at=moment, status=Status.SUBMITTED, reason="")],
    )
    db.add(proposal)
    await db.flush()
    actor_id = visitor.account_id if visitor and staff else None
    await record(db, ProposalSubmitted(actor_id=actor_id, round_id=round_.id, number=proposal.number))
    return proposal, symbols.grouped(key)


async def withdraw(db: AsyncSession, round_: Round, number: int, key: str) -> Proposal:
    """Take a proposal back with the key of the one who put it forward. Raises WrongKey."""
    round_ = await lock(db, round_)
    moment = await now(db)
    round_.require(Action.WITHDRAW_PROPOSAL, moment)
    proposal = await proposal_of(db, round_, number)
    if not hmac.compare_digest(_hash(symbols.tidy(key)), proposal.key_hash):
        raise WrongKey("This is not the key that was shown when the proposal was sent.")
    enter(proposal, Status.WITHDRAWN, moment, "")
    await record(db, ProposalWithdrawn(round_id=round_.id, number=number))
    return proposal


async def decide(db: AsyncSession, round_: Round, number: int, made: DecisionMade, actor: Actor) -> Proposal:
    """Decide on a proposal, for the first time or again, with a reason that the public reads."""
    actor.require(round_.forum_id, Role.OFFICER)
    round_ = await lock(db, round_)
    moment = await now(db)
    round_.require(Action.DECIDE_PROPOSAL, moment)
    proposal = await proposal_of(db, round_, number)
    if proposal.version != made.version:
        raise ChangedBySomebodyElse("Somebody else changed this proposal. Load it again to see what is there now.")
    texts, reasons = read_texts({"reason": made.reason}, {"reason": REASON})
    asked = sum(line.amount for line in proposal.lines)
    cost = asked if made.cost is None else made.cost
    reasons += decision_reasons(made)
    if made.decision.accepts:
        reasons += cost_reasons(cost, limits_of(round_), "cost")
    _refuse(reasons)
    proposal.cost, proposal.decided_at = cost, moment
    for check in CHECKS:
        setattr(proposal, check, getattr(made.checks, check))
    enter(proposal, Status(made.decision), moment, texts["reason"])
    event = ProposalDecided(
        actor_id=actor.account_id,
        round_id=round_.id,
        number=number,
        decision=made.decision,
        reason=texts["reason"],
        cost=cost,
    )
    await record(db, event)
    return proposal


def enter(proposal: Proposal, status: Status, moment: datetime, reason: str | None = None) -> None:
    """Give a proposal its next status and write that into its history. Raises NotFromThisStatus.

    Without a reason the officers' last one goes on standing beside the status.
    """
    proposal.status = move(Status(proposal.status), status)
    proposal.status_reason = proposal.status_reason if reason is None else reason
    proposal.version += 1
    position = len(proposal.history)
    proposal.history.append(ProposalChange(position=position, at=moment, status=status, reason=reason or ""))


async def proposal_of(db: AsyncSession, round_: Round, number: int) -> Proposal:
    """The proposal of that number. Raises NotFound."""
    query = select(Proposal).where(Proposal.round_id == round_.id, Proposal.number == number)
    known = 0 < number <= HIGHEST_NUMBER
    proposal = await db.scalar(query.execution_options(populate_existing=True)) if known else None
    if proposal is None:
        raise NotFound("There is no such proposal in this round.")
    return proposal


async def proposals_of(db: AsyncSession, round_id: UUID) -> list[Proposal]:
    """Every proposal of a round, in the order of their numbers."""
    return list(await db.scalars(select(Proposal).where(Proposal.round_id == round_id).order_by(Proposal.number)))


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


def limits_of(round_: Round) -> Limits:
    """What the round asks of a proposal."""
    categories = frozenset(category["id"] for category in round_.categories)
    return Limits(categories, round_.smallest_award, round_.largest_award, round_.budget)


def _refuse(reasons: list[Reason]) -> None:
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)


def _hash(key: str) -> bytes:
    """SHA-256 is enough: the key is 80 random bits, not a password."""
    return hashlib.sha256(key.encode()).digest()
