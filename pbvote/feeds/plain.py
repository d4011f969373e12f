"""The forward plan: the key dates of all forums by month, on a page that needs no JavaScript."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import now
from pbvote.feeds import service
from pbvote.feeds.api import DateOut
from pbvote.feeds.service import KeyDate
from pbvote.forums.service import forum_of, list_forums
from pbvote.web.caching import kept
from pbvote.web.instants import month_of
from pbvote.web.plain import plain_page, public_page


@public_page("/{lang:str}/plan", opt=kept("forum"))
async def plan(
    request: Request[Any, Any, Any], db: NamedDependency[AsyncSession], forum: FromQuery[str] = ""
) -> Response[str]:
    """What is planned from this month on, in one forum or in all."""
    page = plain_page(request)
    chosen = await forum_of(db, forum) if forum else None
    moment = await now(db)
    dates = [
        date
        for date in service.planned(await service.public_rounds(db, chosen))
        if _month(date) >= f"{moment.astimezone(ZoneInfo(date.round_.forum.timezone)):%Y-%m}"
    ]
    months = [
        (month_of(found[0].at, found[0].round_.forum.timezone, page.language), _shown(found, page.language))
        for found in (list(group) for _, group in groupby(sorted(dates, key=_month), key=_month))
    ]
    forums, _ = await list_forums(db)
    past = {(date.round_.slug, date.what) for date in dates if date.at <= moment}
    return page.answer("plan.html", months=months, forums=forums, chosen=chosen, past=past)


def _month(date: KeyDate) -> str:
    """The month of a date on its forum's clocks."""
    return f"{date.at.astimezone(ZoneInfo(date.round_.forum.timezone)):%Y-%m}"


def _shown(dates: list[KeyDate], language: str) -> list[DateOut]:
    return [DateOut.of(date, language) for date in dates]


handlers = [plan]
