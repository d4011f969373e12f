"""Copies of a round's proposals for a rehearsal: what everybody may read, and nothing of who can be written to."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import now
from pbvote.proposals.models import CostLine, Proposal, ProposalChange
from pbvote.proposals.states import ACCEPTED, JOINED, UNDECIDED, Status
from pbvote.rounds.models import Round

COPIED = (
    *("number", "title", "summary", "description", "category", "place", "proposer", "running_costs", "search_text"),
    *("ask", "smallest", "match_cash", "match_kind", "match_hours", "whole_area", "latitude", "longitude", "cost"),
    *("appropriate", "feasible", "sustainable"),
)
LEFT_OUT = (
    *("id", "round_id", "contact_email", "key_hash", "status", "status_reason", "version"),
    *("submitted_at", "waiting_since", "decided_at"),
)
GONE = JOINED | {Status.WITHDRAWN}
KEPT = ACCEPTED | {Status.REJECTED}


async def copy_proposals(db: AsyncSession, source: Round, target: Round) -> int:
    """Copy the proposals of a round that were not withdrawn, merged or split, with their numbers; how many there are.

    Those that came on a ballot are accepted again, and nobody has a key to a copy.
    """
    moment = await now(db)
    query = select(Proposal).where(Proposal.round_id == source.id, Proposal.status.not_in(GONE))
    found = list(await db.scalars(query.order_by(Proposal.number)))
    for original in found:
        status = _status(Status(original.status))
        undecided = status is Status.SUBMITTED
        copy = Proposal(
            round_id=target.id,
            contact_email="",
            key_hash=secrets.token_bytes(32),  # of no key
            status=status,
            status_reason="" if undecided else original.status_reason,
            version=1,
            submitted_at=moment,
            waiting_since=moment if undecided else None,
            decided_at=None if undecided else moment,
            **{name: getattr(original, name) for name in COPIED},
        )
        copy.lines = [
            CostLine(position=line.position, what=line.what, amount=line.amount, basis=line.basis)
            for line in original.lines
        ]
        copy.history = [ProposalChange(position=0, at=moment, status=status, reason=copy.status_reason)]
        db.add(copy)
    await db.flush()
    return len(found)


def _status(status: Status) -> Status:
    if status in UNDECIDED:
        return Status.SUBMITTED
    return status if status in KEPT else Status.ACCEPTED
