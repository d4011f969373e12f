"""What rounds look like over HTTP: cards, rounds, set-ups, templates, approvals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar.params import QueryParameter

from pbvote.accounts.roles import Actor
from pbvote.ballots.design import Design
from pbvote.forums.api import ContactOut, ForumBrief
from pbvote.rounds.approvals import OPEN_FOR
from pbvote.rounds.conditions import ConditionsPlan, read_conditions
from pbvote.rounds.models import Approval, Poll, Round
from pbvote.rounds.phases import Phase
from pbvote.rounds.readiness import held, upcoming
from pbvote.rounds.rules import ROUND_RULES, default_of
from pbvote.rounds.templates import Category, PotPlan, RuleChoice, Template, UsualPhase
from pbvote.tally.rules import Kind, Parameter, Rule
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
        "budget": round_.budget,
        "currency": round_.currency,
        "next_date": NextDate.of(round_, moment, language),
        "calendar": CalendarOut.of(round_, language),
    }


class PollOut(msgspec.Struct, frozen=True):
    """A vote: its ballot design, its rule, and the conditions that hold whatever the votes."""

    id: str
    title: str
    design: Design
    rule: RuleChoice
    ties: list[str]
    conditions: ConditionsPlan

    @classmethod
    def of(cls, poll: Poll) -> PollOut:
        """The poll."""
        design = msgspec.convert(poll.design, Design)
        rule, conditions = RuleChoice(poll.rule_id, poll.rule_parameters), read_conditions(poll.conditions)
        return cls(str(poll.id), poll.title, design, rule, poll.ties, conditions)


class RoundOut(RoundCard, frozen=True):
    """A round with everything that the public may know."""

    description: str
    eligibility: str
    contact: ContactOut
    categories: list[Category]
    smallest_award: int | None
    largest_award: int | None
    pots: list[PotPlan]
    poll: PollOut
    email_link: bool
    cancelled_reason: str

    @classmethod
    def of(cls, round_: Round, moment: datetime, language: str) -> RoundOut:
        """The round as it stands at `moment`."""
        return cls(
            **card_values(round_, moment, language),
            description=round_.description,
            eligibility=round_.eligibility,
            contact=ContactOut.of(round_.forum),
            categories=msgspec.convert(round_.categories, list[Category]),
            smallest_award=round_.smallest_award,
            largest_award=round_.largest_award,
            pots=[PotPlan(pot.funder, pot.amount) for pot in round_.pots],
            poll=PollOut.of(round_.poll),
            email_link=round_.email_link,
            cancelled_reason=round_.cancelled_reason,
        )


class ParameterOut(msgspec.Struct, frozen=True):
    """A parameter of a rule. `kind` says what a value is: one of `choices`, yes or no, or what is typed.

    Money is pence, a fraction is text such as `1/3` or `none`. `least` bounds numbers and money from below.
    """

    name: str
    kind: Kind
    choices: list[str] | None
    least: int | None
    default: int | str | bool

    @classmethod
    def of(cls, parameter: Parameter) -> ParameterOut:
        """The parameter as the tally knows it."""
        least = parameter.least if parameter.kind in {Kind.NUMBER, Kind.MONEY} else None
        choices = list(parameter.choices) or None
        return cls(parameter.name, parameter.kind, choices, least, default_of(parameter))


class RuleOut(msgspec.Struct, frozen=True):
    """A rule that a round can be counted by."""

    id: str
    title: str
    sentence: str
    parameters: list[ParameterOut]

    @classmethod
    def of(cls, rule: Rule) -> RuleOut:
        """The rule as the tally knows it."""
        parameters = [ParameterOut.of(parameter) for parameter in rule.parameters]
        return cls(rule.name, rule.name.replace("-", " ").capitalize(), rule.about, parameters)


class SetupOut(msgspec.Struct, frozen=True):
    """A round as its organisers set it up."""

    slug: str
    title: str
    description: str
    eligibility: str
    forum: ForumBrief
    template: str
    phase: Phase
    paused_reason: str
    opened: Instant | None
    version: int
    currency: str
    categories: list[Category]
    pots: list[PotPlan]
    budget: int
    smallest_award: int | None
    largest_award: int | None
    calendar: CalendarOut
    design: Design
    rule: RuleChoice
    ties: list[str]
    conditions: ConditionsPlan
    email_link: bool
    rules: list[RuleOut]
    my_roles: list[str]

    @classmethod
    def of(cls, round_: Round, moment: datetime, language: str, actor: Actor) -> SetupOut:
        """The set-up as the actor sees it."""
        poll = round_.poll
        return cls(
            slug=round_.slug,
            title=round_.title,
            description=round_.description,
            eligibility=round_.eligibility,
            forum=ForumBrief.of(round_.forum),
            template=round_.template,
            phase=round_.phase_at(moment),
            paused_reason=round_.paused_reason,
            opened=Instant.maybe(round_.opened_at, round_.forum.timezone, language),
            version=round_.version,
            currency=round_.currency,
            categories=msgspec.convert(round_.categories, list[Category]),
            pots=[PotPlan(pot.funder, pot.amount) for pot in round_.pots],
            budget=round_.budget,
            smallest_award=round_.smallest_award,
            largest_award=round_.largest_award,
            calendar=CalendarOut.of(round_, language),
            design=msgspec.convert(poll.design, Design),
            rule=RuleChoice(poll.rule_id, poll.rule_parameters),
            ties=poll.ties,
            conditions=read_conditions(poll.conditions),
            email_link=round_.email_link,
            rules=[RuleOut.of(rule) for rule in ROUND_RULES.values()],
            my_roles=sorted(actor.roles_in(round_.forum_id)),
        )


class TemplateOut(msgspec.Struct, frozen=True):
    """A template to choose."""

    id: str
    title: str
    sentence: str
    phases: list[UsualPhase]

    @classmethod
    def of(cls, template: Template) -> TemplateOut:
        """The template in short."""
        return cls(template.id, template.title, template.sentence, list(template.phases))


class ApprovalOut(msgspec.Struct, frozen=True):
    """Something that needs two officers: who asked and why, who approved; `mine` is what the reader asked for."""

    id: UUID
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
