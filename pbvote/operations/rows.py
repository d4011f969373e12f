"""Rows of either database in one shape, so that a backup of one fits the other and both can be compared.

The shape is SQLite's, as SQLAlchemy writes it: UUIDs as 32 hex digits, times in UTC without their zone, truths as 0 and
1, JSON as its text. What a column is, PostgreSQL says, whose types are the narrower ones.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from pbvote.operations.manifest import BackupIsDamaged, Table

VERSION = "alembic_version"
ROWS_AT_ONCE = 5_000
_pack = msgspec.msgpack.Encoder().encode
Row = tuple[Any, ...]

COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL)
FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname
"""
KEY = """
SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY array_position(i.indkey::int2[], a.attnum)
"""
TABLES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname
"""


def stored_time(moment: datetime) -> str:
    """As SQLAlchemy stores it on SQLite."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


# PostgreSQL's type -> from what psycopg gives to what SQLite stores, and from there to what COPY reads as text.
TO_SQLITE: Mapping[str, Callable[[Any], Any]] = {
    "uuid": lambda value: value.hex,
    "timestamp with time zone": stored_time,
    "boolean": int,
}
TO_POSTGRESQL: Mapping[str, Callable[[Any], Any]] = {"timestamp with time zone": lambda value: f"{value}+00"}
AS_THEY_ARE = frozenset({"character varying", "text", "integer", "bigint", "bytea", "json", "smallint"})


class Digest:
    """The sum of the SHA-256 of rows modulo 2**256: the same in whatever order they come."""

    def __init__(self) -> None:
        self.rows, self.sum = 0, 0

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows in SQLite's shape, with the columns in the order of their names."""
        for row in rows:
            self.rows += 1
            self.sum += int.from_bytes(hashlib.sha256(_pack(row)).digest())

    def table(self) -> Table:
        """What the manifest says."""
        return Table(self.rows, f"{self.sum % 2**256:064x}")


def sqlite_tables(source: sqlite3.Connection) -> list[str]:
    """The tables of the schema, by name, without the note of its revision."""
    names = source.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return sorted(name for (name,) in names if name != VERSION)


def sqlite_columns(source: sqlite3.Connection, table: str) -> list[str]:
    """The columns, in the order of their names."""
    return sorted(row[1] for row in source.execute(f"PRAGMA table_info({_quoted(table)})"))


def sqlite_rows(source: sqlite3.Connection, table: str) -> Iterator[list[Row]]:
    """All rows of a table, some at once, with the columns in the order of their names."""
    columns = ", ".join(map(_quoted, sqlite_columns(source, table)))
    cursor = source.execute(f"SELECT {columns} FROM {_quoted(table)}")  # noqa: S608  # names out of the schema
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield rows


def sqlite_digests(source: sqlite3.Connection) -> dict[str, Table]:
    """Every table's digest."""
    found = {}
    for table in sqlite_tables(source):
        digest = Digest()
        for rows in sqlite_rows(source, table):
            digest.add(rows)
        found[table] = digest.table()
    return found


def sqlite_revision(source: sqlite3.Connection) -> str:
    """The revision of the schema. Raises BackupIsDamaged where there is none."""
    try:
        found = source.execute(f"SELECT version_num FROM {VERSION}").fetchone()  # noqa: S608  # a constant
    except sqlite3.Error:
        found = None
    if found is None:
        raise BackupIsDamaged("The database has no schema of pbvote.")
    return str(found[0])


def postgresql_tables(source: psycopg.Connection) -> list[str]:
    """The tables of the schema, by name, without the note of its revision."""
    return [name for (name,) in source.execute(TABLES) if name != VERSION]


def postgresql_rows(source: psycopg.Connection, table: str) -> Iterator[list[Row]]:
    """All rows of a table in SQLite's shape and in the order of its primary key, which says nothing of time."""
    columns = _types(source, table)
    key = [name for (name,) in source.execute(KEY, [f'"{table}"'])]
    wanted = [
        sql.SQL("{}::text").format(sql.Identifier(name)) if kind == "json" else sql.Identifier(name)
        for name, kind in columns.items()
    ]
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        sql.SQL(", ").join(wanted), sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, key))
    )
    change = _changes(columns, TO_SQLITE)
    with source.cursor(name="pbvote_backup", binary=True) as cursor:
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(query)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield [_changed(row, change) for row in rows]


def postgresql_digests(source: psycopg.Connection) -> dict[str, Table]:
    """Every table's digest."""
    found = {}
    for table in postgresql_tables(source):
        digest = Digest()
        for rows in postgresql_rows(source, table):
            digest.add(rows)
        found[table] = digest.table()
    return found


def fill_sqlite(target: sqlite3.Connection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows, with the columns in the order of their names."""
    columns = sqlite_columns(target, table)
    named, places = ", ".join(map(_quoted, columns)), ", ".join("?" * len(columns))
    target.executemany(f"INSERT INTO {_quoted(table)} ({named}) VALUES ({places})", rows)  # noqa: S608  # as above


def fill_postgresql(target: psycopg.Connection, table: str, source: sqlite3.Connection) -> None:
    """Copy a table out of a backup."""
    columns = _types(target, table)
    change = _changes(columns, TO_POSTGRESQL)
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with target.cursor() as cursor, cursor.copy(into) as copy:
        for rows in sqlite_rows(source, table):
            for row in rows:
                copy.write_row(_changed(row, change))


def _types(source: psycopg.Connection, table: str) -> dict[str, str]:
    columns: dict[str, str] = dict(source.execute(COLUMNS, [f'"{table}"']).fetchall())
    if unknown := sorted(set(columns.values()) - AS_THEY_ARE - TO_SQLITE.keys()):
        raise BackupIsDamaged(f"The table {table} has a column of type {unknown[0]}, which no backup can hold.")
    return dict(sorted(columns.items()))


def _changes(columns: Mapping[str, str], by_type: Mapping[str, Callable[[Any], Any]]) -> list[tuple[int, Any]]:
    """Which columns, by place, are written differently, and how."""
    return [(place, by_type[kind]) for place, kind in enumerate(columns.values()) if kind in by_type]


def _changed(row: Sequence[Any], changes: Sequence[tuple[int, Callable[[Any], Any]]]) -> Row:
    cells = list(row)
    for place, change in changes:
        if cells[place] is not None:
            cells[place] = change(cells[place])
    return tuple(cells)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
