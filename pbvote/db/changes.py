"""That what the public can read may have changed: told by whoever writes it, heard by every process on the database.

The mark of a change is made in the transaction that makes the change, so it cannot be seen before it, nor lost after
it. On SQLite it is the file's `user_version`, read when it is asked for; on PostgreSQL a notification, for which every
process listens on a connection of its own.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db.addresses import patient

if TYPE_CHECKING:
    import psycopg

CHANNEL = "pbvote_changed"
# Only a transaction that has written (or locked) something has a number.
NOTIFY_IF_WRITTEN = f"SELECT pg_notify('{CHANNEL}', '') WHERE pg_current_xact_id_if_assigned() IS NOT NULL"
ROWS_BEFORE = "rows changed before the transaction"  # in the `info` of an SQLite connection
LARGEST_VERSION = 2**31 - 1  # user_version is a signed 32-bit number
AGAIN_SECONDS = 0.5
# A connection may be dead without a word. It is asked after so long a silence, and given up when it does not answer.
SILENCE_SECONDS = 2.0
ANSWER_SECONDS = 2.0
log = logging.getLogger("pbvote.db")


class Changes(Protocol):
    """What is known of the public state of one database. Two equal numbers mean that nothing public has changed."""

    def version(self) -> int | None:
        """The number of the state that is committed now, or None while that cannot be known."""

    async def mark(self, db: AsyncSession) -> bool:
        """Say, within the transaction of `db`, that it changes what the public can read; False if it wrote nothing."""

    def committed(self) -> None:
        """The transaction that was marked is committed: this process knows it at once."""

    async def follow(self) -> None:
        """Hear of other processes' changes until cancelled, if that takes work."""

    def close(self) -> None:
        """Let go of what is open."""


@dataclass(slots=True)
class FileChanges:
    """Changes in an SQLite file. Reading the number takes some 10 microseconds and is exact, whoever wrote."""

    path: Path | None
    connection: sqlite3.Connection | None = None

    def version(self) -> int | None:
        """The file's `user_version`."""
        if self.path is None:
            return None  # a database in memory belongs to its connection
        try:
            if self.connection is None:
                self.connection = sqlite3.connect(
                    f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=0, isolation_level=None
                )
            found: int = self.connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error:
            self.close()
            return None
        return found

    async def mark(self, db: AsyncSession) -> bool:
        """Count one up if rows were changed; the transaction holds the file's only write lock."""
        await db.flush()
        connection = await db.connection()
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        if driver.total_changes == raw.info.get(ROWS_BEFORE):
            return False
        before: int = (await connection.exec_driver_sql("PRAGMA user_version")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA user_version = {(before + 1) % LARGEST_VERSION}")
        return True

    def committed(self) -> None:
        """Nothing to do: the file says it."""

    async def follow(self) -> None:
        """Nothing to do: the file says it."""

    def close(self) -> None:
        """Close the connection that the number is read from."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


@dataclass(slots=True)
class ServerChanges:
    """Changes in a PostgreSQL database: heard within milliseconds, while the listening connection is there."""

    url: sa.URL
    count: int = 0
    listening: bool = False
    heard: asyncio.Event = field(default_factory=asyncio.Event)  # set at every change, for whoever waits for one

    def version(self) -> int | None:
        """How many changes were heard, unless nobody listens."""
        return self.count if self.listening else None

    async def mark(self, db: AsyncSession) -> bool:
        """Notify if something was written; PostgreSQL sends it when the transaction commits, else not at all."""
        await db.flush()
        told = await db.execute(sa.text(NOTIFY_IF_WRITTEN))
        return told.first() is not None

    def committed(self) -> None:
        """Count it now: our own notification comes a little later."""
        self.count += 1
        self.heard.set()

    async def follow(self) -> None:
        """Listen, and listen again when the connection is lost; a version known before that is never met again."""
        import psycopg  # noqa: PLC0415  # a server on SQLite does without

        while True:
            try:
                await self._listen(psycopg.AsyncConnection)
            except (psycopg.Error, OSError, TimeoutError) as error:
                log.error("listening for changes failed, trying again: %s", type(error).__name__)  # noqa: TRY400
            finally:
                self.listening = False
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self, to: type[psycopg.AsyncConnection[Any]]) -> None:
        address = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        async with asyncio.timeout(ANSWER_SECONDS * 5):
            connection = await to.connect(address, autocommit=True)
        try:
            await connection.execute(f"LISTEN {CHANNEL}")
            self.committed()  # what happened while nobody listened
            self.listening = True
            while True:
                async for _ in connection.notifies(timeout=SILENCE_SECONDS):
                    self.committed()
                async with asyncio.timeout(ANSWER_SECONDS):
                    await connection.execute("SELECT 1")
        finally:
            self.listening = False
            await connection.close()

    def close(self) -> None:
        """Nothing is open but while `follow` runs."""


def changes_of(url: str) -> Changes:
    """How changes are told and heard in the database at `url`."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return ServerChanges(patient(parsed))
    named = parsed.database and parsed.database != ":memory:"
    return FileChanges(Path(parsed.database or "") if named else None)
