"""How close each project came under Equal Shares: what it could have cost, and how many more supporters it needed.

Everything is found in one run that is watched. Until a project is bought it changes nothing for the others, so it would
have been bought if, before any purchase, its supporters could have paid for it at a price that is as good as the
winner's, or if after the last purchase they could have paid for it at all. The supporters' payments are concave in the
cost, so at each moment there is a highest cost; the highest of these is the margin.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from pbvote.tally.arrays import Floats, np
from pbvote.tally.draft import Draft
from pbvote.tally.outcome import Margins, Rival
from pbvote.tally.purse import Backers, Price, Purse, dot
from pbvote.tally.shares import Market, Run

MOST_RIVALS = 3

_NEAR = 1e-10  # relative distance from a whole number within which it is checked exactly
_LEAST_NEAR = 1e-6
_SAFETY = 10  # times as near: whether all costs are as good as each other is decided exactly afterwards
_PATIENCE = 100


@dataclass
class _Found:
    """What was found of one project so far."""

    cost: int = 0
    cost_step: int | None = None
    supporters: int | None = None


class Onlooker:
    """Watches a run on behalf of the projects that lose in it.

    `by_cost` says that a project is worth its cost, so that another cost also changes what it is worth. Margins in
    supporters are for ballots that support a project or not; with points nobody can say what a new supporter gives.
    """

    def __init__(self, draft: Draft, market: Market, losers: Iterable[int], *, by_cost: bool) -> None:
        self._draft = draft
        self._market = market
        self._losers = list(losers)
        self._by_cost = by_cost
        self._found = {project: _Found() for project in self._losers}
        self.rivals: list[tuple[Rival, ...]] = []

    def before(self, purse: Purse, run: Run, winner: Price) -> None:
        """Look at what could have been bought instead of the winner."""
        market, step = self._market, len(run.bought) + 1
        rank = market.rank(purse, winner)
        self.rivals.append(self._rivals(purse, run, winner.project))
        for project in self._losers:
            if run.gate.has_funded_rival(project):
                continue
            backers, money = purse.backers(project, broke=True)
            found, most = self._found[project], self._most(run, project)
            if found.cost < most and self._pays(backers, money, rank, found.cost + 1) >= (found.cost + 1) * (1 - _NEAR):
                root = min(most, self._root(backers, money, rank))
                level_ground = self._by_cost and abs(rank * backers.voters - 1) < _NEAR * _SAFETY
                find = self._raise_tied_cost if level_ground else self._raise_cost
                find(purse, project, winner, root, step)
            if market.support.unweighted and market.costs[project] <= most:
                level = rank * market.worth[project]
                lacking = market.costs[project] - dot(backers.counts, np.minimum(money, level))
                self._need(purse, project, winner, lacking / min(level, float(run.share)))

    def at_end(self, purse: Purse, run: Run) -> None:
        """Look at what could have been bought after the last purchase."""
        for project in self._losers:
            if run.gate.has_funded_rival(project):
                continue
            found, most, cost = self._found[project], self._most(run, project), self._market.costs[project]
            affordable = min(most, purse.money(project))
            if affordable > found.cost:
                found.cost, found.cost_step = affordable, None
            if self._market.support.unweighted and cost <= most and run.share:
                lacking = cost - purse.exact_money(project)
                needed = math.ceil(lacking / run.share)
                found.supporters = needed if found.supporters is None else min(found.supporters, needed)

    def margins(self) -> dict[int, Margins]:
        """The margins of each project that lost."""
        return {
            project: Margins(found.cost or None, found.cost_step, found.supporters)
            for project, found in self._found.items()
        }

    def _most(self, run: Run, project: int) -> int:
        """What the pots could have paid for the project at that moment."""
        return min(self._draft.left, run.gate.fenced(project))

    def _rivals(self, purse: Purse, run: Run, winner: int) -> tuple[Rival, ...]:
        """Who else could have been bought: the best few, by effective votes (cost / level)."""
        market = self._market
        ranked = []
        for project in market.for_sale:
            if project == winner or project in run.bought or run.gate.barred(project):
                continue
            if purse.bound(project, market.costs[project], math.inf) is not None:
                ranked.append((float(f"{market.guess[project] / market.worth[project]:.9g}"), project))
        best = []
        for _, project in sorted(ranked)[:MOST_RIVALS]:
            price = purse.price(project, market.costs[project])
            tenths = 10 * market.costs[project] * price.factor * purse.ledger.denominator // price.numerator
            best.append(Rival(self._draft.election.projects[project].id, Fraction(tenths, 10)))
        return tuple(best)

    def _pays(self, backers: Backers, money: Floats, rank: float, cost: float) -> float:
        """What supporters would pay together if the project had that cost and were as good as the winner."""
        level = rank * (cost if self._by_cost else 1)
        return dot(backers.counts, np.minimum(money, level * backers.weights))

    def _root(self, backers: Backers, money: Floats, rank: float) -> float:
        """The highest cost that they would cover: by Newton's method from above, where payments are concave."""
        if not self._by_cost:
            return self._pays(backers, money, rank, 0)
        purses = backers.counts * money
        total = cost = float(purses.sum())
        for _ in range(_PATIENCE):
            rich = (money >= rank * cost).astype(np.float64)
            slope = 1 - rank * dot(backers.counts, rich)
            if slope <= 0:
                break
            lower = (total - dot(purses, rich)) / slope
            if lower >= cost * (1 - _NEAR / 100):
                break
            cost = lower
        return cost

    def _raise_cost(self, purse: Purse, project: int, winner: Price, root: float, step: int) -> None:
        """Note the highest whole cost up to `root` with which the project would have been bought instead."""
        near, found = max(_LEAST_NEAR, _NEAR * root), self._found[project]
        cost = math.floor(root + near)
        if root - cost <= near and not self._beats(purse, project, winner, cost):
            cost -= 1
        if cost > found.cost:
            found.cost, found.cost_step = cost, step

    def _raise_tied_cost(self, purse: Purse, project: int, winner: Price, root: float, step: int) -> None:
        """The same where every cost up to `root` makes the project as good as the winner: the tie order decides."""
        other, found = self._market.costs[winner.project], self._found[project]
        top = math.floor(root + _LEAST_NEAR)
        for cost in sorted({top, top - 1, other, other - 1}, reverse=True):
            if found.cost < cost <= top and self._beats(purse, project, winner, cost):
                found.cost, found.cost_step = cost, step
                return

    def _beats(self, purse: Purse, project: int, winner: Price, cost: int) -> bool:
        """Whether the project would be bought instead of the winner if it had that cost, exactly."""
        if cost < 1 or not purse.can_pay(project, cost):
            return False
        price = purse.price(project, cost)
        mine = price.numerator * winner.factor * self._market.worth[winner.project]
        theirs = winner.numerator * price.factor * (cost if self._by_cost else 1)
        return mine < theirs or (mine == theirs and self._draft.would_win_tie(project, winner.project, cost=cost))

    def _need(self, purse: Purse, project: int, winner: Price, supporters: float) -> None:
        """Note the lowest whole number of new supporters, from about `supporters` on, with whom it would have won."""
        found, near = self._found[project], max(_LEAST_NEAR, _NEAR * supporters)
        if found.supporters is not None and supporters > found.supporters:
            return
        needed = max(1, math.ceil(supporters - near))
        if needed - supporters <= near and not self._enough(purse, project, winner, needed):
            needed += 1
        found.supporters = needed if found.supporters is None else min(found.supporters, needed)

    def _enough(self, purse: Purse, project: int, winner: Price, supporters: int) -> bool:
        """Whether the project would be bought instead of the winner with so many new supporters, exactly."""
        market = self._market
        factor = winner.factor * market.worth[winner.project] * purse.ledger.denominator
        level = Fraction(winner.numerator * market.worth[project], factor)
        covered = purse.paid_at(project, level) + supporters * min(level, purse.share)
        if covered != market.costs[project] or level > purse.share:  # nobody has more than a share to pay with
            return covered >= market.costs[project]
        return self._draft.would_win_tie(project, winner.project, more=supporters)
