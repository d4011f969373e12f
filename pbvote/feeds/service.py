"""The key dates and the news of the rounds that are public. Drafts and rehearsals never are, whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.audit.models import AuditEvent
from pbvote.db import now
from pbvote.errors import NotFound
from pbvote.forums.models import Forum
from pbvote.forums.service import is_slug
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Phase

MOST_ROUNDS = 500
MOST_NEWS = 50
KEPT = timedelta(days=550)  # how long a round stays in calendars after it was opened; a running one stays
OVER = (Phase.CLOSED, Phase.CANCELLED)
MOVING = ("round_changed", "voting_extended", "phase_began")  # what can change or cancel a date
TOLD = ("round_opened", "phase_began", "voting_extended")
TOLD_PHASES = (Phase.VOTING, Phase.SHORTLIST, Phase.PUBLISHED, Phase.CANCELLED)


@dataclass(frozen=True, slots=True)
class KeyDate:
    """An instant of a round's calendar."""

    round_: Round
    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """How often the dates of a round may have changed, and when they did last."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened to a round: `opened`, `extended`, or the phase that began."""

    id: UUID
    round_: Round
    what: str
    at: datetime


async def public_round(db: AsyncSession, slug: str) -> Round:
    """The round of that slug, if feeds may speak of it. Raises NotFound."""
    query = select(Round).where(Round.slug == slug, Round.opened_at.is_not(None), Round.rehearsal.is_(False))
    round_ = await db.scalar(query) if is_slug(slug) else None
    if round_ is None:
        raise NotFound("There is no such round.")
    return round_


async def public_rounds(db: AsyncSession, forum: Forum | None = None) -> list[Round]:
    """The rounds of a forum, or of all, that calendars and news speak of: those that run, and the ones of late."""
    since = await now(db) - KEPT
    query = select(Round).where(Round.opened_at.is_not(None), Round.rehearsal.is_(False))
    query = query.where((Round.opened_at > since) | Round.phase.not_in(OVER))
    if forum is not None:
        query = query.where(Round.forum_id == forum.id)
    return list(await db.scalars(query.order_by(Round.opened_at.desc(), Round.id.desc()).limit(MOST_ROUNDS)))


def key_dates(rounds: Sequence[Round]) -> list[KeyDate]:
    """Every instant that is set in the calendars of some rounds, in order."""
    dates = [KeyDate(one, what, at) for one in rounds for what, at in one.calendar.items() if at is not None]
    return sorted(dates, key=lambda date: (date.at, date.round_.slug))


def planned(rounds: Sequence[Round]) -> list[KeyDate]:
    """The same without the rounds that were cancelled: nothing of theirs will happen."""
    return key_dates([one for one in rounds if one.phase != Phase.CANCELLED])


async def revisions(db: AsyncSession, rounds: Sequence[Round]) -> dict[UUID, Revision]:
    """How often the dates of each round may have changed, by the round's id."""
    query = (
        select(AuditEvent.round_id, func.count(), func.max(AuditEvent.at))
        .where(AuditEvent.round_id.in_([round_.id for round_ in rounds]), AuditEvent.kind.in_(MOVING))
        .group_by(AuditEvent.round_id)
    )
    found = {round_id: (count, at) for round_id, count, at in await db.execute(query)}
    none = (0, None)
    return {
        one.id: Revision(found.get(one.id, none)[0], max(filter(None, (found.get(one.id, none)[1], one.opened_at))))
        for one in rounds
    }


async def news(db: AsyncSession, rounds: Sequence[Round]) -> list[News]:
    """The newest things to tell of some rounds, the newest first. Nothing from before a round was public is told."""
    by_id = {round_.id: round_ for round_ in rounds}
    query = (
        select(AuditEvent)
        .where(AuditEvent.round_id.in_(by_id), AuditEvent.kind.in_(TOLD))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(MOST_NEWS * 4)
    )
    told = []
    for event in await db.scalars(query):
        round_ = by_id.get(event.round_id) if event.round_id else None
        what = {"round_opened": "opened", "voting_extended": "extended"}.get(event.kind) or event.data["phase"]
        if (
            round_
            and round_.opened_at
            and event.at >= round_.opened_at
            and what in {"opened", "extended", *TOLD_PHASES}
        ):
            told.append(News(event.id, round_, what, event.at))
    return told[:MOST_NEWS]
