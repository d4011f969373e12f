"""The Method of Equal Shares, with the completions Add1 and Add1U.

Peters, Pierczynski, Skowron: Proportional Participatory Budgeting with Additive Utilities (NeurIPS 2021). Add1 raises
every voter's share by one step at a time while the outcome stays within the true budget; Add1U then fills up by votes.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from pbvote.tally.draft import Draft
from pbvote.tally.fill import fill_by_score
from pbvote.tally.outcome import COMPLETION, EQUAL_SHARES, Payment, Value
from pbvote.tally.purse import backers_of
from pbvote.tally.reasons import Param, Reason
from pbvote.tally.rules.rule import Parameter, ParameterError, Rule
from pbvote.tally.shares import Market, Purchase, Run
from pbvote.tally.support import Utility, support_of


def count(draft: Draft, parameters: Mapping[str, Value]) -> Reason:
    """Find the share, buy with it, and complete."""
    utility = Utility(str(parameters["utility"]))
    market = _market(draft, utility)
    share = draft.start_share = _start_share(draft, str(parameters["start"]))
    stop = Reason("no_supporters_can_pay")
    draft.raises = 0
    if parameters["completion"] != "none":
        share, draft.raises, stop = _raise_share(draft, market, share, parameters)
    draft.final_share = share
    run = market.run(share, traced=True)
    for purchase in run.purchases:
        _fund(draft, market, purchase, per_point=utility in {Utility.POINTS, Utility.BORDA})
    _explain(draft, market, run)
    if parameters["completion"] == "add1u":
        fill_by_score(draft, draft.votes, Utility.VOTES, phase=COMPLETION, code="filled_up")
    return stop


def _market(draft: Draft, utility: Utility) -> Market:
    """What can be bought: the candidates that somebody finds of worth."""
    support = support_of(draft.election, utility)
    costs = draft.election.costs
    worth = costs if utility is Utility.COST else [1] * len(costs)
    for_sale = [project for project in draft.candidates if support.votes[project]]
    for project in draft.candidates:
        if project not in for_sale:
            draft.explain(project, Reason("no_utility"))
    return Market(support, costs, worth, for_sale, draft.breaker, backers_of(support), [0.0] * len(costs))


def _start_share(draft: Draft, start: str) -> Fraction:
    """The budget for each voter in minor units, exactly or in whole currency units."""
    election = draft.election
    if not election.voters:
        return Fraction(0)
    share = Fraction(election.budget, election.voters)
    return share if start == "exact" else share // election.minor_units * Fraction(election.minor_units)


def _raise_share(
    draft: Draft, market: Market, share: Fraction, parameters: Mapping[str, Value]
) -> tuple[Fraction, int, Reason]:
    """The last share with which the budget holds, how often it was raised, and why it was not raised again."""
    step, cap = int(parameters["step"]), int(parameters["max_steps"])
    bought = [purchase.project for purchase in market.run(share).purchases]
    for raises in range(cap):
        left = draft.left - sum(market.costs[project] for project in bought)
        remaining = [project for project in market.for_sale if project not in bought]
        if not remaining:
            return share, raises, Reason("everything_funded")
        if parameters["stop_when_exhaustive"] and all(market.costs[project] > left for project in remaining):
            return share, raises, Reason("exhaustive", {"left": left})
        higher = [purchase.project for purchase in market.run(share + step).purchases]
        cost = sum(market.costs[project] for project in higher)
        if cost > draft.left:
            return share, raises, Reason("next_step_overspends", {"share": share + step, "cost": cost})
        share, bought = share + step, higher
    raise ParameterError("step", f"the share was raised {cap} times and could still grow; expected a larger step")


def _fund(draft: Draft, market: Market, purchase: Purchase, *, per_point: bool) -> None:
    project = purchase.project
    effective = market.costs[project] / purchase.level
    payment = Payment(
        max_payment=purchase.level,
        effective_votes=effective,
        paid_in_full=purchase.paid_in_full,
        gave_last=purchase.gave_last,
        had_nothing=purchase.had_nothing,
        money_before=purchase.money,
    )
    who = {"paid_in_full": purchase.paid_in_full, "gave_last": purchase.gave_last, "had_nothing": purchase.had_nothing}
    if per_point:
        code = "paid_by_points"
    else:
        code = "paid_by_supporters" if purchase.gave_last or purchase.had_nothing else "paid_alike"
    reason = Reason(code, {"votes": market.support.votes[project], "payment": purchase.level, **who})
    draft.note_tie(purchase.tied, project)
    draft.fund(project, EQUAL_SHARES, effective, reason, payment)


def _explain(draft: Draft, market: Market, run: Run) -> None:
    """Say of each project that was not bought when its supporters ran out of money, and what was missing."""
    free = len(draft.steps) - len(run.purchases)
    for project, end in run.out_of_reach.items():
        votes, missing = market.support.votes[project], market.costs[project] - end.money
        params: dict[str, Param] = {"votes": votes, "money": end.money, "missing": missing}
        if end.step:
            params |= {"step": end.step + free, "start_money": votes * run.share}
            draft.explain(project, Reason("not_enough_support_money", params))
        elif run.share:
            draft.explain(project, Reason("never_enough_money", params | {"needed": -(-missing // run.share)}))


RULE = Rule(
    name="equal-shares",
    about="Everyone has the same share to spend, and a project is funded when its supporters can pay for it.",
    parameters=(
        Parameter("utility", "what a project is worth to a supporter", "cost", ("cost", "votes", "points", "borda")),
        Parameter("completion", "what is done with money left", "none", ("none", "add1", "add1u")),
        Parameter("start", "the first share: budget / voters, exact or whole units", "exact", ("exact", "floor")),
        Parameter("step", "by how much the share is raised, in minor units", None),
        Parameter("stop_when_exhaustive", "stop as soon as no other project fits", default=True),
        Parameter("max_steps", "how often the share is raised at most", 10_000),
    ),
    count=count,
)
