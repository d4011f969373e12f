"""What a copy of the database's files tells of the people on the roll."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import make_url, text
from sqlalchemy.engine import Connection

from pbvote.db import Database, migrations_folder
from tests.conftest import POSTGRES_VARIABLE
from tests.roll.test_import import GOOD, clerk, take
from tests.roll.test_letters import codes_in, letters

pytestmark = pytest.mark.new_database

__all__ = ["clerk"]

SAID = ("Quetzalcoatl-77", "Popocatepetl, Ann", "9 Ixtlilxochitl Lane", "TS1 9QX", "Tenochtitlan")
FILE = f'reference,name,address_1,address_2,ward\n{SAID[0]},"{SAID[1]}",{SAID[2]},{SAID[3]},{SAID[4]}\n'


def files_of(database_url: str) -> bytes:
    """Every byte that the database has on disk, its log included."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return b"".join(path.read_bytes() for path in sorted(Path(str(url.database)).parent.iterdir()))
    folder = os.environ[POSTGRES_VARIABLE]
    with psycopg.connect(host=folder, user="postgres", dbname=url.database, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        number = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    assert number
    parts = (Path(folder) / "data" / part for part in (f"base/{number[0]}", "pg_wal"))
    return b"".join(path.read_bytes() for part in parts for path in sorted(part.rglob("*")) if path.is_file())


async def test_no_name_address_or_reference_is_on_the_disk(clerk: httpx.AsyncClient, database_url: str) -> None:
    batch = (await take(clerk, FILE, label="Register of Zanzibar")).json()["id"]
    pdf = await letters(clerk, f"/api/rounds/harbourside-2026/batches/{batch}")
    printed = pdf.pages[0].extract_text()
    assert all(said in printed for said in SAID[:4])
    stored = files_of(database_url)
    assert b"Register of Zanzibar" in stored  # what is stored in plain is found this way
    assert [said for said in SAID if said.encode() in stored] == []
    assert [code for code in codes_in(pdf) if code.encode() in stored] == []


async def test_nothing_is_lost_by_an_upgrade_while_addresses_stand_there_in_plain(
    clerk: httpx.AsyncClient, database: Database
) -> None:
    batch = (await take(clerk, GOOD)).json()["id"]
    with pytest.raises(CommandError, match="note that they are posted"):
        await migrating(database, lambda config: command.downgrade(config, "0004"))
    await written(database, "DELETE FROM addressees")
    await migrating(database, lambda config: command.downgrade(config, "0004"))
    plain = "INSERT INTO addressees VALUES (:batch, 1, :batch, 'R-1', '[\"Ann\"]', '')"
    await written(database, plain, batch=batch.replace("-", ""))
    with pytest.raises(CommandError, match="note that they are posted"):
        await migrating(database, lambda config: command.upgrade(config, "0005"))
    async with database.session(write=False) as db:
        assert (await db.execute(text("SELECT reference FROM addressees"))).scalar_one() == "R-1"
    await written(database, "DELETE FROM addressees")
    await migrating(database, lambda config: command.upgrade(config, "head"))


async def migrating(database: Database, act: Callable[[Config], None]) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))

    def run(connection: Connection) -> None:
        config.attributes["connection"] = connection
        act(config)

    async with database.writer.execution_options(pbvote_write=True).begin() as connection:
        await connection.run_sync(run)


async def written(database: Database, statement: str, **values: str) -> None:
    async with database.session(write=True) as db:
        await db.execute(text(statement), values)
