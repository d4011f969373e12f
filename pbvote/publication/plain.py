"""The published result of a round, to be read without JavaScript."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from litestar import Request, Response, route
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.publication.api import published_result
from pbvote.publication.service import ResultsNotPublished
from pbvote.rounds.plain import waiting_page
from pbvote.rounds.service import round_of
from pbvote.web.access import PUBLIC
from pbvote.web.pages import METHODS
from pbvote.web.plain import PROBLEM_PAGES, plain_page


@route(
    "/{lang:str}/r/{round_slug:str}/plain/results",
    http_method=METHODS,
    guards=[PUBLIC],
    include_in_schema=False,
    exception_handlers=PROBLEM_PAGES,
)
async def results(
    request: Request[Any, Any, Any], db: NamedDependency[AsyncSession], round_slug: FromPath[str]
) -> Response[str]:
    """The result: what is funded, the votes, and why; before publication, when to come back."""
    page = plain_page(request)
    round_ = await round_of(db, round_slug, None)
    try:
        result = await published_result(db, round_, page.language)
    except ResultsNotPublished as error:
        return await waiting_page(page, db, round_, error.status, "no-results.html")
    share = None if result.start_share is None else math.ceil(Fraction(result.start_share))
    projects = sorted(result.projects, key=lambda project: (-project.votes, project.number))
    return page.answer("results.html", currency=result.currency, result=result, projects=projects, share=share)


handlers = [results]
