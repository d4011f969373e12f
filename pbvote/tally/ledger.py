"""What each voter has left, exactly: shares less what was paid, as integers over one common denominator."""

from __future__ import annotations

from fractions import Fraction
from math import gcd

import numpy as np

from pbvote.tally.profile import Floats, Ints
from pbvote.tally.support import Support

MoneyGroup = tuple[int, Ints]


class Ledger:
    """The exact side of an Equal Shares run.

    A voter who has money left has paid, for every funded project they support, the project's level times their weight
    for it: whoever could not pay that much has nothing left. So the money of any set of voters who are not broke is
    `share * count - sum(level[r] * paid_weight[r])`, and the counts are integers. Levels grow by some ten bits a round.
    """

    def __init__(self, support: Support, share: Fraction) -> None:
        self._support = support
        self.denominator = share.denominator
        self._share = share.numerator
        self._levels: list[int] = []
        self._round_of = np.full(len(support.votes), -1)

    @property
    def rounds(self) -> int:
        """How many projects were paid for."""
        return len(self._levels)

    def charge(self, project: int, numerator: int, factor: int) -> None:
        """Everyone who has money left after `project` paid `numerator / (factor * denominator)` for each weight."""
        common = gcd(numerator, factor)
        numerator, factor = numerator // common, factor // common
        self.denominator *= factor
        self._share *= factor
        self._levels = [level * factor for level in self._levels]
        self._round_of[project] = len(self._levels)
        self._levels.append(numerator)

    def money(self, ballots: Ints) -> int:
        """What the voters of the ballots, none of them broke, have together, times the denominator."""
        counts = self._support.counts[ballots]
        rounds, owner, weights = self._paid(ballots)
        paid = np.bincount(rounds, weights=counts[owner] * weights, minlength=self.rounds)
        return self._left(int(counts.sum()), paid.astype(np.float64))

    def money_groups(self, ballots: Ints) -> list[MoneyGroup]:
        """The places in `ballots` (none of them broke) of those who paid alike, and what one voter of them has left."""
        if not self.rounds:
            return [(self._share, np.arange(len(ballots)))]
        rounds, owner, weights = self._paid(ballots)
        payments = np.zeros((len(ballots), self.rounds))
        payments[owner, rounds] = weights
        alike, group = np.unique(payments, axis=0, return_inverse=True)
        return [(self._left(1, row), np.flatnonzero(group == number)) for number, row in enumerate(alike)]

    def _left(self, count: int, paid: Floats) -> int:
        return count * self._share - sum(int(weight) * level for weight, level in zip(paid, self._levels, strict=True))

    def _paid(self, ballots: Ints) -> tuple[Ints, Ints, Floats]:
        """Round, place in `ballots` and weight of each funded project on the ballots."""
        entries, owner = self._support.entries(ballots)
        rounds = self._round_of[self._support.projects[entries]]
        funded = rounds >= 0
        return rounds[funded], owner[funded], self._support.weights[entries[funded]]
