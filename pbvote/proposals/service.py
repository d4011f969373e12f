"""Proposals: put one forward, withdraw it, find it, take it from status to status."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote import symbols
from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.proposals import ProposalRevised, ProposalSubmitted, ProposalWithdrawn
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import DomainError, InputIsWrong, NotAllowed, NotFound, Reason
from pbvote.proposals.content import Draft, Limits, cost_reasons, read_draft, search_text
from pbvote.proposals.models import CostLine, Proposal, ProposalChange
from pbvote.proposals.states import ACCEPTED, UNDECIDED, Status, move
from pbvote.rounds.match import MatchRule
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Action
from pbvote.rounds.service import lock

KEY_SYMBOLS = 16
HIGHEST_NUMBER = 2**31 - 1  # what the column holds


class CannotBeChangedNow(DomainError):
    """This proposal cannot be changed by whoever put it forward any more."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Too late to change this"


class WrongKey(NotAllowed):
    """This is not the key that the proposal's submitter was given."""

    title: ClassVar[str] = "The key is wrong"


async def submit(
    db: AsyncSession, round_: Round, draft: Draft, visitor: Actor | None = None, key: str = ""
) -> tuple[Proposal, str]:
    """Put a proposal forward: the proposal, and the key that opens it for whoever sent it.

    The key is a new one, which is shown this once, unless there is one already. Residents can while the proposals phase
    lasts. The forum's organisers and officers can until voting opens, for those that came by telephone or on paper, and
    for rounds in which nobody else proposes. Raises ProposalsAreClosed or ProposalsAreNotOpen, and InputIsWrong with
    everything that is wrong.
    """
    round_ = await lock(db, round_)
    moment = await now(db)
    staff = require_open(round_, visitor, moment)
    draft, reasons = read_draft(draft, limits_of(round_))
    _refuse(reasons)
    highest = await db.scalar(select(func.max(Proposal.number)).where(Proposal.round_id == round_.id))
    key = symbols.tidy(key) or new_key()
    proposal = Proposal(
        round_id=round_.id,
        number=(highest or 0) + 1,
        **content_of(draft),
        status=Status.SUBMITTED,
        status_reason="",
        submitted_at=moment,
        waiting_since=moment,
        key_hash=hash_key(key),
        version=1,
        lines=lines_of(draft),
        history=[ProposalChange(position=0, at=moment, status=Status.SUBMITTED, reason="")],
    )
    db.add(proposal)
    await db.flush()
    actor_id = visitor.account_id if visitor and staff else None
    await record(db, ProposalSubmitted(actor_id=actor_id, round_id=round_.id, number=proposal.number))
    return proposal, symbols.grouped(key)


async def revise(db: AsyncSession, round_: Round, number: int, draft: Draft, key: str) -> Proposal:
    """Send a proposal again, changed as its officers asked or before they have decided. What was there is in history.

    Raises WrongKey, NotFromThisStatus, and InputIsWrong with everything that is wrong.
    """
    round_ = await lock(db, round_)
    moment = await now(db)
    proposal = await proposal_of(db, round_, number)
    require_key(proposal, key)
    require_unfinished(round_, proposal, moment)
    draft, reasons = read_draft(draft, limits_of(round_))
    _refuse(reasons)
    before = changed_by(proposal, draft)
    for field, value in content_of(draft).items():
        setattr(proposal, field, value)
    await db.execute(delete(CostLine).where(CostLine.proposal_id == proposal.id))
    await db.refresh(proposal, ["lines"])
    proposal.lines.extend(lines_of(draft))
    enter(proposal, Status.SUBMITTED, moment, "")
    proposal.history[-1].before = before
    await db.flush()
    await record(db, ProposalRevised(round_id=round_.id, number=number))
    return proposal


def require_open(round_: Round, visitor: Actor | None, moment: datetime) -> bool:
    """Whether the visitor adds proposals as staff. Raises ProposalsAreClosed or ProposalsAreNotOpen."""
    staff = visitor is not None and not visitor.roles_in(round_.forum_id).isdisjoint({Role.ORGANISER, Role.OFFICER})
    round_.require(Action.ADD_PROPOSAL if staff else Action.SUBMIT_PROPOSAL, moment)
    return staff


