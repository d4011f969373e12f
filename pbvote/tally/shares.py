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

    `level` is the most that anybody paid for one unit of weight; `money` is what supporters had together before.
    """

    project: int
    level: Fraction
    tied: tuple[int, ...]
    paid_in_full: int = 0
    gave_last: int = 0
    had_nothing: int = 0
    money: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """When a project's supporters became unable to pay for it: after purchase `step`, and what they then had."""

    step: int
    money: Fraction


@dataclass
class Run:
    """What one run bought, in order; and, if it was traced, when each other project went out of reach.

    `gate` is what the purchases leave, on credit if they cost more than there is. `barred` projects could have been
    paid for but for a rival or a ring-fence.
    """

    share: Fraction
    gate: Gate
    purchases: list[Purchase] = field(default_factory=list)
    out_of_reach: dict[int, OutOfReach] = field(default_factory=dict)
    barred: dict[int, Reason] = field(default_factory=dict)

    @property
    def bought(self) -> list[int]:
        """The projects bought, in order."""
        return [purchase.project for purchase in self.purchases]


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

    def run(self, share: Fraction, *, traced: bool = False) -> Run:
        """Buy until no project's supporters can pay. A traced run takes longer and says more."""
        purse, run = Purse(self.support, self.backers, share, self.guess), Run(share, self.gate.fork())
        queue = self._queue(share, run)
        while found := self._next(purse, queue, run):
            project, price, tied = found
            purchase = self._describe(purse, project, price, tied, traced=traced)
            purse.pay(project, price)
            run.gate.take(project)
            run.purchases.append(purchase)
            if traced:
                self._watch(purse, run)
        return run

    def _queue(self, share: Fraction, run: Run) -> list[tuple[float, int]]:
        """Each project that can be paid for, behind a lower bound of its rank (level / worth)."""
        queue = []
        for project in self.for_sale:
            cost, votes = self.costs[project], self.support.votes[project]
            if votes * share >= cost:
                weight = float(self.backers[project].weighted.sum())
                queue.append((cost / weight / self.worth[project] * _DOWN, project))
            else:
                run.out_of_reach[project] = OutOfReach(0, votes * share)
        heapify(queue)
        return queue

    def _next(
        self, purse: Purse, queue: list[tuple[float, int]], run: Run
    ) -> tuple[int, Price, tuple[int, ...]] | None:
        """The project to buy now with its price and all that tied for it; it leaves the queue, as do the unaffordable.

        Bounds are improved only while they could still win; whatever could be as good as the best is priced exactly.
        """
        best, settled = inf, set[int]()
        priced: list[tuple[Fraction, int, Price]] = []
        while queue and queue[0][0] <= best:
            _, project = heappop(queue)
            if not run.gate.trivial and (barred := run.gate.barred(project)):
                run.barred[project] = barred
                continue
            cost, worth = self.costs[project], self.worth[project]
            if project in settled:
                price = purse.price(project, cost)
                rank = Fraction(price.numerator, price.factor * worth)
                priced.append((rank, project, price))
                best = min(best, float(rank / purse.ledger.denominator) * _UP)
                continue
            enough = min(best, queue[0][0] if queue else inf)
            found = purse.bound(project, cost, enough * worth * _CLEARLY)
            if found is not None:
                level, last = found
                settled |= {project} if last else set()
                heappush(queue, (level / worth * _DOWN, project))
        if not priced:
            return None
        lowest = min(rank for rank, _, _ in priced)
        tied = tuple(project for rank, project, _ in priced if rank == lowest)
        winner = self.breaker.pick(tied)[0]
        for rank, project, _ in priced:
            if project != winner:
                heappush(queue, (float(rank / purse.ledger.denominator) * _DOWN, project))
        return winner, next(price for _, project, price in priced if project == winner), tied

    def _describe(self, purse: Purse, project: int, price: Price, tied: tuple[int, ...], *, traced: bool) -> Purchase:
        """The purchase as data, before anybody has paid."""
        level = Fraction(price.numerator, price.factor * purse.ledger.denominator)
        if not traced:
            return Purchase(project, level, tied)
        full, alive = int(price.backers.counts[price.full].sum()), int(price.backers.voters)
        nothing = self.support.votes[project] - alive
        return Purchase(project, level, tied, full, alive - full, nothing, purse.exact_money(project))

    def _watch(self, purse: Purse, run: Run) -> None:
        """Note the projects that the last purchase put out of reach."""
        bought = run.bought
        for project in self.for_sale:
            gone = project in bought or project in run.out_of_reach or project in run.barred
            if not gone and not purse.can_pay(project, self.costs[project]):
                run.out_of_reach[project] = OutOfReach(len(run.purchases), purse.exact_money(project))
