"""A disk that fills: what can wait is refused, votes are taken, and the reserve lets the vote be closed."""

from __future__ import annotations

import errno
import logging
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from pbvote import metrics
from pbvote.ballotlog.service import intact_leaves
from pbvote.db import Database, connect
from pbvote.keys import Keys, make_keys
from pbvote.operations.disk import LOW, MIB, RESERVE, SCARCE, Disk, guard, is_full
from pbvote.voting.timekeeper import keep_time
from pbvote.web.room import DiskIsNearlyFull, waits
from tests.conftest import SettableClock
from tests.operations.kept import Vote, begin_a_vote, vote_with


class Small:
    """A disk of so many free bytes; the reserve counts."""

    def __init__(self, folder: Path, free: int) -> None:
        self.folder, self.free = folder, free

    def __call__(self, folder: Path) -> int:
        assert folder == self.folder
        return self.free


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pbvote.db"


def test_the_bounds_are_in_order_and_leave_room_for_the_reserve() -> None:
    assert RESERVE <= SCARCE < LOW


@pytest.mark.parametrize(
    ("free", "room"), [(LOW, "enough"), (LOW - 1, "low"), (SCARCE, "low"), (SCARCE - 1, "scarce"), (0, "scarce")]
)
def test_how_much_room_there_is(file: Path, free: int, room: str) -> None:
    disk = Disk(file, Small(file.parent, 10 * LOW), size=MIB)
    assert disk.look() == "enough"
    disk.usage = Small(file.parent, free)
    assert disk.look() == room


def test_the_reserve_is_real_space_for_its_owner_only_and_is_kept(file: Path) -> None:
    disk = Disk(file, Small(file.parent, 10 * LOW), size=MIB)
    disk.look()
    stat = disk.reserve.stat()
    assert (disk.reserve.name, stat.st_size, stat.st_mode & 0o777) == ("pbvote.db-reserve", MIB, 0o600)
    assert stat.st_blocks * 512 >= MIB, "a hole in a file reserves nothing"
    disk.look()
    assert disk.reserve.stat().st_ino == stat.st_ino


def test_no_reserve_is_made_where_it_would_fill_the_disk(file: Path) -> None:
    disk = Disk(file, Small(file.parent, SCARCE + MIB - 1), size=MIB)
    assert disk.look() == "scarce"
    assert not disk.reserve.exists()


