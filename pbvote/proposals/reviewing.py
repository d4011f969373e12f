"""What officers do with a proposal: look after it, check it, cost it, ask for changes, decide on it.

Every verb names the version of the proposal that the officer saw, so that nobody overwrites what somebody else did.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.proposals import (
    ChangesAsked,
    ProposalAssigned,
    ProposalChecked,
    ProposalCosted,
    ProposalDecided,
)
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import ChangedBySomebodyElse, InputIsWrong, Reason
from pbvote.plain_text import Limit, read_texts
from pbvote.proposals.content import cost_reasons
from pbvote.proposals.decisions import (
    CHECKS,
    ChangesWanted,
    CheckMade,
    CheckName,
    CostingMade,
    DecisionMade,
    Recorded,
    amount_decided,
    decision_reasons,
    others_reasons,
    read_lines,
)
from pbvote.proposals.models import Proposal
from pbvote.proposals.review_models import Assignment, CheckRecord, Costing
from pbvote.proposals.service import enter, limits_of, proposal_of
from pbvote.proposals.states import REVIEWED, NotFromThisStatus, Status
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Action
from pbvote.rounds.service import lock

REASON = Limit(1_000, lines=True)
NOTE = Limit(1_000, required=False, lines=True)


async def decide(db: AsyncSession, round_: Round, number: int, made: DecisionMade, actor: Actor) -> Proposal:
    """Decide on a proposal, for the first time or again, with a reason that the public reads."""
    round_, proposal, moment = await reviewed(db, round_, number, made.version, actor)
    texts, reasons = read_texts({"reason": made.reason}, {"reason": REASON})
    asked, costing = asked_of(proposal), await db.get(Costing, proposal.id)
    costed = costing.amount if costing else None
    checks = msgspec.structs.asdict(made.checks) if made.checks else await recorded(db, proposal)
    cost = amount_decided(made, asked, costed)
    reasons += decision_reasons(made, checks, asked, costed)
    if made.decision.accepts:
        reasons += cost_reasons(cost, limits_of(round_), "cost")
    refuse(reasons)
    if made.checks:
        await _keep_checks(db, proposal, checks, actor, moment)
    proposal.cost, proposal.decided_at = cost, moment
    for check in CHECKS:
        setattr(proposal, check, checks.get(check))
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


async def ask_for_changes(
    db: AsyncSession, round_: Round, number: int, wanted: ChangesWanted, actor: Actor
) -> Proposal:
    """Give a proposal back to the one who sent it, saying what is to be changed; the public reads it."""
    round_, proposal, moment = await reviewed(db, round_, number, wanted.version, actor)
    texts, reasons = read_texts({"reason": wanted.reason}, {"reason": REASON})
    if not proposal.key_hash:
        detail = "Officers made this proposal from others, so there is nobody who could change it."
        reasons.append(Reason("nobody_to_ask", detail, {}, "decision"))
    refuse(reasons)
    enter(proposal, Status.CHANGES_REQUESTED, moment, texts["reason"])
    await record(db, ChangesAsked(actor_id=actor.account_id, round_id=round_.id, number=number, reason=texts["reason"]))
    return proposal


async def record_check(
    db: AsyncSession, round_: Round, number: int, check: CheckName, made: CheckMade, actor: Actor
) -> Proposal:
    """Write down what came of one of the three checks, with a note for officers."""
    round_, proposal, moment = await reviewed(db, round_, number, made.version, actor)
    texts, reasons = read_texts({"note": made.note}, {"note": NOTE})
    refuse(reasons)
    await db.merge(
        CheckRecord(
            proposal_id=proposal.id,
            name=check,
            passes=made.passes,
            note=texts["note"],
            made_by=actor.account_id,
            made_at=moment,
        )
    )
    proposal.version += 1
    event = ProposalChecked(
        actor_id=actor.account_id, round_id=round_.id, number=number, check=check, passes=made.passes
    )
    await record(db, event)
    return proposal


async def record_costing(db: AsyncSession, round_: Round, number: int, made: CostingMade, actor: Actor) -> Proposal:
    """Write down what officers find that a proposal costs, line by line; the amount for the ballot follows.

    It counts with the next decision.
    """
    round_, proposal, moment = await reviewed(db, round_, number, made.version, actor)
    lines, reasons = read_lines(made.lines)
    whole = sum(line.amount for line in lines)
    others = paid_by_others(proposal) if made.others is None else made.others
    if lines and not reasons:
        reasons += others_reasons(others, whole) or cost_reasons(whole - others, limits_of(round_), "lines")
    refuse(reasons)
    costing = await db.get(Costing, proposal.id)
    if lines:
        await db.merge(costing_of(proposal.id, [msgspec.structs.asdict(line) for line in lines], others, actor, moment))
    elif costing:
        await db.delete(costing)
    proposal.version += 1
    amount = whole - others if lines else None
    await record(db, ProposalCosted(actor_id=actor.account_id, round_id=round_.id, number=number, amount=amount))
    return proposal


async def assign(db: AsyncSession, round_: Round, number: int, actor: Actor, *, mine: bool) -> Proposal:
    """Look after a proposal, also in another officer's place, or let it go."""
    actor.require(round_.forum_id, Role.OFFICER)
    round_ = await lock(db, round_)
    round_.require(Action.DECIDE_PROPOSAL, await now(db))
    proposal = await proposal_of(db, round_, number)
    assignment = await db.get(Assignment, proposal.id)
    if mine:
        await db.merge(Assignment(proposal_id=proposal.id, account_id=actor.account_id))
    elif assignment:
        await db.delete(assignment)
    whose = actor.account_id if mine else None
    await record(db, ProposalAssigned(actor_id=actor.account_id, round_id=round_.id, number=number, account_id=whose))
    return proposal


