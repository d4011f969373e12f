"""Telling followers: a reader over the audit trail, which writes mails into the outbox.

Why a reader, and not a call in each verb. The verbs that change something (opening a vote, deciding on a proposal,
publishing) lie below and above this package, and a large forum has thousands of followers: a verb that wrote to all of
them would hold the locks of its change for as long. The audit event is in the verb's own transaction, so nothing is
told that did not happen, and everything that happened is told: later, in transactions of their own, some hundred
followers each. How far each event was told is a row for that event; a single position in the trail would pass over what
commits late. With several processes, whoever holds that row goes on with it, and the others go on with other events.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.audit.models import AuditEvent
from pbvote.db import Database, now
from pbvote.following.models import Follower, Following, FollowRequest, News, Told
from pbvote.following.news import KINDS, Concern, concern_of
from pbvote.following.service import FOLLOWERS, forget_those_who_follow_nothing
from pbvote.following.subjects import How, Kind
from pbvote.following.tokens import follower_token
from pbvote.following.writing import FollowWriter
from pbvote.installation.retention import kept_for
from pbvote.installation.service import kept
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer, SealIsBrokenError
from pbvote.notices.service import put
from pbvote.proposals.models import Proposal
from pbvote.rounds.phases import Phase

NEWS = "follow_news"
AT_ONCE = 300  # followers in one transaction
NO_NEWS_AFTER = timedelta(days=7)
DAILY_AT, DAILY_ZONE = time(17), ZoneInfo("Europe/London")
# Followings of a round and of its proposals are forgotten so long after the round is over.
KEPT_FOR = kept_for({}, "followers")  # unless an administrator chose otherwise
log = logging.getLogger("pbvote.following")


async def tell(database: Database, keys: Keys, writer: FollowWriter) -> int:
    """Tell followers of every event that they were not told of; how many were told, or have it in their daily mail."""
    told = 0
    async with database.session(write=False) as db:
        waiting = await _untold(db)
    for event_id in waiting:
        try:
            more = True
            while more:
                async with database.session(write=True, quiet=True) as db:
                    some, more = await _tell_some(db, keys, writer, event_id)
                told += some
        except Exception as error:  # noqa: BLE001  # whatever it is, the other events go on
            log.error("telling of event %s failed: %s", event_id, type(error).__name__)  # noqa: TRY400
    return told


async def send_daily(database: Database, keys: Keys, writer: FollowWriter) -> int:
    """Write the daily mails whose time has come; how many."""
    sent = 0
    while True:
        async with database.session(write=False) as db:
            if not await _due_daily(db):
                return sent
        async with database.session(write=True, quiet=True) as db:
            due = await _due_daily(db)
            for follower_id in due:
                await _send_one_daily(db, keys, writer, follower_id)
        sent += len(due)


async def forget_what_is_over(database: Database) -> None:
    """Forget requests that nobody confirmed, what was told long ago, and who follows rounds that are long over."""
    async with database.session(write=False) as db:
        moment = await now(db)
        over = await _followings_over(db, moment)
        stale = await db.scalar(select(FollowRequest.token_hash).where(FollowRequest.expires_at <= moment).limit(1))
        old = await db.scalar(select(Told.event_id).where(Told.at <= moment - 2 * NO_NEWS_AFTER).limit(1))
    if not over and stale is None and old is None:
        return
    async with database.session(write=True, quiet=True) as db:
        await db.execute(delete(FollowRequest).where(FollowRequest.expires_at <= moment))
        await db.execute(delete(Told).where(Told.at <= moment - 2 * NO_NEWS_AFTER))
        for start in range(0, len(over), AT_ONCE):
            some = over[start : start + AT_ONCE]
            await db.execute(delete(Following).where(Following.id.in_([following for following, _ in some])))
            await forget_those_who_follow_nothing(db, [follower for _, follower in some])


async def _untold(db: AsyncSession) -> list[UUID]:
    """The events of the last days that followers were not told of, the oldest first; none while nobody follows."""
    if await db.scalar(select(Following.id).limit(1)) is None:
        return []
    done = exists().where(Told.event_id == AuditEvent.id, Told.done.is_(True))
    recent = (AuditEvent.at > await now(db) - NO_NEWS_AFTER, AuditEvent.kind.in_(KINDS))
    return list(await db.scalars(select(AuditEvent.id).where(*recent, ~done).order_by(AuditEvent.at, AuditEvent.id)))


async def _tell_some(db: AsyncSession, keys: Keys, writer: FollowWriter, event_id: UUID) -> tuple[int, bool]:
    """Tell the next followers of an event; how many, and whether there may be more."""
    row = await _own_row(db, event_id)
    event = await db.get(AuditEvent, event_id)
    if row is None or event is None:
        return 0, False
    concern = await concern_of(db, event)
    followers = await _followers(db, concern, event.at, row.reached) if concern else []
    row.done = len(followers) < AT_ONCE
    row.reached = followers[-1].id if followers else row.reached
    if concern is None:
        return 0, False
    sealer = Sealer.of(keys.pepper, FOLLOWERS)
    messages = []
    for follower in followers:
        if follower.how == How.DAILY:
            db.add(News(follower_id=follower.id, event_id=event_id, at=await now(db)))
            continue
        with suppress(SealIsBrokenError):  # sealed with other keys: nobody can write to that address
            to, token = sealer.open(follower.id.bytes, follower.sealed, str), follower_token(keys, follower.id)
            messages.append(writer.news(writer.language(follower.language), to, [concern.item], token))
    await put(db, keys, event.round_id, NEWS, messages)
    return len(followers), not row.done


async def _own_row(db: AsyncSession, event_id: UUID) -> Told | None:
    """The row of an event, locked; None if another process is at it, or has finished it."""
    dialect = sqlite if db.get_bind().dialect.name == "sqlite" else postgresql
    values = {"event_id": event_id, "reached": None, "done": False, "at": await now(db)}
    await db.execute(dialect.insert(Told.__table__).values(values).on_conflict_do_nothing())
    query = select(Told).where(Told.event_id == event_id, Told.done.is_(False)).with_for_update(skip_locked=True)
    return await db.scalar(query.execution_options(populate_existing=True))


async def _followers(db: AsyncSession, concern: Concern, at: datetime, reached: UUID | None) -> list[Follower]:
    """The next followers whom it concerns and who followed before it happened, in the order of their random ids."""
    by_kind: dict[Kind, list[UUID]] = {}
    for kind, subject in concern.subjects:
        by_kind.setdefault(kind, []).append(subject)
    some = [and_(Following.kind == kind, Following.subject.in_(ids)) for kind, ids in by_kind.items()]
    theirs = select(Following.follower_id).where(or_(*some), Following.since <= at)
    query = select(Follower).where(Follower.id.in_(theirs)).order_by(Follower.id).limit(AT_ONCE)
    return list(await db.scalars(query if reached is None else query.where(Follower.id > reached)))


async def _due_daily(db: AsyncSession) -> Sequence[UUID]:
    """Some followers with news that came before the daily hour that was last."""
    there = (await now(db)).astimezone(DAILY_ZONE)
    last = datetime.combine(there.date(), DAILY_AT, DAILY_ZONE)
    last = last if last <= there else datetime.combine(there.date() - timedelta(days=1), DAILY_AT, DAILY_ZONE)
    query = select(News.follower_id).where(News.at <= last).distinct().order_by(News.follower_id)
    return list(await db.scalars(query.limit(AT_ONCE)))


async def _send_one_daily(db: AsyncSession, keys: Keys, writer: FollowWriter, follower_id: UUID) -> None:
    """Write one daily mail and delete its news. Two processes meet at the rows of the news, and one finds them gone."""
    gone = delete(News).where(News.follower_id == follower_id).returning(News.event_id)
    event_ids = list(await db.scalars(gone))
    follower = await db.get(Follower, follower_id)
    if not event_ids or follower is None:
        return
    events = select(AuditEvent).where(AuditEvent.id.in_(event_ids)).order_by(AuditEvent.at, AuditEvent.id)
    concerns = [await concern_of(db, event) for event in await db.scalars(events)]
    items = [concern.item for concern in concerns if concern is not None]
    if not items:
        return
    with suppress(SealIsBrokenError):
        to = Sealer.of(keys.pepper, FOLLOWERS).open(follower.id.bytes, follower.sealed, str)
        message = writer.news(writer.language(follower.language), to, items, follower_token(keys, follower.id))
        await put(db, keys, None, NEWS, [message])


async def _followings_over(db: AsyncSession, moment: datetime) -> list[tuple[UUID, UUID]]:
    """The followings, with their followers, of rounds that have been over for long and of their proposals."""
    ends = select(AuditEvent.round_id, AuditEvent.data).where(
        AuditEvent.kind == "phase_began",
        AuditEvent.at <= moment - await kept(db, "followers"),
        AuditEvent.round_id.is_not(None),
    )
    rounds = [round_id for round_id, data in await db.execute(ends) if Phase(data["phase"]).over]
    if not rounds:
        return []
    proposals = select(Proposal.id).where(Proposal.round_id.in_(rounds))
    of_rounds = and_(Following.kind == Kind.ROUND, Following.subject.in_(rounds))
    of_proposals = and_(Following.kind == Kind.PROPOSAL, Following.subject.in_(proposals))
    query = select(Following.id, Following.follower_id).where(or_(of_rounds, of_proposals)).limit(10 * AT_ONCE)
    return [(following, follower) for following, follower in await db.execute(query)]
