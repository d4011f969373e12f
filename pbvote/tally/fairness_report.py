"""How fair an outcome is, at length: the figures that take longer than those which every outcome carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pbvote.tally.arrays import np
from pbvote.tally.election import Election
from pbvote.tally.fairness import CategoryFigures, fairness_of
from pbvote.tally.inequality import Spread, spread
from pbvote.tally.outcome import Outcome
from pbvote.tally.representation import Blocking, FairShare, blocking_projects, fair_share, worth_of
from pbvote.tally.support import Utility, support_of


@dataclass(frozen=True, slots=True)
class CategoryShare:
    """A category's share of the votes for any category, and of the money for any."""

    category: CategoryFigures
    votes: Fraction
    money: Fraction


@dataclass(frozen=True, slots=True)
class FairnessReport:
    """How an outcome treats voters, groups and categories.

    `projects` and `money` are the spread over voters of what they support and is funded: how many projects, and what
    those get in minor units. `histogram[k]` voters support k funded projects. `category_gap` is the share of the money
    that would have to move to other categories for each to have the same share of money as of votes (Loosemore and
    Hanby 1971, The Theoretical Limits of Maximum Distortion).
    """

    voters: int
    voters_with_funded: int
    projects: Spread
    money: Spread
    histogram: tuple[int, ...]
    categories: tuple[CategoryShare, ...]
    category_gap: Fraction
    fair_share: FairShare
    blocking: tuple[Blocking, ...]

    @property
    def share_with_funded(self) -> Fraction:
        """The share of voters who support at least one funded project."""
        return Fraction(self.voters_with_funded, self.voters or 1)


def fairness_report(election: Election, funded: Mapping[str, int]) -> FairnessReport:
    """The figures for the funded projects: what each of them gets, in minor units, by id.

    Raises KeyError for an unknown id.
    """
    place = {project.id: index for index, project in enumerate(election.projects)}
    awarded = {place[project]: money for project, money in funded.items()}
    support, counts = support_of(election, Utility.VOTES), election.profile.counts
    number = np.zeros(len(counts), dtype=np.int64)
    for project in awarded:
        number[support.by_project[project]] += 1
    histogram = np.zeros(int(number.max(initial=0)) + 1, dtype=np.int64)
    np.add.at(histogram, number, counts)
    cheap = fairness_of(election, awarded, support.votes)
    categories = _shares(cheap.categories)
    return FairnessReport(
        voters=election.voters,
        voters_with_funded=cheap.voters_with_funded,
        projects=spread(number, counts),
        money=spread(worth_of(election, awarded), counts),
        histogram=tuple(histogram.tolist()),
        categories=categories,
        category_gap=sum((abs(share.money - share.votes) for share in categories), Fraction(0)) / 2,
        fair_share=fair_share(election, awarded),
        blocking=blocking_projects(election, awarded),
    )


def report_of(election: Election, outcome: Outcome) -> FairnessReport:
    """The figures of an outcome of the election."""
    return fairness_report(election, {step.project: step.cost for step in outcome.steps})


def _shares(categories: tuple[CategoryFigures, ...]) -> tuple[CategoryShare, ...]:
    votes = sum(category.votes for category in categories) or 1
    money = sum(category.cost for category in categories) or 1
    return tuple(
        CategoryShare(category, Fraction(category.votes, votes), Fraction(category.cost, money))
        for category in categories
    )
