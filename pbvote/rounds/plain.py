"""What the pages without JavaScript say while there is nothing to fill in or to see: the dates, and whom to ask."""

from __future__ import annotations

from litestar import Response
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import now
from pbvote.rounds.models import Round
from pbvote.rounds.shapes import RoundOut
from pbvote.web.plain import PlainPage


async def waiting_page(page: PlainPage, db: AsyncSession, round_: Round, status: int, template: str) -> Response[str]:
    """A finished page in place of the ballot or the result of a round."""
    shown = RoundOut.of(round_, await now(db), page.language)
    return page.answer(template, status, currency=round_.currency, round=shown)
