"""The published result of a round, to be read without JavaScript."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import now
from pbvote.outcomes.api import ResultOut
from pbvote.outcomes.result import PotUsed, ProjectResult
from pbvote.publication.api import published_result
from pbvote.publication.certifying import challenges_until
from pbvote.publication.service import ResultsNotPublished
from pbvote.rounds.plain import waiting_page
from pbvote.rounds.service import round_of
from pbvote.rounds.shapes import WhichPoll
from pbvote.web.caching import kept
from pbvote.web.plain import plain_page, public_page

WORTH_NAMES = {"mean": "votes.average", "points": "col.points", "borda": "col.points"}


@public_page("/{lang:str}/r/{round_slug:str}/plain/results", opt=kept("poll"))
async def results(
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    round_slug: FromPath[str],
    poll: WhichPoll = None,
) -> Response[str]:
    """The result: what is funded, the votes, and why; before publication, when to come back."""
    page = plain_page(request)
    round_ = await round_of(db, round_slug, None)
    try:
        result = await published_result(db, round_, page.language, poll)
    except ResultsNotPublished as error:
        return await waiting_page(page, db, round_, error.status, "no-results.html")
    share = None if result.start_share is None else math.ceil(Fraction(result.start_share))
    worth = _worth(result)
    projects = sorted(result.projects, key=lambda project: (_place(result, project), -worth(project), project.number))
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
        worth=worth,
        worth_name=WORTH_NAMES.get(str(result.rule.parameters.get("utility")), "col.votes"),
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


def _worth(result: ResultOut) -> Callable[[ProjectResult], float]:
    """What ranks the projects, as people read it: votes, points, or the average of the points given."""
    utility = result.rule.parameters.get("utility")
    if utility == "mean":
        return lambda project: round(project.score / project.votes, 2) if project.votes else 0
    return lambda project: project.score if utility in {"points", "borda"} else project.votes


def _place(result: ResultOut, project: ProjectResult) -> float:
    """Where places are all that is decided, they are the order; those without one come last."""
    if result.decides_money:
        return 0
    return math.inf if project.step is None else project.step


def _how(result: ResultOut, share: int | None) -> str:
    """The key of the rule in a sentence."""
    rule = result.rule.id.replace("-", "_")
    if not result.decides_money:
        return f"votes.rule_{rule}"
    if rule == "equal_shares":
        return "rule.equal_shares_short" if share is None else "rule.equal_shares"
    stops = rule.startswith("greedy") and result.rule.parameters.get("skip") is False
    return f"rule.{rule}_stops" if stops else f"rule.{rule}"


handlers = [results]
