"""One run of the Method of Equal Shares with a given share for each voter (Peters, Pierczynski, Skowron 2021).

Repeatedly buy the project that its supporters can pay for at the lowest price for what it is worth to them, everyone
paying the same for the same utility or else all they have left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import heapify, heappop, heappush
from math import inf
from typing import Protocol

from pbvote.tally.gate import Gate
from pbvote.tally.purse import Backers, Price, Purse
from pbvote.tally.reasons import Reason
from pbvote.tally.support import Support
from pbvote.tally.ties import TieBreaker

_UP = 1 + 2.0**-49
_DOWN = 1 - 2.0**-49
_CLEARLY = 1 + 2.0**-40  # how far above the others a bound must be to be left there, whatever is rounded afterwards


@dataclass(frozen=True, slots=True)
class Purchase:
    """A project that its supporters bought. Money in minor units, people in voters.

    `level` is the most that anybody paid for one unit of weight; `money` is what supporters had together before,
    rounded down.
    """

    project: int
    level: Fraction
    tied: tuple[int, ...]
    paid_in_full: int
    gave_last: int
    had_nothing: int
    money: int


@dataclass
class Run:
    """What one run bought, in order; if it was traced, for how much, and what the supporters of all others have left.

    `gate` is what the purchases leave, on credit if they cost more than there is. `barred` projects could have been
    paid for but for a rival or a ring-fence.
    """

    share: Fraction
    gate: Gate
    bought: list[int] = field(default_factory=list)
    purchases: list[Purchase] = field(default_factory=list)
    money_left: dict[int, int] = field(default_factory=dict)
    barred: dict[int, Reason] = field(default_factory=dict)


class Onlooker(Protocol):
    """Somebody who looks at a run before each purchase and at its end, and changes nothing."""

    def before(self, purse: Purse, run: Run, winner: Price) -> None:
        """Look at what will be bought next."""

    def at_end(self, purse: Purse, run: Run) -> None:
        """Look at what is left."""


@dataclass(frozen=True)
class Market:
    """What stays the same from run to run.

    `costs` and `worth` are by project; the project with the lowest level / worth is bought first (worth is the cost
    where utility is cost, else 1). `for_sale` are the projects that may be bought; none of them is free.
    """

    support: Support
    costs: Sequence[int]
    worth: Sequence[int]
    for_sale: Sequence[int]
    breaker: TieBreaker
    backers: list[Backers]
    guess: list[float]
    gate: Gate

    def run(self, share: Fraction, *, traced: bool = False, onlooker: Onlooker | None = None) -> Run:
        """Buy until no project's supporters can pay. A traced run takes longer and says more; so does an onlooker."""
        purse, run = Purse(self.support, self.backers, share, self.guess), Run(share, self.gate.fork())
        queue = self._queue(share)
        while found := self._next(purse, queue, run):
            price, tied = found
            if onlooker:
                onlooker.before(purse, run, price)
            if traced:
                run.purchases.append(self._describe(purse, price, tied))
            purse.pay(price)
            run.gate.take(price.project)
            run.bought.append(price.project)
        if onlooker:
            onlooker.at_end(purse, run)
        if traced:
            run.money_left = purse.money_left([project for project in self.for_sale if project not in run.bought])
        return run

    def _queue(self, share: Fraction) -> list[tuple[float, int]]:
        """Each project that can be paid for, behind a lower bound of its rank (level / worth)."""
        queue = []
        numerator, denominator = share.as_integer_ratio()
        for project in self.for_sale:
            cost, votes = self.costs[project], self.support.votes[project]
            if votes * numerator >= cost * denominator:
                lowest = cost / self.backers[project].weight
                self.guess[project] = self.guess[project] or lowest
                queue.append((lowest / self.worth[project] * _DOWN, project))
        heapify(queue)
        return queue

    def _next(self, purse: Purse, queue: list[tuple[float, int]], run: Run) -> tuple[Price, tuple[int, ...]] | None:
        """What to buy now, with all that tied for it; it leaves the queue, as do those that cannot be paid for.

        Bounds are improved only while they could still win; whatever could be as good as the best is priced exactly.
        """
        best, settled = inf, set[int]()
        priced: list[Price] = []
        while queue and queue[0][0] <= best:
            _, project = heappop(queue)
            if not run.gate.trivial and (barred := run.gate.barred(project)):
                run.barred[project] = barred
                continue
            cost, worth = self.costs[project], self.worth[project]
            if project in settled:
                priced.append(purse.price(project, cost))
                best = min(best, self.rank(purse, priced[-1]) * _UP)
                continue
            enough = min(best, queue[0][0] if queue else inf)
            found = purse.bound(project, cost, enough * worth * _CLEARLY)
            if found is not None:
                level, last = found
                settled |= {project} if last else set()
                heappush(queue, (level / worth * _DOWN, project))
        if not priced:
            return None
        winner, tied = self._lowest(priced)
        for price in priced:
            if price is not winner:
                heappush(queue, (self.rank(purse, price) * _DOWN, price.project))
        return winner, tied

    def rank(self, purse: Purse, price: Price) -> float:
        """Level / worth, rounded to the nearest float."""
        return price.numerator / (price.factor * self.worth[price.project] * purse.ledger.denominator)

    def _lowest(self, priced: list[Price]) -> tuple[Price, tuple[int, ...]]:
        """The price with the lowest rank, exactly, and the projects that share that rank."""
        if len(priced) == 1:
            return priced[0], (priced[0].project,)
        ranks = [Fraction(price.numerator, price.factor * self.worth[price.project]) for price in priced]
        lowest = min(ranks)
        tied = {price.project: price for price, rank in zip(priced, ranks, strict=True) if rank == lowest}
        return tied[self.breaker.pick(tuple(tied))[0]], tuple(tied)

    def _describe(self, purse: Purse, price: Price, tied: tuple[int, ...]) -> Purchase:
        """The purchase as data, before anybody has paid."""
        project, level = price.project, Fraction(price.numerator, price.factor * purse.ledger.denominator)
        full, alive = int(price.backers.counts[price.full].sum()), int(price.backers.voters)
        nothing = self.support.votes[project] - alive
        return Purchase(project, level, tied, full, alive - full, nothing, purse.money(project))
