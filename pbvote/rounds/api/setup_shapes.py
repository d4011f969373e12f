"""What the set-up of a round looks like over HTTP, and the templates and rules that there are to choose."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pbvote.accounts.roles import Actor
from pbvote.ballots.design import Design
from pbvote.forums.api import ForumBrief
from pbvote.rounds.conditions import ConditionsPlan, read_conditions
from pbvote.rounds.match import MatchRule
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.phases import Phase
from pbvote.rounds.pots import PotPlan
from pbvote.rounds.rules import ALL_RULES, default_of, rules_for
from pbvote.rounds.shapes import CalendarOut, settings_of
from pbvote.rounds.templates import Category, Comments, RuleChoice, Template, UsualPhase
from pbvote.tally.rules import Kind, Parameter
from pbvote.tally.rules.rule import Rule
from pbvote.web.instants import Instant


class ParameterOut(msgspec.Struct, frozen=True):
    """A parameter of a rule. `kind` says what a value is: one of `choices`, yes or no, or what is typed.

    Money is pence, a fraction is text such as `1/3` or `none`. `least` bounds numbers and money from below. Where
    `default` is None, a value must be given.
    """

    name: str
    kind: Kind
    choices: list[str] | None
    least: int | None
    default: int | str | bool | None

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


class SetupPoll(msgspec.Struct, frozen=True):
    """A vote as its organisers set it up; `rules` are the ids of those that it may be counted by."""

    position: int
    title: str
    design: Design
    rule: RuleChoice
    ties: list[str]
    conditions: ConditionsPlan
    rules: list[str]

    @classmethod
    def of(cls, round_: Round, poll: Poll) -> SetupPoll:
        """The vote."""
        return cls(
            position=poll.position,
            title=poll.title,
            design=msgspec.convert(poll.design, Design),
            rule=RuleChoice(poll.rule_id, poll.rule_parameters),
            ties=poll.ties,
            conditions=read_conditions(poll.conditions),
            rules=list(rules_for(poll.position, len(round_.polls), advisory=round_.advisory)),
        )


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
    match: MatchRule | None
    part_funding: bool
    advisory: bool
    confirmed_by: str
    challenge_days: int
    comments: Comments
    supports: bool
    checked_within: int
    night: bool
    rehearsal: bool
    calendar: CalendarOut
    current: int
    polls: list[SetupPoll]
    email_link: bool
    rules: list[RuleOut]
    my_roles: list[str]

    @classmethod
    def of(cls, round_: Round, moment: datetime, language: str, actor: Actor) -> SetupOut:
        """The set-up as the actor sees it."""
        return cls(
            **settings_of(round_),
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
            budget=round_.budget,
            rehearsal=round_.rehearsal,
            calendar=CalendarOut.of(round_, language),
            polls=[SetupPoll.of(round_, poll) for poll in round_.polls],
            email_link=round_.email_link,
            rules=[RuleOut.of(rule) for rule in ALL_RULES.values()],
            my_roles=sorted(actor.roles_in(round_.forum_id)),
        )


class TemplateOut(msgspec.Struct, frozen=True):
    """A template to choose; a forum's `own` one can be removed.

    `rules` are those of its votes, one or two. `budget` is pence, 0 where money has to be put in.
    """

    id: str
    title: str
    sentence: str
    own: bool
    phases: list[UsualPhase]
    budget: int
    advisory: bool
    night: bool
    rules: list[str]

    @classmethod
    def of(cls, template: Template, *, own: bool) -> TemplateOut:
        """The template in short."""
        return cls(
            id=template.id,
            title=template.title,
            sentence=template.sentence,
            own=own,
            phases=list(template.phases),
            budget=sum(pot.amount for pot in template.pots),
            advisory=template.advisory,
            night=template.night,
            rules=[poll.rule.id for poll in template.polls],
        )
