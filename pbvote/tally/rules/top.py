"""Top: the projects with the highest scores, however much they cost. What the first vote of a Decision Night needs."""

from __future__ import annotations

from collections.abc import Mapping

from pbvote.tally.conditions import EXCLUSIONS, POTS, PREFUNDED, RESERVE, SMALLEST
from pbvote.tally.draft import Draft
from pbvote.tally.ordering import UTILITY, choose_in_order, ranking
from pbvote.tally.outcome import TOP, Value
from pbvote.tally.reasons import Reason
from pbvote.tally.rules.rule import Kind, Parameter, Rule


def count(draft: Draft, parameters: Mapping[str, Value]) -> Reason:
    """Choose the `k` best of the projects with enough votes."""
    scores, most = ranking(draft.election, str(parameters["utility"])), int(parameters["k"])

    def why(project: int, place: int) -> Reason:
        return Reason("among_the_best", {"score": scores[project], "place": place, "k": most})

    choose_in_order(draft, draft.candidates, scores, TOP, why, most)
    least = min((scores[project] for project in draft.awarded), default=0)
    for project in draft.candidates:
        if project not in draft.awarded:
            code = "lost_the_tie" if scores[project] == least else "not_among_the_best"
            params = {"score": scores[project], "least": least}
            draft.explain(project, Reason(code, params))
    return Reason("best_chosen", {"chosen": len(draft.awarded)})


RULE = Rule(
    name="top",
    about="The projects with the highest scores are chosen; no money is decided.",
    parameters=(Parameter("k", "how many projects are chosen", Kind.NUMBER), UTILITY),
    count=count,
    refuses={
        POTS: "it decides no money",
        PREFUNDED: "it decides no money",
        EXCLUSIONS: "it chooses the best, each on its own",
        SMALLEST: "it decides no money",
        RESERVE: "it gives no money that could be declined",
    },
    decides_money=False,
)
