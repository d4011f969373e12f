"""From the tally's outcome to the result: in the round's words, with projects by their numbers. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from babel.numbers import format_currency

from pbvote.outcomes.election import ListedProject
from pbvote.outcomes.others import OtherCount
from pbvote.outcomes.result import (
    CategoryResult,
    ConditionsUsed,
    CountedResult,
    MarginsResult,
    PotUsed,
    ProjectResult,
    ReasonData,
    RivalResult,
    RuleUsed,
    StepResult,
    TieBroken,
    becomes,
)
from pbvote.tally.outcome import Outcome, ProjectOutcome, Step
from pbvote.tally.reasons import MONEY, Param, Reason, sentence


def counted_result(
    outcome: Outcome,
    simple: Outcome | None,
    others: Sequence[OtherCount],
    projects: Sequence[ListedProject],
    categories: Sequence[Mapping[str, Any]],
    blank: int,
) -> CountedResult:
    """The result of a count; `simple` is the same election by most votes first, `others` by every other rule.

    Where the rule decides no money there is no such comparison.
    """
    number = {project.reference: project.number for project in projects}
    title = {project.reference: project.title for project in projects}
    by_id = {category["id"]: category for category in categories}
    comparison = outcome.comparison
    return CountedResult(
        budget=outcome.budget,
        cost=outcome.cost if outcome.decides_money else 0,
        currency=outcome.currency,
        ballots=outcome.voters,
        blank=blank,
        voters_with_a_funded_project=outcome.fairness.voters_with_funded,
        decides_money=outcome.decides_money,
        rule=RuleUsed(outcome.rule, dict(outcome.parameters)),
        ties=[
            TieBroken(tie.step, [number[project] for project in tie.tied], number[tie.winner], tie.broken_by)
            for tie in outcome.ties
        ],
        start_share=_exact(outcome.start_share),
        final_share=_exact(outcome.final_share),
        stop=_reason(outcome.stop, outcome.currency, title),
        comparison=None if comparison is None else _reason(comparison, outcome.currency, title),
        conditions=_conditions(outcome, number),
        reserve=[number[project] for project in outcome.reserve],
        projects=[
            _project(project, decided, outcome, by_id, title)
            for project, decided in zip(projects, outcome.projects, strict=True)
        ],
        steps=[_step(step, outcome, number, title) for step in outcome.steps],
        categories=_categories(outcome, projects, categories),
        simple_count=[number[project] for project in simple.funded] if simple else [],
        others=list(others),
        leftovers=[],
    )


def _project(
    project: ListedProject,
    decided: ProjectOutcome,
    outcome: Outcome,
    categories: Mapping[str, Mapping[str, Any]],
    title: Mapping[str, str],
) -> ProjectResult:
    category = categories.get(project.category, {"name": "", "theme": ""})
    margins = decided.margins
    why, *also = [_reason(reason, outcome.currency, title) for reason in decided.reasons]
    return ProjectResult(
        number=project.number,
        title=project.title,
        category=project.category,
        category_name=category["name"],
        theme=category["theme"],
        cost=project.cost,
        votes=decided.votes,
        score=decided.score,
        funded=decided.funded,
        becomes=becomes(
            rule=outcome.rule,
            funded=decided.funded,
            awarded=decided.awarded,
            cost=project.cost,
            reserved=decided.id in outcome.reserve,
        ),
        step=decided.step,
        awarded=decided.awarded,
        pots=dict(decided.pots),
        why=why,
        also=also,
        margins=None if margins is None else MarginsResult(margins.max_cost, margins.step, margins.supporters),
    )


def _step(step: Step, outcome: Outcome, number: Mapping[str, int], title: Mapping[str, str]) -> StepResult:
    payment = step.payment
    rivals = payment.rivals if payment else ()
    return StepResult(
        step=step.number,
        number=number[step.project],
        phase=step.phase,
        cost=step.cost,
        spent=outcome.budget - step.left,
        votes=step.votes,
        effective_votes=f"{float(payment.effective_votes):.1f}" if payment else None,
        payment=_exact(payment.max_payment) if payment else None,
        payment_pence=math.ceil(payment.max_payment) if payment else None,
        rivals=[RivalResult(number[one.project], f"{float(one.effective_votes):.1f}") for one in rivals],
        why=_reason(outcome.project(step.project).reasons[0], outcome.currency, title),
    )


def _conditions(outcome: Outcome, number: Mapping[str, int]) -> ConditionsUsed | None:
    conditions = outcome.conditions
    if not conditions.used():
        return None
    spent = {pot.id: sum(project.pots.get(pot.id, 0) for project in outcome.projects) for pot in conditions.pots}
    return ConditionsUsed(
        pots=[
            PotUsed(pot.id, pot.amount, list(pot.categories), [number[one] for one in pot.projects], spent[pot.id])
            for pot in conditions.pots
        ],
        prefunded=[number[project] for project in conditions.prefunded],
        exclusions=[[number[project] for project in group] for group in conditions.exclusions],
        min_votes=conditions.min_votes,
        smallest={str(number[project]): least for project, least in conditions.smallest.items()},
        reserve=conditions.reserve,
    )


def _categories(
    outcome: Outcome, projects: Sequence[ListedProject], categories: Sequence[Mapping[str, Any]]
) -> list[CategoryResult]:
    results = []
    for category in categories:
        members = [
            decided
            for project, decided in zip(projects, outcome.projects, strict=True)
            if project.category == category["id"]
        ]
        winners = [decided for decided in members if decided.funded]
        results.append(
            CategoryResult(
                category=category["id"],
                name=category["name"],
                theme=category["theme"],
                funded=len(winners),
                cost=sum(decided.awarded for decided in winners),
                votes=sum(decided.votes for decided in members),
            )
        )
    return results


def _reason(reason: Reason, currency: str, title: Mapping[str, str]) -> ReasonData:
    """The reason, with other projects by their titles."""
    named: dict[str, Param] = {
        name: title[value] if name == "rival" and isinstance(value, str) else value
        for name, value in reason.params.items()
    }
    params: dict[str, int | str] = {}
    for name, value in named.items():
        if name in MONEY and not isinstance(value, str):
            params[name] = round(value)
        else:
            params[name] = value if isinstance(value, int) else str(value)
    words = sentence(Reason(reason.code, named), lambda pence: money(pence, currency))
    return ReasonData(reason.code, params, words, "")


def money(pence: Fraction | int, currency: str) -> str:
    """An amount in English, without pence where there are none: `£1,280`, `£30.11`."""
    text: str = format_currency(Decimal(round(pence)) / 100, currency, locale="en_GB")
    return text.removesuffix(".00")


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else str(value)
