"""How an outcome treats voters and categories: cheap figures that every outcome carries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from pbvote.tally.election import Election
from pbvote.tally.support import Utility, support_of


@dataclass(frozen=True, slots=True)
class CategoryFigures:
    """A category's projects, votes and money. A project in two categories counts in both; money in minor units."""

    name: str
    projects: int
    funded: int
    votes: int
    cost: int


@dataclass(frozen=True, slots=True)
class Fairness:
    """`voters_with_funded` voters support at least one funded project; `categories` come as they first appear."""

    voters_with_funded: int
    categories: tuple[CategoryFigures, ...]


def fairness_of(election: Election, funded: Collection[int], votes: Sequence[int]) -> Fairness:
    """The figures for the funded projects, given as indexes."""
    support = support_of(election, Utility.VOTES)
    reached = np.zeros(len(support.counts), dtype=np.bool_)
    for project in funded:
        reached[support.by_project[project]] = True
    names = dict.fromkeys(name for project in election.projects for name in project.categories)
    figures = []
    for name in names:
        members = [index for index, project in enumerate(election.projects) if name in project.categories]
        winners = [index for index in members if index in funded]
        figures.append(
            CategoryFigures(
                name=name,
                projects=len(members),
                funded=len(winners),
                votes=sum(votes[index] for index in members),
                cost=sum(election.projects[index].cost for index in winners),
            )
        )
    return Fairness(int(support.counts[reached].sum()), tuple(figures))
