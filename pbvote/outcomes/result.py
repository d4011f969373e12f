"""The result page's data: an outcome of the tally in the round's words, money in pence. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
from babel.numbers import format_currency

from pbvote.outcomes.election import ListedProject
from pbvote.tally.outcome import Outcome, ProjectOutcome, Step
from pbvote.tally.reasons import MONEY, Reason, sentence


class ReasonData(msgspec.Struct, frozen=True):
    """A reason with its numbers (money in pence, rounded) and its English sentence."""

    code: str
    params: dict[str, int | str]
    detail: str
    field: str


class ProjectResult(msgspec.Struct, frozen=True):
    """What happened to a project. `step` is the step that funded it; `also` holds further reasons."""

    number: int
    title: str
    category: str
    category_name: str
    theme: str
    cost: int
    votes: int
    score: int
    funded: bool
    step: int | None
    why: ReasonData
    also: list[ReasonData]


class StepResult(msgspec.Struct, frozen=True):
    """One step. `payment` is the most that a supporter paid, exact in pence; `payment_pence` is that rounded up."""

    step: int
    number: int
    phase: str
    cost: int
    spent: int
    votes: int
    effective_votes: str | None
    payment: str | None
    payment_pence: int | None
    why: ReasonData


class CategoryResult(msgspec.Struct, frozen=True):
    """What a category got, and how many votes its projects had."""

    category: str
    name: str
    theme: str
    funded: int
    cost: int
    votes: int


class RuleUsed(msgspec.Struct, frozen=True):
    """The rule that counted, with every parameter."""

    id: str
    parameters: dict[str, int | str | bool]


class TieBroken(msgspec.Struct, frozen=True):
    """A tie that was broken: by what, and between which projects."""

    step: int
    tied: list[int]
    winner: int
    broken_by: str


class CountedResult(msgspec.Struct, frozen=True):
    """Everything that the page of a result shows of the count. Shares are exact pence, as text."""

    budget: int
    cost: int
    currency: str
    ballots: int
    blank: int
    voters_with_a_funded_project: int
    rule: RuleUsed
    ties: list[TieBroken]
    start_share: str | None
    final_share: str | None
    stop: ReasonData
    projects: list[ProjectResult]
    steps: list[StepResult]
    categories: list[CategoryResult]
    simple_count: list[int]


def counted_result(
    outcome: Outcome,
    simple: Outcome,
    projects: Sequence[ListedProject],
    categories: Sequence[Mapping[str, Any]],
    blank: int,
) -> CountedResult:
    """The result of a count; `simple` is the same election counted by most votes first, for comparison."""
    number = {project.reference: project.number for project in projects}
    by_id = {category["id"]: category for category in categories}
    return CountedResult(
        budget=outcome.budget,
        cost=outcome.cost,
        currency=outcome.currency,
        ballots=outcome.voters,
        blank=blank,
        voters_with_a_funded_project=outcome.fairness.voters_with_funded,
        rule=RuleUsed(outcome.rule, dict(outcome.parameters)),
        ties=[
            TieBroken(tie.step, [number[project] for project in tie.tied], number[tie.winner], tie.broken_by)
            for tie in outcome.ties
        ],
        start_share=_exact(outcome.start_share),
        final_share=_exact(outcome.final_share),
        stop=_reason(outcome.stop, outcome.currency),
        projects=[
            _project(project, decided, by_id, outcome.currency)
            for project, decided in zip(projects, outcome.projects, strict=True)
        ],
        steps=[_step(step, outcome, number) for step in outcome.steps],
        categories=_categories(outcome, projects, categories),
        simple_count=[number[project] for project in simple.funded],
    )


def _project(
    project: ListedProject, decided: ProjectOutcome, categories: Mapping[str, Mapping[str, Any]], currency: str
) -> ProjectResult:
    category = categories.get(project.category, {"name": "", "theme": ""})
    why, *also = [_reason(reason, currency) for reason in decided.reasons]
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
        step=decided.step,
        why=why,
        also=also,
    )


def _step(step: Step, outcome: Outcome, number: Mapping[str, int]) -> StepResult:
    payment = step.payment
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
        why=_reason(outcome.project(step.project).reasons[0], outcome.currency),
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
                cost=sum(decided.cost for decided in winners),
                votes=sum(decided.votes for decided in members),
            )
        )
    return results


def _reason(reason: Reason, currency: str) -> ReasonData:
    params: dict[str, int | str] = {}
    for name, value in reason.params.items():
        if name in MONEY and not isinstance(value, str):
            params[name] = round(value)
        else:
            params[name] = value if isinstance(value, int) else str(value)
    return ReasonData(reason.code, params, sentence(reason, lambda pence: money(pence, currency)), "")


def money(pence: Fraction | int, currency: str) -> str:
    """An amount in English, without pence where there are none: `£1,280`, `£30.11`."""
    text: str = format_currency(Decimal(round(pence)) / 100, currency, locale="en_GB")
    return text.removesuffix(".00")


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else str(value)
