"""The one verb of the library: count an election by a rule."""

from __future__ import annotations

from collections.abc import Mapping

from pbvote.tally.conditions import NO_CONDITIONS, Conditions
from pbvote.tally.draft import Draft
from pbvote.tally.election import Election
from pbvote.tally.fairness import fairness_of
from pbvote.tally.outcome import Outcome, ProjectOutcome, Value
from pbvote.tally.pots import payments
from pbvote.tally.reasons import Reason
from pbvote.tally.reserve import reserve_list
from pbvote.tally.rules import RULES, ParameterError
from pbvote.tally.support import Utility, scores_of
from pbvote.tally.ties import DEFAULT_TIES, TieOrder

ENGINE = "pbvote tally 2"


def tally(
    election: Election,
    rule: str,
    parameters: Mapping[str, Value] | None = None,
    *,
    ties: TieOrder = DEFAULT_TIES,
    conditions: Conditions = NO_CONDITIONS,
    margins: bool = False,
) -> Outcome:
    """Count the election.

    `rule` is a name in `RULES`; its parameters take their defaults where none are given, and the outcome stores all.
    With `margins` it also says how close the others came, in each step and for each project, which takes longer.
    Raises `ParameterError` for an unknown rule or parameter, or one that does not fit the election, and
    `ConditionError` for a condition that fits neither.
    """
    if rule not in RULES:
        raise ParameterError("rule", f"{rule!r} is not known; expected {', '.join(RULES)}")
    complete = RULES[rule].complete(parameters or {}, election)
    RULES[rule].check_conditions(conditions)
    conditions.check(election)
    draft = Draft(election, ties, conditions, wants_margins=margins, decides_money=RULES[rule].decides_money)
    stop = RULES[rule].count(draft, complete)
    return Outcome(
        engine=ENGINE,
        rule=rule,
        parameters={**complete, "ties": str(ties)},
        currency=election.currency,
        minor_units=election.minor_units,
        budget=election.budget,
        voters=election.voters,
        funded=tuple(step.project for step in draft.steps),
        cost=sum(step.cost for step in draft.steps),
        steps=tuple(draft.steps),
        ties=tuple(draft.ties),
        projects=_projects(draft, str(complete.get("utility", "votes"))),
        stop=stop,
        fairness=fairness_of(election, draft.awarded, draft.votes),
        start_share=draft.start_share,
        final_share=draft.final_share,
        raises=draft.raises,
        welfare=draft.welfare,
        comparison=draft.comparison,
        conditions=conditions,
        reserve=reserve_list(draft),
        decides_money=RULES[rule].decides_money,
    )


def _projects(draft: Draft, utility: str) -> tuple[ProjectOutcome, ...]:
    """What happened to each project."""
    election = draft.election
    step_of = {step.project: step.number for step in draft.steps}
    pots = payments(election, draft.conditions, draft.awarded)
    scores = scores_of(election, Utility(utility) if utility in set(Utility) else Utility.POINTS)
    return tuple(
        ProjectOutcome(
            id=project.id,
            name=project.name,
            cost=project.cost,
            votes=draft.votes[index],
            score=scores[index],
            step=step_of.get(project.id),
            awarded=draft.awarded.get(index, 0),
            pots=pots.get(index, {}),
            reasons=(*draft.reasons[index], *_closeness(draft, index)),
            margins=None if index in draft.awarded else draft.margins.get(index),
        )
        for index, project in enumerate(election.projects)
    )


def _closeness(draft: Draft, project: int) -> list[Reason]:
    """The project's margins in words, but for those that another reason gives already."""
    margins = draft.margins.get(project)
    if margins is None or project in draft.awarded:
        return []
    given = {(name, value) for reason in draft.reasons[project] for name, value in reason.params.items()}
    said = []
    if margins.max_cost is not None and margins.step is not None:
        said.append(Reason("cheaper_in_step", {"cost": margins.max_cost, "step": margins.step}))
    elif margins.max_cost is not None and not {("left", margins.max_cost), ("money", margins.max_cost)} & given:
        said.append(Reason("cheaper_at_last", {"cost": margins.max_cost}))
    if margins.supporters and ("needed", margins.supporters) not in given:
        said.append(Reason("more_supporters", {"needed": margins.supporters}))
    return said
