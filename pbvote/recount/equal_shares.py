"""The Method of Equal Shares.

Peters, Pierczynski, Skowron: Proportional Participatory Budgeting with Additive Utilities (NeurIPS 2021).

Every voter i begins with the same money b(i). A project c is affordable at rho if its supporters can cover its cost
when each pays min(b(i), rho * u_i(c)). Buy the project affordable at the lowest rho, take the payments, repeat until
no project is affordable. Here u_i(c) is the cost of c, 1, or what voter i's ballot gives it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heappop, heappush

from pbvote.recount.conditions import Account
from pbvote.recount.election import RecountError
from pbvote.recount.greedy import Values, greedy, ranks, take_in_order
from pbvote.recount.opening import Count, Counted
from pbvote.recount.support import supporters

EMPTY, FULL = 0, 1

Held = dict[int, Counter[int]]
"""Who supports a project: by what it is worth to them, how many voters hold which purse."""


@dataclass(frozen=True)
class Backing:
    """Who supports what: `heads[i]` voters cast ballot i.

    For each project c for sale, `backers[c]` has the ballots that support it, by what it is worth to them; `crowds[c]`
    those of them that several voters cast; `payers[c]` is what it is worth to all of them together. `by_cost` says that
    a project is worth its cost to each supporter; what they pay for is then one and the same, so `worth` is 1 and the
    cost divides the price instead.
    """

    heads: list[int]
    backers: dict[int, dict[int, list[int]]]
    crowds: dict[int, dict[int, list[int]]]
    payers: dict[int, int]
    by_cost: bool


@dataclass
class Purses:
    """What voters have left. Who has paid the same holds the same purse: `of[i]` is that of the voters of ballot i.

    Money is counted in integers, of which `unit` make one minor unit: `money[p]` is in purse p. With every purchase the
    unit grows finer. A purse is counted anew only when somebody looks into it: what was counted after purchase number
    `counted[p]` is times `rates[counted[p]]` now.
    """

    unit: int
    of: list[int]
    money: list[int]
    counted: list[int]
    rates: list[int]

    def refine(self, finer: int) -> None:
        """Count so many times as finely from now on."""
        self.unit *= finer
        self.rates = [*(rate * finer for rate in self.rates), 1]

    def count(self, held: Held) -> list[int]:
        """The money in all purses, of which these are counted in units of now."""
        now = len(self.rates) - 1
        for here in held.values():
            for purse in here:
                if self.counted[purse] != now:
                    self.money[purse] *= self.rates[self.counted[purse]]
                    self.counted[purse] = now
        return self.money

    def add(self, amount: int) -> int:
        """A new purse with so much."""
        self.money.append(amount)
        self.counted.append(len(self.rates) - 1)
        return len(self.money) - 1


@dataclass(frozen=True)
class Spree:
    """What was bought with one share for each voter: the account afterwards, and each purchase in order."""

    share: Fraction
    account: Account
    bought: list[tuple[int, Counted]]


def equal_shares(count: Count, given: Values) -> None:
    """Find the share, buy with it, complete the outcome, and compare it with greedy if asked."""
    before = count.fork()
    drop_ineligible(count, given)
    backing = back(count, str(given["utility"]))
    spree = shop(count, backing, first_share(count, given))
    if given["completion"] != "none":
        spree = raise_share(count, backing, spree, given)
    count.final_share = spree.share
    for project, counted in spree.bought:
        count.fund(project, counted.amount, counted)
    if given["completion"] == "add1u":
        take_in_order(count, ranks(count, "equal-shares", given), "completion", {"skip": True})
    if given["comparison"]:
        utility = str(given["utility"])
        greedy(before, {"utility": "votes" if utility == "cost" else utility, "skip": True, "threshold": 0})
        if more_prefer(count, before, utility):
            count.account, count.steps = before.account, before.steps


def drop_ineligible(count: Count, given: Values) -> None:
    """With eligibility e a candidate c takes part only if votes(c) / voters >= e * cost(c) / budget."""
    least = Fraction(0) if given["eligibility"] == "none" else Fraction(str(given["eligibility"]))
    votes, budget, voters = count.votes, count.ballots.budget, count.ballots.voters
    count.candidates = [c for c in count.candidates if votes[c] * budget >= least * count.cost(c) * voters]


def back(count: Count, utility: str) -> Backing:
    """The candidates that are worth something to somebody, with their supporters."""
    backers: dict[int, dict[int, list[int]]] = {c: {} for c in count.candidates}
    ballots = supporters(count.ballots, utility)
    heads = [heads for _, heads in ballots]
    for i, (ballot, _) in enumerate(ballots):
        for c, worth in ballot.items():
            if c in backers:
                backers[c].setdefault(worth, []).append(i)
    for_sale = {c: those for c, those in backers.items() if those}
    crowds = {
        c: {worth: [i for i in cast if heads[i] > 1] for worth, cast in those.items()} for c, those in for_sale.items()
    }
    payers = {c: sum(w * heads[i] for w, cast in those.items() for i in cast) for c, those in for_sale.items()}
    return Backing(heads, for_sale, crowds, payers, utility == "cost")


def first_share(count: Count, given: Values) -> Fraction:
    """The money left for each voter, or (`floor`) the whole currency units in it."""
    if not count.ballots.voters:
        return Fraction(0)
    share = Fraction(count.account.left, count.ballots.voters)
    unit = count.ballots.minor_units
    return share if given["start"] == "exact" else Fraction(share // unit * unit)


def shop(count: Count, backing: Backing, share: Fraction) -> Spree:
    """Buy with this share until no project is affordable.

    Prices never fall while money is spent, so projects wait by their last known price, and one whose last known price
    is above another's is not looked at. At first that is the price if all pay alike.
    """
    spree = Spree(share, count.account.copy(), [])
    purses = Purses(share.denominator, [FULL] * len(backing.heads), [0, share.numerator], [0, 0], [1])
    waiting = [(price_of(count, backing, c, Fraction(count.cost(c), backing.payers[c])), c) for c in backing.backers]
    heapify(waiting)
    while waiting:
        offers: dict[int, tuple[Fraction, Fraction, Held]] = {}
        while waiting and not any(price < waiting[0][0] for price, _, _ in offers.values()):
            _, c = heappop(waiting)
            if not spree.account.blocked(c, count.cost(c)):
                held = held_by(backing, c, purses.of)
                level = level_of(count.cost(c) * purses.unit, held, purses.count(held))
                if level is not None:
                    offers[c] = price_of(count, backing, c, level / purses.unit), level, held
        if offers:
            winner = min(offers, key=lambda c: (offers[c][0], count.ties[c]))
            _, level, held = offers.pop(winner)
            spree.bought.append((winner, pay(count, winner, level, held, backing, purses)))
            spree.account.pay(winner, count.cost(winner))
        for c, (price, _, _) in offers.items():
            heappush(waiting, (price, c))
    return spree


def price_of(count: Count, backing: Backing, project: int, level: Fraction) -> Fraction:
    """The rho of the definition, from what each unit of worth pays."""
    return level / count.cost(project) if backing.by_cost else level


def held_by(backing: Backing, project: int, of: list[int]) -> Held:
    """The purses of the project's supporters."""
    held: Held = {}
    for worth, cast in backing.backers[project].items():
        held[worth] = Counter(map(of.__getitem__, cast))
        for i in backing.crowds[project][worth]:
            held[worth][of[i]] += backing.heads[i] - 1
    return held


