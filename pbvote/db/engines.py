"""Engines and sessions.

SQLite and PostgreSQL are equals. On SQLite every write transaction begins with BEGIN IMMEDIATE, because a deferred one
fails at once with "database is locked" when two writers meet; the journal is WAL with synchronous=FULL.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from pbvote.db.addresses import patient
from pbvote.db.away import is_passing
from pbvote.db.changes import ROWS_BEFORE, Changes, changes_of
from pbvote.db.clock import Clock, database_clock
from pbvote.db.replica import Replica
from pbvote.db.rows import FROM_HEX
from pbvote.db.thread import T, Work, WritingThread
from pbvote.db.turn import Turn

WAIT_SECONDS = 60
# For each connection to PostgreSQL: who waits longer for a lock or an answer is told to try again, and a transaction
# of a process that stands still lets its locks go.
POSTGRES_LIMITS = {
    "lock_timeout": "10s",
    "statement_timeout": "120s",
    "idle_in_transaction_session_timeout": "15min",
}


@dataclass(frozen=True, slots=True)
class Database:
    """An engine, the engine for writing, the thread for what is written whole, and the clock that goes with them.

    On SQLite writers have a connection of their own and wait for it in the order in which they came: however many wait,
    readers are never held up. On PostgreSQL both are one engine.
    """

    engine: AsyncEngine
    writer: AsyncEngine
    thread: WritingThread
    clock: Clock
    changes: Changes
    replica: Replica | None = None

    @asynccontextmanager
    async def session(self, *, write: bool, quiet: bool = False, fresh: bool = True) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends well, rolled back when it does not.

        With `fresh=False`, reading may be from a replica, if there is one that shows all that this process knows to be
        committed: for public answers that are kept for a moment anyway.

        What it writes is told to every process that keeps public answers, unless it is `quiet`: no public page shows
        it.
        """
        if not write and not fresh and self.replica and self.replica.shows_all():
            async with _from_replica(self.replica, self.clock) as session:
                yield session
            return
        engine = self.writer.execution_options(pbvote_write=True) if write else self.engine
        async with AsyncSession(engine, expire_on_commit=False, info={"clock": self.clock}) as session:
            yield session
            told = write and not quiet and session.in_transaction() and await self.changes.mark(session)
            try:
                await session.commit()
            finally:  # also when nobody knows whether the commit arrived
                if told:
                    self.changes.committed()

    async def write_whole(self, work: Work[T]) -> T:
        """One quiet transaction in the writing thread: `work` gets its session and waits for nothing else.

        As `session(write=True, quiet=True)`, but the event loop goes on. On SQLite it waits among the other writers.
        """
        if self.engine is self.writer:
            return await self.thread.run(work)
        async with self.writer.connect():
            return await self.thread.run(work)

    @property
    def engines(self) -> set[sa.Engine]:
        """Every engine that there is on the primary."""
        return {self.engine.sync_engine, self.writer.sync_engine, self.thread.engine}

    async def close(self) -> None:
        """Close every connection."""
        self.changes.close()
        self.thread.close()
        if self.replica:
            await self.replica.close()
        await self.engine.dispose()
        await self.writer.dispose()


@asynccontextmanager
async def _from_replica(replica: Replica, clock: Clock) -> AsyncIterator[AsyncSession]:
    """A session that reads from the replica, which is left alone for a while when it fails."""
    try:
        info = {"clock": clock, "replica": True}
        async with AsyncSession(replica.engine, expire_on_commit=False, info=info) as session:
            yield session
    except Exception as error:
        if is_passing(error):
            replica.leave_alone()
        raise


def connect(url: str, clock: Clock = database_clock, replica_url: str = "") -> Database:
    """Open the database at `url`; nothing is created but, for SQLite, the folder that the file lies in.

    `replica_url` is a standby of it for public reading, if there is one (PostgreSQL only).

    Parameters are hidden from error messages: an error in casting must not write a ballot or a code into a log.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine, changes = create_async_engine(patient(url), **_server(url)), changes_of(url)
        thread = sa.create_engine(patient(url), **_server(url) | {"pool_size": 1, "max_overflow": 0})
        replica = None
        if replica_url:
            replica = Replica(create_async_engine(patient(replica_url), **_server(replica_url)), engine, changes)
        return Database(engine, engine, WritingThread(thread, clock), clock, changes, replica)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    waiting: dict[str, Any] = {"hide_parameters": True, "pool_timeout": WAIT_SECONDS}
    # The connection that was used last is used first: each keeps pages and statements, and mostly few are in use.
    engine = create_async_engine(url, pool_size=8, max_overflow=8, pool_use_lifo=True, **waiting)
    alone = waiting | {"pool_size": 1, "max_overflow": 0}
    writer = create_async_engine(url, **alone)
    thread = sa.create_engine(parsed.set(drivername="sqlite"), **alone)
    turn = Turn(Path(f"{parsed.database}-writing")) if parsed.database else None
    if turn:
        event.listen(thread, "begin", turn.take)
    for one in (engine.sync_engine, writer.sync_engine, thread):
        event.listen(one, "connect", _configure_sqlite)
        event.listen(one, "begin", _begin_sqlite)
    whole = WritingThread(thread.execution_options(pbvote_write=True), clock, turn)
    return Database(engine, writer, whole, clock, changes_of(url))


def _server(url: str) -> dict[str, Any]:
    """Connections that are asked whether they live before they are used, and wait for no server that vanished."""
    return {
        "hide_parameters": True,
        "pool_pre_ping": True,
        "pool_size": 10,
        "max_overflow": 10,
        "pool_timeout": 10,
        "pool_use_lifo": True,  # the one that was used last: its server process has what it takes at hand
        "connect_args": _limits(url),
    }


def _limits(url: str) -> dict[str, object]:
    """POSTGRES_LIMITS, unless the address says its own options."""
    if "options" in sa.make_url(url).query:
        return {}
    return {"options": " ".join(f"-c {name}={value}" for name, value in POSTGRES_LIMITS.items())}


def _configure_sqlite(connection: Any, record: object) -> None:  # noqa: ANN401  # a driver's connection has no common type
    del record
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    connection.create_function(FROM_HEX, 1, bytes.fromhex, deterministic=True)
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {WAIT_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "temp_store = MEMORY",  # nothing about ballots reaches a temporary file
        "secure_delete = ON",  # a superseded row leaves no bytes behind
        "cache_size = -512",  # KiB: readers keep no page beyond the next write anyway
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    raw = connection.connection
    raw.info[ROWS_BEFORE] = raw.driver_connection.total_changes  # type: ignore[union-attr]  # it is there
    write = connection.get_execution_options().get("pbvote_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
