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

from pbvote.recount.conditions import Account
from pbvote.recount.election import RecountError
from pbvote.recount.greedy import Values, greedy, ranks, take_in_order
from pbvote.recount.opening import Count, Counted
from pbvote.recount.support import supporters


@dataclass(frozen=True)
class Backing:
    """Who supports what: `heads[i]` voters cast ballot i; `backers[c]` lists (i, worth) for each project for sale.

    `by_cost` says that a project is worth its cost to each supporter; what they pay for is then one and the same, so
    `worth` is 1 and the cost divides the price instead.
    """

    heads: list[int]
    backers: dict[int, list[tuple[int, int]]]
    by_cost: bool


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
    backers: dict[int, list[tuple[int, int]]] = {c: [] for c in count.candidates}
    ballots = supporters(count.ballots, utility)
    for i, (ballot, _) in enumerate(ballots):
        for c, worth in ballot.items():
            if c in backers:
                backers[c].append((i, worth))
    for_sale = {c: those for c, those in backers.items() if those}
    return Backing([heads for _, heads in ballots], for_sale, utility == "cost")


def first_share(count: Count, given: Values) -> Fraction:
    """The money left for each voter, or (`floor`) the whole currency units in it."""
    if not count.ballots.voters:
        return Fraction(0)
    share = Fraction(count.account.left, count.ballots.voters)
    unit = count.ballots.minor_units
    return share if given["start"] == "exact" else Fraction(share // unit * unit)


def shop(count: Count, backing: Backing, share: Fraction) -> Spree:
    """Buy with this share until no project is affordable. Money is kept in integers: `unit` make one minor unit.

    Prices never fall while money is spent, so a project whose last known price is above another's is not looked at.
    """
    spree, unit = Spree(share, count.account.copy(), []), share.denominator
    money = [share.numerator] * len(backing.heads)
    price = {c: Fraction(0) for c in backing.backers}
    while True:
        levels: dict[int, Fraction] = {}
        for c in sorted(price, key=price.__getitem__):
            if levels and price[c] > min(price[known] for known in levels):
                break
            level = (
                None if spree.account.blocked(c, count.cost(c)) else level_of(count.cost(c) * unit, c, backing, money)
            )
            if level is None:
                del price[c]
                continue
            levels[c] = level
            price[c] = level / unit / (count.cost(c) if backing.by_cost else 1)
        if not levels:
            return spree
        winner = min(levels, key=lambda c: (price[c], count.ties[c]))
        del price[winner]
        level = levels[winner]
        money = [left * level.denominator for left in money]
        spree.bought.append((winner, pay(count, winner, level, unit, backing, money)))
        spree.account.pay(winner, count.cost(winner))
        unit *= level.denominator


def level_of(cost: int, project: int, backing: Backing, money: list[int]) -> Fraction | None:
    """What each unit of worth has to pay so that the supporters cover the cost; `None` if they have not enough."""
    purses: Counter[tuple[int, int]] = Counter()
    for i, worth in backing.backers[project]:
        purses[money[i], worth] += backing.heads[i]
    if sum(left * heads for (left, _), heads in purses.items()) < cost:
        return None
    owed, payers = cost, sum(worth * heads for (_, worth), heads in purses.items())
    for (left, worth), heads in sorted(purses.items(), key=lambda purse: Fraction(*purse[0])):
        if left * payers >= owed * worth:
            break  # this one and all who are richer can pay alike
        owed -= left * heads
        payers -= worth * heads
    return Fraction(owed, payers)


def pay(count: Count, project: int, level: Fraction, unit: int, backing: Backing, money: list[int]) -> Counted:
    """Take the payments from `money`, which is counted so finely that the level is whole there."""
    full = last = nothing = 0
    for i, worth in backing.backers[project]:
        if money[i] >= level.numerator * worth:
            full += backing.heads[i]
        elif money[i]:
            last += backing.heads[i]
        else:
            nothing += backing.heads[i]
        money[i] -= min(money[i], level.numerator * worth)
    entry = count.ballots.projects[project]
    return Counted(entry.id, entry.cost, "equal-shares", level / unit, full, last, nothing)


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
