"""The most that limits allow, exactly: the knapsack problem, with side constraints and without a solver.

Units are decided one after the other. A unit is one project, or several that exclude each other; it offers choices. A
plan (what has been chosen so far) is dropped if another is worth more and leaves no less in any limit that still counts
(Nemhauser, Ullmann: *Discrete dynamic programming and capital allocation*, 1969), or if even the best fractions of what
is undecided (`relaxation`) would not bring it above the best plan known (Dantzig 1957). Integers only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from pbvote.tally.relaxation import Choice, Item, Piece, Plan, Rest, Slack, pieces_of

MOST_PLANS = 300_000  # some seconds, with ring-fenced pots up to half a minute
MOST_CHOICES = 1_000
WIDTH = 20  # plans that a quick look follows
RIVALS = 40  # plans that another is compared with: more would cost more than they save

Units = Sequence[tuple[int, Sequence[Choice]]]
"""What is undecided: the number of each unit with its choices, the most valuable first."""


class TooManyPlansError(ValueError):
    """More plans would have to be compared than is reasonable: more than `most`."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most:,} plans")
        self.most = most


@dataclass(slots=True)
class Effort:
    """How many plans may still be looked at. It counts plans, not time, so that every machine gives up alike."""

    most: int = MOST_PLANS
    spent: int = 0

    def spend(self, plans: int) -> None:
        """Note that these were looked at. Raises `TooManyPlansError`."""
        self.spent += plans
        if self.spent > self.most:
            raise TooManyPlansError(self.most)


class TooManyChoicesError(ValueError):
    """A web of exclusions leaves more choices than is reasonable. `projects` are those in it."""

    def __init__(self, projects: Sequence[int]) -> None:
        super().__init__(f"{len(projects)} projects leave more than {MOST_CHOICES:,} choices")
        self.projects = tuple(projects)


@dataclass(frozen=True)
class Knapsack:
    """Items by project, what every limit still holds, and groups of projects of which one at most may be chosen."""

    items: Mapping[int, Item]
    held: Slack
    groups: tuple[frozenset[int], ...] = ()

    def best(self, effort: Effort) -> int:
        """The highest sum of values that the limits and groups allow. Raises `TooManyPlansError`."""
        units = [(number, choices) for number, (_, choices) in enumerate(self._units)]
        return search((0, self.held), units, self._pieces, 0, effort)

    def best_with(self, project: int, best: Collection[int], effort: Effort) -> int:
        """The same among sets that include the project, which must fit on its own; the `best` set helps to find it."""
        place = next(place for place, (members, _) in enumerate(self._units) if project in members)
        others = [(number, choices) for number, (_, choices) in enumerate(self._units) if number != place]
        kept = [(number, [choice for choice in choices if _within(choice, best)]) for number, choices in others]
        dropped = [(number, choices) for (number, choices), (_, stay) in zip(others, kept, strict=True) if not stay]
        pieces = [piece for piece in self._pieces if piece.unit != place]
        found = 0
        for choice in self._choices(self._units[place][0], project):
            if plan := take((0, self.held), choice):
                known = fill(fill(plan, kept), dropped)[0]
                found = max(found, search(plan, others, pieces, max(found, known), effort))
        return found

    @cached_property
    def _units(self) -> list[tuple[list[int], list[Choice]]]:
        """The projects and choices of each unit, as they are decided: narrow limits first, then value for the cost."""
        units = [(sorted(members), self._choices(sorted(members))) for members in _webs(self._rivals)]

        def rank(unit: tuple[list[int], list[Choice]]) -> tuple[int, tuple[int, ...], Fraction]:
            items = [self.items[project] for project in unit[0]]
            widest = max((len(item.limits), item.limits) for item in items)
            return *widest, -max(Fraction(item.value, item.cost) for item in items)

        return sorted(units, key=rank)

    @cached_property
    def _pieces(self) -> list[Piece]:
        return pieces_of([choices for _, choices in self._units], self.held)

    @cached_property
    def _rivals(self) -> dict[int, frozenset[int]]:
        """The items that exclude each item."""
        found = {project: frozenset[int]() for project in self.items}
        for group in self.groups:
            present = group & self.items.keys()
            for project in present:
                found[project] |= present - {project}
        return found

    def _choices(self, projects: Collection[int], wanted: int | None = None) -> list[Choice]:
        """What may be chosen of projects that exclude each other, most valuable first, without what is never better.

        Only what includes the `wanted` project, if there is one.
        """
        allowed: list[tuple[int, ...]] = [()]
        for project in projects:
            rivals = self._rivals[project]
            allowed += [(*chosen, project) for chosen in allowed if rivals.isdisjoint(chosen)]
            if len(allowed) > MOST_CHOICES:
                raise TooManyChoicesError(tuple(projects))
        choices = [self._choice(chosen) for chosen in allowed[1:] if wanted is None or wanted in chosen]
        kept: list[Choice] = []
        for choice in sorted(choices, key=lambda choice: -choice.value):
            if not any(_no_more(other.takes, choice.takes) for other in kept):
                kept.append(choice)
        return kept

    def _choice(self, projects: Iterable[int]) -> Choice:
        items = tuple(self.items[project] for project in projects)
        takes = [0] * len(self.held)
        for item in items:
            for limit in item.limits:
                takes[limit] += item.cost
        return Choice(items, sum(item.value for item in items), tuple(takes))


