"""How a demo is told: a clock that stands where the story is, and the steps that every story has."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.models import Account
from pbvote.accounts.roles import Actor, Role
from pbvote.db import Database
from pbvote.forums.models import Forum
from pbvote.keys import Keys
from pbvote.outcomes.service import count
from pbvote.publication.service import Candidate, prepare, publish
from pbvote.rounds.approvals import Consent
from pbvote.rounds.models import Round
from pbvote.voting.timekeeper import keep_time

PASSWORD = "tarnshire demo password"  # noqa: S105  # of made-up people on the demo's own machine
ZONE = "Europe/London"
NINE, MIDNIGHT = time(9, 0), time(23, 59)
ORGANISER, OFFICER, SECOND, CLERK = (f"{name}@tarnshire.example" for name in ("olive", "omar", "ruth", "clara"))


@dataclass(slots=True)
class StoryClock:
    """A clock that stands where the story is."""

    moment: datetime

    async def __call__(self, db: AsyncSession) -> datetime:
        """The story's time."""
        del db
        return self.moment


@dataclass(frozen=True, slots=True)
class Story:
    """The demo while it is being built. Chance is seeded, so that every demo tells the same story."""

    database: Database
    clock: StoryClock
    keys: Keys
    today: datetime
    chance: random.Random

    def at(self, days: int, hour: time = NINE) -> datetime:
        """Some days from today, at an hour of the forum's clocks."""
        day = (self.today.astimezone(ZoneInfo(ZONE)) + timedelta(days=days)).date()
        return datetime.combine(day, hour, ZoneInfo(ZONE)).astimezone(UTC)

    async def go_to(self, moment: datetime) -> None:
        """Let time pass until then, never beyond today."""
        self.clock.moment = min(moment, self.today)
        await keep_time(self.database, self.keys)


async def actor_of(db: AsyncSession, email: str, role: Role) -> Actor:
    """Somebody of the demo, in one role in every forum."""
    account = (await db.scalars(select(Account).where(Account.email == email))).one()
    forums = await db.scalars(select(Forum.id))
    return Actor(account.id, account.name, account.email, False, frozenset((forum, role) for forum in forums))


async def find_round(db: AsyncSession, slug: str) -> Round:
    """The round of that slug."""
    return (await db.scalars(select(Round).where(Round.slug == slug))).one()


async def count_and_publish(story: Story, slug: str) -> None:
    """Count the vote that is over; two officers publish what came of it."""
    async with story.database.session(write=True) as db:
        officer = await actor_of(db, OFFICER, Role.OFFICER)
        second = await actor_of(db, SECOND, Role.OFFICER)
        outcome = await count(db, story.keys, await find_round(db, slug), officer)
        candidate, consent = Candidate(outcome.id), Consent()
        for actor in (officer, second):
            round_ = await find_round(db, slug)
            prepared = await prepare(db, story.keys, round_, candidate, consent, actor)
            consent = Consent((await publish(db, story.keys, round_, prepared, consent, actor)).id)
