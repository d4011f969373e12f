"""What an organiser may change of a round, and what can be wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from pbvote.ballots.design import Design, design_reasons
from pbvote.errors import Reason
from pbvote.plain_text import Limit, read_texts
from pbvote.rounds.calendar import INSTANTS, NAMES, Calendar
from pbvote.rounds.phases import Phase
from pbvote.rounds.rules import rule_reasons, tie_reasons
from pbvote.rounds.templates import PotPlan, RuleChoice

MOST_POTS = 20
MOST_MONEY = 10**12
FUNDER = Limit(90)
TITLE = Limit(90)
ABOUT = {
    "title": TITLE,
    "description": Limit(5_000, required=False, lines=True),
    "eligibility": Limit(1_000, required=False, lines=True),
}
# How many of the calendar's instants lie behind a round in each phase in which it can be configured.
PASSED = {Phase.DRAFT: 0, Phase.PROPOSALS: 1, Phase.REVIEW: 2}


class AboutChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the round is about and who may vote."""

    title: str
    description: str
    eligibility: str
    version: int


class MoneyChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pots and the limits of an award, in pence."""

    pots: list[PotPlan]
    smallest_award: int | None
    largest_award: int | None
    version: int


class DatesChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The calendar, in local times of the forum: `2026-03-01T09:00`."""

    proposals_open: str | None
    proposals_close: str | None
    voting_open: str | None
    voting_close: str | None
    results: str | None
    version: int


class VoteChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ballot design, the rule with its parameters, and the order in which ties are broken."""

    design: Design
    rule: RuleChoice
    ties: list[str]
    version: int


class EmailLinkChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether electors can have a voting code by e-mail."""

    allowed: bool
    version: int


def pot_reasons(pots: Sequence[PotPlan]) -> list[Reason]:
    """What is wrong with pots whose funders were tidied."""
    reasons = []
    if len(pots) > MOST_POTS:
        detail = f"There are {len(pots)} pots; expected at most {MOST_POTS}."
        reasons.append(Reason("too_many_pots", detail, {"pots": len(pots), "most": MOST_POTS}, "pots"))
    for index, pot in enumerate(pots):
        reasons += read_texts({f"pots.{index}.funder": pot.funder}, {f"pots.{index}.funder": FUNDER})[1]
        reasons += _amount_reasons(pot.amount, f"pots.{index}.amount")
    return reasons


def award_reasons(smallest: int | None, largest: int | None) -> list[Reason]:
    """What is wrong with the limits of an award."""
    reasons = [] if smallest is None else _amount_reasons(smallest, "smallest_award")
    reasons += [] if largest is None else _amount_reasons(largest, "largest_award")
    if smallest is not None and largest is not None and smallest > largest:
        params: dict[str, int | str] = {"smallest": smallest, "largest": largest}
        detail = "The smallest award is larger than the largest."
        reasons.append(Reason("awards_out_of_order", detail, params, "smallest_award"))
    return reasons


def moved_reasons(before: Calendar, after: Calendar, phase: Phase, moment: datetime) -> list[Reason]:
    """What speaks against moving the dates of a round that is open: what has begun stays, what is moved lies ahead."""
    fixed = INSTANTS[: PASSED[phase]]
    reasons = []
    for (name, was), (_, becomes) in zip(before.items(), after.items(), strict=True):
        if was == becomes:
            continue
        if name in fixed:
            detail = f"The {NAMES[name]} has passed, so it can no longer be moved."
            reasons.append(Reason("date_has_passed", detail, {"what": name}, name))
        elif becomes is not None and becomes <= moment:
            detail = f"The {NAMES[name]} lies in the past."
            reasons.append(Reason("date_in_the_past", detail, {"what": name}, name))
    return reasons


def vote_reasons(design: Design, rule: RuleChoice, ties: Sequence[str]) -> list[Reason]:
    """What is wrong with a ballot design, a rule that counts such ballots, and the order of tie rules."""
    return design_reasons(design) + rule_reasons(rule.id, rule.parameters, design) + tie_reasons(ties)


def _amount_reasons(amount: int, field: str) -> list[Reason]:
    if 0 < amount <= MOST_MONEY:
        return []
    detail = f"An amount is from 1 to {MOST_MONEY:,} pence."
    return [Reason("bad_amount", detail, {"most": MOST_MONEY}, field)]
