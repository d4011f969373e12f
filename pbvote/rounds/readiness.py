"""Whether a round may open: every reason why not, as the officer's page shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import ClassVar

import msgspec

from pbvote.ballots.design import Design, design_reasons
from pbvote.errors import DomainError, Reason
from pbvote.rounds.calendar import missing_reasons, order_reasons, past_reasons
from pbvote.rounds.conditions import read_conditions, round_reasons
from pbvote.rounds.match import MatchRule
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Phase, is_held, next_step
from pbvote.rounds.pots import pot_reasons
from pbvote.rounds.rules import ROUND_RULES, rule_reasons, rules_for, tie_reasons
from pbvote.tally.conditions import SMALLEST


class NotReady(DomainError):
    """The round cannot begin its next phase yet; `reasons` says everything that is missing."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Not ready yet"


def readiness_to_open(round_: Round, moment: datetime) -> list[Reason]:
    """Everything that keeps the organiser from opening the round; empty when nothing does."""
    return completeness(round_) + past_reasons(round_.calendar, moment)


def completeness(round_: Round) -> list[Reason]:
    """Everything that a round needs before the public sees it, whatever the time. An open round always has it."""
    return _about_reasons(round_) + _money_reasons(round_) + _date_reasons(round_) + _vote_reasons(round_)


def upcoming(round_: Round, moment: datetime) -> tuple[Phase, datetime | None] | None:
    """The phase that comes next, and when; None after the end."""
    return next_step(round_.phase_at(moment), round_.course)


def held(round_: Round, moment: datetime) -> bool:
    """Whether a beginning is due that has not happened, because the round is not ready for it."""
    return is_held(round_.phase_at(moment), round_.course, moment)


def _about_reasons(round_: Round) -> list[Reason]:
    texts = {"title": round_.title, "description": round_.description, "eligibility": round_.eligibility}
    reasons = [
        Reason("text_missing", f"The {field} is missing.", {"what": field}, field)
        for field, text in texts.items()
        if not text
    ]
    if not round_.categories:
        reasons.append(Reason("categories_missing", "There is no category for proposals.", {}, "categories"))
    if not round_.forum.contact_email and not round_.forum.contact_phone:
        detail = "The forum has no e-mail address and no telephone number that residents could turn to."
        reasons.append(Reason("contact_missing", detail, {}, "contact"))
    return reasons


def _money_reasons(round_: Round) -> list[Reason]:
    if round_.advisory:
        if not round_.pots:
            return []
        return [Reason("advisory_has_money", "A round that only advises has no money to give.", {}, "pots")]
    if not round_.budget:
        return [Reason("pots_missing", "There is no money in the round.", {}, "pots")]
    reasons = pot_reasons(round_.pot_plans, round_.category_ids) + _award_reasons(round_)
    match = msgspec.convert(round_.match, MatchRule | None)
    if match and match.cap is not None and match.cap < (round_.smallest_award or 0):
        detail = "The match rule gives less than the smallest award."
        params: dict[str, int | str] = {"cap": match.cap, "smallest": round_.smallest_award or 0}
        reasons.append(Reason("match_cap_too_small", detail, params, "match"))
    return reasons


def _award_reasons(round_: Round) -> list[Reason]:
    smallest, largest = round_.smallest_award or 0, round_.largest_award or round_.budget
    if max(smallest, largest) <= round_.budget:
        return []
    field = "largest_award" if largest > round_.budget else "smallest_award"
    detail = "An award can be larger than all the money of the round."
    params: dict[str, int | str] = {"award": max(smallest, largest), "budget": round_.budget}
    return [Reason("award_over_budget", detail, params, field)]


def _date_reasons(round_: Round) -> list[Reason]:
    return missing_reasons(round_.calendar, len(round_.polls)) + order_reasons(round_.calendar)


def _vote_reasons(round_: Round) -> list[Reason]:
    """What is wrong with each vote; with two, a reason says by its parameter `poll` which one it speaks of."""
    reasons = []
    for poll in round_.polls:
        among = rules_for(poll.position, len(round_.polls), advisory=round_.advisory)
        design = msgspec.convert(poll.design, Design)
        found = design_reasons(design)
        found += rule_reasons(poll.rule_id, poll.rule_parameters, design, among)
        found += tie_reasons(poll.ties)
        found += round_reasons(read_conditions(poll.conditions), poll.rule_id, round_.pot_plans)
        reasons += of_poll(found, poll.position) if len(round_.polls) > 1 else found
    reasons += _part_reasons(round_)
    return reasons or ([] if round_.polls else [Reason("poll_missing", "The round has no vote.", {}, "poll")])


def _part_reasons(round_: Round) -> list[Reason]:
    """Whether parts can be given at all by the rule of the vote that decides."""
    rule = ROUND_RULES.get(round_.polls[-1].rule_id) if round_.polls else None
    if not round_.part_funding or round_.advisory or rule is None or SMALLEST not in rule.refuses:
        return []
    detail = f"The rule {rule.name!r} cannot fund in part: {rule.refuses[SMALLEST]}."
    return [Reason("rule_funds_no_parts", detail, {"rule": rule.name}, "part_funding")]


def of_poll(reasons: list[Reason], position: int) -> list[Reason]:
    """The reasons, with the vote that they speak of."""
    return [replace(reason, params={**reason.params, "poll": position}) for reason in reasons]
