"""The outcome as JSON: one plain dict, the same for the same election whatever the order of its ballots.

Money is in currency units: an integer when whole, else text, a decimal (`"12.50"`) where minor units are whole and
an exact rational (`"12345/7"`) where they are not.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pbvote.tally.conditions_json import conditions_to_json
from pbvote.tally.fairness_report import FairnessReport
from pbvote.tally.money import amount, money_text
from pbvote.tally.outcome import Margins, Outcome, Payment, ProjectOutcome, Step
from pbvote.tally.reasons import MONEY, Reason, sentence
from pbvote.tally.report_json import report_to_json

Json = dict[str, Any]


def outcome_to_json(outcome: Outcome, report: FairnessReport | None = None) -> Json:
    """The outcome as lists, dicts, integers and text; see docs/tally.md for each key.

    The figures of a fairness report stand with those that every outcome carries.
    """
    units = outcome.minor_units
    by_cost = outcome.parameters.get("utility") == "cost"
    return {
        "engine": outcome.engine,
        "rule": outcome.rule,
        "parameters": parameters_to_json(outcome),
        "currency": outcome.currency,
        "num_voters": outcome.voters,
        "budget": amount(outcome.budget, units),
        "funded": list(outcome.funded),
        "cost": amount(outcome.cost, units),
        "unspent": amount(outcome.unspent, units) if outcome.decides_money else None,
        "welfare": None if outcome.welfare is None else str(amount(outcome.welfare, units if by_cost else 1)),
        "start_share": None if outcome.start_share is None else amount(outcome.start_share, units),
        "final_share": None if outcome.final_share is None else amount(outcome.final_share, units),
        "raises": outcome.raises,
        "stop_reason": _reason(outcome.stop, outcome),
        "comparison": None if outcome.comparison is None else _reason(outcome.comparison, outcome),
        "conditions": conditions_to_json(outcome.conditions, units),
        "reserve": list(outcome.reserve),
        "ties": [
            {"step": tie.step, "tied": list(tie.tied), "winner": tie.winner, "broken_by": tie.broken_by}
            for tie in outcome.ties
        ],
        "steps": [step_to_json(step, units) for step in outcome.steps],
        "projects": {project.id: project_to_json(project, outcome) for project in outcome.projects},
        "fairness": fairness_to_json(outcome, report),
    }


def parameters_to_json(outcome: Outcome) -> Json:
    """All parameters of the rule, and the tie order."""
    parameters: Json = dict(outcome.parameters)
    if "step" in parameters:
        parameters["step"] = amount(parameters["step"], outcome.minor_units)
    return parameters


def reason_text(reason: Reason, outcome: Outcome) -> str:
    """The reason as an English sentence, with the outcome's currency."""
    return sentence(reason, lambda minor: money_text(minor, outcome.currency, outcome.minor_units))


def _reason(reason: Reason, outcome: Outcome) -> Json:
    params: Json = {}
    for name, value in reason.params.items():
        if name in MONEY and not isinstance(value, str):
            params[name] = amount(value, outcome.minor_units)
        else:
            params[name] = _rational(value) if isinstance(value, Fraction) else value
    return {"code": reason.code, "params": params, "text": reason_text(reason, outcome)}


def _rational(value: Fraction) -> int | str:
    return value.numerator if value.denominator == 1 else str(value)


def step_to_json(step: Step, units: int) -> Json:
    """One step."""
    return {
        "step": step.number,
        "phase": step.phase,
        "project": step.project,
        "cost": amount(step.cost, units),
        "votes": step.votes,
        "score": amount(step.score, units) if step.score_is_money else _rational(step.score),
        "left": amount(step.left, units),
        "payment": None if step.payment is None else _payment(step.payment, units),
    }


def _payment(payment: Payment, units: int) -> Json:
    return {
        "max_payment": amount(payment.max_payment, units),
        "effective_votes": _rational(payment.effective_votes),
        "paid_in_full": payment.paid_in_full,
        "gave_last": payment.gave_last,
        "had_nothing": payment.had_nothing,
        "money_before": amount(payment.money_before, units),
        "rivals": [
            {"project": rival.project, "effective_votes": amount(10 * rival.effective_votes, 10)}
            for rival in payment.rivals
        ],
    }


def project_to_json(project: ProjectOutcome, outcome: Outcome) -> Json:
    """What happened to one project."""
    return {
        "name": project.name,
        "cost": amount(project.cost, outcome.minor_units),
        "votes": project.votes,
        "score": project.score,
        "funded": project.funded,
        "step": project.step,
        "awarded": amount(project.awarded, outcome.minor_units),
        "pots": {pot: amount(paid, outcome.minor_units) for pot, paid in project.pots.items()},
        "reasons": [_reason(reason, outcome) for reason in project.reasons],
        "margins": None if project.margins is None else _margins(project.margins, outcome.minor_units),
    }


def _margins(margins: Margins, units: int) -> Json:
    most = margins.max_cost
    return {
        "max_cost": None if most is None else amount(most, units),
        "step": margins.step,
        "supporters": margins.supporters,
    }


def fairness_to_json(outcome: Outcome, report: FairnessReport | None = None) -> Json:
    """The figures that every outcome carries and, if there is a report, those too."""
    fairness = outcome.fairness
    return {
        "voters_with_funded": fairness.voters_with_funded,
        "share_with_funded": _rational(Fraction(fairness.voters_with_funded, outcome.voters or 1)),
        "categories": [
            {
                "name": category.name,
                "projects": category.projects,
                "funded": category.funded,
                "votes": category.votes,
                "cost": amount(category.cost, outcome.minor_units),
            }
            for category in fairness.categories
        ],
        **({} if report is None else report_to_json(report, outcome.minor_units)),
    }