def search(plan: Plan, units: Units, pieces: Sequence[Piece], known: int, effort: Effort) -> int:
    """The most that the plan can be worth once the units are decided, at least what is `known`.

    `pieces` are those of the same units.
    """
    best = max(known, fill(plan, units)[0])
    if len(plan[1]) > 1:  # the most promising plans alone soon lead to a good one, which then ends others early
        best = explore(plan, units, pieces, best, effort, width=WIDTH)
    return explore(plan, units, pieces, best, effort)


def explore(plan: Plan, units: Units, pieces: Sequence[Piece], best: int, effort: Effort, *, width: int = 0) -> int:
    """The highest worth found, at least `best`. With `width`, only so many plans are followed up at a time."""
    rest, still_open = Rest(pieces, len(plan[1])), _open_limits(units, len(plan[1]))
    plans = [plan]
    for (number, choices), opened in zip(units, still_open, strict=True):
        effort.spend(len(plans) * (1 + len(choices)))
        plans += [larger for plan in plans for choice in choices if (larger := take(plan, choice))]
        plans = _undominated(plans, opened)
        rest.decide(number)
        bounds = [rest.bound(plan) for plan in plans]
        best = max(best, plans[0][0])
        if len(plan[1]) == 1:
            best = max(best, *(sure for sure, _ in bounds))
        promising = [(most, plan) for (_, most), plan in zip(bounds, plans, strict=True) if most > best]
        if width:
            promising = sorted(promising, reverse=True)[:width]
        plans = [plan for _, plan in promising]
        if not plans:
            break
    return best


def take(plan: Plan, choice: Choice) -> Plan | None:
    """The plan with the choice in it, if the limits allow it."""
    slack = tuple(left - takes for left, takes in zip(plan[1], choice.takes, strict=True))
    return None if min(slack) < 0 else (plan[0] + choice.value, slack)


def fill(plan: Plan, units: Units) -> Plan:
    """The plan with the most valuable choice of each unit that fits, unit after unit."""
    for _, choices in units:
        plan = next((larger for choice in choices if (larger := take(plan, choice))), plan)
    return plan


def _within(choice: Choice, projects: Collection[int]) -> bool:
    return all(item.project in projects for item in choice.items)


def _webs(rivals: Mapping[int, frozenset[int]]) -> Iterable[set[int]]:
    """Projects that exclude each other, directly or over others, together."""
    seen: set[int] = set()
    for project in rivals:
        members, waiting = set[int](), [project]
        while waiting:
            one = waiting.pop()
            if one not in members | seen:
                members.add(one)
                waiting += rivals[one]
        seen |= members
        if members:
            yield members


def _no_more(one: Slack, other: Slack) -> bool:
    return all(mine <= theirs for mine, theirs in zip(one, other, strict=True))


Open = list[tuple[list[int], int]]
"""Limits that count the same undecided items, together, with what those items cost at most."""


def _open_limits(units: Units, limits: int) -> list[Open]:
    """The limits that still count after each unit is decided.

    Of limits that count the same items only the tightest matters, and no more of it than the items can use.
    """
    costs: dict[tuple[int, ...], int] = {}  # of undecided items by the limits that count them
    found: list[Open] = []
    for _, choices in reversed(units):
        counted: dict[tuple[tuple[int, ...], ...], list[int]] = {}
        for limit in range(limits):
            counted.setdefault(tuple(where for where in costs if limit in where), []).append(limit)
        found.append([(alike, sum(costs[where] for where in kinds)) for kinds, alike in counted.items() if kinds])
        for item in {item.project: item for choice in choices for item in choice.items}.values():
            costs[item.limits] = costs.get(item.limits, 0) + item.cost
    return found[::-1]


def _undominated(plans: Iterable[Plan], still_open: Open) -> list[Plan]:
    """The plans, most valuable first, without those that leave no more than a more valuable one in any open limit."""
    kept: list[Plan] = []
    leaves: list[Slack] = []
    for plan in sorted(plans, reverse=True):
        slack = plan[1]
        usable = tuple(min(most, *(slack[limit] for limit in alike)) for alike, most in still_open)
        rivals = (
            leaves[-1:] if len(usable) == 1 else leaves[:RIVALS]
        )  # with one limit each kept plan leaves more than the last
        if not any(_no_more(usable, rival) for rival in rivals):
            kept.append(plan)
            leaves.append(usable)
    return kept
