"""Puts together what officers see of one proposal, and where it stands for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.accounts.service import names_of
from pbvote.db import now
from pbvote.proposals.api.review_shapes import (
    CheckOut,
    CostingOut,
    CostsAskedOut,
    FeedbackOut,
    LineageOut,
    ReviewProposal,
    StandingOut,
    WaitingOut,
)
from pbvote.proposals.attachments import of_proposals
from pbvote.proposals.content import LineDraft
from pbvote.proposals.finding import project_numbers
from pbvote.proposals.models import Proposal
from pbvote.proposals.remarks import feedback_of
from pbvote.proposals.review_models import Assignment, Costing
from pbvote.proposals.reviewing import asked_of, is_stale, paid_by_others, records_of
from pbvote.proposals.shapes import ReviewItem
from pbvote.proposals.states import REVIEWED
from pbvote.proposals.undoing import lineage_of
from pbvote.rounds.models import Round
from pbvote.web.instants import Instant


async def standing_of(db: AsyncSession, round_: Round, proposal: Proposal, language: str) -> StandingOut:
    """Where a proposal stands, as everybody may read it."""
    return StandingOut(
        WaitingOut.of(proposal.waiting_since, round_, await now(db), language),
        [LineageOut.of_lineage(one, round_, language) for one in await lineage_of(db, proposal)],
        [FeedbackOut.of(one, round_, language) for one in await feedback_of(db, proposal)],
    )


async def review_proposal(
    db: AsyncSession, round_: Round, proposal: Proposal, actor: Actor, language: str
) -> ReviewProposal:
    """A proposal with everything that officers have recorded about it, but for their notes."""
    await db.flush()
    records, costing = await records_of(db, proposal.id), await db.get(Costing, proposal.id)
    assignment = await db.get(Assignment, proposal.id)
    people = {one.made_by for one in records} | ({costing.made_by} if costing else set())
    names = await names_of(db, people | ({assignment.account_id} if assignment else set()))
    zone = round_.forum.timezone
    number = (await project_numbers(db, [proposal.id])).get(proposal.id)
    attached = (await of_proposals(db, [proposal.id]))[proposal.id]
    item = ReviewItem.of(proposal, round_, number, language, attached)
    checks = [
        CheckOut(
            name=one.name,
            passes=one.passes,
            note=one.note,
            who=names[one.made_by],
            when=Instant.of(one.made_at, zone, language),
            stale=is_stale(proposal, one),
        )
        for one in records
    ]
    return ReviewProposal(
        **{field: getattr(item, field) for field in ReviewItem.__struct_fields__},
        asked=CostsAskedOut(item.lines, paid_by_others(proposal), asked_of(proposal)),
        recorded=checks,
        costing=_costing(costing, names, zone, language) if costing else None,
        assigned_to=names.get(assignment.account_id) if assignment else None,
        mine=assignment is not None and assignment.account_id == actor.account_id,
        may_ask_changes=bool(proposal.key_hash) and proposal.status in REVIEWED,
        standing=await standing_of(db, round_, proposal, language),
    )


def _costing(costing: Costing, names: Mapping[UUID, str], zone: str, language: str) -> CostingOut:
    return CostingOut(
        lines=msgspec.convert(costing.lines, list[LineDraft]),
        others=costing.others,
        amount=costing.amount,
        who=names[costing.made_by],
        when=Instant.of(costing.made_at, zone, language),
    )
