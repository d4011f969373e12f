"""Ballot designs and the checks of a ballot against its design.

Vocabulary and limits follow the Pabulib format (pabulib.org/format): approval and knapsack ballots are sets of
projects, a ranking is a list with the best first, points and score ballots give each listed project a whole number.
A ballot is refused as a whole, with every reason at once, and never trimmed. A blank ballot may always be cast: it
counts as a vote for nothing. Money is integer pence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from pbvote.errors import Reason

MOST_POINTS = 1_000_000
MOST_REASONS = 20  # an answer must not be much longer than the ballot that it refuses


class Kind(StrEnum):
    """The ballot designs."""

    APPROVAL = "approval"
    KNAPSACK = "knapsack"
    RANKING = "ranking"
    POINTS = "points"
    SCORE = "score"


WITH_POINTS = frozenset({Kind.POINTS, Kind.SCORE})


class Design(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A ballot design with its limits; `None` means no limit, and where a limit has no meaning it must be None.

    `total_points` is what a points ballot may spread in all, `max_points` what one project may get at most. The limit
    of a knapsack is the poll's budget. On a score ballot `every` project may have to be scored. Limits speak of ballots
    that choose something: a blank one is never too short.
    """

    kind: Kind
    min_choices: int
    max_choices: int | None
    total_points: int | None
    max_points: int | None
    every: bool = False


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a voter chose: project numbers (a ranking's best first) and, on points and score ballots, their points."""

    projects: tuple[int, ...]
    points: tuple[int, ...] | None


def design_reasons(design: Design, projects: int | None = None) -> list[Reason]:
    """Everything that makes a design unusable, with `projects` on the ballot where that is known."""
    reasons = []
    if design.min_choices < 1:
        reasons.append(_reason("min_choices_too_small", "A ballot that is not blank has at least one choice."))
    if design.max_choices is not None and design.max_choices < design.min_choices:
        reasons.append(_reason("max_choices_too_small", "The most choices cannot be fewer than the least."))
    if projects is not None and design.min_choices > projects:
        detail = f"A ballot needs {design.min_choices} choices, but only {projects} projects are on it."
        reasons.append(_reason("too_few_projects", detail, projects=projects, least=design.min_choices))
    if design.every and design.kind is not Kind.SCORE:
        reasons.append(_reason("limit_has_no_meaning", f"A {design.kind} ballot has no every.", limit="every"))
    elif design.every and design.max_choices is not None:
        detail = "Where every project is scored, there is no limit of choices."
        reasons.append(_reason("limit_has_no_meaning", detail, limit="max_choices"))
    needs = {
        "total_points": design.kind is Kind.POINTS,
        "max_points": design.kind in WITH_POINTS,
    }
    for field, needed in needs.items():
        value: int | None = getattr(design, field)
        if not needed and value is not None:
            reasons.append(_reason("limit_has_no_meaning", f"A {design.kind} ballot has no {field}.", limit=field))
        elif needed and (value is None or not 1 <= value <= MOST_POINTS):
            detail = f"A {design.kind} ballot needs {field} from 1 to {MOST_POINTS:,}."
            reasons.append(_reason("limit_missing", detail, limit=field))
    return reasons


def ballot_reasons(design: Design, choice: Choice, costs: Mapping[int, int], budget: int) -> list[Reason]:
    """Every reason why this choice is not a valid ballot; empty when it is.

    `costs` maps the numbers of the projects on the ballot to their costs, from the database and never from the voter.
    A list that is far longer than the ballot paper is refused for its length, with the first of its other faults.
    """
    reasons = _project_reasons(choice, costs)
    if len(choice.projects) > len(costs) + MOST_REASONS:
        most = min(len(costs), design.max_choices or len(costs))
        return [*reasons[:MOST_REASONS], _too_many(most, len(choice.projects))]
    reasons += _length_reasons(design, len(set(choice.projects)), len(costs))
    if design.kind in WITH_POINTS:
        reasons += _points_reasons(design, choice)
    elif choice.points is not None:
        reasons.append(_reason("points_not_asked", "This ballot has no points.", "points"))
    if design.kind is Kind.KNAPSACK:
        cost = sum(costs.get(number, 0) for number in set(choice.projects))
        if cost > budget:
            detail = f"The choices cost {cost} pence in all, which is {cost - budget} more than the budget of {budget}."
            reasons.append(_choice("ballot_over_budget", detail, cost=cost, budget=budget, over=cost - budget))
    return reasons


def _project_reasons(choice: Choice, costs: Mapping[int, int]) -> list[Reason]:
    reasons = [
        _choice("unknown_project", f"There is no project {number} on this ballot.", project=number)
        for number in sorted(set(choice.projects) - set(costs))
    ]
    doubled = sorted(number for number, times in Counter(choice.projects).items() if times > 1)
    return reasons + [_choice("doubled_project", f"Project {n} is chosen more than once.", project=n) for n in doubled]


def _length_reasons(design: Design, length: int, projects: int) -> list[Reason]:
    least = projects if design.every else design.min_choices
    if 0 < length < least:
        detail = f"Choose at least {least}; this ballot has {length}."
        return [_choice("too_few_choices", detail, least=least, chosen=length)]
    if design.max_choices is not None and length > design.max_choices:
        return [_too_many(design.max_choices, length)]
    return []


def _too_many(most: int, chosen: int) -> Reason:
    return _choice("too_many_choices", f"Choose at most {most}; this ballot has {chosen}.", most=most, chosen=chosen)


def _points_reasons(design: Design, choice: Choice) -> list[Reason]:
    points = choice.points or ()
    if len(points) != len(choice.projects):
        detail = f"There are {len(choice.projects)} projects and {len(points)} numbers of points; expected as many."
        return [_reason("points_missing", detail, "points", projects=len(choice.projects), points=len(points))]
    reasons = []
    most = design.max_points or 0
    for number, given in zip(choice.projects, points, strict=True):
        if not 1 <= given <= most:
            detail = f"Project {number} is given {given}; expected 1 to {most}, or to leave it out."
            reasons.append(_reason("points_out_of_range", detail, "points", project=number, points=given, most=most))
    total = sum(points)
    if design.total_points is not None and total > design.total_points:
        detail = f"{total} points are given in all; there are {design.total_points} to give."
        reasons.append(_reason("too_many_points", detail, "points", points=total, most=design.total_points))
    return reasons


def _choice(code: str, detail: str, **params: int | str) -> Reason:
    return _reason(code, detail, "choices", **params)


def _reason(code: str, detail: str, field: str = "design", **params: int | str) -> Reason:
    return Reason(code, detail, params, field)
