"""Setting a round up: change it part by part, open it.

Each change names the version that it was made from, so that two organisers never overwrite each other. A draft may be
incomplete; a round that is open to the public always has everything that it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.rounds import RoundChanged, RoundOpened
from pbvote.audit.service import record
from pbvote.ballots.design import Design, Kind
from pbvote.db import now
from pbvote.errors import ChangedBySomebodyElse, InputIsWrong, Reason
from pbvote.plain_text import read_texts, tidy
from pbvote.rounds.calendar import INSTANTS, read_calendar
from pbvote.rounds.changes import (
    ABOUT,
    AboutChange,
    DatesChange,
    EmailLinkChange,
    MoneyChange,
    PollsChange,
    TalkChange,
    VoteChange,
    about_reasons,
    award_reasons,
    moved_reasons,
    polls_reasons,
    talk_reasons,
    vote_reasons,
)
from pbvote.rounds.conditions import (
    ConditionsChange,
    Nominee,
    proposal_reasons,
    round_reasons,
    shape_reasons,
    stored_conditions,
)
from pbvote.rounds.drafts import poll_of
from pbvote.rounds.match import match_rule_reasons
from pbvote.rounds.models import Pot, Round
from pbvote.rounds.phases import Action, NotInThisPhase
from pbvote.rounds.pots import pot_reasons
from pbvote.rounds.readiness import NotReady, completeness, readiness_to_open
from pbvote.rounds.rules import TOP, complete_parameters, rules_for
from pbvote.rounds.service import lock
from pbvote.rounds.templates import PollPlan, RuleChoice

# What the first of two votes begins with: everybody scores every proposal, and the nine best go on.
SHORTLIST = PollPlan(
    "The first vote",
    Design(Kind.SCORE, 1, None, None, 5, every=True),
    RuleChoice(TOP, {"k": 9, "utility": "mean"}),
    ("cheapest", "most-votes", "ballot-order"),
    0,
    0,
)


async def change_about(db: AsyncSession, round_: Round, change: AboutChange, actor: Actor) -> Round:
    """Change the texts, who confirms the result, the time for challenges, and whether the round only advises."""
    round_ = await _begin_change(db, round_, change.version, actor)
    texts, reasons = read_texts({field: getattr(change, field) for field in ABOUT}, ABOUT)
    _refuse(reasons + about_reasons(change, rehearsal=round_.rehearsal))
    for field, text in texts.items():
        setattr(round_, field, text)
    round_.challenge_days, round_.advisory = change.challenge_days, change.advisory
    _fit_rules(round_)
    after = {**texts, "challenge_days": change.challenge_days, "advisory": change.advisory}
    return await _end_change(db, round_, "about", after, actor)


async def change_money(db: AsyncSession, round_: Round, change: MoneyChange, actor: Actor) -> Round:
    """Change the pots, the smallest and largest award, the match rule and part-funding."""
    round_ = await _begin_change(db, round_, change.version, actor)
    pots = [pot.tidied for pot in change.pots]
    reasons = pot_reasons(pots, round_.category_ids) + award_reasons(change.smallest_award, change.largest_award)
    _refuse(reasons + match_rule_reasons(change.match))
    round_.pots = [Pot.of(pot, index) for index, pot in enumerate(pots)]
    after = {
        "smallest_award": change.smallest_award,
        "largest_award": change.largest_award,
        "match": msgspec.to_builtins(change.match),
        "part_funding": change.part_funding,
    }
    for field, value in after.items():
        setattr(round_, field, value)
    return await _end_change(db, round_, "money", {"pots": msgspec.to_builtins(pots), **after}, actor)


async def change_talk(db: AsyncSession, round_: Round, change: TalkChange, actor: Actor) -> Round:
    """Change whether residents may comment and back proposals, and how soon officers look at one."""
    round_ = await _begin_change(db, round_, change.version, actor)
    _refuse(talk_reasons(change))
    after = {name: getattr(change, name) for name in ("comments", "supports", "checked_within")}
    for field, value in after.items():
        setattr(round_, field, value)
    return await _end_change(db, round_, "talk", after, actor)


async def change_polls(db: AsyncSession, round_: Round, change: PollsChange, actor: Actor) -> Round:
    """Change how many votes there are, and their titles.

    The vote that decides stays as it is: a second one comes before it, makes a shortlist, and goes again.
    """
    round_ = await _begin_change(db, round_, change.version, actor)
    change = msgspec.structs.replace(change, titles=[tidy(title) for title in change.titles])
    _refuse(polls_reasons(change))
    polls = list(round_.polls)
    if change.count < len(polls):
        await db.delete(polls.pop(0))
        await db.flush()  # its place must be free before the other vote takes it
        polls[0].position = 1
    elif change.count > len(polls):
        polls[0].position = 2
        await db.flush()
        first = poll_of(SHORTLIST, 1)
        first.round_id = round_.id
        db.add(first)
        polls.insert(0, first)
    for poll, title in zip(polls, change.titles, strict=True):
        poll.title = title
    await db.flush()
    round_ = await lock(db, round_)
    after = {"count": change.count, "titles": change.titles}
    return await _end_change(db, round_, "polls", after, actor)


async def change_dates(db: AsyncSession, round_: Round, change: DatesChange, actor: Actor) -> Round:
    """Change the calendar. What has happened stays, and an open round's new dates lie ahead."""
    round_ = await _begin_change(db, round_, change.version, actor)
    texts: dict[str, str | None] = {name: getattr(change, name) for name in INSTANTS}
    calendar, reasons = read_calendar(texts, round_.forum.timezone)
    if round_.opened_at is not None and not reasons:
        moment = await now(db)
        reasons = moved_reasons(round_.calendar, calendar, round_.phase_at(moment), moment)
    _refuse(reasons)
    for name, at in calendar.items():
        setattr(round_, f"{name}_at", at)
    after = {name: at and at.isoformat() for name, at in calendar.items()}
    return await _end_change(db, round_, "dates", after, actor)


