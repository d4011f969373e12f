"""What rounds look like over HTTP: cards, rounds, votes, approvals."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar.params import QueryParameter

from pbvote.accounts.roles import Actor
from pbvote.ballots.design import Design
from pbvote.forums.api import ContactOut, ForumBrief
from pbvote.rounds.approvals import OPEN_FOR
from pbvote.rounds.conditions import ConditionsPlan, read_conditions
from pbvote.rounds.match import MatchRule
from pbvote.rounds.models import Approval, Poll, Round
from pbvote.rounds.phases import Phase
from pbvote.rounds.pots import PotPlan
from pbvote.rounds.readiness import held, upcoming
from pbvote.rounds.templates import Category, Comments, RuleChoice
from pbvote.web.instants import Instant

# Which vote of a round an address asks for; the usual one where it does not say.
WhichPoll = Annotated[int | None, QueryParameter(name="poll", ge=1, le=2)]
NEXT_DATES = {
    Phase.PROPOSALS: "proposals_open",
    Phase.REVIEW: "proposals_close",
    Phase.VOTING: "voting_open",
    Phase.COUNTING: "voting_close",
    Phase.SHORTLIST: "second_voting_open",
    Phase.PUBLISHED: "results",
}
PLAIN = (
    *("smallest_award", "largest_award", "part_funding", "advisory", "confirmed_by", "challenge_days"),
    *("comments", "supports", "checked_within", "night", "current"),
)
SECOND_DATES = {Phase.VOTING: "second_voting_open", Phase.COUNTING: "second_voting_close"}


class CalendarOut(msgspec.Struct, frozen=True):
    """The instants of a round."""

    proposals_open: Instant | None
    proposals_close: Instant | None
    voting_open: Instant | None
    voting_close: Instant | None
    second_voting_open: Instant | None
    second_voting_close: Instant | None
    results: Instant | None

    @classmethod
    def of(cls, round_: Round, language: str) -> CalendarOut:
        """The round's calendar on the forum's clocks."""
        zone = round_.forum.timezone
        return cls(**{name: Instant.maybe(at, zone, language) for name, at in round_.calendar.items()})


class NextDate(msgspec.Struct, frozen=True):
    """The instant of the calendar that comes next."""

    what: str
    when: Instant

    @classmethod
    def of(cls, round_: Round, moment: datetime, language: str) -> NextDate | None:
        """What the calendar says next, or None while the round is held or when nothing is set."""
        step = upcoming(round_, moment)
        if step is None or step[1] is None or step[1] <= moment or step[0] not in NEXT_DATES:
            return None
        names = NEXT_DATES if round_.current == 1 else NEXT_DATES | SECOND_DATES
        return cls(names[step[0]], Instant.of(step[1], round_.forum.timezone, language))


class RoundCard(msgspec.Struct, frozen=True):
    """A round in a list. Money is pence; `paused_reason` is why its vote is paused, if it is."""

    slug: str
    title: str
    forum: ForumBrief
    phase: Phase
    held: bool
    paused_reason: str
    rehearsal: bool
    budget: int
    currency: str
    next_date: NextDate | None
    calendar: CalendarOut

    @classmethod
    def of(cls, round_: Round, moment: datetime, language: str) -> RoundCard:
        """The round as it stands at `moment`."""
        return cls(**card_values(round_, moment, language))


def card_values(round_: Round, moment: datetime, language: str) -> dict[str, Any]:
    """The fields of a RoundCard, for the shapes that say more."""
    return {
        "slug": round_.slug,
        "title": round_.title,
        "forum": ForumBrief.of(round_.forum),
        "phase": round_.phase_at(moment),
        "held": held(round_, moment),
        "paused_reason": round_.paused_reason if round_.phase_at(moment) is Phase.VOTING else "",
        "rehearsal": round_.rehearsal,
        "budget": round_.budget,
        "currency": round_.currency,
        "next_date": NextDate.of(round_, moment, language),
        "calendar": CalendarOut.of(round_, language),
    }


def settings_of(round_: Round) -> dict[str, Any]:
    """What a round's organisers chose and everybody may know, for the shapes of rounds and set-ups."""
    return {
        "categories": msgspec.convert(round_.categories, list[Category]),
        "pots": round_.pot_plans,
        "match": msgspec.convert(round_.match, MatchRule | None),
        **{name: getattr(round_, name) for name in PLAIN},
    }