def test_it_is_given_up_loudly_and_made_anew_when_there_is_room(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    disk = Disk(file, Small(file.parent, 10 * LOW), size=MIB)
    disk.look()
    with caplog.at_level(logging.WARNING, "pbvote.disk"):
        disk.give_up_reserve()
        disk.give_up_reserve()
        assert [record.levelname for record in caplog.records] == ["ERROR"], "said once"
        assert (disk.room, disk.reserved, metrics.DISK_RESERVE_BYTES._value.get()) == ("scarce", 0, 0)
        disk.usage = Small(file.parent, MIB)
        assert disk.look() == "scarce"
        disk.usage = Small(file.parent, 10 * LOW)
        assert disk.look() == "enough"
    assert disk.reserved == MIB
    assert "room on the disk again" in caplog.text


def test_a_disk_that_does_not_answer_changes_nothing(file: Path) -> None:
    def away(_: Path) -> int:
        raise OSError(errno.EIO, "Input/output error")

    disk = Disk(file, away, room="low")
    assert disk.look() == "low"


def test_what_is_a_full_disk_and_what_is_not() -> None:
    assert is_full(OSError(errno.ENOSPC, ""))
    assert not is_full(OSError(errno.EACCES, ""))
    assert not is_full(None)
    assert not is_full(ValueError())


async def test_a_failed_write_gives_the_reserve_up(sqlite_url: str) -> None:
    """SQLite itself says that it is full: here because the file may not grow."""
    database = connect(sqlite_url)
    disk = guard(database, Path(sqlite_url.partition(":///")[2]))
    assert disk
    disk.size = MIB
    disk.look()
    async with database.session(write=True) as db:
        await db.execute(text("CREATE TABLE filling (content BLOB)"))
    await filled(database, 1)
    assert disk.reserved == MIB, "the control: a write that fits leaves it alone"
    with pytest.raises(OperationalError, match="full"):
        await filled(database, 1 << 22)
    assert (disk.reserved, disk.room) == (0, "scarce")
    await filled(database, 1)
    await database.close()


async def test_a_full_disk_of_another_database_gives_nothing_up(sqlite_url: str, tmp_path: Path) -> None:
    """Engines may share a dialect, as here, and with it the event that says that something failed."""
    other = Path(shutil.copy(sqlite_url.partition(":///")[2], tmp_path / "other.db"))
    database, full = connect(sqlite_url), connect(f"sqlite+aiosqlite:///{other}")
    full.engine.sync_engine.dialect = database.engine.sync_engine.dialect
    full.writer.sync_engine.dialect = database.writer.sync_engine.dialect
    disk, its = guard(database, Path(sqlite_url.partition(":///")[2])), guard(full, other)
    assert disk
    assert its
    async with full.session(write=True) as db:
        await db.execute(text("CREATE TABLE filling (content BLOB)"))
    with pytest.raises(OperationalError, match="full"):
        await filled(full, 1 << 22)
    assert (disk.room, its.room) == ("enough", "scarce")
    await full.close()
    await database.close()


async def filled(database: Database, size: int) -> None:
    async with database.session(write=True) as db:
        pages = await db.scalar(text("PRAGMA page_count"))
        await db.execute(text(f"PRAGMA max_page_count = {(pages or 0) + 50}"))
        await db.execute(text("INSERT INTO filling VALUES (randomblob(:size))"), {"size": size})
        await db.execute(text("PRAGMA max_page_count = 1000000000"))


async def test_after_a_full_disk_nothing_is_lost_and_the_vote_is_closed(
    sqlite_url: str, tmp_path: Path, keys_of_sqlite: Keys, clock: SettableClock
) -> None:
    """While the disk is full votes are refused; what was acknowledged stays; with the reserve the vote closes."""
    del tmp_path
    database = connect(sqlite_url, clock)
    disk = guard(database, Path(sqlite_url.partition(":///")[2]))
    assert disk
    vote = await begin_a_vote(database, keys_of_sqlite, clock)
    async with database.session(write=True) as db:
        pages = await db.scalar(text("PRAGMA page_count"))
        await db.execute(text(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(OperationalError, match="full"):
        await vote_one_by_one(database, keys_of_sqlite, vote)
    acknowledged = len(vote.receipts)
    assert disk.room == "scarce"
    async with database.session(write=True) as db:
        await db.execute(text("PRAGMA max_page_count = 1000000000"))  # what giving up the reserve does
    clock.advance(days=15)
    await keep_time(database, keys_of_sqlite)
    async with database.session(write=False) as db:
        leaves = await intact_leaves(db, keys_of_sqlite, vote.poll)
    ballots = {leaf.partition(b" ")[2].decode() for leaf in leaves if leaf.startswith(b"ballot ")}
    assert len(ballots) == acknowledged
    assert leaves[-1].startswith(b"close ")
    with sqlite3.connect(sqlite_url.partition(":///")[2]) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    await database.close()


async def vote_one_by_one(database: Database, keys: Keys, vote: Vote) -> None:
    for first in range(28, 60):
        await vote_with(database, keys, vote, first, first + 1)


@pytest.fixture
def keys_of_sqlite(tmp_path: Path) -> Keys:
    return make_keys(tmp_path / "keys", "vote.example.org")


@pytest.fixture
async def served(app: Litestar, database: Database, keys: Keys, clock: SettableClock) -> AsyncIterator[Vote]:
    yield await begin_a_vote(database, keys, clock)
    app.state["disk"] = None


def scarce(app: Litestar, room: str) -> None:
    disk = Disk(Path("/nowhere/pbvote.db"))
    disk.room = room  # type: ignore[assignment]
    app.state["disk"] = disk


COMMENT = "/api/rounds/harbourside-2026/questions"
BALLOT = "/api/polls/{poll}/ballot"
SIGN_IN = {"email": "officer@example.org", "password": "a long enough password"}


async def test_what_can_wait_is_refused_and_votes_are_taken(
    app: Litestar, client: httpx.AsyncClient, served: Vote
) -> None:
    ballot = {"code": served.codes[50], "choices": [1], "points": None, "idempotency_key": "a-key-that-is-long-enough"}
    for room, expected in (("enough", False), ("low", False), ("scarce", True)):
        scarce(app, room)
        asked = await client.post(COMMENT, json={"name": "Ann", "text": "When?"})
        assert (asked.status_code == 507) is expected, (room, asked.text)
        if expected:
            assert asked.json()["code"] == "disk_is_nearly_full"
            assert int(asked.headers["retry-after"]) > 0
        cast = await client.put(BALLOT.format(poll=served.poll), json=ballot)
        assert cast.status_code == 200, cast.text
        assert (await client.get("/api/rounds/harbourside-2026")).status_code == 200
        assert (await client.post("/api/login", json=SIGN_IN)).status_code == 200


async def test_which_routes_wait(app: Litestar) -> None:
    """Every route that writes: uploads first, then what residents write; votes, codes and officers never wait."""
    low, scarce_now = set[str](), set[str]()
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if handler.http_methods & {"POST", "PUT", "DELETE"}:
                low |= {route.path} if waits(handler, "low") else set()
                scarce_now |= {route.path} if waits(handler, "scarce") else set()
    assert low < scarce_now
    assert {path for path in low if path.endswith(("/photos", "/documents", "/roll-file"))}
    assert all("/polls/" not in path or "/email-link" in path for path in scarce_now)
    assert not {path for path in scarce_now if "/login" in path or path.endswith(("/close", "/count", "/publication"))}
    assert issubclass(DiskIsNearlyFull, Exception)
