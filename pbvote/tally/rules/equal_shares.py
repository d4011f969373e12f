"""The Method of Equal Shares, with the completions Add1 and Add1U.

Peters, Pierczynski, Skowron: Proportional Participatory Budgeting with Additive Utilities (NeurIPS 2021). Add1 raises
every voter's share by one step at a time while the outcome stays within the true budget; Add1U then fills up by votes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from pbvote.tally.compared import compare_with_greedy
from pbvote.tally.conditions import SMALLEST
from pbvote.tally.draft import Draft
from pbvote.tally.fill import fill_by_score
from pbvote.tally.margins import Onlooker
from pbvote.tally.outcome import COMPLETION, EQUAL_SHARES, Payment, Rival, Value
from pbvote.tally.purse import backers_of
from pbvote.tally.reasons import Param, Reason
from pbvote.tally.rules.rule import NONE, Kind, Parameter, ParameterError, Rule
from pbvote.tally.shares import Market, Purchase, Run
from pbvote.tally.support import Utility, support_of


def count(draft: Draft, parameters: Mapping[str, Value]) -> Reason:
    """Find the share, buy with it, and complete."""
    utility = Utility(str(parameters["utility"]))
    draft.drop(_not_eligible(draft, str(parameters["eligibility"])))
    market = _market(draft, utility)
    share = draft.start_share = _start_share(draft, str(parameters["start"]))
    stop = Reason("no_supporters_can_pay")
    draft.raises = 0
    if parameters["completion"] != "none":
        share, draft.raises, stop = _raise_share(draft, market, share, parameters)
    draft.final_share = share
    run = market.run(share, traced=True)
    rivals = _look_closer(draft, market, run, utility) if draft.wants_margins else [()] * len(run.purchases)
    per_point = utility in {Utility.POINTS, Utility.BORDA}
    for purchase, others in zip(run.purchases, rivals, strict=True):
        _fund(draft, market, purchase, others, per_point=per_point)
    _explain(draft, market, run)
    if parameters["completion"] == "add1u":
        fill_by_score(draft, draft.votes, Utility.VOTES, phase=COMPLETION, code="filled_up")
    if parameters["comparison"]:
        stop = compare_with_greedy(draft, utility) or stop
    return stop


def _not_eligible(draft: Draft, eligibility: str) -> dict[int, Reason]:
    """The candidates with too few supporters for what they cost, each with the reason."""
    if eligibility == NONE:
        return {}
    unfit, election = {}, draft.election
    for project in draft.candidates:
        needed = Fraction(eligibility) * election.projects[project].cost * election.voters / election.budget
        if draft.votes[project] < needed:
            unfit[project] = Reason("not_eligible", {"votes": draft.votes[project], "least": math.ceil(needed)})
    return unfit


def _market(draft: Draft, utility: Utility) -> Market:
    """What can be bought: the candidates that somebody finds of worth."""
    support = support_of(draft.election, utility)
    costs = draft.election.costs
    worth = costs if utility is Utility.COST else [1] * len(costs)
    for project in draft.candidates:
        if not support.votes[project]:
            draft.explain(project, Reason("no_utility"))
    for_sale = [project for project in draft.candidates if support.votes[project]]
    return Market(support, costs, worth, for_sale, draft.breaker, backers_of(support), [0.0] * len(costs), draft.gate)


def _start_share(draft: Draft, start: str) -> Fraction:
    """The budget for each voter in minor units, exactly or in whole currency units."""
    election = draft.election
    if not election.voters:
        return Fraction(0)
    share = Fraction(draft.start, election.voters)
    return share if start == "exact" else share // election.minor_units * Fraction(election.minor_units)


def _raise_share(
    draft: Draft, market: Market, share: Fraction, parameters: Mapping[str, Value]
) -> tuple[Fraction, int, Reason]:
    """The last share with which the budget holds, how often it was raised, and why it was not raised again."""
    step, cap = int(parameters["step"]), int(parameters["max_steps"])
    run = market.run(share)
    for raises in range(cap):
        remaining = [p for p in market.for_sale if p not in run.bought and not run.gate.barred(p)]
        if not remaining:
            return run.share, raises, Reason("everything_funded")
        left = run.gate.left
        if parameters["stop_when_exhaustive"] and all(market.costs[project] > left for project in remaining):
            return run.share, raises, Reason("exhaustive", {"left": left})
        higher = market.run(run.share + step)
        if higher.gate.left < 0:
            cost = draft.left - higher.gate.left
            return run.share, raises, Reason("next_step_overspends", {"share": higher.share, "cost": cost})
        run = higher
    raise ParameterError("step", f"the share was raised {cap} times and could still grow; expected a larger step")


def _look_closer(draft: Draft, market: Market, run: Run, utility: Utility) -> list[tuple[Rival, ...]]:
    """Find the margins of the projects that were not bought, and return the rivals of each that was."""
    losers = [p for p in (*market.for_sale, *draft.too_dear) if p not in run.bought and market.support.votes[p]]
    onlooker = Onlooker(draft, market, losers, by_cost=utility is Utility.COST)
    market.run(run.share, onlooker=onlooker)
    earlier = len(draft.steps)
    for project, margins in onlooker.margins().items():
        step = None if margins.step is None else margins.step + earlier
        draft.margins[project] = replace(margins, step=step)
    return onlooker.rivals


def _fund(draft: Draft, market: Market, purchase: Purchase, rivals: tuple[Rival, ...], *, per_point: bool) -> None:
    project = purchase.project
    effective = market.costs[project] / purchase.level
    payment = Payment(
        max_payment=purchase.level,
        effective_votes=effective,
        paid_in_full=purchase.paid_in_full,
        gave_last=purchase.gave_last,
        had_nothing=purchase.had_nothing,
        money_before=purchase.money,
        rivals=rivals,
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
    """Say of each project that was not bought why not, and what was missing."""
    for project, barred in run.barred.items():
        draft.explain(project, barred)
    numerator, denominator = run.share.as_integer_ratio()
    for project, money in run.money_left.items():
        if project in run.barred:
            continue
        votes, cost = market.support.votes[project], market.costs[project]
        start, short = votes * numerator // denominator, cost * denominator - votes * numerator
        params: dict[str, Param] = {"votes": votes, "money": money, "missing": cost - money}
        if short <= 0:
            draft.explain(project, Reason("money_went_elsewhere", params | {"start_money": start}))
        elif numerator:
            params |= {"money": start, "missing": cost - start}
            draft.explain(project, Reason("never_enough_money", params))


RULE = Rule(
    name="equal-shares",
    about="Everyone has the same share to spend, and a project is funded when its supporters can pay for it.",
    parameters=(
        Parameter(
            "utility",
            "what a project is worth to a supporter",
            Kind.CHOICE,
            "cost",
            ("cost", "votes", "points", "borda"),
        ),
        Parameter("completion", "what is done with money left", Kind.CHOICE, "none", ("none", "add1", "add1u")),
        Parameter(
            "start", "the first share: budget / voters, exact or whole units", Kind.CHOICE, "exact", ("exact", "floor")
        ),
        Parameter("step", "by how much the share is raised, in minor units", Kind.MONEY),
        Parameter("stop_when_exhaustive", "stop as soon as no other project fits", Kind.SWITCH, default=True),
        Parameter("max_steps", "how often the share is raised at most", Kind.NUMBER, 10_000),
        Parameter("comparison", "let the count by most votes win if more voters prefer it", Kind.SWITCH, default=False),
        Parameter(
            "eligibility",
            "a project takes part if its share of voters is at least this times its share of the budget",
            Kind.FRACTION,
            "none",
        ),
    ),
    count=count,
    refuses={SMALLEST: "supporters pay a project's whole cost or nothing"},
)
