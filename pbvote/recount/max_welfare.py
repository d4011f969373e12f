"""The most welfare that the budget can buy: the knapsack problem, exactly.

Projects are decided one by one. A plan (what has been chosen so far) is dropped when another is worth more, has spent
no more and bars no more; or when even a fraction of a project more, bought with all the money left, would not bring it
above the best plan known (Dantzig 1957). What remains at last is the best.

Worth is one integer that settles ties as well: welfare, then the lower cost, then who comes first in ballot order.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from pbvote.recount.greedy import Values
from pbvote.recount.opening import Count
from pbvote.recount.support import totals


@dataclass(frozen=True)
class Limit:
    """Of the projects in `weights` no more may be chosen than weigh `most` together."""

    weights: dict[int, int]
    most: int


@dataclass(frozen=True)
class Plan:
    """Some projects with their worth and cost, and what they weigh in each limit."""

    worth: int
    cost: int
    weighs: tuple[int, ...]
    chosen: tuple[int, ...] = ()


def max_welfare(count: Count, given: Values) -> None:
    """Fund the best set of candidates, in ballot order; `welfare` is the worth of everything funded."""
    scores = totals(count.ballots, str(given["utility"]))
    if given["utility"] == "cost":
        scores = [score * cost for score, cost in zip(scores, count.ballots.costs, strict=True)]
    for project in sorted(best_plan(count, scores).chosen):
        count.buy(project, "max-welfare")
    count.welfare = sum(scores[project] for project in count.account.paid)


def best_plan(count: Count, scores: list[int]) -> Plan:
    """The candidates with the highest sum of scores, the cheapest of such, the first in ballot order of those."""
    costs, number, more = count.ballots.costs, len(scores), count.account.left + 1  # no set costs as much as `more`
    worth = {
        c: ((scores[c] * more - costs[c]) << number) + (1 << (number - 1 - c))
        for c in count.candidates
        if scores[c] > 0 and not count.account.blocked(c, costs[c])
    }
    order = sorted(worth, key=lambda c: Fraction(-worth[c], costs[c]))
    limits = limits_of(count, order)
    best = Plan(0, 0, (0,) * len(limits))
    plans = [best]
    for c in order:
        best = add(best, c, worth[c], costs[c], limits) or best
    for place, c in enumerate(order):
        plans += [larger for plan in plans if (larger := add(plan, c, worth[c], costs[c], limits))]
        best = max([best, *plans], key=lambda plan: plan.worth)
        later = order[place + 1 :]
        most = Bounds([(worth[d], costs[d]) for d in later], count.account.left)
        plans = [plan for plan in plans if plan.worth + most.after(plan.cost) > best.worth]
        open_limits = [i for i, limit in enumerate(limits) if any(d in limit.weights for d in later)]
        plans = undominated(plans, open_limits)
    return best


def limits_of(count: Count, projects: Sequence[int]) -> list[Limit]:
    """What may be chosen: from each set of pots what is left, and one project of each group of rivals."""
    account, tightest = count.account, dict[frozenset[int], int]()
    for pots, held in account.sets:
        members = frozenset(c for c in projects if account.pots_of[c] <= pots)
        left = held - sum(amount for c, amount in account.paid.items() if account.pots_of[c] <= pots)
        tightest[members] = min(left, tightest.get(members, left))
    limits = [Limit({c: count.cost(c) for c in members}, left) for members, left in tightest.items() if members]
    for names in count.terms.exclusions:
        group = [c for c in projects if count.ballots.projects[c].id in names]
        if len(group) > 1:
            limits.append(Limit(dict.fromkeys(group, 1), 1))
    return limits


def add(plan: Plan, project: int, worth: int, cost: int, limits: Sequence[Limit]) -> Plan | None:
    """The plan with one project more; `None` if a limit forbids it."""
    weighs = tuple(weight + limit.weights.get(project, 0) for weight, limit in zip(plan.weighs, limits, strict=True))
    if any(weight > limit.most for weight, limit in zip(weighs, limits, strict=True)):
        return None
    return Plan(plan.worth + worth, plan.cost + cost, weighs, (*plan.chosen, project))


class Bounds:
    """What the money left can add at most, if the last project may be bought in part; items by falling worth / cost."""

    def __init__(self, items: Sequence[tuple[int, int]], money: int) -> None:
        self.items, self.money = items, money
        self.worths = [0, *accumulate(worth for worth, _ in items)]
        self.costs = [0, *accumulate(cost for _, cost in items)]

    def after(self, spent: int) -> int:
        """The bound when so much is spent, rounded up."""
        left = self.money - spent
        whole = bisect_right(self.costs, left) - 1
        if whole == len(self.items):
            return self.worths[whole]
        worth, cost = self.items[whole]
        return self.worths[whole] - (-worth * (left - self.costs[whole]) // cost)


def undominated(plans: Sequence[Plan], open_limits: Sequence[int]) -> list[Plan]:
    """The plans for which no other is worth more and weighs no more in any limit that still matters."""
    kept: list[Plan] = []
    for plan in sorted(plans, key=lambda plan: -plan.worth):
        rivals = kept[-1:] if len(open_limits) == 1 else kept  # with one limit the last kept weighs least
        if not any(all(rival.weighs[i] <= plan.weighs[i] for i in open_limits) for rival in rivals):
            kept.append(plan)
    return kept