async def reviewed(
    db: AsyncSession, round_: Round, number: int, version: int, actor: Actor
) -> tuple[Round, Proposal, datetime]:
    """The round, locked, and a proposal that officers may still decide about, as the officer saw it; and the moment.

    Raises NotAllowed, NotInThisPhase, NotFound, ChangedBySomebodyElse or NotFromThisStatus.
    """
    actor.require(round_.forum_id, Role.OFFICER)
    round_ = await lock(db, round_)
    moment = await now(db)
    round_.require(Action.DECIDE_PROPOSAL, moment)
    proposal = await proposal_of(db, round_, number)
    require_version(proposal, version)
    if proposal.status not in REVIEWED:
        raise NotFromThisStatus(f"A proposal that is {proposal.status} is not checked any more.")
    return round_, proposal, moment


def require_version(proposal: Proposal, version: int) -> None:
    """Raise ChangedBySomebodyElse unless this is the version that is there."""
    if proposal.version != version:
        raise ChangedBySomebodyElse("Somebody else changed this proposal. Load it again to see what is there now.")


async def records_of(db: AsyncSession, proposal_id: UUID) -> list[CheckRecord]:
    """The checks of a proposal that officers have recorded, in the order of the three."""
    found = await db.scalars(select(CheckRecord).where(CheckRecord.proposal_id == proposal_id))
    return sorted(found, key=lambda one: CHECKS.index(one.name))


def is_stale(proposal: Proposal, check: CheckRecord) -> bool:
    """Whether a proposal was sent again after it was checked."""
    return proposal.waiting_since is not None and check.made_at < proposal.waiting_since


async def recorded(db: AsyncSession, proposal: Proposal) -> Recorded:
    """What came of each check; what was checked before the proposal was sent again does not count."""
    there = {one.name: one.passes for one in await records_of(db, proposal.id) if not is_stale(proposal, one)}
    return {name: there.get(name) for name in CHECKS}


def asked_of(proposal: Proposal) -> int:
    """What a proposal asks for, in pence."""
    return sum(line.amount for line in proposal.lines) if proposal.ask is None else proposal.ask


def paid_by_others(proposal: Proposal) -> int:
    """How much of its cost a proposal does not ask for, in pence."""
    return max(0, sum(line.amount for line in proposal.lines) - asked_of(proposal))


def costing_of(
    proposal_id: UUID, lines: list[dict[str, object]], others: int, actor: Actor, moment: datetime
) -> Costing:
    """A costing of these lines, of which others pay a part (pence)."""
    amount = sum(int(str(line["amount"])) for line in lines) - others
    return Costing(
        proposal_id=proposal_id,
        lines=lines,
        others=others,
        amount=amount,
        made_by=actor.account_id,
        made_at=moment,
    )


def refuse(reasons: list[Reason]) -> None:
    """Raise InputIsWrong if there is anything wrong."""
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)


async def _keep_checks(
    db: AsyncSession, proposal: Proposal, checks: Mapping[str, bool | None], actor: Actor, moment: datetime
) -> None:
    """Checks that came with a decision are recorded too; a note stays with what it was written about."""
    there = {one.name: one for one in await records_of(db, proposal.id)}
    for name, passes in checks.items():
        before = there.get(name)
        if before is None:
            before = CheckRecord(proposal_id=proposal.id, name=name, note="")
            db.add(before)
        elif before.passes != passes:
            before.note = ""
        before.passes, before.made_by, before.made_at = bool(passes), actor.account_id, moment
