"""The result page's data, as it is stored, sent and published. Money is pence. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pbvote.outcomes.others import OtherCount


class ReasonData(msgspec.Struct, frozen=True):
    """A reason with its numbers (money in pence, rounded) and its English sentence."""

    code: str
    params: dict[str, int | str]
    detail: str
    field: str


class MarginsResult(msgspec.Struct, frozen=True):
    """How close a project came that is not funded; None where no cost, or no number of supporters, would have done.

    With a cost of at most `max_cost` it would have been funded in step `step`, or after the last one where that is
    None; so it would with as many more `supporters`, who vote for nothing else.
    """

    max_cost: int | None
    step: int | None
    supporters: int | None


class ProjectResult(msgspec.Struct, frozen=True):
    """What happened to a project. `step` is the step that funded it; `also` holds further reasons.

    `awarded` is what it gets, less than its cost if it is funded in part; `pots` says how much of it each pot pays,
    where there are pots. `margins` is None where the rule has none, and in results from before they were kept.
    """

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
    awarded: int
    pots: dict[str, int]
    why: ReasonData
    also: list[ReasonData]
    margins: MarginsResult | None


class RivalResult(msgspec.Struct, frozen=True):
    """Another project that could have been funded in a step, with its effective votes to one decimal."""

    number: int
    effective_votes: str


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
    rivals: list[RivalResult]
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


class PotUsed(msgspec.Struct, frozen=True):
    """A pot and what was spent of it; one without categories and projects may pay for anything."""

    id: str
    amount: int
    categories: list[str]
    projects: list[int]
    spent: int


class ConditionsUsed(msgspec.Struct, frozen=True):
    """The conditions that held, with projects by their numbers on the ballot (as text in `smallest`)."""

    pots: list[PotUsed]
    prefunded: list[int]
    exclusions: list[list[int]]
    min_votes: int
    smallest: dict[str, int]
    reserve: int


class CountedResult(msgspec.Struct, frozen=True):
    """Everything that the page of a result shows of the count. Shares are exact pence, as text.

    `conditions` is None where there were none; `reserve` are the projects next in line for declined money.
    `simple_count` is what most votes first would fund, `others` what every other rule would. Projects are numbers.
    """

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
    comparison: ReasonData | None
    conditions: ConditionsUsed | None
    reserve: list[int]
    projects: list[ProjectResult]
    steps: list[StepResult]
    categories: list[CategoryResult]
    simple_count: list[int]
    others: list[OtherCount]


def stored_result(data: Mapping[str, Any]) -> CountedResult:
    """A stored result. What earlier versions did not store reads as nothing, or follows from what they did store."""
    lacking: dict[str, Any] = {"comparison": None, "conditions": None, "reserve": [], "others": []}
    projects = [
        {"awarded": project["cost"] if project["funded"] else 0, "pots": {}, "margins": None, **project}
        for project in data["projects"]
    ]
    steps = [{"rivals": [], **step} for step in data["steps"]]
    return msgspec.convert({**lacking, **data, "projects": projects, "steps": steps}, CountedResult)
