"""A consistent picture of the database, taken while it is in use, as a SQLite file.

SQLite: its online backup, within one read transaction, so that writers neither wait nor make it begin anew; in steps
with rests between them. PostgreSQL: one transaction that sees the database as it was at its beginning (REPEATABLE READ,
READ ONLY), which holds nobody up either; the rows are written into an empty SQLite database of the same schema.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import sqlalchemy as sa

from pbvote.db import migrate
from pbvote.operations.manifest import BackupIsDamaged, Table
from pbvote.operations.rows import (
    VERSION,
    Digest,
    fill_sqlite,
    postgresql_rows,
    postgresql_tables,
    sqlite_digests,
    sqlite_revision,
    sqlite_tables,
)

PAGES_AT_ONCE = 2_000  # 8 MB, which take some milliseconds
REST_SECONDS = 0.005
WAIT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was seen of the source in the same transaction as everything that was copied."""

    schema: str
    made_at: datetime
    tables: Mapping[str, Table]


async def take(database_url: str, target: Path) -> Snapshot:
    """Write a picture of the database into a new file. Raises BackupIsDamaged if rows were lost on the way."""
    if (file := sa.make_url(database_url)).get_backend_name() == "sqlite":
        return _of_sqlite(Path(str(file.database)), target)
    with connection_to(database_url) as source:
        source.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        revision = _revision(source)
        await migrate(f"sqlite+aiosqlite:///{quote(str(target))}", revision)
        return _of_postgresql(source, revision, target)


def connection_to(database_url: str) -> psycopg.Connection:
    """A connection to PostgreSQL of its own, without SQLAlchemy."""
    url = sa.make_url(database_url)
    options: dict[str, Any] = url.translate_connect_args(username="user", database="dbname") | dict(url.query)
    return psycopg.connect(**options)


def _of_sqlite(source_file: Path, target_file: Path) -> Snapshot:
    source_url = f"file:{quote(str(source_file))}?mode=rw"  # mode=ro could not make what WAL needs beside the file
    with closing(sqlite3.connect(source_url, uri=True, isolation_level=None, timeout=WAIT_SECONDS)) as source:
        source.execute("PRAGMA query_only = ON")
        source.execute("BEGIN")
        moment = source.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')").fetchone()[0]
        revision = sqlite_revision(source)
        counts = {name: _count(source, name) for name in sqlite_tables(source)}
        with closing(sqlite3.connect(target_file, isolation_level=None)) as target:
            target.execute("PRAGMA synchronous = OFF")  # the file is a step on the way; the backup itself is synced
            source.backup(target, pages=PAGES_AT_ONCE, progress=_rest)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
            tables = sqlite_digests(target)
        source.execute("ROLLBACK")
    if counts != {name: table.rows for name, table in tables.items()}:
        raise BackupIsDamaged("The copy has not as many rows as the database.")
    return Snapshot(revision, datetime.fromisoformat(moment).replace(tzinfo=UTC), tables)


def _of_postgresql(source: psycopg.Connection, revision: str, target_file: Path) -> Snapshot:
    (moment,) = source.execute("SELECT clock_timestamp()").fetchone() or (datetime.now(UTC),)
    names = postgresql_tables(source)
    found = {}
    with closing(sqlite3.connect(target_file, isolation_level=None)) as target:
        if (missing := set(names) ^ set(sqlite_tables(target))) and missing:
            raise BackupIsDamaged(f"The schema of the database is not that of its revision: {min(missing)}.")
        target.execute("PRAGMA synchronous = OFF")
        target.execute("PRAGMA foreign_keys = OFF")  # they are checked when it is read back
        target.execute("BEGIN")
        for name in names:
            digest = Digest()
            for rows in postgresql_rows(source, name):
                digest.add(rows)
                fill_sqlite(target, name, rows)
            found[name] = digest.table()
        target.execute("COMMIT")
        target.execute("PRAGMA journal_mode = DELETE")
    return Snapshot(revision, moment.astimezone(UTC), found)


def _revision(source: psycopg.Connection) -> str:
    try:
        found = source.execute(f"SELECT version_num FROM {VERSION}").fetchone()  # noqa: S608  # a constant
    except psycopg.errors.UndefinedTable:
        found = None
    if found is None:
        raise BackupIsDamaged("The database has no schema of pbvote.")
    return str(found[0])


def _count(source: sqlite3.Connection, table: str) -> int:
    (count,) = source.execute(f'SELECT count(*) FROM "{table}"').fetchone()  # noqa: S608  # a name out of the schema
    return int(count)


def _rest(status: int, remaining: int, total: int) -> None:
    del status, remaining, total
    time.sleep(REST_SECONDS)
