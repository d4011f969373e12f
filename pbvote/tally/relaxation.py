"""What money could buy at most if projects could be bought in part: the bound that keeps an exact search short."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, chain, pairwise

Slack = tuple[int, ...]
Plan = tuple[int, Slack]
"""What is chosen so far is worth, and what it leaves in each limit."""


@dataclass(frozen=True, slots=True)
class Item:
    """A project that may be chosen. `limits` are the places of the limits that count its cost.

    `value` is positive, and no two sets of items have the same sum of values: that sum is the order of preference.
    """

    project: int
    value: int
    cost: int
    limits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Items of one unit that may be chosen together, and what they take out of each limit."""

    items: tuple[Item, ...]
    value: int
    takes: Slack


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a unit that may be bought by any fraction: its value and cost, and the limits that count it."""

    unit: int
    value: int
    cost: int
    limits: tuple[int, ...]


def pieces_of(units: Sequence[Sequence[Choice]], held: Slack) -> list[Piece]:
    """What may be bought in part, best value for its cost first.

    Of a unit that is bought along the concave hull of its choices. Where different limits count its items there are two
    ways to see it, and the one with the lower bound is taken: all items together, in the limits that count all of them
    (as if every pot that may pay for one might pay for all), or apart, as if they did not exclude each other.
    """
    pieces = [_along_the_hull(number, [choice.items for choice in choices]) for number, choices in enumerate(units)]
    for number, choices in enumerate(units):
        kinds = sorted({item.limits for choice in choices for item in choice.items})
        if len(kinds) > 1:
            together, bound = pieces[number], _bound_of(pieces, held)
            pieces[number] = []
            for kind in kinds:
                alike = [tuple(item for item in choice.items if item.limits == kind) for choice in choices]
                pieces[number] += _along_the_hull(number, [items for items in alike if items])
            if _bound_of(pieces, held) >= bound:
                pieces[number] = together
    return _by_value(pieces)


def _along_the_hull(unit: int, choices: Sequence[tuple[Item, ...]]) -> list[Piece]:
    counted = [set(item.limits) for items in choices for item in items]
    limits = tuple(sorted(set.intersection(*counted)))
    points = [(0, 0), *((sum(item.cost for item in items), sum(item.value for item in items)) for items in choices)]
    return [
        Piece(unit, higher - value, dearer - cost, limits)
        for (cost, value), (dearer, higher) in pairwise(_hull(points))
    ]


def _by_value(pieces: Iterable[Iterable[Piece]]) -> list[Piece]:
    return sorted(chain.from_iterable(pieces), key=lambda piece: Fraction(-piece.value, piece.cost))


def _bound_of(pieces: Iterable[Iterable[Piece]], held: Slack) -> int:
    """What these pieces add at most to nothing."""
    return Rest(_by_value(pieces), len(held)).bound((0, held))[1]


def _hull(points: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The upper concave hull of (cost, value), rising in both."""
    hull: list[tuple[int, int]] = []
    for cost, value in sorted(points, key=lambda point: (point[0], -point[1])):
        if hull and value <= hull[-1][1]:
            continue
        while len(hull) > 1:
            (cost_0, value_0), (cost_1, value_1) = hull[-2:]
            if (value_1 - value_0) * (cost - cost_1) > (value - value_1) * (cost_1 - cost_0):
                break
            hull.pop()
        hull.append((cost, value))
    return hull


class Rest:
    """The pieces of the units that are not decided yet.

    The limits must come from pots of money (`Gate.limits`), and the last one count every project: what pots can pay for
    is a polymatroid, so that buying the best pieces first, each as far as its limits allow, is the best way to buy.
    """

    def __init__(self, pieces: Sequence[Piece], limits: int) -> None:
        self._limits = limits
        self._decided_in_order = all(one.unit <= other.unit for one, other in pairwise(pieces))
        self._set(pieces)

    def _set(self, pieces: Sequence[Piece]) -> None:
        self._pieces, self._first = pieces, 0
        self._values = [0, *accumulate(piece.value for piece in pieces)]
        self._costs = [
            [0, *accumulate(piece.cost if limit in piece.limits else 0 for piece in pieces)]
            for limit in range(self._limits)
        ]

    def decide(self, unit: int) -> None:
        """Leave out the pieces of this unit and of those before it."""
        if not self._decided_in_order:
            self._set([piece for piece in self._pieces if piece.unit > unit])
        while self._first < len(self._pieces) and self._pieces[self._first].unit <= unit:
            self._first += 1

    def bound(self, plan: Plan) -> tuple[int, int]:
        """What the plan is worth with the pieces that can be bought whole before the first that cannot, and at most."""
        value, slack = plan
        first = self._first
        reach = [left + costs[first] for left, costs in zip(slack, self._costs, strict=True)]
        whole = min(bisect_right(costs, most) for costs, most in zip(self._costs, reach, strict=True)) - 1
        value += self._values[whole] - self._values[first]
        if whole == len(self._pieces):
            return value, value
        left = [most - costs[whole] for costs, most in zip(self._costs, reach, strict=True)]
        return value, value + self._in_part(whole, left)

    def _in_part(self, first: int, left: list[int]) -> int:
        """What the pieces from the first on add at most, each as far as its limits allow."""
        added = 0
        for piece in self._pieces[first:]:
            bought = min([piece.cost, *[left[limit] for limit in piece.limits]])
            if bought:
                added -= -piece.value * bought // piece.cost  # rounded up
                for limit in piece.limits:
                    left[limit] -= bought
                if not left[-1]:
                    break
        return added
