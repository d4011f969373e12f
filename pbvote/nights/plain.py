"""The Decision Night of a round, to be read without JavaScript: when, where, how many places, who presents when."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.forums.api import ContactOut
from pbvote.nights.api import night_out
from pbvote.nights.guests import require_night
from pbvote.rounds.service import round_of
from pbvote.web.caching import kept
from pbvote.web.plain import plain_page, public_page


@public_page("/{lang:str}/r/{round_slug:str}/plain/night", opt=kept())
async def night(
    request: Request[Any, Any, Any], db: NamedDependency[AsyncSession], round_slug: FromPath[str]
) -> Response[str]:
    """The evening; 404 for a round without one."""
    page, round_ = plain_page(request), await round_of(db, round_slug, None)
    shown = await night_out(request, db, round_, await require_night(db, round_), page.language)
    return page.answer("night.html", round=round_, night=shown, contact=ContactOut.of(round_.forum))


handlers = [night]
