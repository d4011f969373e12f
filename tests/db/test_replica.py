"""Public answers from a replica: only while it shows all that was written, and never an error because of it."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import anyio
import psycopg
import pytest
import sqlalchemy as sa
from litestar import Litestar

from pbvote.app import create_app
from pbvote.db import Database, connect, migrate
from pbvote.db import replica as module
from pbvote.db.replica import NoReplicaError, Replica
from pbvote.errors import SettingsError
from pbvote.forums.models import Forum
from pbvote.keys import make_keys
from pbvote.settings import read_settings
from tests.conftest import browser
from tests.house import make_forum
from tests.postgres import Cluster

pytestmark = pytest.mark.anyio
NAME = "town"


class Standby(Cluster):
    """A cluster that follows another one on this machine."""

    def copy(self, primary: Cluster) -> None:
        source = f"host={primary.folder} user=postgres"
        self._run("pg_basebackup", "-D", str(self.folder / "data"), "-d", source, "-R", "-c", "fast", "--no-sync")
        self.launch()


def ask(cluster: Cluster, statement: str) -> object:
    with psycopg.connect(host=str(cluster.folder), user="postgres", autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else None


@pytest.fixture(scope="module")
def clusters() -> Iterator[tuple[Cluster, Standby]]:
    primary, standby = Cluster(), Standby()
    try:
        primary.start()
        with psycopg.connect(host=str(primary.folder), user="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {NAME}".encode())
        anyio.run(migrate, primary.url(NAME))
        standby.copy(primary)
        yield primary, standby
    finally:
        for cluster in (standby, primary):
            with suppress(subprocess.CalledProcessError):
                cluster.stop()


@pytest.fixture
async def database(clusters: tuple[Cluster, Standby]) -> AsyncIterator[Database]:
    """The primary with its replica, and somebody who listens for changes."""
    primary, standby = clusters
    opened = connect(primary.url(NAME), replica_url=standby.url(NAME))
    listening = asyncio.create_task(opened.changes.follow())
    await until(lambda: opened.changes.version() is not None)
    try:
        yield opened
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await opened.close()


async def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "waited too long"
        await anyio.sleep(0.01)


def replica_of(database: Database) -> Replica:
    assert database.replica is not None
    return database.replica


async def look_until_it_shows_all(database: Database) -> None:
    replica, end = replica_of(database), time.monotonic() + 30
    while not replica.shows_all():
        assert time.monotonic() < end, "waited too long"
        await replica.look()


async def reads_from_replica(database: Database, *, fresh: bool = False) -> bool:
    async with database.session(write=False, fresh=fresh) as db:
        return bool(await db.scalar(sa.text("SELECT pg_is_in_recovery()")))


async def forums(database: Database) -> int:
    async with database.session(write=False, fresh=False) as db:
        return await db.scalar(sa.select(sa.func.count()).select_from(Forum)) or 0


async def add_forum(database: Database) -> None:
    async with database.session(write=True) as db:
        await make_forum(db, f"forum-{uuid4().hex}")


@asynccontextmanager
async def paused(standby: Standby) -> AsyncIterator[None]:
    """The standby replays nothing meanwhile."""
    ask(standby, "SELECT pg_wal_replay_pause()")
    await until(lambda: ask(standby, "SELECT pg_get_wal_replay_pause_state()") == "paused")
    try:
        yield
    finally:
        ask(standby, "SELECT pg_wal_replay_resume()")


async def test_a_replica_is_not_used_before_anybody_has_looked_at_it(database: Database) -> None:
    assert not await reads_from_replica(database)


async def test_what_need_not_be_fresh_is_read_from_it(database: Database) -> None:
    await look_until_it_shows_all(database)
    assert await reads_from_replica(database)
    assert not await reads_from_replica(database, fresh=True)
    async with database.session(write=True, fresh=False) as db:
        assert not await db.scalar(sa.text("SELECT pg_is_in_recovery()"))


async def test_whoever_has_just_written_reads_what_they_wrote(
    database: Database, clusters: tuple[Cluster, Standby]
) -> None:
    await look_until_it_shows_all(database)
    before = await forums(database)
    async with paused(clusters[1]):
        await add_forum(database)
        assert await forums(database) == before + 1
        assert not await reads_from_replica(database)
        for _ in range(3):
            await replica_of(database).look()
        assert not await reads_from_replica(database)
    await look_until_it_shows_all(database)
    assert await reads_from_replica(database)
    assert await forums(database) == before + 1


async def test_control_without_the_look_at_the_log_they_would_not(
    database: Database, clusters: tuple[Cluster, Standby], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await forums(database)
    monkeypatch.setattr(Replica, "shows_all", lambda _: True)
    async with paused(clusters[1]):
        await add_forum(database)
        assert await forums(database) == before


async def test_what_another_process_wrote_is_read_too(database: Database, clusters: tuple[Cluster, Standby]) -> None:
    await look_until_it_shows_all(database)
    before, known = await forums(database), database.changes.version()
    elsewhere = connect(clusters[0].url(NAME))
    async with paused(clusters[1]):
        await add_forum(elsewhere)
        await until(lambda: database.changes.version() != known)
        assert await forums(database) == before + 1
    await elsewhere.close()


async def test_a_replica_that_nobody_looked_at_for_a_second_is_not_used(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await look_until_it_shows_all(database)
    monkeypatch.setattr(module, "MOST_LAG", 0.0)
    assert not await reads_from_replica(database)


async def test_while_nobody_hears_of_changes_it_is_not_used(database: Database) -> None:
    await look_until_it_shows_all(database)
    replica = replica_of(database)
    deaf = replace(replica, changes=connect(str(database.engine.url)).changes)
    assert not deaf.shows_all()


async def test_another_primary_is_no_replica(clusters: tuple[Cluster, Standby]) -> None:
    wrong = connect(clusters[0].url(NAME), replica_url=clusters[0].url(NAME))
    with pytest.raises(NoReplicaError):
        await replica_of(wrong).look()
    await wrong.close()


async def test_one_that_fails_is_left_alone_and_found_again(
    database: Database, clusters: tuple[Cluster, Standby], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEFT_ALONE", 0.1)
    replica = replica_of(database)
    following = asyncio.create_task(replica.follow())
    await until(replica.shows_all)
    clusters[1].halt("immediate")
    await until(lambda: not replica.shows_all())
    assert not await reads_from_replica(database)
    clusters[1].launch()
    await until(replica.shows_all)
    assert await reads_from_replica(database)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


async def test_a_request_that_it_fails_is_answered_from_the_primary(
    clusters: tuple[Cluster, Standby], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Replica, "shows_all", lambda self: not self.failed.is_set())
    app = an_app(clusters, tmp_path)
    listening = asyncio.create_task(app.state["database"].changes.follow())
    await until(lambda: app.state["database"].changes.version() is not None)
    async with app.lifespan(), browser(app) as client:
        assert (await client.get("/api/forums")).status_code == 200
        assert not app.state["database"].replica.failed.is_set()
        clusters[1].halt("immediate")
        answer = await client.get("/api/forums?page=2")
        assert app.state["database"].replica.failed.is_set()
        listening.cancel()
    clusters[1].launch()
    assert answer.status_code == 200, answer.text
    with suppress(asyncio.CancelledError):
        await listening


def an_app(clusters: tuple[Cluster, Standby], folder: Path) -> Litestar:
    settings = read_settings(
        {
            "PBVOTE_DATA_DIR": str(folder / "data"),
            "PBVOTE_KEYS_DIR": str(folder / "keys"),
            "PBVOTE_DATABASE_URL": clusters[0].url(NAME),
            "PBVOTE_REPLICA_URL": clusters[1].url(NAME),
            "PBVOTE_BASE_URL": "https://vote.example.org",
        }
    )
    make_keys(settings.keys_dir, settings.name)
    return create_app(settings, background=False, durable=False)


@pytest.mark.parametrize("url", ["sqlite+aiosqlite:////x/y.db", "postgresql://x/y", "secret"])
def test_what_is_no_address_of_a_replica_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(SettingsError, match="PBVOTE_REPLICA_URL") as refused:
        read_settings({"PBVOTE_REPLICA_URL": url, "PBVOTE_DATABASE_URL": "postgresql+psycopg://a@b/c"})
    assert "secret" not in str(refused.value)
    with pytest.raises(SettingsError, match="PBVOTE_REPLICA_URL"):
        read_settings({"PBVOTE_REPLICA_URL": "postgresql+psycopg://a@b/c"})
