"""How evenly something is spread over voters: mean, median, deciles, Gini coefficient and Lorenz curve, all exact."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from pbvote.tally.arrays import Ints, np

TENTHS = 10


@dataclass(frozen=True, slots=True)
class Spread:
    """What voters have of something of which nobody has less than nothing. Of no voters every figure is 0.

    `deciles[k]` is what the voter at k tenths of the way from the one with the least (0) to the one with the most (10)
    has. `gini` is half the mean difference between two voters, divided by the mean: 0 where all have the same, near 1
    where one has all (Gini, Variabilita e mutabilita, 1912; for participatory budgeting: Lackner, Maly, Rey, Fairness
    in Long-Term Participatory Budgeting, IJCAI 2021). `lorenz[k]` is the share of everything that the k tenths of
    voters with the least have (Lorenz, Methods of Measuring the Concentration of Wealth, 1905); where nobody has
    anything, it is as if all had the same.
    """

    mean: Fraction
    median: Fraction
    deciles: tuple[int, ...]
    gini: Fraction
    lorenz: tuple[Fraction, ...]


@dataclass(frozen=True)
class _Ladder:
    """Each value that somebody has, the lowest first: how many have it, how many have less, and what those have."""

    values: list[int]
    counts: list[int]
    below: list[int]
    before: list[int]

    @classmethod
    def of(cls, values: Ints, counts: Ints) -> _Ladder:
        found, place = np.unique(values, return_inverse=True)
        voters = np.zeros(len(found), dtype=np.int64)
        np.add.at(voters, place, counts)
        rungs, having = [int(value) for value in found], voters.tolist()
        held = (value * many for value, many in zip(rungs, having, strict=True))
        return cls(rungs, having, [0, *accumulate(having)], [0, *accumulate(held)])

    def value_at(self, place: int) -> int:
        """What the voter at a place has, counted from 0 for the one with the least."""
        return self.values[bisect_right(self.below, place) - 1]

    def held_by(self, voters: Fraction) -> Fraction:
        """What so many voters with the least have."""
        rung = min(bisect_right(self.below, voters), len(self.values)) - 1
        return self.before[rung] + self.values[rung] * (voters - self.below[rung])

    def differences(self) -> int:
        """The sum, over all pairs of voters, of how much more one has than the other, each pair once."""
        return sum(
            value * many * (2 * below + many - self.below[-1])
            for value, many, below in zip(self.values, self.counts, self.below, strict=False)
        )


def spread(values: Ints, counts: Ints) -> Spread:
    """The spread where `counts[i]` voters have `values[i]` each."""
    ladder = _Ladder.of(values, counts)
    if not ladder.values:
        nothing = Fraction(0)
        return Spread(nothing, nothing, (0,) * (TENTHS + 1), nothing, (nothing,) * (TENTHS + 1))
    voters, total = ladder.below[-1], ladder.before[-1]
    tenths = [Fraction(voters * tenth, TENTHS) for tenth in range(TENTHS + 1)]
    return Spread(
        mean=Fraction(total, voters),
        median=Fraction(ladder.value_at((voters - 1) // 2) + ladder.value_at(voters // 2), 2),
        deciles=tuple(ladder.value_at((voters - 1) * tenth // TENTHS) for tenth in range(TENTHS + 1)),
        gini=Fraction(ladder.differences(), voters * total) if total else Fraction(0),
        lorenz=tuple(ladder.held_by(part) / total if total else part / voters for part in tenths),
    )
