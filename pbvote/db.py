"""The database: engines, the declarative base, sessions, the clock, migrations.

SQLite and PostgreSQL are equals. On SQLite every write transaction begins with BEGIN IMMEDIATE, because a deferred one
fails at once with "database is locked" when two writers meet; the journal is WAL with synchronous=FULL.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import DateTime, TypeDecorator

WAIT_SECONDS = 60


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant. SQLite keeps it without its zone, PostgreSQL as timestamptz; Python always sees UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: they would be stored as something else than what was meant."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; expected an aware datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back UTC, whatever the session's time zone."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The one declarative base; names of constraints are fixed so that migrations can speak of them."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # the name and shape that SQLAlchemy reads
        datetime: UtcDateTime,
        bytes: sa.LargeBinary,
        dict[str, Any]: sa.JSON,
        list[Any]: sa.JSON,
    }


def uuid7() -> UUID:
    """A time-ordered UUID (RFC 9562, version 7), for rows whose order is public anyway."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    value = (value & ~(0xF << 76)) | (7 << 76)
    value = (value & ~(0x3 << 62)) | (2 << 62)
    return UUID(int=value)


Clock = Callable[[AsyncSession], Awaitable[datetime]]


async def database_clock(db: AsyncSession) -> datetime:
    """The database's own clock: the one referee when several machines serve one round."""
    if db.get_bind().dialect.name == "sqlite":
        text = (await db.execute(sa.text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')"))).scalar_one()
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    moment: datetime = (await db.execute(sa.text("SELECT clock_timestamp()"))).scalar_one()
    return moment.astimezone(UTC)


async def now(db: AsyncSession) -> datetime:
    """The time by the clock that this session was given."""
    clock: Clock = db.info["clock"]
    return await clock(db)


@dataclass(frozen=True, slots=True)
class Database:
    """An engine, the engine for writing, and the clock that goes with them.

    On SQLite writers have a connection of their own and wait for it in the order in which they came: however many wait,
    readers are never held up. On PostgreSQL both are one engine.
    """

    engine: AsyncEngine
    writer: AsyncEngine
    clock: Clock

    @asynccontextmanager
    async def session(self, *, write: bool) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends well, rolled back when it does not."""
        engine = self.writer.execution_options(pbvote_write=True) if write else self.engine
        async with AsyncSession(engine, expire_on_commit=False, info={"clock": self.clock}) as session:
            yield session
            await session.commit()

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self.writer.dispose()


def connect(url: str, clock: Clock = database_clock) -> Database:
    """Open the database at `url`; nothing is created but, for SQLite, the folder that the file lies in.

    Parameters are hidden from error messages: an error in casting must not write a ballot or a code into a log.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_async_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=10, max_overflow=10)
        return Database(engine, engine, clock)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_async_engine(url, hide_parameters=True, pool_size=8, max_overflow=8, pool_timeout=WAIT_SECONDS)
    writer = create_async_engine(url, hide_parameters=True, pool_size=1, max_overflow=0, pool_timeout=WAIT_SECONDS)
    for one in (engine, writer):
        event.listen(one.sync_engine, "connect", _configure_sqlite)
        event.listen(one.sync_engine, "begin", _begin_sqlite)
    return Database(engine, writer, clock)


def _configure_sqlite(connection: Any, record: object) -> None:  # noqa: ANN401  # a driver's connection has no common type
    del record
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {WAIT_SECONDS * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "temp_store = MEMORY",  # nothing about ballots reaches a temporary file
        "secure_delete = ON",  # a superseded row leaves no bytes behind
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("pbvote_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def migrations_folder() -> Path:
    """The migration scripts: the checkout's if we run from one, else those in the wheel."""
    checkout = Path(__file__).parent.parent / "alembic"
    return checkout if checkout.is_dir() else Path(str(resources.files("pbvote") / "_alembic"))


async def migrate(url: str, revision: str = "head") -> None:
    """Bring the schema at `url` to `revision`: all of it or, when it fails, none."""
    database = connect(url)
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    writer = database.writer.execution_options(pbvote_write=True)
    try:
        async with writer.begin() as connection:
            await connection.run_sync(upgrade)
    finally:
        await database.close()


async def unfinished_migrations(engine: AsyncEngine) -> bool:
    """Whether the schema lacks a migration."""
    head = ScriptDirectory(str(migrations_folder())).get_current_head()

    def current(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    async with engine.connect() as connection:
        return await connection.run_sync(current) != head
