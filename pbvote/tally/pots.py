"""Which pot pays for what, once it is decided what is funded."""

from __future__ import annotations

from collections.abc import Mapping

from pbvote.tally.conditions import Conditions
from pbvote.tally.election import Election
from pbvote.tally.gate import Fences

Shares = dict[int, dict[int, int]]


def payments(election: Election, conditions: Conditions, awarded: Mapping[int, int]) -> dict[int, dict[str, int]]:
    """What each pot pays for each funded project, in minor units, by project index and pot id.

    Projects are paid for in the order given, from ring-fenced pots before free ones and else in the pots' order. Money
    that was meant for an earlier project moves to another of its pots where that spares free money or is the only way.
    The amounts must be payable (`Gate`).
    """
    if not conditions.pots:
        return {}
    pots = conditions.pots
    order = sorted(range(len(pots)), key=lambda pot: (pots[pot].free, pot))
    fenced = [pot for pot in order if not pots[pot].free]
    may_pay = Fences.of(election, conditions).pots_of
    left = [pot.amount for pot in pots]
    paid: Shares = {project: {} for project in awarded}
    for project, amount in awarded.items():
        missing = amount
        while missing:
            ways = (_way_to_money(project, among, may_pay, left, paid) for among in (fenced, order))
            path = next((way for way in ways if way), [])
            if not path:
                raise AssertionError("amounts that the gate let pass can be paid")
            moved = min([missing, left[path[-1][1]], *(paid[other][pot] for other, pot in _released(path))])
            for taker, pot in path:
                paid[taker][pot] = paid[taker].get(pot, 0) + moved
            for other, pot in _released(path):
                paid[other][pot] -= moved
            left[path[-1][1]] -= moved
            missing -= moved
    return {
        project: {pots[pot].id: shares[pot] for pot in order if shares.get(pot)} for project, shares in paid.items()
    }


def _released(path: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Who gives up money of which pot: each project but the first leaves the pot that the one before takes."""
    return [(path[place + 1][0], path[place][1]) for place in range(len(path) - 1)]


def _way_to_money(
    project: int, order: list[int], may_pay: tuple[int, ...], left: list[int], paid: Shares
) -> list[tuple[int, int]]:
    """The shortest way over these pots to one with money: (project, the pot it takes from), or nothing."""
    ways: list[list[tuple[int, int]]] = [[]]
    reached: set[int] = set()
    takers = [project]
    while ways:
        longer: list[list[tuple[int, int]]] = []
        next_takers: list[int] = []
        for way, taker in zip(ways, takers, strict=True):
            for pot in order:
                if pot in reached or not may_pay[taker] >> pot & 1:
                    continue
                reached.add(pot)
                here = [*way, (taker, pot)]
                if left[pot]:
                    return here
                for other, shares in paid.items():
                    if shares.get(pot) and other != taker:
                        longer.append(here)
                        next_takers.append(other)
        ways, takers = longer, next_takers
    return []
