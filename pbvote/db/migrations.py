"""Migrations: the scripts, and bringing a database up to date.

Alembic is loaded when there is something to do, for a server is started more often than its schema changes.
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from pbvote.db.engines import connect

MIGRATING = int.from_bytes(b"migrate")  # the number of the lock that a migration has


def migrations_folder() -> Path:
    """The migration scripts: the checkout's if we run from one, else those in the wheel."""
    checkout = Path(__file__).parents[2] / "alembic"
    return checkout if checkout.is_dir() else Path(str(resources.files("pbvote") / "_alembic"))


async def migrate(url: str, revision: str = "head") -> None:
    """Bring the schema at `url` to `revision`: all of it or, when it fails, none."""
    database = connect(url)
    writer = database.writer.execution_options(pbvote_write=True)
    try:
        async with writer.begin() as connection:
            await connection.run_sync(upgrade, revision)
    finally:
        await database.close()


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to `revision` within the transaction of this connection."""
    from alembic import command  # noqa: PLC0415  # see above
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    if connection.dialect.name == "postgresql":
        wait_for_other_migrations(connection)
    command.upgrade(config, revision)


def wait_for_other_migrations(connection: Connection) -> None:
    """Let one migration at a time work on a PostgreSQL database, and let it take as long as it needs.

    Who waits begins when the other one is done, and finds what that one did. On SQLite BEGIN IMMEDIATE does as much.
    """
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        connection.exec_driver_sql(f"SET LOCAL {name} = 0")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATING})")


async def unfinished_migrations(engine: AsyncEngine) -> bool:
    """Whether the schema lacks a migration."""
    async with engine.connect() as connection:
        return await connection.run_sync(current_revision) != newest_revision()


def current_revision(connection: Connection) -> str | None:
    """The revision that the schema has; None for an empty database."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    return found


def newest_revision() -> str:
    """The revision that no other one follows."""
    texts = [file.read_text(encoding="utf-8") for file in (migrations_folder() / "versions").glob("*.py")]
    revisions = {name for text in texts for name in re.findall(r'^revision\b[^"\n]*"(\w+)"', text, re.MULTILINE)}
    followed = {name for text in texts for name in re.findall(r'^down_revision\b[^"\n]*"(\w+)"', text, re.MULTILINE)}
    newest: str
    [newest] = revisions - followed
    return newest
