"""The lineage of proposals: which were merged or split into which, and how that is undone before the vote opens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.proposals import RegroupingUndone
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import DomainError
from pbvote.proposals.decisions import CHECKS
from pbvote.proposals.lineage import Undo, read_reason
from pbvote.proposals.models import Proposal
from pbvote.proposals.review_models import Costing, Regrouping, RegroupingPart
from pbvote.proposals.reviewing import refuse, require_version
from pbvote.proposals.service import enter, proposal_of
from pbvote.proposals.states import JOINED, NEXT, Status, back, move
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Action
from pbvote.rounds.service import lock

COSTED = ("lines", "others", "amount")


class RegroupedAgain(DomainError):
    """What came of a merge or a split was merged or split itself."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Undo the later step first"


class NothingToUndo(DomainError):
    """A proposal was neither merged nor split, or that was undone already."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Nothing to undo"


async def undo(db: AsyncSession, round_: Round, number: int, wanted: Undo, actor: Actor) -> Proposal:
    """Undo the last merge or split that a proposal was part of: what was there comes back as it stood.

    What was made then is withdrawn. Raises NothingToUndo or RegroupedAgain.
    """
    actor.require(round_.forum_id, Role.OFFICER)
    round_ = await lock(db, round_)
    moment = await now(db)
    round_.require(Action.DECIDE_PROPOSAL, moment)
    proposal = await proposal_of(db, round_, number)
    require_version(proposal, wanted.version)
    reason, reasons = read_reason(wanted.reason)
    refuse(reasons)
    regrouping = next(iter(await regroupings_of(db, proposal.id)), None)
    if regrouping is None:
        raise NothingToUndo("This proposal was neither merged nor split.")
    proposals = await _proposals_in(db, [regrouping])
    for part in regrouping.parts:
        one = proposals[part.proposal_id]
        if part.made and one.status in JOINED:
            raise RegroupedAgain(f"Proposal {one.number} was merged or split again since. Undo that first.")
    for part in regrouping.parts:
        await _put_back(db, proposals[part.proposal_id], part, moment, reason)
    regrouping.undone_at = moment
    event = RegroupingUndone(
        actor_id=actor.account_id,
        round_id=round_.id,
        kind=regrouping.kind,
        numbers=sorted(one.number for one in proposals.values()),
        reason=reason,
    )
    await record(db, event)
    return proposal


@dataclass(frozen=True, slots=True)
class Lineage:
    """A merge or split, with the proposals that it began with and those that came of it, by number."""

    regrouping: Regrouping
    of: list[Proposal]
    into: list[Proposal]


async def lineage_of(db: AsyncSession, proposal: Proposal) -> list[Lineage]:
    """Every merge and split that a proposal is part of, the newest first, without those that were undone."""
    regroupings = await regroupings_of(db, proposal.id)
    proposals = await _proposals_in(db, regroupings)

    def named(parts: Iterable[RegroupingPart]) -> list[Proposal]:
        return sorted((proposals[part.proposal_id] for part in parts), key=lambda one: one.number)

    return [
        Lineage(
            one,
            named(part for part in one.parts if part.before is not None),
            named(part for part in one.parts if part.made),
        )
        for one in regroupings
    ]


async def regroupings_of(db: AsyncSession, proposal_id: UUID) -> list[Regrouping]:
    """The merges and splits that a proposal is part of, the newest first, without those that were undone."""
    query = select(Regrouping).join(RegroupingPart).where(RegroupingPart.proposal_id == proposal_id)
    query = query.where(Regrouping.undone_at.is_(None)).order_by(Regrouping.made_at.desc(), Regrouping.id.desc())
    return list(await db.scalars(query))


async def _proposals_in(db: AsyncSession, regroupings: Sequence[Regrouping]) -> dict[UUID, Proposal]:
    ids = {part.proposal_id for one in regroupings for part in one.parts}
    return {one.id: one for one in await db.scalars(select(Proposal).where(Proposal.id.in_(ids)))}


async def _put_back(db: AsyncSession, proposal: Proposal, part: RegroupingPart, moment: datetime, reason: str) -> None:
    """Leave a proposal as it stood before; one that was made anew is withdrawn, if it still can be."""
    before = part.before
    if before is None or proposal.status == Status.WITHDRAWN:
        if Status.WITHDRAWN in NEXT[Status(proposal.status)]:
            enter(proposal, Status.WITHDRAWN, moment, reason)
        return
    enter(proposal, Status(before["status"]), moment, reason, step=move if part.made else back)
    proposal.status_reason, proposal.cost = before["reason"], before["cost"]
    for name in ("waiting_since", "decided_at"):
        setattr(proposal, name, before[name] and datetime.fromisoformat(before[name]))
    for name in CHECKS:
        setattr(proposal, name, before["checks"][name])
    costing = await db.get(Costing, proposal.id)
    if costing and before["costing"]:
        costing.lines, costing.others, costing.amount = (
            before["costing"][name] for name in ("lines", "others", "amount")
        )
    elif costing and part.made:
        await db.delete(costing)
