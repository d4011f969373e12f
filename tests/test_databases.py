"""The tests' own PostgreSQL databases: what a test leaves behind, no other finds."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest

from tests.conftest import POSTGRES_VARIABLE
from tests.databases import Databases

ROW = "INSERT INTO cast_keys (poll_id, key, digest) VALUES (gen_random_uuid(), 'key', 'digest')"
CHANGES = (
    "ALTER TABLE slots DROP CONSTRAINT pk_slots",
    "ALTER TABLE log_leaves DISABLE TRIGGER USER",
    "CREATE UNLOGGED TABLE more (number integer)",
    "ALTER TABLE slots ALTER COLUMN locked DROP NOT NULL",
    "DROP INDEX ix_rounds_phase",
    "UPDATE alembic_version SET version_num = '0000'",
    "DELETE FROM alembic_version",
)


@pytest.fixture
def databases(postgres_template: str) -> Iterator[Databases]:
    made = Databases(os.environ[POSTGRES_VARIABLE], postgres_template)
    yield made
    made.close()


def run(name: str, *statements: str) -> list[tuple[object, ...]]:
    with psycopg.connect(host=os.environ[POSTGRES_VARIABLE], user="postgres", dbname=name, autocommit=True) as one:
        for statement in statements:
            cursor = one.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_not_as_it_was_made_is_not_used_again(databases: Databases, change: str) -> None:
    name = databases.take()
    run(name, change)
    databases.give_back(name)
    other = databases.take()
    assert other != name
    assert (name,) not in run(other, "SELECT datname FROM pg_database")
    databases.give_back(other)


def test_what_a_test_wrote_is_gone_and_the_rest_is_there(databases: Databases) -> None:
    name = databases.take()
    run(name, "SET session_replication_role = replica", ROW)
    databases.give_back(name)
    assert databases.take() == name
    assert run(name, "SELECT count(*) FROM cast_keys") == [(0,)]
    assert len(run(name, "SELECT version_num FROM alembic_version")) == 1
    databases.give_back(name)
