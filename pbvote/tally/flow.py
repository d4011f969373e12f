"""Whether supporters can share the cost of projects so that nobody carries more than a given load.

A maximum flow from projects through distinct ballots, by preflows with exact distances (Goldberg, Tarjan: A New
Approach to the Maximum-Flow Problem, 1988), where the supporters of a project are looked at all at once. Both answers
are proven in integers: "yes" by the flow itself, "no" by projects that cost more than all their supporters may carry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pbvote.tally.arrays import Amounts, NDArray, np
from pbvote.tally.support import Support

BITS = 62  # sums of amounts stay below 2**BITS, or are Python integers
_AFAR = -1
_BELOW = 1 - 2.0**-50  # makes a product of floats no more than the exact one


@dataclass(frozen=True, slots=True)
class Burden:
    """Projects that cost `cost` together, and the `voters` who support at least one: some of them carry the average."""

    projects: tuple[int, ...]
    cost: int
    voters: int

    @property
    def load(self) -> Fraction:
        """What some supporter has to carry at least, however the cost is spread."""
        return Fraction(self.cost, self.voters)


class Net:
    """What stays the same while projects are added: who may carry what. `costs` are integers by project."""

    def __init__(self, support: Support, costs: Sequence[int]) -> None:
        self.support = support
        self.costs = costs
        self.counts = support.counts.astype(np.int64)
        self.voters = int(self.counts.sum())
        # so fine that what is lost by rounding down every ballot's capacity never leaves a doubt
        self.finest = len(self.counts) * self.voters + 1
        sizes = [len(ballots) for ballots in support.by_project]
        cuts = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64)))
        self.slices = [slice(int(cuts[p]), int(cuts[p + 1])) for p in range(len(sizes))]

    def covered(self, projects: Sequence[int]) -> NDArray[np.bool_]:
        """Which ballots support at least one of the projects."""
        covered = np.zeros(len(self.counts), dtype=np.bool_)
        for project in projects:
            covered[self.support.by_project[project]] = True
        return covered

    def burden(self, projects: Sequence[int]) -> Burden:
        """The projects with their cost and their supporters."""
        cost, voters = sum(self.costs[project] for project in projects), self.counts[self.covered(projects)].sum()
        return Burden(tuple(projects), cost, int(voters))


class Flow:
    """How the cost of `projects` is spread at present, in integers of which `scale` make one unit of cost.

    `carried` is what each ballot's voters carry of each project (ordered by project, then ballot), `together` what they
    carry in all, and `unplaced` what of each project's cost nobody carries yet.
    """

    def __init__(self, net: Net) -> None:
        self.net = net
        self.projects: tuple[int, ...] = ()
        self.scale = net.finest
        self.carried: Amounts = np.zeros(len(net.support.projects), dtype=np.int64)
        self.together: Amounts = np.zeros(len(net.counts), dtype=np.int64)
        self.unplaced = [0] * len(net.costs)

    def with_project(self, project: int) -> Flow:
        """A copy with another project, of which nobody carries anything yet."""
        flow = object.__new__(Flow)
        flow.net, flow.scale, flow.projects = self.net, self.scale, (*self.projects, project)
        flow.carried, flow.together = self.carried.copy(), self.together.copy()
        flow.unplaced = self.unplaced.copy()
        flow.unplaced[project] = self.net.costs[project] * self.scale
        return flow

    def fit(self, load: Fraction) -> Burden | None:
        """Spread the cost so that no voter carries more than `load`, no less than what anybody had to carry before.

        `None` if that is possible; else projects that make it impossible: a burden whose load is above `load`.
        """
        self._set_scale(load)
        room = self._room(load)
        while True:
            distance = self._distances(room)
            afar = [project for project in self.projects if distance[project] == _AFAR]
            if any(self.unplaced[project] for project in afar):
                burden = self.net.burden(afar)
                if burden.load > load:
                    return burden
            if any(self.unplaced[project] and distance[project] != _AFAR for project in self.projects):
                self._wave(distance, room)
            elif sum(self.unplaced) * load.denominator < self.scale:
                # a burden above the load would be above it by 1 / load.denominator of a unit of cost at least
                return None
            else:
                self._set_scale(load, exact=True)
                room = self._room(load)

    def _room(self, load: Fraction) -> Amounts:
        """What the voters of each ballot may carry besides."""
        whole, part = divmod(load.numerator * self.scale, load.denominator)
        counts = self.net.counts.astype(self.carried.dtype)
        capacity: Amounts = counts * whole + counts * part // load.denominator
        return capacity - self.together

    def _set_scale(self, load: Fraction, *, exact: bool = False) -> None:
        """Make the scale fit the numbers; with `exact` so that every ballot's capacity is a whole number of it."""
        if self.carried.dtype == object:
            return
        most = (1 << BITS) // (int(load * self.net.voters) + sum(self.net.costs[p] for p in self.projects) + 1)
        scale = most // load.denominator * load.denominator if exact else min(self.scale, most)
        if self.net.voters >> BITS // 2:  # their number squared would be too large
            scale = 0
        if scale == self.scale:
            return
        if not scale:
            self.carried, scale = self.carried.astype(object), self.net.finest
        self.carried = self._scaled(scale)
        self.together = np.zeros(len(self.net.counts), dtype=self.carried.dtype)
        for project in self.projects:
            here = self.net.slices[project]
            self.together[self.net.support.by_project[project]] += self.carried[here]
            self.unplaced[project] = self.net.costs[project] * scale - int(self.carried[here].sum())
        self.scale = scale

    def _scaled(self, scale: int) -> Amounts:
        """What is carried in another scale, rounded down."""
        if self.carried.dtype == object:
            return self.carried * scale // self.scale
        return np.floor(self.carried * (scale / self.scale * _BELOW)).astype(np.int64)

    def _distances(self, room: Amounts) -> list[int]:
        """By project: by how many projects its cost has to be handed on until it comes to a ballot with room.

        Projects farther away than all those with something unplaced may be left out as too far.
        """
        rows, net = self.net.support.by_project, self.net
        distance = [_AFAR] * len(net.costs)
        reached, waiting, step = room > 0, list(self.projects), 0
        while near := [project for project in waiting if reached[rows[project]].any()]:
            for project in near:
                distance[project] = step
            waiting = [project for project in waiting if distance[project] == _AFAR]
            if not any(self.unplaced[project] for project in waiting):
                break
            reached = np.zeros(len(net.counts), dtype=np.bool_)
            for project in near:
                reached[rows[project][self.carried[net.slices[project]] > 0]] = True
            step += 1
        return distance

    def _wave(self, distance: list[int], room: Amounts) -> None:
        """Move what is unplaced one project nearer to room, from the farthest projects to the nearest."""
        for step in range(max(distance), -1, -1):
            for project in self.projects:
                if distance[project] == step and self.unplaced[project]:
                    if step:
                        self._hand_on(project, distance)
                    else:
                        self._place(project, room)

    def _place(self, project: int, room: Amounts) -> None:
        """Let supporters with room carry what is unplaced."""
        ballots = self.net.support.by_project[project]
        taken = self._take(project, room[ballots])
        self.carried[self.net.slices[project]] += taken
        self.together[ballots] += taken
        room[ballots] -= taken

    def _hand_on(self, project: int, distance: list[int]) -> None:
        """Let supporters carry what is unplaced instead of what they carry for projects that are nearer to room."""
        net, rows, here = self.net, self.net.support.by_project, self.net.slices[project]
        place = np.full(len(net.counts), -1)
        place[rows[project]] = np.arange(here.start, here.stop)
        for other in self.projects:
            if distance[other] == distance[project] - 1 and self.unplaced[project]:
                there = net.slices[other]
                places = place[rows[other]]
                shared = (places >= 0).nonzero()[0]
                taken = self._take(project, self.carried[there][shared])
                self.carried[there][shared] -= taken
                self.carried[places[shared]] += taken
                self.unplaced[other] += int(taken.sum())

    def _take(self, project: int, available: Amounts) -> Amounts:
        """How much of what is available, first come first served, what is unplaced of the project uses up."""
        before = np.cumsum(available) - available
        taken: Amounts = np.minimum(available, np.maximum(self.unplaced[project] - before, 0))
        self.unplaced[project] -= int(taken.sum())
        return taken
