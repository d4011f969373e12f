"""A database from which a power cut could take acknowledged votes is not served."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from litestar import Litestar
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from pbvote.app import create_app
from pbvote.commands.running import database_is_durable
from pbvote.db import Database, connect, database_clock, migrate
from pbvote.db.changes import changes_of
from pbvote.db.thread import WritingThread
from pbvote.durability import _of_postgresql, problems, require
from pbvote.errors import SettingsError
from pbvote.settings import Settings
from tests.postgres import Cluster

GOOD = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "synchronous_standby_names": ""}


@pytest.fixture(scope="module")
def durable_postgres() -> Iterator[str]:
    """The address of a PostgreSQL that keeps its promises, which those of the other tests do not."""
    cluster = Cluster(durable=True)
    cluster.start()
    url = cluster.url("postgres")
    anyio.run(migrate, url)
    yield url
    cluster.stop()


@pytest.fixture
async def postgres(durable_postgres: str) -> AsyncIterator[Database]:
    opened = connect(durable_postgres)
    yield opened
    await opened.close()


def loosened(url: str, *pragmas: str) -> Database:
    """The database as somebody might open it who wants speed."""

    def loosen(connection: Any, _: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    engine = create_async_engine(url)
    thread = create_engine(make_url(url).set(drivername="sqlite"))
    for one in (engine.sync_engine, thread):
        event.listen(one, "connect", loosen)
    return Database(engine, engine, WritingThread(thread, database_clock), database_clock, changes_of(url))


@pytest.mark.parametrize(
    ("pragmas", "words"),
    [
        (["journal_mode = DELETE", "synchronous = FULL"], ["journal_mode is delete", "expected wal"]),
        (["journal_mode = WAL", "synchronous = NORMAL"], ["synchronous is NORMAL", "FULL"]),
        (["journal_mode = WAL", "synchronous = OFF"], ["synchronous is OFF", "FULL"]),
    ],
)
async def test_sqlite_that_may_lose_commits_is_refused(sqlite_url: str, pragmas: list[str], words: list[str]) -> None:
    opened = loosened(sqlite_url, *pragmas)
    with pytest.raises(SettingsError) as refused:
        await require(opened)
    assert all(word in str(refused.value) for word in words)
    assert str(refused.value).count(".") == 1, "one sentence"
    await opened.close()


async def test_the_writer_of_sqlite_is_looked_at_too(sqlite_url: str) -> None:
    good, bad = connect(sqlite_url), loosened(sqlite_url, "journal_mode = WAL", "synchronous = NORMAL")
    await require(good)
    assert await problems(replace(good, writer=bad.engine)) != []
    assert await problems(replace(good, thread=bad.thread)) != []
    await good.close()
    await bad.close()


@pytest.mark.parametrize(("name", "value"), [("fsync", "off"), ("full_page_writes", "off")])
async def test_postgresql_that_may_lose_commits_is_refused(name: str, value: str) -> None:
    assert [name in sentence for sentence in _of_postgresql(GOOD | {name: value}, None)] == [True]


@pytest.mark.parametrize(
    ("commit", "standbys", "accepted"),
    [
        ("off", "", False),
        ("off", "standby", False),
        ("local", "standby", False),
        ("local", "", True),
        ("on", "", True),
        ("on", "standby", True),
        ("remote_write", "standby", True),
        ("remote_apply", "standby", True),
        ("something new", "", False),
    ],
)
def test_a_commit_waits_for_the_disk_and_for_the_standby_if_there_is_one(
    commit: str, standbys: str, *, accepted: bool
) -> None:
    settings = GOOD | {"synchronous_commit": commit, "synchronous_standby_names": standbys}
    assert (_of_postgresql(settings, None) == []) is accepted


async def test_the_fast_cluster_of_the_other_tests_is_refused(postgres_database_url: str) -> None:
    """The negative control of the one below: asked of a real server, with every reason."""
    opened = connect(postgres_database_url)
    found = " ".join(await problems(opened))
    assert all(name in found for name in ("fsync", "full_page_writes", "synchronous_commit"))
    with pytest.raises(SettingsError):
        await require(opened)
    await opened.close()


async def test_postgresql_as_it_comes_is_accepted(postgres: Database) -> None:
    assert await problems(postgres) == []


async def test_commits_that_a_role_or_database_turns_off_are_seen(durable_postgres: str, postgres: Database) -> None:
    async with postgres.session(write=True) as db:
        await db.execute(text("ALTER DATABASE postgres SET synchronous_commit = off"))
    again = connect(durable_postgres)
    try:
        assert ["synchronous_commit is off" in sentence for sentence in await problems(again)] == [True]
    finally:
        async with postgres.session(write=True) as db:
            await db.execute(text("ALTER DATABASE postgres RESET synchronous_commit"))
        await again.close()


async def test_an_unlogged_table_is_refused(postgres: Database) -> None:
    async with postgres.session(write=True) as db:
        await db.execute(text("ALTER TABLE waiting_ballots SET UNLOGGED"))
    assert ["waiting_ballots" in sentence for sentence in await problems(postgres)] == [True]
    async with postgres.session(write=True) as db:
        await db.execute(text("ALTER TABLE waiting_ballots SET LOGGED"))
    assert await problems(postgres) == []


async def starts(app: Litestar) -> bool:
    started = False
    try:
        async with app.lifespan():
            started = True
    except* SettingsError:
        await app.state["database"].close()
    return started


async def test_the_server_refuses_to_start(settings: Settings) -> None:
    """The tests' own PostgreSQL is the bad one here, and SQLite as we open it the good one."""
    assert await starts(create_app(settings, background=False)) is settings.embedded
    if settings.embedded:
        await database_is_durable(settings)
    else:
        with pytest.raises(SettingsError, match="lost in a power cut"):
            await database_is_durable(settings)


async def test_only_tests_have_a_way_around(settings: Settings) -> None:
    """The negative control: without the check it would start. No setting and no command leads there."""
    assert await starts(create_app(settings, background=False, durable=False))
    sources = Path(__file__).parents[2].joinpath("pbvote").rglob("*.py")
    assert [path.name for path in sources if "durable=False" in path.read_text()] == []


def test_sqlite_itself_says_what_our_connections_ask_for(sqlite_url: str) -> None:
    """A plain connection, as a tool would open it, does not: the settings are of the connection, not of the file."""
    with sqlite3.connect(sqlite_url.partition(":///")[2]) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
