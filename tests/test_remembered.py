"""What tests begin with: put back only where all is as it was, and then it is what the steps themselves write."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.rounds.models import Round
from tests.conftest import SettableClock
from tests.house import make_codes, make_forum, make_people, make_round, open_the_vote
from tests.remembered import TABLES, remembered

TIMES = ["first", "second", "third"]
_opened: dict[str, list[UUID]] = {}


@dataclass
class Counted:
    """A step that writes a forum, and how often it was taken itself."""

    database: Database
    taken: list[str] = field(default_factory=list)

    async def __call__(self, slug: str = "the-moors") -> str:
        async def step() -> str:
            self.taken.append(slug)
            async with self.database.session(write=True) as db:
                await make_forum(db, slug)
            return slug

        return await remembered(self.database, None, ("counted", slug), step)

    async def forgotten(self) -> None:
        """As if it had never been taken."""
        async with self.database.session(write=True) as db:
            for table in ("forum_areas", "forums"):
                await db.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608  # our own names


@pytest.fixture
async def counted(database: Database) -> Counted:
    """A step that has been taken as often as it takes to be remembered."""
    step = Counted(database)
    for _ in range(2):
        await step()
        await step.forgotten()
    step.taken.clear()
    return step


async def slugs(database: Database) -> list[str]:
    async with database.session(write=False) as db:
        return list(await db.scalars(sa.text("SELECT slug FROM forums ORDER BY slug")))


async def test_is_put_back_where_all_is_as_it_was(database: Database, counted: Counted) -> None:
    before = database.changes.version()
    assert await counted() == "the-moors"
    assert counted.taken == []
    assert await slugs(database) == ["the-moors"]
    assert before is None or database.changes.version() != before


@pytest.mark.parametrize("what", ["a row", "the time", "the arguments"])
async def test_is_taken_itself_where_anything_is_different(
    database: Database, clock: SettableClock, counted: Counted, what: str
) -> None:
    if what == "a row":
        async with database.session(write=True) as db:
            await make_forum(db, "another")
    if what == "the time":
        clock.advance(microseconds=1)
    slug = "elsewhere" if what == "the arguments" else "the-moors"
    await counted(slug)
    assert counted.taken == [slug]


@pytest.mark.parametrize("time", TIMES)
async def test_a_vote_that_was_put_back_is_open_and_guarded(
    database: Database, keys: Keys, clock: SettableClock, time: str
) -> None:
    assert time in TIMES
    await make_people(database)
    await make_round(database)
    assert len(await make_codes(database, keys)) == 5
    poll = await open_the_vote(database, keys, clock)
    opened = _opened.setdefault(database.engine.dialect.name, [])
    opened.append(poll)
    assert len(opened) < len(TIMES) or opened.count(poll) > 1
    assert list(keys.folder.glob(f"polls/{poll}.*"))
    assert all(path.stat().st_mode & 0o077 == 0 for path in keys.folder.rglob("*"))
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.session(write=True) as db:
            await db.execute(sa.delete(AuditEvent))
    with pytest.raises(DBAPIError):  # what refers to it is looked at again
        async with database.session(write=True) as db:
            await db.execute(sa.delete(Round))


def test_every_table_is_looked_at() -> None:
    assert {"accounts", "rounds", "slots", "audit_events"} <= set(TABLES)
