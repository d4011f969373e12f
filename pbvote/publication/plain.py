"""The published result of a round, to be read without JavaScript."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from litestar import Request, Response, route
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import now
from pbvote.outcomes.api import ResultOut
from pbvote.outcomes.result import PotUsed
from pbvote.publication.api import published_result
from pbvote.publication.certifying import challenges_until
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
    blocks = [
        {"cost": project.awarded, "theme": project.theme, "title": project.title}
        for project in result.projects
        if project.funded
    ]
    return page.answer(
        "results.html",
        currency=result.currency,
        result=result,
        projects=projects,
        share=share,
        how=_how(result, share),
        challenges=await now(db) < await challenges_until(db, round_),
        blocks=blocks,
        **_naming(result),
    )


def _naming(result: ResultOut) -> dict[str, Any]:
    """How the template names projects by number and what a pot may pay for. Plain text, which the template escapes."""
    title_of = {project.number: project.title for project in result.projects}
    category_of = {category.category: category.name for category in result.categories}

    def titles(numbers: Iterable[int]) -> str:
        return ", ".join(title_of[number] for number in numbers)

    def fence(pot: PotUsed) -> str:
        return ", ".join(
            [category_of.get(one, one) for one in pot.categories] + [title_of[one] for one in pot.projects]
        )

    return {"title_of": title_of, "titles": titles, "fence": fence}


def _how(result: ResultOut, share: int | None) -> str:
    """The key of the rule in a sentence."""
    rule = result.rule.id.replace("-", "_")
    if rule == "equal_shares":
        return "rule.equal_shares_short" if share is None else "rule.equal_shares"
    stops = rule.startswith("greedy") and result.rule.parameters.get("skip") is False
    return f"rule.{rule}_stops" if stops else f"rule.{rule}"


handlers = [results]
