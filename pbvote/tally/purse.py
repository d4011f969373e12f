"""What a project would cost its supporters: fast certified bounds, and the exact price.

The level of a project is what one unit of weight pays so that supporters cover the cost, each paying
min(money left, level * weight). It never falls while projects are bought, so a bound found once stays a bound.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pbvote.tally.arrays import Bools, Floats, Ints, np
from pbvote.tally.ledger import Ledger
from pbvote.tally.support import Support

_ULP = 2.0**-52
_NEAR = 1e-9  # relative distance from the level within which money is compared exactly
_FEW_BROKE = 0.8  # share of supporters with money left below which the others are sorted out
_SETTLED = 1e-13  # relative change at which Newton's method stops
_PATIENCE = 100  # steps after which Newton's method leaves the rest to the exact price


@dataclass(frozen=True, slots=True)
class Backers:
    """A project's supporters who are not broke: distinct ballots, how strongly each supports it, how many cast it."""

    ballots: Ints
    weights: Floats
    counts: Floats
    weighted: Floats  # weights times counts
    voters: float
    weight: float  # of all voters together

    def full(self, level: float) -> Floats | float:
        """What each pays at a level who can pay in full; one number where all weights are one."""
        return level if self.weighted is self.counts else level * self.weights

    def among(self, kept: Bools) -> Backers:
        """Only some of them."""
        ballots, counts = self.ballots[kept], self.counts[kept]
        voters = float(counts.sum())
        if self.weighted is self.counts:  # all weights are one
            return Backers(ballots, self.weights[: len(ballots)], counts, counts, voters, voters)
        weighted = self.weighted[kept]
        return Backers(ballots, self.weights[kept], counts, weighted, voters, float(weighted.sum()))


@dataclass(frozen=True, slots=True)
class Price:
    """The exact level `numerator / (factor * ledger.denominator)` of a project, and who pays it.

    `solvent` says which of the supporting `ballots` keep some money after paying, `full` which can pay in full.
    """

    project: int
    numerator: int
    factor: int
    backers: Backers
    solvent: Bools
    full: Bools


def backers_of(support: Support) -> list[Backers]:
    """Each project's supporters before anybody has paid."""
    parts = zip(support.by_project, support.counts_by_project, support.weights_by_project, support.votes, strict=True)
    backers = []
    for ballots, counts, weights, votes in parts:
        weighted = counts if support.unweighted else weights * counts
        weight = votes if support.unweighted else weighted.sum()
        backers.append(Backers(ballots, weights, counts, weighted, float(votes), float(weight)))
    return backers


