"""What may still be funded: the money in the pots and the projects that exclude each other."""

from __future__ import annotations

from dataclasses import dataclass

from pbvote.tally.conditions import Conditions
from pbvote.tally.election import Election, Project
from pbvote.tally.reasons import Reason


@dataclass(frozen=True, slots=True)
class Fences:
    """Which pots may pay for which project, as bits, and every set of pots that limits some projects.

    Amounts are payable exactly if, for every set of pots, the projects that only those pots may pay for cost no more
    than they hold (Hall's condition). Unions of projects' pots are the only sets that need looking at; `sets` are those
    that do not hold the whole budget, with what they hold.
    """

    pots_of: tuple[int, ...]
    sets: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, election: Election, conditions: Conditions) -> Fences:
        """The fences of an election; without pots there are none."""
        if not conditions.pots:
            return cls((1,) * len(election.projects), ())
        pots_of = tuple(_pots_of(project, conditions) for project in election.projects)
        unions = {0}
        for pots in set(pots_of):
            unions |= {union | pots for union in unions}
        every = (1 << len(conditions.pots)) - 1
        held = {
            union: sum(pot.amount for place, pot in enumerate(conditions.pots) if union >> place & 1)
            for union in unions
            if union != every
        }
        return cls(pots_of, tuple(sorted(held.items())))


def _pots_of(project: Project, conditions: Conditions) -> int:
    bits = 0
    for place, pot in enumerate(conditions.pots):
        if pot.free or project.id in pot.projects or not set(pot.categories).isdisjoint(project.categories):
            bits |= 1 << place
    return bits


class Gate:
    """Whether a project may be funded, given what was funded before. Once closed for a project it never opens again.

    `left` is the money left, all pots together. Projects are indexes.
    """

    def __init__(self, election: Election, conditions: Conditions) -> None:
        self.left = election.budget
        self._ids = [project.id for project in election.projects]
        self._costs = election.costs
        self._plenty = sum(self._costs) + election.budget
        self._fences = Fences.of(election, conditions)
        self._spent = [0] * len(self._fences.sets)
        place = {name: index for index, name in enumerate(self._ids)}
        self._groups: dict[int, list[int]] = {}
        for number, group in enumerate(conditions.exclusions):
            for name in group:
                self._groups.setdefault(place[name], []).append(number)
        self._taken: dict[int, int] = {}

    def fork(self) -> Gate:
        """A gate in the same state, for trying out."""
        other = object.__new__(Gate)
        other.__dict__ |= self.__dict__ | {"_spent": self._spent.copy(), "_taken": self._taken.copy()}
        return other

    @property
    def trivial(self) -> bool:
        """Whether only the money left can close the gate."""
        return not self._fences.sets and not self._groups

    def room(self, project: int) -> int:
        """The most money that the pots can still pay for the project, which may be below zero in a run on credit."""
        return min(self.left, self.fenced(project))

    def fenced(self, project: int) -> int:
        """The most that ring-fences leave for the project, whatever is left in all."""
        pots, room = self._fences.pots_of[project], self._plenty
        for (members, held), spent in zip(self._fences.sets, self._spent, strict=True):
            if pots & ~members == 0:
                room = min(room, held - spent)
        return room

    def limits(self) -> list[tuple[frozenset[int], int]]:
        """Every limit that money sets: projects, and what may still be spent on them together. The last is the budget.

        Any costs that keep to all limits can be paid.
        """
        every = frozenset(range(len(self._ids)))
        fenced = [
            (frozenset(project for project in every if self._fences.pots_of[project] & ~members == 0), held - spent)
            for (members, held), spent in zip(self._fences.sets, self._spent, strict=True)
        ]
        return [*fenced, (every, self.left)]

    def has_funded_rival(self, project: int) -> bool:
        """Whether a project that excludes this one is funded."""
        return any(group in self._taken for group in self._groups.get(project, ()))

    def barred(self, project: int, cost: int | None = None) -> Reason | None:
        """Why the project may not be funded even with money enough in all: a rival, or the pots that may pay for it."""
        for group in self._groups.get(project, ()):
            if group in self._taken:
                return Reason("excluded_by", {"rival": self._ids[self._taken[group]]})
        if not self._fences.sets:
            return None
        needed, room = self._costs[project] if cost is None else cost, self.fenced(project)
        if needed and not self._fences.pots_of[project]:
            return Reason("no_pot_pays", {"cost": needed})
        return Reason("pot_used_up", {"left": room, "missing": needed - room}) if needed > room else None

    def closed(self, project: int, cost: int | None = None) -> Reason | None:
        """Why the project may not be funded (with `cost`, for that much); `None` if it may."""
        reason, needed = self.barred(project, cost), self._costs[project] if cost is None else cost
        if reason is None and needed > self.left:
            reason = Reason("does_not_fit", {"left": self.left, "missing": needed - self.left})
        return reason

    def take(self, project: int, cost: int | None = None) -> None:
        """Note that the project is funded."""
        paid = self._costs[project] if cost is None else cost
        self.left -= paid
        for group in self._groups.get(project, ()):
            self._taken.setdefault(group, project)
        pots = self._fences.pots_of[project]
        for place, (members, _) in enumerate(self._fences.sets):
            if pots & ~members == 0:
                self._spent[place] += paid
