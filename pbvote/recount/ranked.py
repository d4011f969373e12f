"""Orders without money: the k best of a first vote, and an advisory round's priorities."""

from __future__ import annotations

from pbvote.recount.greedy import Values
from pbvote.recount.opening import Count, Counted
from pbvote.recount.support import ranking


def top(count: Count, given: Values) -> None:
    """The k best by score."""
    rank = ranking(count.ballots, str(given["utility"]))
    able = [p for p, votes in enumerate(count.votes) if votes >= max(1, count.terms.min_votes)]
    for project in sorted(able, key=lambda p: (-rank[p], count.ties[p]))[: int(given["k"])]:
        name, cost = count.ballots.projects[project].id, count.cost(project)
        count.steps.append(Counted(name, cost, "top"))


def priorities(count: Count, given: Values) -> None:
    """Every project by score, those without votes last."""
    rank = ranking(count.ballots, str(given["utility"]))
    for project in sorted(range(len(rank)), key=lambda p: (not count.votes[p], -rank[p], count.ties[p])):
        name, cost = count.ballots.projects[project].id, count.cost(project)
        count.steps.append(Counted(name, cost, "priority"))
