"""Sequential Phragmen for projects with costs.

Los, Christoff, Grossi: Proportional Budget Allocations: Towards a Systematization (IJCAI 2022), after Brill, Freeman,
Janson, Lackner: Phragmen's Voting Methods and Justified Representation (AAAI 2017).
"""

from __future__ import annotations

from fractions import Fraction

from pbvote.recount.greedy import Values
from pbvote.recount.opening import Count
from pbvote.recount.support import supporters


def phragmen(count: Count, given: Values) -> None:
    """Buy the project with the lowest load, until there is none or it does not fit.

    Every voter begins with load 0. Buying c gives each of its supporters the same load, which covers the cost of c:

        load(c) = (cost(c) + the loads that its supporters have) / the number of its supporters.

    If one of those tied for the lowest load does not fit in the money left the count stops; with `skip` it is passed
    over. Loads are kept as integers: `unit` make one minor unit.
    """
    voters = [(set(given), heads) for given, heads in supporters(count.ballots, "votes")]
    backers = {c: [i for i, (ballot, _) in enumerate(voters) if c in ballot] for c in count.candidates}
    loads, unit = [0] * len(voters), 1
    while True:
        able = [c for c in count.waiting() if not count.account.blocked(c, count.cost(c))]
        if given["skip"]:
            able = [c for c in able if count.cost(c) <= count.account.left]
        if not able:
            return
        offers = {}
        for c in able:
            borne = sum(loads[i] * voters[i][1] for i in backers[c])
            offers[c] = Fraction(count.cost(c) * unit + borne, count.votes[c] * unit)
        lowest = min(offers.values())
        tied = [c for c, load in offers.items() if load == lowest]
        if any(count.cost(c) > count.account.left for c in tied):
            return
        winner = min(tied, key=lambda c: count.ties[c])
        count.buy(winner, "phragmen", load=lowest)
        finer = (lowest * unit).denominator
        unit *= finer
        loads = [load * finer for load in loads]
        for i in backers[winner]:
            loads[i] = (lowest * unit).numerator
