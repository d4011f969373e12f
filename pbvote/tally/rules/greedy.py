"""Greedy: most votes first, take what fits. What most cities do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pbvote.tally.draft import Draft
from pbvote.tally.fill import fill_by_score
from pbvote.tally.outcome import GREEDY, Value
from pbvote.tally.reasons import Reason
from pbvote.tally.rules.rule import Kind, Parameter, Rule
from pbvote.tally.support import Utility, scores_of


def count(draft: Draft, parameters: Mapping[str, Value]) -> Reason:
    """Take projects by falling score."""
    utility = Utility(str(parameters["utility"]))
    draft.ranking = scores = scores_of(draft.election, utility)
    skip = parameters["skip"] is True
    draft.drop(below_threshold(draft, scores, int(parameters["threshold"])))
    code = "next_in_line" if utility is Utility.VOTES else "next_by_score"
    return fill_by_score(draft, scores, utility, phase=GREEDY, code=code, skip=skip)


def below_threshold(draft: Draft, scores: Sequence[int], least: int) -> dict[int, Reason]:
    """The candidates whose score is too low, with the reason."""
    return {
        project: Reason("below_threshold", {"score": scores[project], "least": least})
        for project in draft.candidates
        if least and scores[project] < least
    }


PARAMETERS = (
    Parameter(
        "utility",
        "what is counted: supporters, points, or Borda points",
        Kind.CHOICE,
        "votes",
        ("votes", "points", "borda"),
    ),
    Parameter("skip", "pass over a project that does not fit; without, stop at the first", Kind.SWITCH, default=True),
    Parameter("threshold", "the least score with which a project is funded", Kind.NUMBER, 0, least=0),
)

RULE = Rule(
    name="greedy",
    about="Most votes first; what fits in the money left is funded.",
    parameters=PARAMETERS,
    count=count,
)
