"""The conditions of a round, and the account of who is funded with how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

from pbvote.recount.election import Ballots, RecountError


@dataclass(frozen=True)
class Fund:
    """A pot of money, in minor units, for projects in its categories and those it names; with neither, for any."""

    id: str
    amount: int
    categories: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Terms:
    """What holds whatever the rule. Projects are named by their ids, amounts are minor units.

    `pots` together are the budget; `prefunded` are paid first; of each group in `exclusions` one is funded at most;
    a project needs `min_votes`; one in `smallest` may get a part of its cost; `reserve` projects are listed as next.
    """

    pots: tuple[Fund, ...] = ()
    prefunded: tuple[str, ...] = ()
    exclusions: tuple[tuple[str, ...], ...] = ()
    min_votes: int = 0
    smallest: Mapping[str, int] = field(default_factory=dict)
    reserve: int = 0


NO_TERMS = Terms()


@dataclass
class Account:
    """Who is funded with how much so far, in order: `paid` is project -> amount.

    A set of amounts can be paid out of the pots exactly if, for every set T of pots, the projects that only pots in T
    may pay for get no more than T holds (Hall's marriage theorem). `sets` are all sets of pots with what they hold.
    """

    pots_of: list[frozenset[int]]
    sets: list[tuple[frozenset[int], int]]
    rivals: list[set[int]]
    paid: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, ballots: Ballots, terms: Terms) -> Account:
        """An empty account. Without pots there is one free pot: the budget."""
        pots = terms.pots or (Fund("budget", ballots.budget),)
        if sum(pot.amount for pot in pots) != ballots.budget:
            raise RecountError("the pots are not the budget")
        pots_of = [
            frozenset(
                number
                for number, pot in enumerate(pots)
                if not (pot.categories or pot.projects)
                or project.id in pot.projects
                or any(category in pot.categories for category in project.categories)
            )
            for project in ballots.projects
        ]
        sets = [
            (frozenset(chosen), sum(pots[number].amount for number in chosen))
            for size in range(len(pots) + 1)
            for chosen in combinations(range(len(pots)), size)
        ]
        number = {project.id: place for place, project in enumerate(ballots.projects)}
        rivals: list[set[int]] = [set() for _ in ballots.projects]
        for group in terms.exclusions:
            for name in group:
                rivals[number[name]] |= {number[other] for other in group if other != name}
        return cls(pots_of, sets, rivals)

    def copy(self) -> Account:
        """Another account that goes on from here."""
        return Account(self.pots_of, self.sets, self.rivals, dict(self.paid))

    @property
    def budget(self) -> int:
        """What all pots hold."""
        return self.sets[-1][1]

    @property
    def left(self) -> int:
        """What is left of the budget; below zero on credit."""
        return self.budget - sum(self.paid.values())

    def room(self, project: int, *, fences_only: bool = False) -> int:
        """The most that can still be paid for the project; `fences_only` leaves out the set of all pots.

        Where no pot may pay for it that is nothing, as the empty set shows.
        """
        rooms = [
            held - sum(amount for other, amount in self.paid.items() if self.pots_of[other] <= pots)
            for pots, held in (self.sets[:-1] if fences_only else self.sets)
            if self.pots_of[project] <= pots
        ]
        return min(rooms, default=self.budget)

    def excluded(self, project: int) -> bool:
        """Whether a rival is funded."""
        return bool(self.rivals[project] & self.paid.keys())

    def blocked(self, project: int, amount: int) -> bool:
        """Whether a rival or a ring-fence is in the way, however much money there is in all."""
        return self.excluded(project) or self.room(project, fences_only=True) < amount

    def pay(self, project: int, amount: int) -> None:
        """Fund the project."""
        self.paid[project] = amount
