"""Priorities: every project in order of its score, for rounds that advise and decide no money."""

from __future__ import annotations

from collections.abc import Mapping

from pbvote.tally.conditions import EXCLUSIONS, MIN_VOTES, POTS, PREFUNDED, RESERVE, SMALLEST
from pbvote.tally.draft import Draft
from pbvote.tally.ordering import UTILITY, choose_in_order, ranking
from pbvote.tally.outcome import PRIORITY, Value
from pbvote.tally.reasons import Reason
from pbvote.tally.rules.rule import Rule


def count(draft: Draft, parameters: Mapping[str, Value]) -> Reason:
    """Put all projects in order, those that nobody voted for last."""
    scores = ranking(draft.election, str(parameters["utility"]))

    def why(project: int, place: int) -> Reason:
        if not draft.votes[project]:
            return Reason("last_without_votes", {"place": place})
        return Reason("in_place", {"score": scores[project], "place": place})

    without_votes = [project for project, votes in enumerate(draft.votes) if not votes]
    for projects in (draft.candidates, without_votes):
        choose_in_order(draft, projects, scores, PRIORITY, why)
    return Reason("all_in_order")


RULE = Rule(
    name="priorities",
    about="Every project gets its place by its score; no money is decided.",
    parameters=(UTILITY,),
    count=count,
    refuses={
        POTS: "it decides no money",
        PREFUNDED: "it decides no money",
        EXCLUSIONS: "every project gets its place",
        MIN_VOTES: "every project gets its place",
        SMALLEST: "it decides no money",
        RESERVE: "it gives no money that could be declined",
    },
    decides_money=False,
)
