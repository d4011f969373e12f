"""Setting a round up: make it from a template, change it part by part, open it.

Each change names the version that it was made from, so that two organisers never overwrite each other. A draft may be
incomplete; a round that is open to the public always has everything that it needs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events import RoundChanged, RoundMade, RoundOpened
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import ChangedBySomebodyElse, InputIsWrong, Reason
from pbvote.forums.models import Forum
from pbvote.forums.service import LONGEST_SLUG, forum_of
from pbvote.plain_text import read_texts, tidy
from pbvote.rounds.calendar import INSTANTS, read_calendar
from pbvote.rounds.changes import (
    ABOUT,
    TITLE,
    AboutChange,
    DatesChange,
    EmailLinkChange,
    MoneyChange,
    VoteChange,
    award_reasons,
    moved_reasons,
    pot_reasons,
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
from pbvote.rounds.models import Poll, Pot, Round
from pbvote.rounds.phases import Action, NotInThisPhase, Phase
from pbvote.rounds.readiness import NotReady, completeness, readiness_to_open
from pbvote.rounds.rules import complete_parameters
from pbvote.rounds.service import lock
from pbvote.rounds.templates import PotPlan, Template, template

# Letters that Unicode does not take apart into a plain one and a mark.
WITHOUT_MARKS = str.maketrans(
    {"Ł": "L", "ł": "l", "Ø": "O", "ø": "o", "Đ": "D", "đ": "d", "ß": "ss", "Æ": "Ae", "æ": "ae"}
)


async def make_round(db: AsyncSession, forum_slug: str, template_id: str, title: str, actor: Actor) -> Round:
    """A new draft from a template, under a slug made from its title. Raises NotFound, NotAllowed, InputIsWrong."""
    forum = await forum_of(db, forum_slug)
    actor.require(forum.id, Role.ORGANISER)
    texts, reasons = read_texts({"title": title}, {"title": TITLE})
    _refuse(reasons)
    chosen = template(template_id)
    base = slug_from(texts["title"])
    while True:
        round_ = _draft(forum, chosen, texts["title"], await free_slug(db, base), await now(db))
        try:
            async with db.begin_nested():
                db.add(round_)
        except IntegrityError:  # somebody else took the slug in this very moment
            continue
        event = RoundMade(actor_id=actor.account_id, round_id=round_.id, slug=round_.slug, template=chosen.id)
        await record(db, event)
        return await lock(db, round_)


async def change_about(db: AsyncSession, round_: Round, change: AboutChange, actor: Actor) -> Round:
    """Change the title, the description and who may vote."""
    round_ = await _begin_change(db, round_, change.version, actor)
    texts, reasons = read_texts({field: getattr(change, field) for field in ABOUT}, ABOUT)
    _refuse(reasons)
    for field, text in texts.items():
        setattr(round_, field, text)
    return await _end_change(db, round_, "about", texts, actor)


async def change_money(db: AsyncSession, round_: Round, change: MoneyChange, actor: Actor) -> Round:
    """Change the pots and the smallest and largest award."""
    round_ = await _begin_change(db, round_, change.version, actor)
    pots = [PotPlan(tidy(pot.funder), pot.amount) for pot in change.pots]
    _refuse(pot_reasons(pots) + award_reasons(change.smallest_award, change.largest_award))
    round_.pots = [Pot(position=index, funder=pot.funder, amount=pot.amount) for index, pot in enumerate(pots)]
    round_.smallest_award, round_.largest_award = change.smallest_award, change.largest_award
    after = msgspec.to_builtins(pots)
    awards = {"smallest_award": change.smallest_award, "largest_award": change.largest_award}
    return await _end_change(db, round_, "money", {"pots": after, **awards}, actor)


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
    _refuse(vote_reasons(design, rule, change.ties))
    poll = round_.poll
    poll.design = msgspec.to_builtins(design)
    poll.rule_id, poll.rule_parameters = rule.id, complete_parameters(rule.id, rule.parameters)
    poll.ties = list(change.ties)
    after = {"design": poll.design, "rule": rule.id, "parameters": poll.rule_parameters, "ties": poll.ties}
    return await _end_change(db, round_, "vote", after, actor)


async def change_conditions(
    db: AsyncSession, round_: Round, change: ConditionsChange, nominees: Mapping[int, Nominee], actor: Actor
) -> Round:
    """Change the conditions of the vote; `nominees` are the round's proposals by number."""
    round_ = await _begin_change(db, round_, change.version, actor)
    poll, plan = round_.poll, change.plan
    _refuse(shape_reasons(plan))
    categories = [category["id"] for category in round_.categories]
    _refuse(
        round_reasons(plan, poll.rule_id, round_.budget, categories)
        or proposal_reasons(plan, poll.rule_id, round_.budget, nominees)
    )
    poll.conditions = stored_conditions(plan)
    return await _end_change(db, round_, "conditions", poll.conditions, actor)


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


def slug_from(title: str) -> str:
    """A slug that reads like the title: `Your Forum, 2026!` -> `your-forum-2026`."""
    plain = unicodedata.normalize("NFKD", title.translate(WITHOUT_MARKS)).encode("ascii", "ignore").decode().lower()
    words = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    return "-".join(words)[: LONGEST_SLUG - 8].strip("-") or "round"


async def free_slug(db: AsyncSession, base: str) -> str:
    """The slug itself or, where a round has it already, with the first free number behind it."""
    taken = set(await db.scalars(select(Round.slug).where(or_(Round.slug == base, Round.slug.like(f"{base}-%")))))
    number = 2
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}" if base in taken else base


def _draft(forum: Forum, chosen: Template, title: str, slug: str, moment: datetime) -> Round:
    poll = Poll(
        position=1,
        title="The vote",
        design=msgspec.to_builtins(chosen.design),
        rule_id=chosen.rule.id,
        rule_parameters=complete_parameters(chosen.rule.id, chosen.rule.parameters),
        ties=list(chosen.ties),
        conditions={},
        budget=None,
    )
    pots = [Pot(position=index, funder=pot.funder, amount=pot.amount) for index, pot in enumerate(chosen.pots)]
    return Round(
        forum_id=forum.id,
        slug=slug,
        title=title,
        description=chosen.description,
        eligibility=chosen.eligibility,
        template=chosen.id,
        phase=Phase.DRAFT,
        currency=chosen.currency,
        categories=msgspec.to_builtins(chosen.categories),
        smallest_award=chosen.smallest_award,
        largest_award=chosen.largest_award,
        created_at=moment,
        cancelled_reason="",
        version=1,
        pots=pots,
        polls=[poll],
    )


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
