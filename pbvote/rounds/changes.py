"""What an organiser may change of a round, and what can be wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from pbvote.ballots.design import Design, design_reasons
from pbvote.errors import Reason
from pbvote.plain_text import Limit, text_reasons
from pbvote.rounds.calendar import INSTANTS, NAMES, Calendar
from pbvote.rounds.match import MatchRule
from pbvote.rounds.phases import Phase
from pbvote.rounds.pots import MOST_MONEY, PotPlan
from pbvote.rounds.rules import ROUND_RULES, rule_reasons, tie_reasons
from pbvote.rounds.templates import Comments, RuleChoice
from pbvote.tally.rules.rule import Rule

TITLE = Limit(90)
MOST_DAYS = 365
MOST_POLLS = 2
ABOUT = {
    "title": TITLE,
    "description": Limit(5_000, required=False, lines=True),
    "eligibility": Limit(1_000, required=False, lines=True),
    "confirmed_by": Limit(90, required=False),
}
# How many of the calendar's instants lie behind a round in each phase in which it can be configured.
PASSED = {Phase.DRAFT: 0, Phase.PROPOSALS: 1, Phase.REVIEW: 2}


class AboutChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the round is about, who may vote, who confirms the result, and how many days it can be challenged.

    An advisory round orders proposals and gives no money.
    """

    title: str
    description: str
    eligibility: str
    confirmed_by: str
    challenge_days: int
    advisory: bool
    version: int


class MoneyChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pots, the limits of an award in pence, the match rule, and whether an award may be a part of the ask."""

    pots: list[PotPlan]
    smallest_award: int | None
    largest_award: int | None
    match: MatchRule | None
    part_funding: bool
    version: int


class TalkChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether residents may comment and back proposals, and in how many working days officers look at one."""

    comments: Comments
    supports: bool
    checked_within: int
    version: int


class PollsChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many votes there are, one or two, and what each is called."""

    count: int
    titles: list[str]
    version: int


class DatesChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The calendar, in local times of the forum: `2026-03-01T09:00`."""

    proposals_open: str | None
    proposals_close: str | None
    voting_open: str | None
    voting_close: str | None
    results: str | None
    version: int
    second_voting_open: str | None = None
    second_voting_close: str | None = None


class VoteChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ballot design, the rule with its parameters, and the order in which ties are broken, of one of the votes."""

    poll: int
    design: Design
    rule: RuleChoice
    ties: list[str]
    version: int


class EmailLinkChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether electors can have a voting code by e-mail."""

    allowed: bool
    version: int


def about_reasons(change: AboutChange, *, rehearsal: bool) -> list[Reason]:
    """What is wrong with the numbers of what a round is about: only a rehearsal has no time for challenges."""
    least = 0 if rehearsal else 1
    return _number_reasons(change.challenge_days, least, MOST_DAYS, "challenge_days")


def talk_reasons(change: TalkChange) -> list[Reason]:
    """What is wrong with how residents and officers talk."""
    return _number_reasons(change.checked_within, 1, MOST_DAYS, "checked_within")


def polls_reasons(change: PollsChange) -> list[Reason]:
    """What is wrong with the number of votes and their titles, which were tidied."""
    if not 1 <= change.count <= MOST_POLLS or len(change.titles) != change.count:
        detail = "A round has one vote or two, and each has a title."
        return [Reason("bad_polls", detail, {"most": MOST_POLLS}, "polls")]
    return [
        reason for index, title in enumerate(change.titles) for reason in text_reasons(title, f"titles.{index}", TITLE)
    ]


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


def vote_reasons(
    design: Design, rule: RuleChoice, ties: Sequence[str], among: Mapping[str, Rule] = ROUND_RULES
) -> list[Reason]:
    """What is wrong with a ballot design, a rule of these that counts such ballots, and the order of tie rules."""
    return design_reasons(design) + rule_reasons(rule.id, rule.parameters, design, among) + tie_reasons(ties)


def _amount_reasons(amount: int, field: str) -> list[Reason]:
    if 0 < amount <= MOST_MONEY:
        return []
    detail = f"An amount is from 1 to {MOST_MONEY:,} pence."
    return [Reason("bad_amount", detail, {"most": MOST_MONEY}, field)]


def _number_reasons(number: int, least: int, most: int, field: str) -> list[Reason]:
    if least <= number <= most:
        return []
    return [
        Reason(
            "number_out_of_range", f"Expected a number from {least} to {most}.", {"least": least, "most": most}, field
        )
    ]
