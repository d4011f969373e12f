"""How an outcome treats voters and categories: cheap figures that every outcome carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pbvote.tally.arrays import np
from pbvote.tally.election import Election
from pbvote.tally.support import Utility, support_of


@dataclass(frozen=True, slots=True)
class CategoryFigures:
    """A category's projects, votes, and the money its funded projects get, in minor units.

    A project in two categories counts in both.
    """

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


def fairness_of(election: Election, awarded: Mapping[int, int], votes: Sequence[int]) -> Fairness:
    """The figures for the funded projects: what each gets (minor units) by index; `votes` are the supporters of all."""
    support = support_of(election, Utility.VOTES)
    reached = np.zeros(len(support.counts), dtype=np.bool_)
    for project in awarded:
        reached[support.by_project[project]] = True
    names = dict.fromkeys(name for project in election.projects for name in project.categories)
    figures = []
    for name in names:
        members = [index for index, project in enumerate(election.projects) if name in project.categories]
        winners = [index for index in members if index in awarded]
        figures.append(
            CategoryFigures(
                name=name,
                projects=len(members),
                funded=len(winners),
                votes=sum(votes[index] for index in members),
                cost=sum(awarded[index] for index in winners),
            )
        )
    return Fairness(int(support.counts[reached].sum()), tuple(figures))
