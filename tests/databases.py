"""PostgreSQL databases for tests: emptied after each test and used again, for to make one takes longer than most tests.

A test that changed the schema, or left something in a table that is never empty, has used its database up. So has a
test that is marked `new_database`: it looks at files, or at the order of rows, where those of tests before would be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import uuid4

import psycopg
from psycopg import sql

USES = 40  # then there are so many dead rows that it is slow
# What every change of the schema leaves: another number of rows in the catalogs, or one that a later transaction wrote.
SCHEMA = """
    SELECT array_agg((rows, newest)::text ORDER BY catalog) FROM (
        SELECT 1 AS catalog, count(*) AS rows, max(xmin::text::bigint) AS newest FROM pg_attribute
        WHERE attrelid >= 16384
        UNION ALL SELECT 2, count(*), max(xmin::text::bigint) FROM pg_constraint WHERE oid >= 16384
        UNION ALL SELECT 3, count(*), max(xmin::text::bigint) FROM pg_trigger
        UNION ALL SELECT 4, count(*), max(xmin::text::bigint) FROM pg_index WHERE indexrelid >= 16384
        UNION ALL SELECT 5, count(*), max(xmin::text::bigint) FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT 6, count(*), max(xmin::text::bigint) FROM pg_attrdef
        UNION ALL SELECT 7, count(*), 0 FROM pg_db_role_setting
        UNION ALL SELECT 8, count(*), 0 FROM pg_class WHERE oid >= 16384 AND relpersistence = 'u'
    ) AS catalogs
"""
OTHERS = (
    "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass(slots=True)
class _Used:
    name: str
    schema: object
    always: dict[str, object]  # what stands in the tables that are never empty
    uses: int = 0


@dataclass(slots=True)
class Databases:
    """Databases of one cluster, copies of `template`."""

    folder: str
    template: str
    _free: list[_Used] = field(default_factory=list)
    _taken: dict[str, _Used] = field(default_factory=dict)

    def take(self) -> str:
        """The name of an empty database with the whole schema."""
        one = self._free.pop() if self._free else self._made()
        one.uses += 1
        self._taken[one.name] = one
        return one.name

    def give_back(self, name: str) -> None:
        """Empty it for the next test, or remove it."""
        one = self._taken.pop(name)
        if one.uses < USES and self._emptied(one):
            self._free.append(one)
        else:
            self.remove(name)

    def new(self) -> str:
        """One that no test has used; the caller removes it."""
        name = f"test_{uuid4().hex}"
        # a copy of its files: six times less work than the usual way, page by page through the log
        self._run(f"CREATE DATABASE {name} TEMPLATE {self.template} STRATEGY FILE_COPY")
        return name

    def remove(self, name: str) -> None:
        """Remove it, whoever is connected."""
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Remove those that are left."""
        for one in self._free:
            self.remove(one.name)

    def _made(self) -> _Used:
        name = self.new()
        with self._to(name) as connection:
            return _Used(name, _schema(connection), _content(connection, _filled(connection)))

    def _emptied(self, one: _Used) -> bool:
        with self._to(one.name) as connection:
            connection.execute(OTHERS)
            if _schema(connection) != one.schema or _content(connection, one.always) != one.always:
                return False
            connection.execute("SET session_replication_role = replica")  # no trigger refuses, no key is looked at
            if tables := _filled(connection) - one.always.keys():
                delete = [sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for table in sorted(tables)]
                connection.execute(sql.SQL("; ").join(delete))
        return True

    def _to(self, name: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(host=self.folder, user="postgres", dbname=name, autocommit=True)

    def _run(self, statement: str) -> None:
        with self._to("postgres") as connection:
            connection.execute(statement.encode())


def _schema(connection: psycopg.Connection[tuple[object, ...]]) -> object:
    found = connection.execute(SCHEMA).fetchone()
    return found and found[0]


def _content(connection: psycopg.Connection[tuple[object, ...]], tables: Iterable[str]) -> dict[str, object]:
    """What stands in tables, which have few rows."""
    asked = sql.SQL("SELECT array_agg(one::text ORDER BY one::text) FROM {} AS one")
    return {table: connection.execute(asked.format(sql.Identifier(table))).fetchone() for table in tables}


def _filled(connection: psycopg.Connection[tuple[object, ...]]) -> frozenset[str]:
    """The tables with rows in them."""
    names = [str(name) for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    asked = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name))
        for name in names
    ]
    return frozenset(str(name) for (name,) in connection.execute(sql.SQL(" UNION ALL ").join(asked)))
