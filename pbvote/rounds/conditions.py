"""Conditions of a round's vote, as organisers set them up, and what can be wrong with them. Pure.

They have the shape of the tally's conditions, but money is pence, and projects are called by the numbers of their
proposals: those exist, and are public, long before there is a ballot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pbvote.errors import Reason
from pbvote.plain_text import Limit, text_reasons, tidy
from pbvote.rounds.rules import MINOR_UNITS, ROUND_RULES
from pbvote.tally import conditions as tally
from pbvote.tally.conditions import (
    EXCLUSIONS,
    MIN_VOTES,
    POTS,
    PREFUNDED,
    RESERVE,
    SMALLEST,
    ConditionError,
    Conditions,
)
from pbvote.tally.count import tally as count
from pbvote.tally.election import Election, ElectionError, Project, VoteType

POT = Limit(90)
MOST_MONEY = 10**12
MOST_SUPPORTERS, MOST_RESERVE, MOST_NAMED = 1_000_000, 1_000, 1_000


class FencedPot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money, in pence, for proposals of these categories and those with these numbers; for any, if it names neither."""

    id: str
    amount: int
    categories: list[str]
    projects: list[int]


class ConditionsPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Conditions; none of those that are empty or 0. Projects are numbers of proposals, as text in `smallest`."""

    pots: list[FencedPot]
    prefunded: list[int]
    exclusions: list[list[int]]
    min_votes: int
    smallest: dict[str, int]
    reserve: int


class ConditionsChange(ConditionsPlan, frozen=True, forbid_unknown_fields=True):
    """The conditions, all of them."""

    version: int

    @property
    def plan(self) -> ConditionsPlan:
        """The conditions, with the names of pots tidied."""
        values = {name: getattr(self, name) for name in ConditionsPlan.__struct_fields__}
        pots = [FencedPot(tidy(pot.id), pot.amount, pot.categories, pot.projects) for pot in self.pots]
        return ConditionsPlan(**(values | {"pots": pots}))


NONE: Mapping[str, Any] = {POTS: [], PREFUNDED: [], EXCLUSIONS: [], MIN_VOTES: 0, SMALLEST: {}, RESERVE: 0}


@dataclass(frozen=True, slots=True)
class Nominee:
    """What conditions need to know of a proposal."""

    cost: int
    category: str


def read_conditions(stored: Mapping[str, Any]) -> ConditionsPlan:
    """The conditions that are stored with a poll."""
    return msgspec.convert({**NONE, **stored}, ConditionsPlan)


def stored_conditions(plan: ConditionsPlan) -> dict[str, Any]:
    """What is stored of conditions: those that are set."""
    values: dict[str, Any] = msgspec.to_builtins(plan)
    return {name: value for name, value in values.items() if value}


def for_the_tally(plan: ConditionsPlan, reference: Mapping[int, str]) -> Conditions:
    """The conditions as the tally takes them; `reference` is the tally's id of each proposal's project."""
    return Conditions(
        pots=tuple(
            tally.Pot(pot.id, pot.amount, tuple(pot.categories), tuple(reference[number] for number in pot.projects))
            for pot in plan.pots
        ),
        prefunded=tuple(reference[number] for number in plan.prefunded),
        exclusions=tuple(tuple(reference[number] for number in group) for group in plan.exclusions),
        min_votes=plan.min_votes,
        smallest={reference[int(number)]: least for number, least in plan.smallest.items()},
        reserve=plan.reserve,
    )


def shape_reasons(plan: ConditionsPlan) -> list[Reason]:
    """What is wrong with conditions whatever the round: texts, amounts, numbers that are too large."""
    reasons = []
    for index, pot in enumerate(plan.pots):
        reasons += text_reasons(pot.id, f"conditions.pots.{index}.id", POT)
        if not 0 < pot.amount <= MOST_MONEY:
            detail = f"An amount is from 1 to {MOST_MONEY:,} pence."
            reasons.append(Reason("bad_amount", detail, {"most": MOST_MONEY}, f"conditions.pots.{index}.amount"))
    for name, value, most in (
        (MIN_VOTES, plan.min_votes, MOST_SUPPORTERS),
        (RESERVE, plan.reserve, MOST_RESERVE),
    ):
        if not 0 <= value <= most:
            detail = f"Expected a number from 0 to {most:,}."
            reasons.append(Reason("condition_out_of_range", detail, {"most": most}, f"conditions.{name}"))
    if len(list(_named(plan))) > MOST_NAMED:
        reasons.append(_reason("pots", f"More than {MOST_NAMED:,} proposals are named."))
    reasons += [
        _reason(SMALLEST, f"{number!r} is not the number of a proposal.")
        for number in plan.smallest
        if not (number.isascii() and number.isdigit() and len(number) <= len(str(MOST_MONEY)))
    ]
    return reasons


def round_reasons(plan: ConditionsPlan, rule_id: str, budget: int, categories: Collection[str]) -> list[Reason]:
    """Why conditions do not fit the round's rule, its money or its categories."""
    reasons = []
    rule = ROUND_RULES.get(rule_id)
    for name, value in stored_conditions(plan).items():
        if rule is not None and value and name in rule.refuses:
            detail = f"The rule {rule_id!r} cannot honour the condition {name!r}: {rule.refuses[name]}."
            reasons.append(
                Reason("rule_refuses_condition", detail, {"rule": rule_id, "condition": name}, f"conditions.{name}")
            )
    held = sum(pot.amount for pot in plan.pots)
    if plan.pots and held != budget:
        detail = f"The ring-fenced pots hold {held:,} pence together; expected all the money of the round, {budget:,}."
        reasons.append(Reason("pots_are_not_the_budget", detail, {"held": held, "budget": budget}, "conditions.pots"))
    for pot in plan.pots:
        for category in pot.categories:
            if category not in categories:
                detail = f"The pot {pot.id!r} is for a category that the round does not have: {category[:60]!r}."
                params: dict[str, int | str] = {"pot": pot.id, "category": category[:60]}
                reasons.append(Reason("pot_of_unknown_category", detail, params, "conditions.pots"))
    return reasons