class PollState(StrEnum):
    """How far a vote is."""

    TO_COME = "to_come"
    OPEN = "open"
    COUNTING = "counting"
    PUBLISHED = "published"
    CANCELLED = "cancelled"

    @classmethod
    def of(cls, round_: Round, position: int, moment: datetime) -> PollState:
        """How far the first (1) or the second (2) vote of a round is."""
        if position != round_.current:
            return cls.PUBLISHED if position < round_.current else cls.TO_COME
        phase = round_.phase_at(moment)
        if phase in {Phase.VOTING, Phase.COUNTING, Phase.CANCELLED}:
            return {Phase.VOTING: cls.OPEN, Phase.COUNTING: cls.COUNTING, Phase.CANCELLED: cls.CANCELLED}[phase]
        return cls.PUBLISHED if phase in {Phase.PUBLISHED, Phase.DELIVERY, Phase.CLOSED} else cls.TO_COME


class PollOut(msgspec.Struct, frozen=True):
    """A vote: its ballot design, its rule, the conditions that hold whatever the votes, and how far it is."""

    id: str
    position: int
    title: str
    design: Design
    rule: RuleChoice
    ties: list[str]
    conditions: ConditionsPlan
    opens: Instant | None
    closes: Instant | None
    state: PollState

    @classmethod
    def of(cls, round_: Round, poll: Poll, moment: datetime, language: str) -> PollOut:
        """The vote as it stands at `moment`."""
        zone = round_.forum.timezone
        opens, closes = round_.calendar.vote(poll.position)
        return cls(
            id=str(poll.id),
            position=poll.position,
            title=poll.title,
            design=msgspec.convert(poll.design, Design),
            rule=RuleChoice(poll.rule_id, poll.rule_parameters),
            ties=poll.ties,
            conditions=read_conditions(poll.conditions),
            opens=Instant.maybe(opens, zone, language),
            closes=Instant.maybe(closes, zone, language),
            state=PollState.of(round_, poll.position, moment),
        )


class RoundOut(RoundCard, frozen=True):
    """A round with everything that the public may know. A `preview` is not public yet: only its staff are shown it."""

    preview: bool
    description: str
    eligibility: str
    contact: ContactOut
    categories: list[Category]
    smallest_award: int | None
    largest_award: int | None
    pots: list[PotPlan]
    match: MatchRule | None
    part_funding: bool
    advisory: bool
    confirmed_by: str
    challenge_days: int
    comments: Comments
    supports: bool
    checked_within: int
    night: bool
    current: int
    polls: list[PollOut]
    poll: PollOut
    email_link: bool
    cancelled_reason: str

    @classmethod
    def of(cls, round_: Round, moment: datetime, language: str) -> RoundOut:
        """The round as it stands at `moment`."""
        polls = [PollOut.of(round_, poll, moment, language) for poll in round_.polls]
        return cls(
            **card_values(round_, moment, language),
            **settings_of(round_),
            preview=round_.opened_at is None,
            description=round_.description,
            eligibility=round_.eligibility,
            contact=ContactOut.of(round_.forum),
            polls=polls,
            poll=polls[round_.current - 1],
            email_link=round_.email_link,
            cancelled_reason=round_.cancelled_reason,
        )


class ApprovalOut(msgspec.Struct, frozen=True):
    """Something that needs two officers: who asked and why, who approved; `mine` is what the reader asked for.

    `poll` is the vote that it was asked for in, 1 or 2.
    """

    id: UUID
    poll: int
    action: str
    subject: str
    reason: str
    status: str
    mine: bool
    asked_by: str
    asked: Instant
    expires: Instant
    approved_by: str | None

    @classmethod
    def of(cls, approval: Approval, names: dict[Any, str], zone: str, language: str, actor: Actor) -> ApprovalOut:
        """The approval, with the names of accounts by id."""
        return cls(
            id=approval.id,
            poll=approval.poll,
            action=approval.action,
            subject=approval.subject,
            reason=approval.reason,
            mine=approval.asked_by == actor.account_id,
            status="asked" if approval.approved_by is None else "done",
            asked_by=names[approval.asked_by],
            asked=Instant.of(approval.asked_at, zone, language),
            expires=Instant.of(approval.asked_at + OPEN_FOR, zone, language),
            approved_by=names[approval.approved_by] if approval.approved_by else None,
        )
