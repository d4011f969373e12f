"""What a round asks of its outcome besides the rule: who pays for what, what excludes what, how much support counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

from pbvote.tally.election import Election
from pbvote.tally.money import amount

MOST_POTS = 12  # every set of pots is looked at, and 2^12 sets are quickly counted

POTS, PREFUNDED, EXCLUSIONS = "pots", "prefunded", "exclusions"
MIN_VOTES, SMALLEST, RESERVE = "min_votes", "smallest", "reserve"


class ConditionError(ValueError):
    """A condition does not fit the election or the rule. `condition` names it, `path` where in it."""

    def __init__(self, condition: str, problem: str, path: str = "") -> None:
        super().__init__(f"{path or condition}: {problem}")
        self.condition = condition


@dataclass(frozen=True, slots=True)
class Pot:
    """One funder's money, in minor units. It pays for projects in its categories and for those it names.

    A pot that names neither is free: it may pay for anything.
    """

    id: str
    amount: int
    categories: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()

    @property
    def free(self) -> bool:
        """Whether the pot may pay for anything."""
        return not self.categories and not self.projects


@dataclass(frozen=True, slots=True)
class Conditions:
    """Conditions that hold whatever the rule; none by default. Projects are named by their ids.

    `pots` together are the budget. `prefunded` projects are paid for first, whatever the votes. Of each group in
    `exclusions` one project at most is funded. `min_votes` supporters are needed. `smallest` is the least amount, in
    minor units, with which a project that may be funded in part can do. `reserve` projects wait for declined money.
    """

    pots: tuple[Pot, ...] = ()
    prefunded: tuple[str, ...] = ()
    exclusions: tuple[tuple[str, ...], ...] = ()
    min_votes: int = 0
    smallest: Mapping[str, int] = field(default_factory=dict)
    reserve: int = 0

    def used(self) -> tuple[str, ...]:
        """The names of the conditions that are set."""
        return tuple(
            name for name in (POTS, PREFUNDED, EXCLUSIONS, MIN_VOTES, SMALLEST, RESERVE) if getattr(self, name)
        )

    def check(self, election: Election) -> None:
        """Raise `ConditionError` unless the conditions fit the election."""
        known = {project.id: project for project in election.projects}
        named = [(POTS, name) for pot in self.pots for name in pot.projects]
        named += [(PREFUNDED, name) for name in self.prefunded]
        named += [(EXCLUSIONS, name) for group in self.exclusions for name in group]
        named += [(SMALLEST, name) for name in self.smallest]
        for condition, name in named:
            if name not in known:
                raise ConditionError(condition, f"{name!r} is not a project")
        self._check_pots(election)
        self._check_groups()
        for condition, number in ((MIN_VOTES, self.min_votes), (RESERVE, self.reserve)):
            if number < 0:
                raise ConditionError(condition, f"{number} is below zero")
        for name, least in self.smallest.items():
            if not 0 < least <= known[name].cost:
                cost, part = (amount(minor, election.minor_units) for minor in (known[name].cost, least))
                raise ConditionError(SMALLEST, f"{name!r} costs {cost}; {part} is no part of that")

    def _check_pots(self, election: Election) -> None:
        ids = Counter(pot.id for pot in self.pots)
        for pot in self.pots:
            if ids[pot.id] > 1:
                raise ConditionError(POTS, f"{pot.id!r} is listed more than once")
            if pot.amount < 0:
                held = amount(pot.amount, election.minor_units)
                raise ConditionError(POTS, f"{pot.id!r} holds {held}, below zero")
        if len(self.pots) > MOST_POTS:
            raise ConditionError(POTS, f"{len(self.pots)} pots; expected at most {MOST_POTS}")
        total = sum(pot.amount for pot in self.pots)
        if self.pots and total != election.budget:
            held, budget = (amount(minor, election.minor_units) for minor in (total, election.budget))
            raise ConditionError(POTS, f"the pots hold {held} together; expected the budget, {budget}")

    def _check_groups(self) -> None:
        if len(set(self.prefunded)) < len(self.prefunded):
            raise ConditionError(PREFUNDED, "a project is listed more than once")
        for group in self.exclusions:
            if len(set(group)) < max(len(group), 2):
                raise ConditionError(
                    EXCLUSIONS, f"{', '.join(group) or 'an empty group'}: expected two or more different projects"
                )
            for one, other in combinations(group, 2):
                if one in self.prefunded and other in self.prefunded:
                    raise ConditionError(EXCLUSIONS, f"{one!r} and {other!r} exclude each other but both are prefunded")


NO_CONDITIONS = Conditions()