async def change_vote(db: AsyncSession, round_: Round, change: VoteChange, actor: Actor) -> Round:
    """Change how people vote and how the votes are counted."""
    round_ = await _begin_change(db, round_, change.version, actor)
    rule, design = change.rule, change.design
    poll = round_.poll_at(change.poll)
    among = rules_for(poll.position, len(round_.polls), advisory=round_.advisory)
    _refuse(vote_reasons(design, rule, change.ties, among))
    poll.design = msgspec.to_builtins(design)
    poll.rule_id, poll.rule_parameters = rule.id, complete_parameters(rule.id, rule.parameters)
    poll.ties = list(change.ties)
    choice = {"rule": rule.id, "parameters": poll.rule_parameters}
    after = {"poll": poll.position, "design": poll.design, **choice, "ties": poll.ties}
    return await _end_change(db, round_, "vote", after, actor)


async def change_conditions(
    db: AsyncSession, round_: Round, change: ConditionsChange, nominees: Mapping[int, Nominee], actor: Actor
) -> Round:
    """Change the conditions of the vote; `nominees` are the round's proposals by number."""
    round_ = await _begin_change(db, round_, change.version, actor)
    poll, plan, pots = round_.poll_at(change.poll), change.plan, round_.pot_plans
    _refuse(shape_reasons(plan))
    _refuse(round_reasons(plan, poll.rule_id, pots) or proposal_reasons(plan, poll.rule_id, pots, nominees))
    poll.conditions = stored_conditions(plan)
    return await _end_change(db, round_, "conditions", {"poll": poll.position, **poll.conditions}, actor)


async def change_email_link(db: AsyncSession, round_: Round, change: EmailLinkChange, actor: Actor) -> Round:
    """Let electors have a voting code by e-mail, or not. It can be stopped also while voting is open."""
    action = Action.CONFIGURE if change.allowed else Action.STOP_EMAIL_LINK
    round_ = await _begin_change(db, round_, change.version, actor, action)
    round_.email_link = change.allowed
    return await _end_change(db, round_, "email_link", {"allowed": change.allowed}, actor)


async def open_round(db: AsyncSession, round_: Round, actor: Actor) -> Round:
    """Open the round: from now on it is public and follows its calendar. Raises NotReady with every reason."""
    actor.require(round_.forum_id, Role.ORGANISER)
    round_ = await lock(db, round_)
    moment = await now(db)
    round_.require(Action.OPEN_ROUND, moment)
    if round_.opened_at is not None:
        raise NotInThisPhase("The round is open already.")
    if reasons := readiness_to_open(round_, moment):
        raise NotReady("The round is not ready to open.", reasons)
    round_.opened_at = moment
    round_.version += 1
    await record(db, RoundOpened(actor_id=actor.account_id, round_id=round_.id))
    return round_


def _fit_rules(round_: Round) -> None:
    """Give each vote whose rule is not for it (any more) the first rule that is."""
    for poll in round_.polls:
        among = rules_for(poll.position, len(round_.polls), advisory=round_.advisory)
        if poll.rule_id not in among:
            poll.rule_id = next(iter(among))
            poll.rule_parameters = complete_parameters(poll.rule_id, {})


async def _begin_change(
    db: AsyncSession, round_: Round, version: int, actor: Actor, action: Action = Action.CONFIGURE
) -> Round:
    actor.require(round_.forum_id, Role.ORGANISER)
    round_ = await lock(db, round_)
    round_.require(action, await now(db))
    if round_.version != version:
        raise ChangedBySomebodyElse("Somebody else changed this round. Load it again to see what is there now.")
    return round_


async def _end_change(db: AsyncSession, round_: Round, part: str, change: dict[str, Any], actor: Actor) -> Round:
    if round_.opened_at is not None:
        _refuse(completeness(round_))
    round_.version += 1
    await record(db, RoundChanged(actor_id=actor.account_id, round_id=round_.id, part=part, change=change))
    await db.flush()
    return round_


def _refuse(reasons: list[Reason]) -> None:
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
