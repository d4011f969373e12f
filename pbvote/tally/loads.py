"""The loads of voters under sequential Phragmen, exactly.

A voter's load is that of the funded project on their ballot which came last, or 0. So the loads of a project's
supporters together are a sum over rounds: how many of them have the load of that round, an integer, times that load.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from pbvote.tally.arrays import Floats, np
from pbvote.tally.support import Support

_NEAR = 1 + 2.0**-30  # far above what rounding does to sums of so few numbers, none of them below zero


class Loads:
    """What every supporter carries, in integers over one common denominator. Projects are indexes, rounds count from 0.

    `carrying[p, r]` are the supporters of project `p` whose last funded project is that of round `r`; round 0 stands
    for those who carry nothing yet.
    """

    def __init__(self, support: Support, costs: Sequence[int], rounds: int) -> None:
        self._support = support
        self._costs = costs
        self.carrying = np.zeros((len(costs), rounds + 1), dtype=np.int64)
        self.carrying[:, 0] = support.votes
        self._last = np.zeros(len(support.counts), dtype=np.int64)
        self._levels, self._denominator = [0], 1

    def after(self, project: int) -> Fraction:
        """The load that every supporter of the project would have if it were funded now."""
        return Fraction(self._weight(project), self._support.votes[project] * self._denominator)

    def before(self, project: int) -> Fraction:
        """What the project's supporters carry now, on average."""
        return self.carried(project) / self._support.votes[project]

    def carried(self, project: int) -> Fraction:
        """What the project's supporters carry now, together."""
        return Fraction(self._weight(project) - self._costs[project] * self._denominator, self._denominator)

    def _weight(self, project: int) -> int:
        """What the project's supporters would carry together, times the denominator."""
        counts = self.carrying[project, : len(self._levels)].tolist()
        carried: int = sum(count * level for count, level in zip(counts, self._levels, strict=True) if count)
        return self._costs[project] * self._denominator + carried

    def lowest(self, projects: Sequence[int]) -> tuple[Fraction, list[int]]:
        """The lowest load that one of the projects would give its supporters, and all that would give just that."""
        rough = self._rough(projects)
        near = np.flatnonzero(rough <= rough.min() * _NEAR).tolist()
        exact = {projects[place]: self.after(projects[place]) for place in near}
        lowest = min(exact.values())
        return lowest, [project for project, load in exact.items() if load == lowest]

    def _rough(self, projects: Sequence[int]) -> Floats:
        """The load that each project would give, rounded."""
        levels = np.array([level / self._denominator for level in self._levels])
        # no matrix product: threads of a linear algebra library would cost more than they save
        carried = (self.carrying[projects, : len(levels)] * levels).sum(axis=1)
        costs = np.array([self._costs[project] for project in projects], dtype=np.float64)
        votes = np.array([self._support.votes[project] for project in projects], dtype=np.float64)
        loads: Floats = (carried + costs) / votes
        return loads

    def fund(self, project: int) -> None:
        """Let the supporters of the project carry it, all of them the same load afterwards."""
        load = self.after(project) * self._denominator
        self._levels = [level * load.denominator for level in self._levels] + [load.numerator]
        self._denominator *= load.denominator
        self._move(project, len(self._levels) - 1)

    def _move(self, project: int, number: int) -> None:
        """Count the supporters of the project in its round, for every project that they support."""
        support = self._support
        ballots = support.by_project[project]
        entries, owner = support.entries(ballots)
        projects, rounds = self.carrying.shape
        cells = support.projects[entries] * rounds
        cells += self._last[ballots][owner]
        counts = np.bincount(cells, weights=support.counts[ballots][owner], minlength=projects * rounds)
        moved = counts.astype(np.int64).reshape(projects, rounds)
        self.carrying -= moved
        self.carrying[:, number] += moved.sum(axis=1)
        self._last[ballots] = number
