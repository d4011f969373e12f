"""The proposals of a round, to be read without JavaScript."""

from __future__ import annotations

import math
from typing import Any

from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import now
from pbvote.errors import NotFound
from pbvote.proposals import finding
from pbvote.proposals.attachments import of_proposals
from pbvote.proposals.finding import CARD, Wanted
from pbvote.proposals.models import Proposal
from pbvote.proposals.shapes import ProposalCard
from pbvote.rounds.service import round_of
from pbvote.rounds.shapes import RoundOut
from pbvote.web.caching import kept
from pbvote.web.paging import USUAL_ITEMS, PageNumber, Paging
from pbvote.web.plain import plain_page, public_page


@public_page("/{lang:str}/r/{round_slug:str}/plain/proposals", opt=kept("page"))
async def proposals(
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    round_slug: FromPath[str],
    page: PageNumber = 1,
) -> Response[str]:
    """A page of the round's proposals, by number."""
    shown, paging = plain_page(request), Paging(page, USUAL_ITEMS)
    round_ = await round_of(db, round_slug, None)
    found, total = await finding.list_proposals(
        db, round_, Wanted(), offset=paging.offset, limit=paging.size, columns=(*CARD, Proposal.description)
    )
    if not found and page > 1:
        raise NotFound("The list of proposals is shorter than that.")
    files = await of_proposals(db, [proposal.id for proposal in found])
    cards = [ProposalCard.of(proposal, round_, None, shown.language, files[proposal.id]) for proposal in found]
    return shown.answer(
        "proposals.html",
        currency=round_.currency,
        round=RoundOut.of(round_, await now(db), shown.language),
        proposals=zip(cards, [proposal.description for proposal in found], strict=True),
        total=total,
        page=page,
        pages=math.ceil(total / paging.size),
    )


handlers = [proposals]