def proposal_reasons(plan: ConditionsPlan, rule_id: str, budget: int, nominees: Mapping[int, Nominee]) -> list[Reason]:
    """Why conditions do not fit the proposals: a number that is none of them, or what the tally itself refuses.

    The tally is asked with an election that nobody has voted in yet.
    """
    unknown = [(name, number) for name, number in _named(plan) if number not in nominees]
    if unknown:
        return [
            Reason(
                "condition_of_unknown_proposal",
                f"The condition {name!r} names proposal {number}, which is not there or not accepted.",
                {"condition": name, "number": number},
                f"conditions.{name}",
            )
            for name, number in unknown
        ]
    if not budget or not stored_conditions(plan) or rule_id not in ROUND_RULES:
        return []
    reference = {number: str(number) for number in nominees}
    try:
        election = Election.of(
            projects=[
                Project(id=str(number), cost=one.cost, categories=(one.category,)) for number, one in nominees.items()
            ],
            budget=budget,
            vote_type=VoteType.APPROVAL,
            ballots=(),
            minor_units=MINOR_UNITS,
        )
        count(election, ROUND_RULES["greedy"].name, conditions=for_the_tally(plan, reference))
    except ConditionError as error:
        return [_reason(error.condition, f"The condition {error}.")]
    except ElectionError as error:
        return [_reason(POTS, f"{error}.")]
    return []


def _named(plan: ConditionsPlan) -> Iterator[tuple[str, int]]:
    """Each number of a proposal that a condition names, with the condition."""
    yield from ((POTS, number) for pot in plan.pots for number in pot.projects)
    yield from ((PREFUNDED, number) for number in plan.prefunded)
    yield from ((EXCLUSIONS, number) for group in plan.exclusions for number in group)
    yield from ((SMALLEST, int(number)) for number in plan.smallest if number.isdecimal())


def _reason(condition: str, detail: str) -> Reason:
    return Reason("bad_condition", detail, {"condition": condition}, f"conditions.{condition}")
