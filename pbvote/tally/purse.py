"""What a project would cost its supporters: fast certified bounds, and the exact price.

The level of a project is what one unit of weight pays so that supporters cover the cost, each paying
min(money left, level * weight). It never falls while projects are bought, so a bound found once stays a bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from pbvote.tally.ledger import Ledger
from pbvote.tally.profile import Floats, Ints
from pbvote.tally.support import Support

Bools = NDArray[np.bool_]

_ULP = 2.0**-52
_NEAR = 1e-9  # relative distance from the level within which money is compared exactly
_SETTLED = 1e-13  # relative change at which Newton's method stops
_PATIENCE = 100  # steps after which Newton's method leaves the rest to the exact price


@dataclass
class Price:
    """The exact level `numerator / (factor * ledger.denominator)` and who pays it.

    `solvent` says which of the supporting `ballots` keep some money after paying, `full` which can pay in full.
    """

    numerator: int
    factor: int
    ballots: Ints
    solvent: Bools
    full: Bools


class Purse:
    """The money of all voters during one Equal Shares run, in floats for finding and exactly for deciding."""

    def __init__(self, support: Support, share: Fraction, guess: list[float]) -> None:
        self.ledger = Ledger(support, share)
        self.support = support
        self.money = np.full(len(support.counts), float(share))  # 0.0 means broke, exactly
        self.guess = guess  # of each project's level; only speed depends on it
        self._share = float(share)
        self._supporters = list(support.by_project)
        self._weights = list(support.weights_by_project)

    def supporters(self, project: int) -> tuple[Ints, Floats, Floats]:
        """Ballots that support the project and are not broke, their weights and their money."""
        ballots = self._supporters[project]
        money = self.money[ballots]
        alive = money > 0
        if not alive.all():
            ballots, money = ballots[alive], money[alive]
            self._supporters[project], self._weights[project] = ballots, self._weights[project][alive]
        return ballots, self._weights[project], money

    def can_pay(self, project: int, cost: int) -> bool:
        """Whether the project's supporters have its cost together."""
        ballots, _, money = self.supporters(project)
        total = _dot(self.support.counts[ballots], money)
        error = self._error(ballots) + cost * _ULP
        if abs(total - cost) > error:
            return total > cost
        return self.ledger.money(ballots) >= cost * self.ledger.denominator

    def bound(self, project: int, cost: int, enough: float) -> tuple[float, bool]:
        """A certified lower bound of the project's level, and whether no better one was found.

        Newton's method from the last guess; it stops early once the bound is above `enough`. Whichever voters are taken
        to give all they have, the others' equal payments then reach the cost at the true level or below it, so each
        step gives a bound. The supporters must be able to pay.
        """
        ballots, weights, money = self.supporters(project)
        counts = self.support.counts[ballots]
        weighted, purses, error = counts * weights, counts * money, self._error(ballots) + cost * _ULP
        certified = 0.0
        for _ in range(_PATIENCE):
            level = self.guess[project]
            rich = (money >= level * weights).astype(np.float64)
            rich_weight = _dot(weighted, rich)
            if not rich_weight:
                self.guess[project] = float((money / weights).max())
                continue
            root = (cost - _dot(purses, 1.0 - rich)) / rich_weight
            certified = max(certified, (root - error / rich_weight) * (1 - 4 * _ULP))
            self.guess[project] = root
            if certified > enough:
                return certified, False
            if abs(root - level) <= _SETTLED * level:
                break
        return certified, True

    def price(self, project: int, cost: int) -> Price:
        """The exact level of a project whose supporters can pay."""
        _, weights, money = self.supporters(project)
        level = self.guess[project]
        while True:
            slack = _NEAR * level * weights + 4 * self._money_error()
            poor = money < level * weights - slack
            if poor.all():
                level = float((money / weights).max())
                continue
            price = self._price_among(project, cost, poor, ~poor & (money <= level * weights + slack))
            exact = price.numerator / (price.factor * self.ledger.denominator)
            if abs(exact - level) <= _NEAR / 2 * level:
                return price
            level = exact

    def _price_among(self, project: int, cost: int, poor: Bools, near: Bools) -> Price:
        """The exact level if `poor` give all they have, `near` are compared one by one, and all others can pay."""
        ballots, weights, _ = self.supporters(project)
        counts = self.support.counts[ballots]
        owed = cost * self.ledger.denominator - self.ledger.money(ballots[poor])
        payers = int(_dot(counts * weights, (~poor).astype(np.float64)))
        solvent, full = ~poor & ~near, ~poor
        for money, members in self._groups(ballots, weights, np.flatnonzero(near)):
            weight = int(weights[members[0]])
            if money * payers >= owed * weight:
                solvent[members] = money * payers > owed * weight
                continue
            heads = int(counts[members].sum())
            full[members] = False
            owed -= money * heads
            payers -= weight * heads
        return Price(owed, payers, ballots, solvent, full)

    def _groups(self, ballots: Ints, weights: Floats, places: Ints) -> list[tuple[int, Ints]]:
        """The places grouped by exact money and weight, those first who can pay the least for each weight."""
        if not len(places):
            return []
        groups = [
            (money, members[weights[members] == weight])
            for money, group in self.ledger.money_groups(ballots[places])
            for members in [places[group]]
            for weight in np.unique(weights[members])
        ]
        return sorted(groups, key=lambda group: Fraction(group[0], int(weights[group[1][0]])))

    def pay(self, project: int, price: Price) -> None:
        """Take the price from the voters."""
        level = price.numerator / (price.factor * self.ledger.denominator)
        payers = price.ballots[price.solvent]
        weights = self._weights[project][price.solvent]
        self.money[payers] -= level * weights
        self.money[price.ballots[~price.solvent]] = 0.0
        self.ledger.charge(project, price.numerator, price.factor)

    def _money_error(self) -> float:
        """A bound on how far a voter's float money is from the exact one."""
        return (3 * self.ledger.rounds + 2) * _ULP * self._share

    def _error(self, ballots: Ints) -> float:
        """A bound on the error of a float sum of what the ballots' voters have."""
        size = len(ballots)
        return float(self.support.counts[ballots].sum()) * (self._money_error() + (size + 4) * _ULP * self._share)


def _dot(one: Floats, another: Floats) -> float:
    """The sum of products on one thread: BLAS would start more, and they cost more than they bring."""
    return float(np.einsum("i,i->", one, another))
