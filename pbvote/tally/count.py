"""The one verb of the library: count an election by a rule."""

from __future__ import annotations

from collections.abc import Mapping

from pbvote.tally.draft import Draft
from pbvote.tally.election import Election
from pbvote.tally.fairness import fairness_of
from pbvote.tally.outcome import Outcome, ProjectOutcome, Value
from pbvote.tally.rules import RULES, ParameterError
from pbvote.tally.support import Utility, scores_of
from pbvote.tally.ties import DEFAULT_TIES, TieOrder

ENGINE = "pbvote tally 1"


def tally(
    election: Election, rule: str, parameters: Mapping[str, Value] | None = None, *, ties: TieOrder = DEFAULT_TIES
) -> Outcome:
    """Count the election.

    `rule` is a name in `RULES`; its parameters take their defaults where none are given, and the outcome stores all.
    Raises `ParameterError` for an unknown rule or parameter, or one that does not fit the election.
    """
    if rule not in RULES:
        raise ParameterError("rule", f"{rule!r} is not known; expected {', '.join(RULES)}")
    complete = RULES[rule].complete(parameters or {}, election)
    draft = Draft(election, ties)
    stop = RULES[rule].count(draft, complete)
    step_of = {step.project: step.number for step in draft.steps}
    utility = Utility(str(complete.get("utility", "votes")))
    projects = tuple(
        ProjectOutcome(
            id=project.id,
            name=project.name,
            cost=project.cost,
            votes=draft.votes[index],
            score=score,
            step=step_of.get(project.id),
            reasons=tuple(draft.reasons[index]),
        )
        for index, (project, score) in enumerate(zip(election.projects, scores_of(election, utility), strict=True))
    )
    return Outcome(
        engine=ENGINE,
        rule=rule,
        parameters={**complete, "ties": str(ties)},
        currency=election.currency,
        minor_units=election.minor_units,
        budget=election.budget,
        voters=election.voters,
        funded=tuple(step.project for step in draft.steps),
        cost=election.budget - draft.left,
        steps=tuple(draft.steps),
        ties=tuple(draft.ties),
        projects=projects,
        stop=stop,
        fairness=fairness_of(election, draft.funded, draft.votes),
        start_share=draft.start_share,
        final_share=draft.final_share,
        raises=draft.raises,
    )