class Purse:
    """The money of all voters during one Equal Shares run, in floats for finding and exactly for deciding.

    `guess` is each project's level as last seen, perhaps in an earlier run; only speed depends on it.
    """

    def __init__(self, support: Support, backers: list[Backers], share: Fraction, guess: list[float]) -> None:
        self.ledger = Ledger(support, share)
        self.guess = guess
        self.share = share
        self._share = float(share)
        self._money = np.full(len(support.counts), self._share)  # 0.0 means broke, exactly
        self._backers = backers.copy()
        self._seen: dict[int, Floats] = {}  # the backers' money, until somebody pays

    def backers(self, project: int, *, broke: bool = False) -> tuple[Backers, Floats]:
        """The project's supporters who are not broke, and their money; with `broke`, some others may be among them."""
        backers = self._backers[project]
        money = self._seen.get(project)
        if money is None:
            money = self._money[backers.ballots]
        alive = money > 0
        left = np.count_nonzero(alive)
        if left < len(alive) * (_FEW_BROKE if broke else 1):
            money, backers = money[alive], backers.among(alive)
            self._backers[project] = backers
        self._seen[project] = money
        return backers, money

    def exact_money(self, project: int) -> Fraction:
        """What the project's supporters have together."""
        return Fraction(self.ledger.money(self.backers(project)[0].ballots), self.ledger.denominator)

    def can_pay(self, project: int, cost: int) -> bool:
        """Whether the project's supporters have that cost together."""
        backers, money = self.backers(project, broke=True)
        return self._covers(project, cost, dot(backers.counts, money), self._error(backers) + cost * _ULP)

    def paid_at(self, project: int, level: Fraction) -> Fraction:
        """What the project's supporters would pay together if each paid the level for each weight, or all they have."""
        backers, money = self.backers(project)
        full = backers.full(float(level))
        slack = _NEAR * full + 4 * self._money_error()
        poor = money < full - slack
        near = ~poor & (money <= full + slack)
        paid = Fraction(self.ledger.money(backers.ballots[poor]), self.ledger.denominator)
        paid += int(backers.weighted[~poor & ~near].sum()) * level
        for purse, weight, members in self._groups(backers, np.flatnonzero(near)):
            heads = int(backers.counts[members].sum())
            paid += heads * min(level * weight, Fraction(purse, self.ledger.denominator))
        return paid

    def money_left(self, projects: Sequence[int]) -> dict[int, int]:
        """What the supporters of each of the projects have together, rounded down to whole minor units."""
        support = self.ledger.support
        money = np.repeat(self._money * support.counts, np.diff(support.starts))
        totals = np.bincount(support.projects, weights=money, minlength=len(self._backers))
        left = {}
        for project in projects:
            error = 2 * self._error(self._backers[project])
            left[project] = self._floor(project, float(totals[project]), error)
        return left

    def money(self, project: int) -> int:
        """What the project's supporters have together, rounded down to whole minor units."""
        backers, money = self.backers(project, broke=True)
        return self._floor(project, dot(backers.counts, money), self._error(backers))

    def _floor(self, project: int, total: float, error: float) -> int:
        """The total up to an error, rounded down, or the exact one where the error could change that."""
        if math.floor(total - error) == math.floor(total + error):
            return math.floor(total)
        return math.floor(self.exact_money(project))

    def _covers(self, project: int, cost: int, total: float, error: float) -> bool:
        """Whether what the supporters have, `total` up to an error, reaches the cost."""
        return total > cost if abs(total - cost) > error else self.exact_money(project) >= cost

    def bound(self, project: int, cost: int, enough: float) -> tuple[float, bool] | None:
        """A certified lower bound of the project's level and whether no better one was found; `None` if nobody can pay.

        Newton's method from the last guess; it stops early once the bound is above `enough`. Whichever voters are taken
        to give all they have, the others' equal payments then reach the cost at the true level or below it, so each
        step gives a bound.
        """
        backers, money = self.backers(project, broke=True)
        purses, error = backers.counts * money, 2 * self._error(backers) + cost * _ULP
        total, certified = float(purses.sum()), 0.0
        if not self._covers(project, cost, total, error):
            return None
        for _ in range(_PATIENCE):
            level = self.guess[project]
            rich = (money >= backers.full(level)).astype(np.float64)
            rich_weight = dot(backers.weighted, rich)
            if not rich_weight:
                self.guess[project] = float((money / backers.weights).max())
                continue
            root = (cost - (total - dot(purses, rich))) / rich_weight
            certified = max(certified, (root - error / rich_weight) * (1 - 4 * _ULP))
            self.guess[project] = root
            if certified > enough:
                return certified, False
            if abs(root - level) <= _SETTLED * level:
                break
        return certified, True

    def price(self, project: int, cost: int) -> Price:
        """The exact level of a project whose supporters can pay."""
        backers, money = self.backers(project)
        level = self.guess[project]
        while True:
            full = backers.full(level)
            slack = _NEAR * full + 4 * self._money_error()
            poor = money < full - slack
            if poor.all():
                level = float((money / backers.weights).max())
                continue
            price = self._price_among(project, cost, backers, poor, ~poor & (money <= full + slack))
            exact = price.numerator / (price.factor * self.ledger.denominator)
            if abs(exact - level) <= _NEAR / 2 * level:
                return price
            level = exact

    def _price_among(self, project: int, cost: int, backers: Backers, poor: Bools, near: Bools) -> Price:
        """The exact level if `poor` give all they have, `near` are compared one by one, and all others can pay."""
        owed = cost * self.ledger.denominator - self.ledger.money(backers.ballots[poor])
        payers = int(backers.weighted[~poor].sum())
        solvent, full = ~poor & ~near, ~poor
        for money, weight, members in self._groups(backers, np.flatnonzero(near)):
            if money * payers >= owed * weight:
                solvent[members] = money * payers > owed * weight
                continue
            heads = int(backers.counts[members].sum())
            full[members] = False
            owed -= money * heads
            payers -= weight * heads
        return Price(project, owed, payers, backers, solvent, full)

    def _groups(self, backers: Backers, places: Ints) -> list[tuple[int, int, Ints]]:
        """The places by exact money and weight, (money, weight, places), who can pay least for a weight first."""
        if not len(places):
            return []
        groups = []
        for money, group in self.ledger.money_groups(backers.ballots[places]):
            weights = backers.weights[places[group]]
            groups += [(money, int(weight), places[group[weights == weight]]) for weight in np.unique(weights)]
        return sorted(groups, key=lambda group: Fraction(group[0], group[1]))

    def pay(self, price: Price) -> None:
        """Take the price from the voters."""
        level = price.numerator / (price.factor * self.ledger.denominator)
        backers = price.backers
        left = self._money[backers.ballots] - backers.full(level)
        left *= price.solvent
        self._money[backers.ballots] = left
        self.ledger.charge(price.project, price.numerator, price.factor, backers.ballots[price.solvent])
        self._seen.clear()

    def _money_error(self) -> float:
        """A bound on how far a voter's float money is from the exact one."""
        return (3 * self.ledger.rounds + 2) * _ULP * self._share

    def _error(self, backers: Backers) -> float:
        """A bound on the error of a float sum of what the backers have."""
        return backers.voters * (self._money_error() + (len(backers.ballots) + 4) * _ULP * self._share)


def dot(one: Floats, another: Floats) -> float:
    """The sum of products on one thread: BLAS would start more, and they cost more than they bring."""
    return float(np.einsum("i,i->", one, another))
