"""Greedy: most votes first, take what fits. What most cities do."""

from __future__ import annotations

from collections.abc import Mapping

from pbvote.tally.draft import Draft
from pbvote.tally.fill import fill_by_score
from pbvote.tally.outcome import GREEDY, Value
from pbvote.tally.reasons import Reason
from pbvote.tally.rules.rule import Parameter, Rule
from pbvote.tally.support import Utility, scores_of


def count(draft: Draft, parameters: Mapping[str, Value]) -> Reason:
    """Take projects by falling score."""
    utility = Utility(str(parameters["utility"]))
    scores, skip = scores_of(draft.election, utility), parameters["skip"] is True
    code = "next_in_line" if utility is Utility.VOTES else "next_by_score"
    return fill_by_score(draft, scores, utility, phase=GREEDY, code=code, skip=skip)


RULE = Rule(
    name="greedy",
    about="Most votes first; what fits in the money left is funded.",
    parameters=(
        Parameter(
            "utility", "what is counted: supporters, points, or Borda points", "votes", ("votes", "points", "borda")
        ),
        Parameter("skip", "pass over a project that does not fit; without, stop at the first", default=True),
    ),
    count=count,
)
