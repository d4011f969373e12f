"""Supports: browsers that back a proposal before the vote. They are no votes, and nothing is decided by them.

One for each browser and proposal, as far as a browser can be told: it makes a random token and keeps it, and whoever
wants to can have several. The pages say so. No time is stored and no audit event is written, for a list of who backed
what in which order would be worth having; the number is shown before and after the vote, and never while it goes on.
"""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import now
from pbvote.deliberation.models import Support
from pbvote.deliberation.service import GONE, allows, browser_hash, held_still, insert_of
from pbvote.errors import DomainError
from pbvote.keys import Keys
from pbvote.proposals.models import Proposal
from pbvote.proposals.service import proposal_of
from pbvote.proposals.states import Status
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Action


class SupportsAreClosed(DomainError):
    """Nobody can back this proposal here now: the round has no supports, it is not the time, or it is out."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Support is closed"


async def back(db: AsyncSession, keys: Keys, round_: Round, number: int, *, token: str, supports: bool) -> int | None:
    """Back a proposal, or no longer; how many browsers do now. Twice is once."""
    round_ = await held_still(db, round_)
    proposal = await proposal_of(db, round_, number)
    if not can_be_backed(round_, proposal, allows(round_, Action.SUPPORT, round_.phase_at(await now(db)))):
        raise SupportsAreClosed("This proposal cannot be supported now.")
    supporter = browser_hash(keys, b"support", proposal.id, token)
    if supports:
        row = {"proposal_id": proposal.id, "supporter": supporter}
        await db.execute(insert_of(db, Support).values(row).on_conflict_do_nothing())
    else:
        await db.execute(delete(Support).where(Support.proposal_id == proposal.id, Support.supporter == supporter))
    return await shown_supports(db, round_, proposal)


def can_be_backed(round_: Round, proposal: Proposal, allowed: bool) -> bool:  # noqa: FBT001  # what `allows` said
    """Whether browsers can back the proposal."""
    return allowed and round_.supports and proposal.status not in GONE | {Status.REJECTED}


async def shown_supports(db: AsyncSession, round_: Round, proposal: Proposal) -> int | None:
    """How many browsers back a proposal; None while nobody is to know, and where the round has no supports."""
    if not round_.supports or not allows(round_, Action.SHOW_SUPPORTS, round_.phase_at(await now(db))):
        return None
    return (await db.execute(select(func.count()).where(Support.proposal_id == proposal.id))).scalar_one()
