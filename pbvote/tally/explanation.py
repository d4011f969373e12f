"""One project's story: what happened to it, why, how close it came, and what other rules would have done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pbvote.tally.as_json import Json, project_to_json, step_to_json
from pbvote.tally.conditions import NO_CONDITIONS, Conditions
from pbvote.tally.count import tally
from pbvote.tally.election import Election, ElectionError
from pbvote.tally.money import amount
from pbvote.tally.outcome import Outcome, ProjectOutcome, Step, Value
from pbvote.tally.side_by_side import contestants, funded_by
from pbvote.tally.support import Utility, support_of
from pbvote.tally.ties import DEFAULT_TIES, Tie, TieOrder


@dataclass(frozen=True)
class Explanation:
    """A project in an outcome that was counted with margins.

    `step` is the one that funded it, `ties` those that it took part in. `spent` is what its supporters paid for funded
    projects under Equal Shares, by project id, in minor units rounded down; empty for other rules. `elsewhere` says of
    each other way to count whether it would fund the project.
    """

    outcome: Outcome
    project: ProjectOutcome
    step: Step | None
    ties: tuple[Tie, ...]
    spent: Mapping[str, int]
    elsewhere: Mapping[str, bool]


def explain(
    election: Election,
    project_id: str,
    rule: str,
    parameters: Mapping[str, Value] | None = None,
    *,
    ties: TieOrder = DEFAULT_TIES,
    conditions: Conditions = NO_CONDITIONS,
) -> Explanation:
    """Count the election and explain the project.

    Raises `ElectionError` for an unknown project, and what `tally` raises.
    """
    index = next((place for place, one in enumerate(election.projects) if one.id == project_id), None)
    if index is None:
        raise ElectionError(f"there is no project {project_id!r}")
    outcome = tally(election, rule, parameters, ties=ties, conditions=conditions, margins=True)
    others = [one for one in contestants() if one.rule != rule or dict(one.parameters) != dict(parameters or {})]
    return Explanation(
        outcome=outcome,
        project=outcome.projects[index],
        step=next((step for step in outcome.steps if step.project == project_id), None),
        ties=tuple(tie for tie in outcome.ties if project_id in tie.tied),
        spent=_spent_by_supporters(election, outcome, index),
        elsewhere=funded_by(election, project_id, others, ties=ties, conditions=conditions),
    )


def _spent_by_supporters(election: Election, outcome: Outcome, project: int) -> dict[str, int]:
    """What the supporters of a project paid for each funded one: every voter's money followed from step to step."""
    paid_for = [step for step in outcome.steps if step.payment is not None]
    if not paid_for or outcome.final_share is None:
        return {}
    support = support_of(election, Utility(str(outcome.parameters["utility"])))
    place = {one.id: index for index, one in enumerate(election.projects)}
    bought = [place[step.project] for step in paid_for]
    levels = [Fraction(step.payment.max_payment) for step in paid_for if step.payment]
    alike: Counter[tuple[tuple[int, int], ...]] = Counter()
    for ballot in support.by_project[project].tolist():
        entries = slice(int(support.starts[ballot]), int(support.starts[ballot + 1]))
        weights = dict(zip(support.projects[entries].tolist(), support.weights[entries].tolist(), strict=True))
        known = tuple((number, int(weights[one])) for number, one in enumerate(bought) if one in weights)
        alike[known] += int(support.counts[ballot])
    spent = [Fraction(0)] * len(bought)
    for wanted, voters in alike.items():
        money = outcome.final_share
        for number, weight in wanted:
            payment = min(money, levels[number] * weight)
            money -= payment
            spent[number] += payment * voters
    return {step.project: int(total) for step, total in zip(paid_for, spent, strict=True) if total}


def explanation_to_json(explanation: Explanation) -> Json:
    """The explanation as lists, dicts, integers and text; see docs/tally.md."""
    outcome, step = explanation.outcome, explanation.step
    return {
        "rule": outcome.rule,
        "parameters": dict(outcome.parameters),
        "id": explanation.project.id,
        "project": project_to_json(explanation.project, outcome),
        "step": None if step is None else step_to_json(step, outcome.minor_units),
        "ties": [
            {"step": tie.step, "tied": list(tie.tied), "winner": tie.winner, "broken_by": tie.broken_by}
            for tie in explanation.ties
        ],
        "spent": {project: amount(paid, outcome.minor_units) for project, paid in explanation.spent.items()},
        "elsewhere": dict(explanation.elsewhere),
    }
