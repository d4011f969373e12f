"""A server that is broken on purpose, for controls: `python -m tests.campaigns.broken KIND serve`.

It is the real program with one part taken out. Nothing of this can be reached by a setting of the product.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects.postgresql.psycopg import AsyncAdapt_psycopg_connection
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote import cli, durability
from pbvote.db import engines
from pbvote.db.engines import Database

LATE = 0.4  # seconds
_tasks: set[asyncio.Task[None]] = set()


def answers_first() -> None:
    """Casts are answered, and committed a moment later."""

    async def commit(session: AsyncSession) -> None:
        await asyncio.sleep(LATE)
        with suppress(Exception):
            await session.commit()
        await session.close()

    async def end(session: AsyncSession) -> None:
        task = asyncio.create_task(commit(session))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)

    _casts_end_with(end)


def never_looks() -> None:
    """Casts are answered whether or not their commit succeeded."""

    async def end(session: AsyncSession) -> None:
        with suppress(Exception):
            await session.commit()
        await session.close()

    _casts_end_with(end)


def commits_are_not_synced() -> None:
    """A commit does not wait for the disk: synchronous=NORMAL, or synchronous_commit=off."""

    async def fine(database: Database) -> list[str]:
        del database
        return []

    durability.problems = fine

    @event.listens_for(Engine, "connect")
    def configure(connection: Any, record: object) -> None:
        del record
        adapted: object = connection
        if not isinstance(adapted, AsyncAdapt_psycopg_connection):
            return
        cursor = connection.cursor()
        cursor.execute("SET synchronous_commit = off")
        cursor.close()
        connection.commit()

    sqlite = engines._configure_sqlite

    def configure_sqlite(connection: Any, record: object) -> None:
        sqlite(connection, record)
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.close()

    engines._configure_sqlite = configure_sqlite


def _casts_end_with(end: Callable[[AsyncSession], Any]) -> None:
    """What casts write, and other things that no page shows, ends like this instead of with a commit."""
    real = Database.session

    @asynccontextmanager
    async def session(
        self: Database, *, write: bool, quiet: bool = False, fresh: bool = True
    ) -> AsyncIterator[AsyncSession]:
        if not (write and quiet):
            async with real(self, write=write, quiet=quiet, fresh=fresh) as opened:
                yield opened
            return
        opened = AsyncSession(
            self.writer.execution_options(pbvote_write=True), expire_on_commit=False, info={"clock": self.clock}
        )
        try:
            yield opened
        except BaseException:
            await opened.close()
            raise
        await end(opened)

    Database.session = session  # type: ignore[method-assign]


KINDS: dict[str, Callable[[], None]] = {
    "answers-first": answers_first,
    "never-looks": never_looks,
    "commits-are-not-synced": commits_are_not_synced,
}


if __name__ == "__main__":
    KINDS[sys.argv.pop(1)]()
    cli.main()