def level_of(cost: int, held: Held, money: list[int]) -> Fraction | None:
    """What each unit of worth has to pay so that the supporters cover the cost; `None` if they have not enough.

    At first all are to pay alike. Whoever has less gives all that there is and the others pay more, until all can.
    """
    owed, payers = cost, sum(worth * here.total() for worth, here in held.items())
    able = {worth: dict(here) for worth, here in held.items()}
    while payers:
        poor = []
        for worth, here in able.items():
            least = -(-owed * worth // payers)  # rounded up, as money is whole
            poor += [(worth, purse) for purse in here if money[purse] < least]
        if not poor:
            return Fraction(owed, payers)
        for worth, purse in poor:
            heads = able[worth].pop(purse)
            owed -= money[purse] * heads
            payers -= worth * heads
    return None


def pay(count: Count, project: int, level: Fraction, held: Held, backing: Backing, purses: Purses) -> Counted:
    """Take the payments, after money is counted so finely that the level is whole."""
    entry, price = count.ballots.projects[project], level / purses.unit
    purses.refine(level.denominator)
    money = purses.count(held)
    full = last = nothing = 0
    for worth, here in held.items():
        due, change = level.numerator * worth, {}
        for purse, heads in here.items():
            change[purse] = purses.add(money[purse] - due) if money[purse] > due else EMPTY
            if money[purse] >= due:
                full += heads
            elif money[purse]:
                last += heads
            else:
                nothing += heads
        for i in backing.backers[project][worth]:
            purses.of[i] = change[purses.of[i]]
    return Counted(entry.id, entry.cost, "equal-shares", price, full, last, nothing)


def raise_share(count: Count, backing: Backing, spree: Spree, given: Values) -> Spree:
    """Add1: raise the share by one step again and again, as long as the money is enough for what is then bought.

    It ends too when nothing is left that may be bought; with `stop_when_exhaustive` as soon as nothing else fits.
    """
    for _ in range(int(given["max_steps"])):
        account = spree.account
        may_come = [c for c in backing.backers if c not in account.paid and not account.blocked(c, count.cost(c))]
        fitting = [c for c in may_come if count.cost(c) <= account.left]
        if not may_come or (given["stop_when_exhaustive"] and not fitting):
            return spree
        higher = shop(count, backing, spree.share + int(given["step"]))
        if higher.account.left < 0:
            return spree
        spree = higher
    raise RecountError(f"the share was raised {given['max_steps']} times and could still grow")


def more_prefer(count: Count, rival: Count, utility: str) -> bool:
    """Whether more voters like the rival's outcome better than like it less."""
    worth_of = [count.cost(c) if utility == "cost" else 1 for c in range(len(count.votes))]
    balance = 0
    for ballot, heads in supporters(count.ballots, utility):
        mine = sum(worth * worth_of[c] for c, worth in ballot.items() if c in count.account.paid)
        theirs = sum(worth * worth_of[c] for c, worth in ballot.items() if c in rival.account.paid)
        balance += heads * ((theirs > mine) - (theirs < mine))
    return balance > 0
