"""Transactions in the writing thread: whole or not at all, in line with other writers, and never in the loop's way."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import Database, now
from tests.conftest import SettableClock

PATIENCE = 30  # seconds, for what hangs
CREATE = text("CREATE TABLE noted (word VARCHAR(9))")
COUNT = text("SELECT count(*) FROM noted")


async def note(db: AsyncSession) -> None:
    await db.execute(text("INSERT INTO noted VALUES ('one')"))


@pytest.fixture
async def noted(database: Database) -> Database:
    async with database.session(write=True) as db:
        await db.execute(CREATE)
    return database


async def counted(database: Database) -> int:
    async with database.session(write=False) as db:
        return int((await db.execute(COUNT)).scalar_one())


async def test_work_that_waits_for_anything_else_is_undone(noted: Database) -> None:
    async def wait(db: AsyncSession) -> None:
        await note(db)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="waited"):
        await noted.write_whole(wait)
    assert await counted(noted) == 0
    await noted.write_whole(note)
    assert await counted(noted) == 1


async def test_a_savepoint_undoes_its_own_part_alone(noted: Database) -> None:
    async def partly(db: AsyncSession) -> None:
        await note(db)
        with suppress(ZeroDivisionError):
            async with db.begin_nested():
                await note(db)
                _ = 1 // 0

    await noted.write_whole(partly)
    assert await counted(noted) == 1


async def test_it_goes_by_the_clock_that_the_database_was_given(database: Database, clock: SettableClock) -> None:
    clock.advance(days=3)
    assert await database.write_whole(now) == clock.moment


async def test_the_loop_goes_on_and_other_writers_wait_in_line(noted: Database) -> None:
    """While the thread holds its transaction, the loop turns; on SQLite whoever writes comes after it."""
    reached, gate, loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()

    async def held(db: AsyncSession) -> None:
        await note(db)
        loop.call_soon_threadsafe(reached.set)
        assert gate.wait(PATIENCE)

    async def after() -> None:
        async with noted.session(write=True) as db:
            await note(db)

    first = asyncio.create_task(noted.write_whole(held))
    await reached.wait()
    assert await counted(noted) == 0
    second = asyncio.create_task(after())
    if noted.engine is not noted.writer:
        done, _ = await asyncio.wait({second}, timeout=0.1)
        assert not done
    gate.set()
    await asyncio.gather(first, second)
    assert await counted(noted) == 2
