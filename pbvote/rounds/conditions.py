"""Conditions of a round's vote, as organisers set them up, and what can be wrong with them. Pure.

They have the shape of the tally's conditions, but money is pence, and projects are called by the numbers of their
proposals: those exist, and are public, long before there is a ballot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from pbvote.errors import Reason
from pbvote.rounds.pots import MOST_MONEY, PotPlan, tally_pots
from pbvote.rounds.pots import proposal_reasons as pot_reasons
from pbvote.rounds.rules import ALL_RULES, MINOR_UNITS, ROUND_RULES
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

MOST_SUPPORTERS, MOST_RESERVE, MOST_NAMED = 1_000_000, 1_000, 1_000


class ConditionsPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Conditions; none of those that are empty or 0. Projects are numbers of proposals, as text in `smallest`."""

    prefunded: list[int]
    exclusions: list[list[int]]
    min_votes: int
    smallest: dict[str, int]
    reserve: int


class ConditionsChange(ConditionsPlan, frozen=True, forbid_unknown_fields=True):
    """The conditions of one of the votes, all of them."""

    poll: int
    version: int

    @property
    def plan(self) -> ConditionsPlan:
        """The conditions alone."""
        return ConditionsPlan(**{name: getattr(self, name) for name in ConditionsPlan.__struct_fields__})


NONE: Mapping[str, Any] = {PREFUNDED: [], EXCLUSIONS: [], MIN_VOTES: 0, SMALLEST: {}, RESERVE: 0}


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


def within(plan: ConditionsPlan, numbers: Collection[int]) -> ConditionsPlan:
    """The conditions without what they say of other proposals than these: not all come on the second ballot."""
    groups = [[number for number in group if number in numbers] for group in plan.exclusions]
    return msgspec.structs.replace(
        plan,
        prefunded=[number for number in plan.prefunded if number in numbers],
        exclusions=[group for group in groups if len(group) > 1],
        smallest={number: least for number, least in plan.smallest.items() if int(number) in numbers},
    )


def for_the_tally(plan: ConditionsPlan, reference: Mapping[int, str], pots: Sequence[PotPlan] = ()) -> Conditions:
    """The conditions as the tally takes them; `reference` is the tally's id of each proposal's project."""
    return Conditions(
        pots=tally_pots(pots, reference),
        prefunded=tuple(reference[number] for number in plan.prefunded),
        exclusions=tuple(tuple(reference[number] for number in group) for group in plan.exclusions),
        min_votes=plan.min_votes,
        smallest={reference[int(number)]: least for number, least in plan.smallest.items()},
        reserve=plan.reserve,
    )


def shape_reasons(plan: ConditionsPlan) -> list[Reason]:
    """What is wrong with conditions whatever the round: numbers that are too large, or none."""
    reasons = []
    for name, value, most in (
        (MIN_VOTES, plan.min_votes, MOST_SUPPORTERS),
        (RESERVE, plan.reserve, MOST_RESERVE),
    ):
        if not 0 <= value <= most:
            detail = f"Expected a number from 0 to {most:,}."
            reasons.append(Reason("condition_out_of_range", detail, {"most": most}, f"conditions.{name}"))
    if len(list(_named(plan))) > MOST_NAMED:
        reasons.append(_reason(EXCLUSIONS, f"More than {MOST_NAMED:,} proposals are named."))
    reasons += [
        _reason(SMALLEST, f"{number!r} is not the number of a proposal.")
        for number in plan.smallest
        if not (number.isascii() and number.isdigit() and len(number) <= len(str(MOST_MONEY)))
    ]
    return reasons


def round_reasons(plan: ConditionsPlan, rule_id: str, pots: Sequence[PotPlan]) -> list[Reason]:
    """Which conditions, or fences of pots, the vote's rule cannot honour."""
    rule = ALL_RULES.get(rule_id)
    if rule is None:
        return []
    names = list(stored_conditions(plan))
    if rule.decides_money and any(pot.fenced for pot in pots):
        names.append(POTS)
    return [
        Reason(
            "rule_refuses_condition",
            f"The rule {rule_id!r} cannot honour the condition {name!r}: {rule.refuses[name]}.",
            {"rule": rule_id, "condition": name},
            POTS if name == POTS else f"conditions.{name}",
        )
        for name in names
        if name in rule.refuses
    ]


def proposal_reasons(
    plan: ConditionsPlan, rule_id: str, pots: Sequence[PotPlan], nominees: Mapping[int, Nominee]
) -> list[Reason]:
    """Why conditions do not fit the proposals: a number that is none of them, or what the tally itself refuses.

    The tally is asked with an election that nobody has voted in yet. What is wrong with the pots themselves is another
    matter (`rounds.pots`); then it is asked as if they were one.
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
    budget = sum(pot.amount for pot in pots)
    if not budget or not stored_conditions(plan) or rule_id not in ROUND_RULES:
        return []
    payable = [] if pot_reasons(pots, nominees) else pots
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
        count(election, ROUND_RULES["greedy"].name, conditions=for_the_tally(plan, reference, payable))
    except ConditionError as error:
        return [_reason(error.condition, f"The condition {error}.")]
    except ElectionError as error:
        return [_reason(POTS, f"{error}.")]
    return []


def _named(plan: ConditionsPlan) -> Iterator[tuple[str, int]]:
    """Each number of a proposal that a condition names, with the condition."""
    yield from ((PREFUNDED, number) for number in plan.prefunded)
    yield from ((EXCLUSIONS, number) for group in plan.exclusions for number in group)
    yield from ((SMALLEST, int(number)) for number in plan.smallest if number.isdecimal())


def _reason(condition: str, detail: str) -> Reason:
    return Reason("bad_condition", detail, {"condition": condition}, f"conditions.{condition}")
