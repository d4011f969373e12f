"""What each voter has left, exactly: shares less what was paid, as integers over one common denominator."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import gcd

from pbvote.tally.arrays import Floats, Ints, NDArray, np
from pbvote.tally.support import Support

MoneyGroup = tuple[int, Ints]

_BYTE = 8


class Ledger:
    """The exact side of an Equal Shares run.

    A voter who has money left has paid, for every funded project they support, the project's level times their weight
    for it: whoever could not pay that much has nothing left. So the money of any set of voters who are not broke is
    `share * count - sum(level[r] * paid_weight[r])`, and the counts are integers. Levels grow by some ten bits a round.

    Where all weights are one, each ballot has a bit for every round that it paid for, eight rounds to a byte: a
    histogram of bytes then counts the payers of eight rounds at once.
    """

    def __init__(self, support: Support, share: Fraction) -> None:
        self.support = support
        self.denominator = share.denominator
        self._share = share.numerator
        self._levels: list[int] = []
        self._round_of = np.full(len(support.votes), -1)
        self._bits: list[NDArray[np.uint8]] = []

    @property
    def rounds(self) -> int:
        """How many projects were paid for."""
        return len(self._levels)

    def charge(self, project: int, numerator: int, factor: int, payers: Ints) -> None:
        """The ballots `payers`, who all keep some money, paid `numerator / (factor * denominator)` for each weight."""
        common = gcd(numerator, factor)
        numerator, factor = numerator // common, factor // common
        self.denominator *= factor
        self._share *= factor
        self._levels = [level * factor for level in self._levels]
        self._round_of[project] = number = len(self._levels)
        self._levels.append(numerator)
        if self.support.unweighted:
            if number % _BYTE == 0:
                self._bits.append(np.zeros(len(self.support.counts), dtype=np.uint8))
            self._bits[-1][payers] |= np.uint8(1 << number % _BYTE)

    def money(self, ballots: Ints) -> int:
        """What the voters of the ballots, none of them broke, have together, times the denominator."""
        counts = self.support.counts[ballots]
        if self.support.unweighted:
            paid = [
                np.bincount(bits[ballots], weights=counts, minlength=256)[:, None] * _bits_of_bytes()
                for bits in self._bits
            ]
            sums = np.concatenate([part.sum(axis=0) for part in paid]) if paid else np.zeros(0)
        else:
            rounds, owner, weights = self._paid(ballots)
            sums = np.bincount(rounds, weights=counts[owner] * weights, minlength=self.rounds).astype(np.float64)
        return self._left(int(counts.sum()), sums[: self.rounds])

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
        return count * self._share - sum(
            int(weight) * level for weight, level in zip(paid.tolist(), self._levels, strict=True)
        )

    def _paid(self, ballots: Ints) -> tuple[Ints, Ints, Floats]:
        """Round, place in `ballots` and weight of each funded project on the ballots."""
        entries, owner = self.support.entries(ballots)
        rounds = self._round_of[self.support.projects[entries]]
        funded = rounds >= 0
        return rounds[funded], owner[funded], self.support.weights[entries[funded]]


@cache
def _bits_of_bytes() -> Floats:
    """The eight bits of every byte, the lowest first."""
    return np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").astype(np.float64)
