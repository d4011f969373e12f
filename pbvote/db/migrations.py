"""Migrations: the scripts, and bringing a database up to date."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from pbvote.db.engines import connect


def migrations_folder() -> Path:
    """The migration scripts: the checkout's if we run from one, else those in the wheel."""
    checkout = Path(__file__).parents[2] / "alembic"
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
