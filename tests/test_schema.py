"""The schema: migrations give exactly what the models say, and the database itself guards what it must."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection

from pbvote.audit.events.accounts import SignedIn
from pbvote.audit.service import record
from pbvote.db import Base, Database, connect, migrate, migrations_folder, unfinished_migrations
from pbvote.keys import Keys
from pbvote.rounds.models import Poll
from pbvote.schema import ALL_MODELS
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round, open_the_vote


async def test_the_migrations_give_what_the_models_say(database: Database) -> None:
    assert ALL_MODELS

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_model_without_its_migration_is_found(database: Database) -> None:
    metadata = sa.MetaData()
    for table in Base.metadata.tables.values():
        table.to_metadata(metadata)
    sa.Table("forgotten", metadata, sa.Column("id", sa.Integer, primary_key=True))

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with database.engine.connect() as connection:
        assert len(await connection.run_sync(differences)) == 1


async def test_migrating_twice_changes_nothing(database: Database, database_url: str) -> None:
    await migrate(database_url)
    assert not await unfinished_migrations(database.engine)


APPEND_ONLY = {
    "log_leaves": "SELECT leaf FROM log_leaves ORDER BY number",
    "log_checkpoints": "SELECT note FROM log_checkpoints ORDER BY size",
}


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_what_the_log_says_cannot_be_changed(
    database: Database, keys: Keys, clock: SettableClock, table: str
) -> None:
    await make_people(database)
    await make_round(database)
    await make_codes(database, keys)
    await open_the_vote(database, keys, clock)
    before = await rows(database, APPEND_ONLY[table])
    assert before
    column = APPEND_ONLY[table].split()[1]
    truncate = [f"TRUNCATE {table}"] if database.engine.dialect.name == "postgresql" else []
    change = f"UPDATE {table} SET {column} = 'nothing'"  # noqa: S608  # our own names
    for statement in (change, f"DELETE FROM {table}", *truncate):  # noqa: S608  # our own names
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            async with database.session(write=True) as db:
                await db.execute(sa.text(statement))
    assert await rows(database, APPEND_ONLY[table]) == before


async def rows(database: Database, query: str) -> list[str]:
    async with database.session(write=False) as db:
        return list((await db.execute(sa.text(query))).scalars())


@pytest.mark.parametrize("statement", ["UPDATE audit_events SET kind = 'nothing'", "DELETE FROM audit_events"])
async def test_the_audit_trail_cannot_be_changed(database: Database, statement: str) -> None:
    async with database.session(write=True) as db:
        await record(db, SignedIn())
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        async with database.session(write=True) as db:
            await db.execute(sa.text(statement))
    async with database.session(write=False) as db:
        assert (await db.execute(sa.text("SELECT kind FROM audit_events"))).scalar_one() == "signed_in"


async def test_sqlite_is_durable_and_keeps_no_order_of_ballots(sqlite_url: str) -> None:
    database = connect(sqlite_url)
    async with database.session(write=False) as db:
        pragmas = {
            name: (await db.execute(sa.text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
        made = (await db.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))).all()
    await database.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    without_rowid = {name for name, sql in made if "WITHOUT ROWID" in sql}
    ballots = {"slots", "waiting_ballots", "sealed_ballots", "cast_keys"}
    followers = {"follow_requests", "followers", "followings", "news", "supports"}
    assert without_rowid == ballots | followers | {"contacts", "email_tokens", "outbox"}


async def test_what_was_stored_before_conditions_has_none_and_can_go_back(database: Database) -> None:
    await make_people(database)
    await make_round(database)
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))

    def there_and_back(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        assert "conditions" not in {column["name"] for column in sa.inspect(connection).get_columns("polls")}
        command.upgrade(config, "head")

    async with database.writer.execution_options(pbvote_write=True).begin() as connection:
        await connection.run_sync(there_and_back)
    async with database.session(write=False) as db:
        [poll] = await db.scalars(sa.select(Poll))
        assert poll.conditions == {}
