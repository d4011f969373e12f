"""A server that is broken on purpose, for controls: `python -m tests.campaigns.broken KIND serve`.

It is the real program with one part taken out. Nothing of this can be reached by a setting of the product.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import event
from sqlalchemy.dialects.postgresql.psycopg import AsyncAdapt_psycopg_connection
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote import cli, durability
from pbvote.db import engines
from pbvote.db.engines import Database
from pbvote.errors import DomainError
from pbvote.voting import casting
from pbvote.voting.casting import Cast, Stored
from pbvote.voting.intake import Intake

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
        if not isinstance(adapted, AsyncAdapt_psycopg_connection | psycopg.Connection):
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


def _casts_end_with(end: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """Casts are written together by the event loop, and what they wrote ends like this instead of with a commit."""

    async def together(self: Intake, poll_id: UUID, casts: Sequence[Cast]) -> list[Stored | DomainError]:
        database = self.database
        writer = database.writer.execution_options(pbvote_write=True)
        opened = AsyncSession(writer, expire_on_commit=False, info={"clock": database.clock})
        try:
            results = await casting.cast(opened, self.keys, poll_id, casts, self._known)
        except BaseException:
            await opened.close()
            raise
        await end(opened)
        return results

    Intake._together = together  # type: ignore[method-assign]


KINDS: dict[str, Callable[[], None]] = {
    "answers-first": answers_first,
    "never-looks": never_looks,
    "commits-are-not-synced": commits_are_not_synced,
}


if __name__ == "__main__":
    KINDS[sys.argv.pop(1)]()
    cli.main()
