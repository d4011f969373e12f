"""What the database must do for a receipt to mean *stored*: nothing less is served.

SQLite keeps every commit through a power cut with a write-ahead log and `synchronous=FULL` (sqlite.org/wal.html and
pragma.html#pragma_synchronous); with NORMAL the last commits may be gone. PostgreSQL does with `fsync` and
`full_page_writes` on and a commit that waits for the disk (PostgreSQL's manual, 28.1 and 19.5): `on`, and likewise
`remote_write` and `remote_apply`, which wait for this machine's disk as `on` does and besides for a standby. `local` is
as good where there is no synchronous standby; where there is one it would not be waited for, so it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from pbvote.db import Database
from pbvote.errors import SettingsError

SYNCHRONOUS = {0: "OFF", 1: "NORMAL", 2: "FULL", 3: "EXTRA"}
SAFE_SYNCHRONOUS = frozenset({"FULL", "EXTRA"})
SAFE_COMMITS = frozenset({"on", "remote_write", "remote_apply"})
MUST_BE_ON = ("fsync", "full_page_writes")
ASKED = (*MUST_BE_ON, "synchronous_commit", "synchronous_standby_names")
UNLOGGED = text(
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpersistence = 'u'"
    " AND relnamespace = current_schema()::regnamespace ORDER BY relname LIMIT 1"
)


async def require(database: Database) -> None:
    """Raise SettingsError, with one sentence, where a commit could be lost in a power cut."""
    for problem in await problems(database):
        raise SettingsError(problem)


async def problems(database: Database) -> list[str]:
    """Every reason why a commit could be lost in a power cut, as sentences; of every kind of connection."""
    engines = [database.engine] if database.engine is database.writer else [database.engine, database.writer]
    found = [problem for engine in engines for problem in await _of_engine(engine)]
    dialect = database.engine.dialect.name
    found += await database.write_whole(lambda db: _of_connection(db, dialect))
    return list(dict.fromkeys(found))


async def settings_of(connection: AsyncConnection | AsyncSession, dialect: str) -> dict[str, str]:
    """The settings that decide, as this connection has them."""
    if dialect == "sqlite":
        journal = (await connection.execute(text("PRAGMA journal_mode"))).scalar_one()
        level = (await connection.execute(text("PRAGMA synchronous"))).scalar_one()
        return {"journal_mode": str(journal).lower(), "synchronous": SYNCHRONOUS.get(level, str(level))}
    rows = await connection.execute(
        text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)"), {"names": list(ASKED)}
    )
    return dict(rows.all())


async def _of_engine(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        return await _of_connection(connection, engine.dialect.name)


async def _of_connection(connection: AsyncConnection | AsyncSession, dialect: str) -> list[str]:
    settings = await settings_of(connection, dialect)
    if dialect == "sqlite":
        return _of_sqlite(settings)
    return _of_postgresql(settings, await connection.scalar(UNLOGGED))


def _of_sqlite(settings: Mapping[str, str]) -> list[str]:
    found = []
    if settings["journal_mode"] != "wal":
        found.append(
            f"The database's journal_mode is {settings['journal_mode']}; expected wal, which needs a disk of this "
            "machine: a network folder does not do."
        )
    if settings["synchronous"] not in SAFE_SYNCHRONOUS:
        found.append(
            f"The database's synchronous is {settings['synchronous']}; expected FULL or EXTRA, so that no vote that "
            "was acknowledged is lost in a power cut."
        )
    return found


def _of_postgresql(settings: Mapping[str, str], unlogged: str | None) -> list[str]:
    why = "so that no vote that was acknowledged is lost in a power cut"
    found = [
        f"PostgreSQL's {name} is {settings.get(name, 'unknown')}; expected on, {why}."
        for name in MUST_BE_ON
        if settings.get(name) != "on"
    ]
    commit = settings.get("synchronous_commit", "unknown")
    local_is_enough = commit == "local" and not settings.get("synchronous_standby_names")
    if commit not in SAFE_COMMITS and not local_is_enough:
        expected = "on (or remote_write or remote_apply with a standby)"
        found.append(f"PostgreSQL's synchronous_commit is {commit}; expected {expected}, {why}.")
    if unlogged:
        found.append(f"The table {unlogged} is unlogged, so PostgreSQL empties it after a crash; set it to logged.")
    return found