def require_unfinished(round_: Round, proposal: Proposal, moment: datetime) -> None:
    """Raise unless the proposal can still be changed: until voting opens, and while officers have not decided."""
    round_.require(Action.WITHDRAW_PROPOSAL, moment)
    if Status(proposal.status) not in UNDECIDED:
        raise CannotBeChangedNow("Officers have decided about this proposal, so it can no longer be changed.")


def require_key(proposal: Proposal, key: str) -> None:
    """Raise WrongKey unless this is the proposal's own."""
    if not hmac.compare_digest(hash_key(key), proposal.key_hash):
        raise WrongKey("This is not the key that was shown when the proposal was sent.")


async def withdraw(db: AsyncSession, round_: Round, number: int, key: str) -> Proposal:
    """Take a proposal back with the key of the one who put it forward. Raises WrongKey."""
    round_ = await lock(db, round_)
    moment = await now(db)
    round_.require(Action.WITHDRAW_PROPOSAL, moment)
    proposal = await proposal_of(db, round_, number)
    require_key(proposal, key)
    enter(proposal, Status.WITHDRAWN, moment, "")
    await record(db, ProposalWithdrawn(round_id=round_.id, number=number))
    return proposal


def enter(
    proposal: Proposal,
    status: Status,
    moment: datetime,
    reason: str | None = None,
    step: Callable[[Status, Status], Status] = move,
) -> None:
    """Give a proposal its next status and write that into its history. Raises NotFromThisStatus.

    Without a reason the officers' last one goes on standing beside the status. `step` says what may follow what.
    """
    proposal.status = step(Status(proposal.status), status)
    proposal.waiting_since = moment if status is Status.SUBMITTED else None
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
    query = select(func.count()).where(Proposal.round_id == round_.id, Proposal.status.in_(UNDECIDED))
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


def limits_of(round_: Round) -> Limits:
    """What the round asks of a proposal."""
    return Limits(
        categories=frozenset(category["id"] for category in round_.categories),
        smallest=round_.smallest_award,
        largest=round_.largest_award,
        budget=round_.budget,
        match=None if round_.match is None else msgspec.convert(round_.match, MatchRule),
        part_funding=round_.part_funding,
        advisory=round_.advisory,
    )


def changed_by(proposal: Proposal, draft: Draft) -> dict[str, Any]:
    """What the proposal says of whatever the draft says otherwise, by field; not how to reach its people."""
    hidden = {"search_text", "cost", "contact_email"}
    after = {field: value for field, value in content_of(draft).items() if field not in hidden}
    before = {field: getattr(proposal, field) for field, value in after.items() if getattr(proposal, field) != value}
    lines = [{"what": line.what, "amount": line.amount, "basis": line.basis} for line in proposal.lines]
    return before if lines == msgspec.to_builtins(draft.lines) else {**before, "lines": lines}


def content_of(draft: Draft) -> dict[str, Any]:
    """What a draft says, as a proposal keeps it, but for its lines."""
    fields = {field: getattr(draft, field) for field in Draft.__struct_fields__ if field != "lines"}
    return {**fields, "search_text": search_text(draft), "cost": draft.asked}


def lines_of(draft: Draft) -> list[CostLine]:
    """The lines of a draft, as a proposal keeps them."""
    return [
        CostLine(position=position, what=line.what, amount=line.amount, basis=line.basis)
        for position, line in enumerate(draft.lines)
    ]


def _refuse(reasons: list[Reason]) -> None:
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)


def new_key() -> str:
    """A key for whoever puts a proposal forward, without its hyphens."""
    return symbols.encode(secrets.randbits(5 * KEY_SYMBOLS), KEY_SYMBOLS)


def hash_key(key: str) -> bytes:
    """The hash of a key however it was typed. SHA-256 is enough: it is 80 random bits, not a password."""
    return hashlib.sha256(symbols.tidy(key).encode()).digest()
