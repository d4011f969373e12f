"""Merging proposals into one and splitting one into several, with their lineage kept.

Nothing that residents wrote is changed or lost: what was merged or split stays as it is, with a status of its own, and
comes back as it stood when that is undone (`undoing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.audit.events.proposals import ProposalsMerged, ProposalSplit
from pbvote.audit.service import record
from pbvote.plain_text import fold
from pbvote.proposals.content import SEARCHED, LineDraft
from pbvote.proposals.decisions import CHECKS
from pbvote.proposals.lineage import Merge, Split, SplitPart, read_merge, read_split
from pbvote.proposals.models import CostLine, Proposal, ProposalChange
from pbvote.proposals.review_models import Costing, Regrouping, RegroupingPart
from pbvote.proposals.reviewing import asked_of, costing_of, paid_by_others, refuse, reviewed
from pbvote.proposals.service import enter, limits_of
from pbvote.proposals.states import Status
from pbvote.proposals.undoing import COSTED
from pbvote.rounds.models import Round

MERGE, SPLIT = "merge", "split"
MATCH = ("match_cash", "match_kind", "match_hours")
FRESH = {"status": Status.SUBMITTED, "status_reason": "", "decided_at": None, "smallest": None, "version": 1}
UNPLACED = {"whole_area": False, "latitude": None, "longitude": None}


async def merge(db: AsyncSession, round_: Round, wanted: Merge, actor: Actor) -> Proposal:
    """Merge proposals into one that is kept, or into a new one: the one that now speaks for all of them.

    Their cost lines come together in its costing, for officers to put right, and it is decided on anew.
    """
    wanted, reasons = read_merge(wanted, limits_of(round_).categories)
    refuse(reasons)
    found: list[Proposal] = []
    for one in sorted(wanted.proposals, key=lambda part: part.number):
        round_, proposal, moment = await reviewed(db, round_, one.number, one.version, actor)
        found.append(proposal)
    before = {proposal.id: await _before(db, proposal) for proposal in found}
    costs = [await _costs(db, proposal) for proposal in found]
    kept = next((one for one in found if one.number == wanted.keep), None)
    target = kept or await _make(db, round_, found[0], moment, _merged(found, wanted))
    for proposal in found:
        status = Status.SUBMITTED if proposal is kept else Status.MERGED
        enter(proposal, status, moment, wanted.reason)
    if kept:
        _forget_decision(kept)
    lines = [line for own, _ in costs for line in own]
    await db.merge(costing_of(target.id, lines, sum(others for _, others in costs), actor, moment))
    parts = [(one, one is target, before.get(one.id)) for one in (*found, *([] if kept else [target]))]
    await _keep(db, Regrouping(round_id=round_.id, kind=MERGE, reason=wanted.reason), parts, actor, moment)
    numbers = [proposal.number for proposal in found]
    event = ProposalsMerged(
        actor_id=actor.account_id, round_id=round_.id, numbers=numbers, into=target.number, reason=wanted.reason
    )
    await record(db, event)
    return target


async def split(db: AsyncSession, round_: Round, number: int, wanted: Split, actor: Actor) -> list[Proposal]:
    """Split a proposal into several new ones, which its resident's key opens too, and which are decided on anew."""
    round_, proposal, moment = await reviewed(db, round_, number, wanted.version, actor)
    wanted, reasons = read_split(wanted)
    refuse(reasons)
    before = await _before(db, proposal)
    made = [await _make(db, round_, proposal, moment, _part(part, wanted.reason)) for part in wanted.parts]
    enter(proposal, Status.SPLIT, moment, wanted.reason)
    parts = [(proposal, False, before), *((one, True, None) for one in made)]
    await _keep(db, Regrouping(round_id=round_.id, kind=SPLIT, reason=wanted.reason), parts, actor, moment)
    event = ProposalSplit(
        actor_id=actor.account_id,
        round_id=round_.id,
        number=number,
        into=[one.number for one in made],
        reason=wanted.reason,
    )
    await record(db, event)
    return made


