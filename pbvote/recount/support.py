"""Who supports what, and how much it is worth to them. Projects are numbered in ballot order from 0."""

from __future__ import annotations

from fractions import Fraction

from pbvote.recount.election import CUMULATIVE, ORDINAL, SCORING, Ballots, RecountError

Worths = list[tuple[dict[int, int], int]]
"""For each ballot what the projects on it are worth, and how many voters cast it."""


def worths(ballots: Ballots, utility: str) -> Worths:
    """What the projects on each ballot are worth to its voters. A project listed twice counts where it stands first.

    votes, cost: 1 for a project that is supported: listed or, where there are points, given more than 0.
    points: the points given, negative ones too. borda: as many as the ballot lists projects behind this one.
    """
    number = {project.id: place for place, project in enumerate(ballots.projects)}
    with_points = ballots.vote_type in {CUMULATIVE, SCORING}
    if utility == "borda" and ballots.vote_type != ORDINAL:
        raise RecountError(f"utility borda needs ordinal ballots; these are {ballots.vote_type}")
    if utility in {"points", "mean"} and not with_points:
        raise RecountError(f"utility {utility} needs cumulative or scoring ballots; these are {ballots.vote_type}")
    found = []
    for cast in ballots.cast:
        given: dict[int, int] = {}
        for place, name in enumerate(cast.projects):
            given.setdefault(number[name], cast.points[place] if with_points else 1)
        if utility in {"votes", "cost"}:
            given = {project: 1 for project, points in given.items() if points > 0}
        if utility == "borda":
            given = {project: len(given) - place - 1 for place, project in enumerate(given)}
        found.append((given, cast.count))
    return found


def supporters(ballots: Ballots, utility: str) -> Worths:
    """The same, without what is worth nothing or less."""
    return [({p: worth for p, worth in given.items() if worth > 0}, count) for given, count in worths(ballots, utility)]


def totals(ballots: Ballots, utility: str) -> list[int]:
    """What each project is worth to all voters together; with `votes` that is the number of its supporters."""
    total = [0] * len(ballots.projects)
    for given, count in worths(ballots, utility):
        for project, worth in given.items():
            total[project] += worth * count
    return total


def ranking(ballots: Ballots, utility: str) -> list[Fraction]:
    """By what projects are ranked: their totals or, for `mean`, the points for each voter who gave any (0 too)."""
    if utility != "mean":
        return [Fraction(total) for total in totals(ballots, utility)]
    raters = [0] * len(ballots.projects)
    for given, count in worths(ballots, "points"):
        for project in given:
            raters[project] += count
    return [
        Fraction(total, heads) if heads else Fraction(0)
        for total, heads in zip(totals(ballots, "points"), raters, strict=True)
    ]
