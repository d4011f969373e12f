"""Proposals: put one forward, withdraw it, decide on it, find it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec
from sqlalchemy import Select, false, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote import symbols
from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events import ProposalDecided, ProposalSubmitted, ProposalWithdrawn
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import ChangedBySomebodyElse, InputIsWrong, NotAllowed, NotFound, Reason
from pbvote.plain_text import Limit, fold, read_texts
from pbvote.proposals.content import Draft, Limits, cost_reasons, read_draft, search_text
from pbvote.proposals.models import CostLine, Project, Proposal, ProposalChange
from pbvote.proposals.states import Decision, Status, move
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Action
from pbvote.rounds.service import lock

KEY_SYMBOLS = 16
REASON = Limit(1_000, lines=True)
LONGEST_QUERY = 200


class WrongKey(NotAllowed):
    """This is not the key that the proposal's submitter was given."""

    title: ClassVar[str] = "The key is wrong"


class Checks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The three checks of a proposal."""

    appropriate: bool
    feasible: bool
    sustainable: bool


class DecisionMade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An officer's decision: `cost` (pence) only when the proposal is accepted with changes."""

    decision: Decision
    reason: str
    checks: Checks
    cost: int | None
    version: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which proposals a list shows; what is None or empty does not narrow it."""

    query: str = ""
    category: str | None = None
    status: Status | None = None


async def submit(db: AsyncSession, round_: Round, draft: Draft) -> tuple[Proposal, str]:
    """Put a proposal forward: the proposal, and the key that withdraws it, which is shown this once.

    Raises ProposalsAreClosed or ProposalsAreNotOpen, and InputIsWrong with everything that is wrong.
    """
    round_ = await lock(db, round_)
    moment = await now(db)
    round_.require(Action.SUBMIT_PROPOSAL, moment)
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
    await record(db, ProposalSubmitted(round_id=round_.id, number=proposal.number))
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
    reasons += _decision_reasons(made)
    if made.decision.accepts:
        reasons += cost_reasons(cost, limits_of(round_), "cost")
    _refuse(reasons)
    proposal.cost, proposal.decided_at = cost, moment
    for check in Checks.__struct_fields__:
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
    proposal = await db.scalar(query.execution_options(populate_existing=True))
    if proposal is None:
        raise NotFound("There is no such proposal in this round.")
    return proposal


async def list_proposals(
    db: AsyncSession, round_: Round, wanted: Wanted, *, offset: int, limit: int
) -> tuple[list[Proposal], int]:
    """A stretch of the round's proposals in the order of their numbers, and how many there are."""
    query: Select[Proposal] = select(Proposal).where(Proposal.round_id == round_.id)
    for word in fold(wanted.query[:LONGEST_QUERY]).split():
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
    return dict((await db.execute(query)).tuples().all())


async def project_numbers(db: AsyncSession, proposal_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The numbers that proposals have on the ballot; those on no ballot are left out."""
    query = select(Project.proposal_id, Project.number).where(Project.proposal_id.in_(proposal_ids))
    return dict((await db.execute(query)).tuples().all())


def limits_of(round_: Round) -> Limits:
    """What the round asks of a proposal."""
    categories = frozenset(category["id"] for category in round_.categories)
    return Limits(categories, round_.smallest_award, round_.largest_award, round_.budget)


def _decision_reasons(made: DecisionMade) -> list[Reason]:
    reasons = []
    failed = [name for name in Checks.__struct_fields__ if not getattr(made.checks, name)]
    if made.decision.accepts and failed:
        detail = f"An accepted proposal passes all three checks; this one is not {' or '.join(failed)}."
        reasons.append(Reason("checks_not_met", detail, {"checks": ", ".join(failed)}, "checks"))
    changed = made.decision is Decision.ACCEPTED_WITH_CHANGES
    if changed and made.cost is None:
        reasons.append(Reason("cost_missing", "Give the cost that the proposal now has.", {}, "cost"))
    elif not changed and made.cost is not None:
        detail = "Only a proposal that is accepted with changes gets another cost."
        reasons.append(Reason("cost_not_asked", detail, {}, "cost"))
    return reasons


def _refuse(reasons: list[Reason]) -> None:
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)


def _hash(key: str) -> bytes:
    """SHA-256 is enough: the key is 80 random bits, not a password."""
    return hashlib.sha256(key.encode()).digest()