async def _costs(db: AsyncSession, proposal: Proposal) -> tuple[list[dict[str, Any]], int]:
    """What a proposal brings into a merge: officers' lines, else its own, and what others pay, in pence."""
    costing = await db.get(Costing, proposal.id)
    if costing:
        return list(costing.lines), costing.others
    return [_line(line) for line in proposal.lines], paid_by_others(proposal)


def _line(line: CostLine | LineDraft) -> dict[str, Any]:
    return {"what": line.what, "amount": line.amount, "basis": line.basis}


async def _make(
    db: AsyncSession, round_: Round, source: Proposal, moment: datetime, changes: dict[str, Any]
) -> Proposal:
    """A new proposal that is like another but for some changes, with a number of its own."""
    highest = await db.scalar(select(func.max(Proposal.number)).where(Proposal.round_id == round_.id))
    copied = {column.key: getattr(source, column.key) for column in inspect(Proposal).column_attrs}
    lines, reason = changes.pop("lines"), changes.pop("reason")
    fresh = {**FRESH, **dict.fromkeys(CHECKS), "submitted_at": moment, "waiting_since": moment}
    values = {**copied, **fresh, **changes, "number": (highest or 0) + 1}
    values["search_text"] = fold("\n".join(values[field] for field in SEARCHED))
    del values["id"]
    proposal = Proposal(
        **values,
        lines=[CostLine(position=position, **line) for position, line in enumerate(lines)],
        history=[ProposalChange(position=0, at=moment, status=Status.SUBMITTED, reason=reason)],
    )
    db.add(proposal)
    await db.flush()
    return proposal


def _merged(found: Sequence[Proposal], wanted: Merge) -> dict[str, Any]:
    """What a new proposal says that takes the place of others. No key opens it: it belongs to several people."""
    new = wanted.new
    texts = {} if new is None else {name: getattr(new, name) for name in new.__struct_fields__}
    asked = sum(asked_of(one) for one in found)
    running = dict.fromkeys(one.running_costs for one in found if one.running_costs)
    return {
        **texts,
        **UNPLACED,
        **{name: sum(getattr(one, name) for one in found) for name in MATCH},
        "contact_email": "",
        "key_hash": b"",
        "running_costs": "\n".join(running),
        "ask": asked,
        "cost": asked,
        "lines": [_line(line) for one in found for line in one.lines],
        "reason": wanted.reason,
    }


def _part(part: SplitPart, reason: str) -> dict[str, Any]:
    """What a part of a split proposal says otherwise than the whole."""
    whole = sum(line.amount for line in part.lines)
    return {
        **{name: getattr(part, name) for name in ("title", "summary", "description")},
        **dict.fromkeys(MATCH, 0),
        "ask": whole,
        "cost": whole,
        "lines": [_line(line) for line in part.lines],
        "reason": reason,
    }


async def _before(db: AsyncSession, proposal: Proposal) -> dict[str, Any]:
    """How a proposal stands, for putting it back."""
    costing = await db.get(Costing, proposal.id)
    return {
        "status": proposal.status,
        "reason": proposal.status_reason,
        "cost": proposal.cost,
        "waiting_since": proposal.waiting_since and proposal.waiting_since.isoformat(),
        "decided_at": proposal.decided_at and proposal.decided_at.isoformat(),
        "checks": {name: getattr(proposal, name) for name in CHECKS},
        "costing": costing and {name: getattr(costing, name) for name in COSTED},
    }


def _forget_decision(proposal: Proposal) -> None:
    """A proposal that speaks for others too has not been decided on."""
    proposal.cost, proposal.decided_at = asked_of(proposal), None
    for name in CHECKS:
        setattr(proposal, name, None)


async def _keep(
    db: AsyncSession,
    regrouping: Regrouping,
    parts: Iterable[tuple[Proposal, bool, dict[str, Any] | None]],
    actor: Actor,
    moment: datetime,
) -> None:
    """Store what was merged or split: each proposal, whether it came of it, and how it stood before."""
    regrouping.made_by, regrouping.made_at = actor.account_id, moment
    regrouping.parts = [
        RegroupingPart(position=position, proposal_id=proposal.id, made=made, before=before)
        for position, (proposal, made, before) in enumerate(parts)
    ]
    db.add(regrouping)
    await db.flush()
