"""The clock that decides: the database's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

Clock = Callable[[AsyncSession], Awaitable[datetime]]


async def database_clock(db: AsyncSession) -> datetime:
    """The database's own clock: the one referee when several machines serve one round."""
    if db.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)  # SQLite is a part of this process and has no other clock: no need to ask it
    moment: datetime = (await db.execute(sa.text("SELECT clock_timestamp()"))).scalar_one()
    return moment.astimezone(UTC)


async def now(db: AsyncSession) -> datetime:
    """The time by the clock that this session was given."""
    clock: Clock = db.info["clock"]
    return await clock(db)
