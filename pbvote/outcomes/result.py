"""The result page's data, as it is stored, sent and published. Money is pence. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from pbvote.outcomes.others import OtherCount
from pbvote.rounds.rules import PRIORITIES, TOP


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


class LeftoverResult(msgspec.Struct, frozen=True):
    """A pot of the round, what it has paid, and what is left: `becomes` is `returned` to its funder, or `reserve`."""

    pot: str
    amount: int
    spent: int
    left: int
    becomes: str


class Becomes(StrEnum):
    """What becomes of a project.

    With money it is `funded`, `part_funded`, next in line on the `reserve` list, or `not_funded`. Without, the first of
    two votes leaves it `shortlisted` or `not_shortlisted`, and an advisory one gives it its place: `placed`.
    """

    FUNDED = "funded"
    PART_FUNDED = "part_funded"
    RESERVE = "reserve"
    NOT_FUNDED = "not_funded"
    SHORTLISTED = "shortlisted"
    NOT_SHORTLISTED = "not_shortlisted"
    PLACED = "placed"


class ProjectResult(msgspec.Struct, frozen=True):
    """What happened to a project. `step` is the step that funded or chose it; `also` holds further reasons.

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
    becomes: Becomes
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
    Where the rule decides no money, `funded` are the projects that it chose or placed, nothing is awarded, and there is
    nothing to compare with. `leftovers` says of each pot of the round what it paid and what is left of it.
    """

    budget: int
    cost: int
    currency: str
    ballots: int
    blank: int
    voters_with_a_funded_project: int
    decides_money: bool
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
    leftovers: list[LeftoverResult]


def becomes(*, rule: str, funded: bool, awarded: int, cost: int, reserved: bool) -> Becomes:
    """What becomes of a project with such an outcome."""
    if rule == TOP:
        return Becomes.SHORTLISTED if funded else Becomes.NOT_SHORTLISTED
    if rule == PRIORITIES:
        return Becomes.PLACED
    if funded:
        return Becomes.FUNDED if awarded >= cost else Becomes.PART_FUNDED
    return Becomes.RESERVE if reserved else Becomes.NOT_FUNDED


def stored_result(data: Mapping[str, Any]) -> CountedResult:
    """A stored result. What earlier versions did not store reads as nothing, or follows from what they did store."""
    lacking: dict[str, Any] = {"comparison": None, "conditions": None, "reserve": [], "others": []}
    lacking |= {"decides_money": True, "leftovers": []}
    projects = [_stored_project(project, data) for project in data["projects"]]
    steps = [{"rivals": [], **step} for step in data["steps"]]
    return msgspec.convert({**lacking, **data, "projects": projects, "steps": steps}, CountedResult)


def _stored_project(project: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    funded, cost = project["funded"], project["cost"]
    complete = {"awarded": cost if funded else 0, "pots": {}, "margins": None, **project}
    reserved = project["number"] in data.get("reserve", [])
    became = becomes(rule=data["rule"]["id"], funded=funded, awarded=complete["awarded"], cost=cost, reserved=reserved)
    return {"becomes": became, **complete}
