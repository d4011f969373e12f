"""Greedy: by falling score, or by falling score for each unit of cost, take what fits."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from pbvote.recount.opening import Count, Counted
from pbvote.recount.support import totals

Values = Mapping[str, str | int | bool]


def greedy(count: Count, given: Values) -> None:
    """Most votes (points, Borda points) first."""
    drop_weak(count, given)
    take_in_order(count, ranks(count, "greedy", given), "greedy", given)


def greedy_per_cost(count: Count, given: Values) -> None:
    """Most votes (points, Borda points) for the money first."""
    drop_weak(count, given)
    take_in_order(count, ranks(count, "greedy-per-cost", given), "greedy", given)


def drop_weak(count: Count, given: Values) -> None:
    """Leave out the candidates with a score below the threshold, if there is one above 0."""
    scores, least = totals(count.ballots, str(given["utility"])), int(given["threshold"])
    count.candidates = [c for c in count.candidates if not least or scores[c] >= least]


def ranks(count: Count, rule: str, given: Values) -> list[Fraction]:
    """By what the greedy rules order projects; by votes for every other rule."""
    scores = totals(count.ballots, str(given["utility"])) if rule in {"greedy", "greedy-per-cost"} else count.votes
    return [
        Fraction(score, cost or 1) if rule == "greedy-per-cost" else Fraction(score)
        for score, cost in zip(scores, count.ballots.costs, strict=True)
    ]


def take_in_order(count: Count, rank: list[Fraction], phase: str, given: Values) -> None:
    """Take projects by falling rank; pass over what does not fit or, without `skip`, stop there."""
    account = count.account
    for project in sorted(count.waiting(), key=lambda p: (-rank[p], count.ties[p])):
        entry = count.ballots.projects[project]
        least = count.terms.smallest.get(entry.id, entry.cost)
        if account.blocked(project, least):
            continue
        room = account.room(project)
        if least <= room:
            amount = min(entry.cost, room)
            count.fund(project, amount, Counted(entry.id, amount, phase))
        elif not given["skip"]:
            return
