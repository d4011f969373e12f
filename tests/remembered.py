"""States that thousands of tests begin with: made by the real steps, then put back as they were.

A step, such as the opening of a vote, is known by all that it can see: its arguments, the time, every row of the
database and every key file. Only where all of that is as it was before are the rows and files put back that the step
wrote then. Anything else takes the step itself.
"""

from __future__ import annotations

import copy
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import psycopg
from psycopg import sql

from pbvote.db import Database
from pbvote.db.changes import CHANNEL
from pbvote.keys import Keys
from pbvote.schema import ALL_MODELS

T = TypeVar("T")
MOST = 80  # states in one process; one is a whole SQLite file
TABLES = sorted(ALL_MODELS[0].Base.metadata.tables)
_SAME = sql.SQL("SELECT {}, md5(string_agg(one::text, ' ' ORDER BY one::text)) FROM {} AS one")
SUMS = sql.SQL(" UNION ALL ").join(_SAME.format(sql.Literal(name), sql.Identifier(name)) for name in TABLES)

Files = dict[str, bytes]
Sums = dict[str, str | None]  # of each table's rows


@dataclass(frozen=True, slots=True)
class _After:
    """What a step left."""

    result: object
    moment: datetime
    rows: object
    files: Files


_after: dict[bytes, _After] = {}  # the one that was needed last stands last
_known: set[str] = set()  # the rows of states that can be put back: what follows them may be met again
_met: set[bytes] = set()


async def remembered(
    database: Database, keys: Keys | None, what: tuple[object, ...], step: Callable[[], Awaitable[T]]
) -> T:
    """Take a step, or put back what it left when it was taken in this very state; what it answered."""
    clock: Any = database.clock
    if not hasattr(clock, "set"):  # what would have to be put right too
        return await step()
    files, sums = _files(keys), await _sums(database)
    state = hashlib.sha256(repr((what, clock.moment, sums, files)).encode()).digest()
    if after := _after.pop(state, None):
        _after[state] = after
        await _put_back(database, after.rows)
        _write(keys, after.files)
        clock.set(after.moment)
        return cast("T", copy.copy(after.result))
    result = await step()
    if state in _met or not _met or str(sums) in _known:
        if len(_after) >= MOST:
            del _after[next(iter(_after))]
        now = await _sums(database)
        _after[state] = _After(copy.copy(result), clock.moment, await _taken(database, sums, now), _files(keys))
        _known.add(str(now))
    _met.add(state)
    return result


def _files(keys: Keys | None) -> Files:
    if keys is None:
        return {}
    return {str(path.relative_to(keys.folder)): path.read_bytes() for path in keys.folder.rglob("*") if path.is_file()}


def _write(keys: Keys | None, files: Files) -> None:
    for name, content in files.items() if keys else ():
        assert keys
        path = keys.folder / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
            path.write_bytes(content)


async def _sums(database: Database) -> Sums:
    if path := _file(database):
        with closing(sqlite3.connect(path)) as connection:
            schema = connection.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()
            rows = ((name, sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"')))) for name in TABLES)  # noqa: S608  # our own names
            return {name: hashlib.sha256(repr(found).encode()).hexdigest() for name, found in (("", schema), *rows)}
    async with _connection(database) as connection:
        return dict(await (await connection.execute(SUMS)).fetchall())


async def _taken(database: Database, before: Sums, now: Sums) -> object:
    """All that is needed to put the present state back where the state `before` is."""
    if path := _file(database):
        kept = sqlite3.connect(":memory:", check_same_thread=False)  # a browser's house is furnished in a thread
        with closing(sqlite3.connect(path)) as connection:
            connection.backup(kept)
        return kept
    changed = [name for name, found in now.items() if found != before[name]]
    async with _connection(database) as connection:
        rows = {}
        for name in changed:
            asked = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(name))
            async with connection.cursor() as cursor, cursor.copy(asked) as copied:
                rows[name] = b"".join([bytes(part) async for part in copied])
    return rows


async def _put_back(database: Database, rows: Any) -> None:
    """Make the rows what they were, and say as every transaction does that they changed."""
    if path := _file(database):
        with closing(sqlite3.connect(path)) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            rows.backup(connection)
            connection.execute(f"PRAGMA user_version = {version + 1}")
        return
    async with _connection(database) as connection:
        first = sql.SQL("; ").join(
            [
                sql.SQL("SET LOCAL session_replication_role = replica"),  # no trigger refuses, no key is looked at
                *(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in rows),
                sql.SQL("NOTIFY {}").format(sql.Identifier(CHANNEL)),
            ]
        )
        await connection.execute(first)
        for name, content in rows.items():
            told = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(sql.Identifier(name))
            async with connection.cursor() as cursor, cursor.copy(told) as copied:
                await copied.write(content)
        await connection.commit()
    database.changes.committed()


def _file(database: Database) -> Path | None:
    url = database.engine.url
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


@asynccontextmanager
async def _connection(database: Database) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """The driver's own, of the pool that the test uses too."""
    async with database.writer.connect() as connection:
        raw = await connection.get_raw_connection()
        yield cast("psycopg.AsyncConnection[Any]", raw.driver_connection)
