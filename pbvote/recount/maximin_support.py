"""The maximin support method for projects with costs.

Aziz, Lee, Talmon: Proportionally Representative Participatory Budgeting: Axioms and Algorithms (AAMAS 2018), after
Sanchez-Fernandez, Fernandez-Garcia, Fisteus, Brill: The Maximin Support Method (2021).

The cost of each bought project is borne by its supporters, in whatever shares make the highest load of any voter as
low as possible. Linear programming duality says how low that is: max over sets S of projects of cost(S) / |N(S)|, where
N(S) are the voters who support at least one of S. The project is bought with which this is lowest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from fractions import Fraction

from pbvote.recount.flow import Network
from pbvote.recount.greedy import Values
from pbvote.recount.opening import Count
from pbvote.recount.support import supporters

Crowd = Counter[int]
"""Voters by what they support, a number with bit c set for project c."""

Heavy = tuple[Fraction, Sequence[int]]
"""A load, and the set of projects that causes it."""


def maximin_support(count: Count, given: Values) -> None:
    """Buy the project with the lowest highest load, of those that fit in the money left, until none fits.

    Loads never fall as projects are added, and neither does the load of a set once found to be heavy. So only projects
    that could still be the lowest are looked at, and the search begins with the heaviest sets known.
    """
    del given
    crowd: Crowd = Counter()
    for ballot, heads in supporters(count.ballots, "votes"):
        crowd[sum(1 << c for c in ballot)] += heads
    heavy: dict[int, Heavy] = {c: (Fraction(0), [c]) for c in count.candidates}
    bought: list[int] = []
    before: Sequence[int] = []
    while True:
        known: dict[int, Heavy] = {}
        for c in sorted(heavy, key=lambda c: heavy[c][0]):
            lowest = min((load for load, _ in known.values()), default=None)
            if lowest is not None and heavy[c][0] > lowest:
                break
            if count.account.blocked(c, count.cost(c)) or count.cost(c) > count.account.left:
                del heavy[c]
                continue
            projects = [*bought, c]
            heavy[c] = known[c] = heaviest(projects, [before, heavy[c][1], projects], count.ballots.costs, crowd)
        if not known:
            return
        winner = min(known, key=lambda c: (known[c][0], count.ties[c]))
        bought.append(winner)
        load, before = heavy.pop(winner)
        count.buy(winner, "maximin-support", load=load)


def heaviest(projects: Sequence[int], first: Sequence[Sequence[int]], costs: Sequence[int], crowd: Crowd) -> Heavy:
    """The highest cost(S) / |N(S)| over sets S of the projects, with the set.

    Dinkelbach's method: begin with the best of the sets in `first`, find a set above its load, repeat.
    """
    mask, here = sum(1 << c for c in projects), Counter[int]()
    for support, heads in crowd.items():
        here[support & mask] += heads
    del here[0]

    def load_of(chosen: Collection[int]) -> Fraction:
        bits = sum(1 << c for c in chosen)
        people = sum(heads for support, heads in here.items() if support & bits)
        return Fraction(sum(costs[c] for c in chosen), people) if people else Fraction(0)

    chosen = max(first, key=load_of)
    while heavier := above(load_of(chosen), projects, costs, here):
        chosen = heavier
    return load_of(chosen), chosen


def above(load: Fraction, projects: Sequence[int], costs: Sequence[int], crowd: Crowd) -> list[int]:
    """The set S with the largest cost(S) - load * |N(S)|; empty if none is above 0.

    By a cut: costs flow from projects to their supporters, each of whom takes `load` at most. Where they cannot all be
    taken, the projects on the source's side of the smallest cut are the set. All times the load's denominator.
    """
    projects, crowd = without_light(load, projects, costs, crowd)
    source, sink = len(projects) + len(crowd), len(projects) + len(crowd) + 1
    network = Network(sink + 1)
    total = sum(costs[c] for c in projects) * load.denominator
    for place, c in enumerate(projects):
        network.add(source, place, costs[c] * load.denominator)
    for node, (support, heads) in enumerate(crowd.items(), len(projects)):
        network.add(node, sink, load.numerator * heads)
        for place, c in enumerate(projects):
            if support >> c & 1:
                network.add(place, node, total)
    far = network.fill(source, sink)
    return [c for place, c in enumerate(projects) if far[place] >= 0]


def without_light(
    load: Fraction, projects: Sequence[int], costs: Sequence[int], crowd: Crowd
) -> tuple[Sequence[int], Crowd]:
    """Leave out the projects whose cost those can bear who support no other: without them a set is no lighter.

    Each that is left out leaves more voters to the others, so this goes on until none is light.
    """
    while True:
        light = [c for c in projects if costs[c] <= load * crowd[1 << c]]
        if not light:
            return projects, crowd
        mask = ~sum(1 << c for c in light)
        projects, fewer = [c for c in projects if c not in light], Counter[int]()
        for support, heads in crowd.items():
            fewer[support & mask] += heads
        del fewer[0]
        crowd = fewer
