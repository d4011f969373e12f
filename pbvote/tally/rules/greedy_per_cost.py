"""Greedy by value for money: most votes for each unit of cost first, take what fits."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from pbvote.tally.draft import Draft
from pbvote.tally.fill import Queue
from pbvote.tally.outcome import GREEDY, Value
from pbvote.tally.reasons import Reason
from pbvote.tally.rules.greedy import PARAMETERS, below_threshold
from pbvote.tally.rules.rule import Rule
from pbvote.tally.support import Utility, scores_of


def count(draft: Draft, parameters: Mapping[str, Value]) -> Reason:
    """Take projects by falling score per minor unit of cost."""
    utility = Utility(str(parameters["utility"]))
    totals, costs = scores_of(draft.election, utility), draft.election.costs
    draft.drop(below_threshold(draft, totals, int(parameters["threshold"])))

    def why(project: int, left: int) -> Reason:
        return Reason("best_value", {"score": totals[project], "cost": costs[project], "left": left})

    # those that cost nothing are no candidates; their score is never looked at
    draft.ranking = scores = [Fraction(total, cost or 1) for total, cost in zip(totals, costs, strict=True)]
    queue = Queue(draft, scores, GREEDY, why, skip=parameters["skip"] is True)
    stop = queue.fill()
    queue.note_margins(totals, utility, per_cost=True, stop=stop)
    return stop


RULE = Rule(
    name="greedy-per-cost",
    about="Most votes for the money first; what fits in the money left is funded.",
    parameters=PARAMETERS,
    count=count,
)
