"""From a template to a round that is not stored yet, and back."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pbvote.forums.models import Forum
from pbvote.rounds.calendar import Calendar
from pbvote.rounds.models import CHALLENGE_DAYS, Poll, Pot, Round
from pbvote.rounds.phases import Phase
from pbvote.rounds.rules import complete_parameters
from pbvote.rounds.templates import PollPlan, Template, UsualPhase

DAY = 24 * 60 * 60
COPIED = (
    *("title", "description", "eligibility", "currency", "categories", "smallest_award", "largest_award", "match"),
    *("part_funding", "advisory", "confirmed_by", "challenge_days", "comments", "supports", "checked_within", "night"),
)


def draft(forum: Forum, chosen: Template, title: str, slug: str, moment: datetime) -> Round:
    """A round that is not stored yet, set up as the template says."""
    values = {name: msgspec.to_builtins(getattr(chosen, name)) for name in COPIED} | {"title": title}
    return Round(
        forum_id=forum.id,
        slug=slug,
        template=chosen.id,
        phase=Phase.DRAFT,
        created_at=moment,
        cancelled_reason="",
        version=1,
        pots=[Pot.of(pot, index) for index, pot in enumerate(chosen.pots)],
        polls=[poll_of(plan, index) for index, plan in enumerate(chosen.polls, start=1)],
        **values,
    )


def as_template(round_: Round) -> Template:
    """The set-up of a round, without its dates and all that speaks of its proposals.

    A pot that is for some of its proposals alone is left out: without them it would be for anything. How long the
    phases usually take is told by the round's calendar, where it has one.
    """
    pots = [msgspec.structs.replace(pot, proposals=[]) for pot in round_.pot_plans if pot.categories or not pot.fenced]
    values = {name: getattr(round_, name) for name in COPIED} | {
        "id": round_.template,
        "sentence": "",
        "challenge_days": round_.challenge_days or CHALLENGE_DAYS,  # a rehearsal has none
        "pots": pots,
        "phases": usual_phases(round_.calendar),
        "polls": [_plan(poll) for poll in round_.polls],
    }
    return msgspec.convert(values, Template)


def usual_phases(calendar: Calendar) -> list[UsualPhase]:
    """The phases between the instants of a calendar, with their days; those whose instants are not set are left out."""
    return [
        UsualPhase(phase, max(1, round((end - begin).total_seconds() / DAY)))
        for phase, begin, end in (
            (Phase.PROPOSALS, calendar.proposals_open, calendar.proposals_close),
            (Phase.REVIEW, calendar.proposals_close, calendar.voting_open),
            (Phase.VOTING, calendar.voting_open, calendar.voting_close),
            (Phase.SHORTLIST, calendar.voting_close, calendar.second_voting_open),
            (Phase.VOTING, calendar.second_voting_open, calendar.second_voting_close),
            (Phase.COUNTING, calendar.second_voting_close or calendar.voting_close, calendar.results),
        )
        if begin and end
    ]


def poll_of(plan: PollPlan, position: int) -> Poll:
    """The vote of a plan, in its place."""
    return Poll(
        position=position,
        title=plan.title,
        design=msgspec.to_builtins(plan.design),
        rule_id=plan.rule.id,
        rule_parameters=complete_parameters(plan.rule.id, plan.rule.parameters),
        ties=list(plan.ties),
        conditions={name: value for name in ("min_votes", "reserve") if (value := getattr(plan, name))},
        budget=None,
    )


def _plan(poll: Poll) -> PollPlan:
    values = {
        "title": poll.title,
        "design": poll.design,
        "rule": {"id": poll.rule_id, "parameters": poll.rule_parameters},
        "ties": poll.ties,
        "min_votes": poll.conditions.get("min_votes", 0),
        "reserve": poll.conditions.get("reserve", 0),
    }
    return msgspec.convert(values, PollPlan)
