"""What commands share: settings from the environment, the database, and running asynchronous verbs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from pbvote.db import Database, connect, migrate, unfinished_migrations
from pbvote.durability import require
from pbvote.errors import SettingsError
from pbvote.keys import keys_exist, make_keys
from pbvote.settings import Settings, read_settings

Result = TypeVar("Result")


def settings_now() -> Settings:
    """The settings of this environment. Raises SettingsError."""
    settings = read_settings(os.environ)
    try:
        make_url(settings.database_url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        expected = "postgresql+psycopg://USER@HOST:PORT/DATABASE"
        raise SettingsError(f"PBVOTE_DATABASE_URL cannot be read; expected {expected}.") from None
    return settings


def with_database(settings: Settings, verb: Callable[[Database], Awaitable[Result]]) -> Result:
    """Run a verb on the database; an embedded one is made first, with its keys, or brought up to date."""
    make_keys_of_a_new_installation(settings)

    async def run() -> Result:
        await schema_is_there(settings)
        database = connect(settings.database_url)
        try:
            return await verb(database)
        finally:
            await database.close()

    return asyncio.run(run())


def make_keys_of_a_new_installation(settings: Settings) -> None:
    """Make the keys of an embedded database that does not exist yet.

    Raises SettingsError for a database that is there without them: with new keys nobody's code would work any more.
    """
    file = settings.database_file
    if file is None or keys_exist(settings.keys_dir):
        return
    if file.exists():
        raise SettingsError(
            f"The database {file} is there, but its keys are not in PBVOTE_KEYS_DIR {settings.keys_dir}; expected the "
            "keys that belong to it (or, if nobody has a voting code yet, new ones by `pbvote keys init`)."
        )
    make_keys(settings.keys_dir, settings.name)


async def schema_is_there(settings: Settings) -> None:
    """Make or upgrade an embedded database. Raises SettingsError for another one that is not up to date."""
    database = connect(settings.database_url)
    try:
        if not await unfinished_migrations(database.engine):
            return
    finally:
        await database.close()
    if not settings.embedded:
        raise SettingsError("The database's schema is not up to date; run `pbvote migrate` first.")
    await migrate(settings.database_url)


async def database_is_durable(settings: Settings) -> None:
    """Raise SettingsError, one sentence, for a database that a power cut could take acknowledged votes from."""
    database = connect(settings.database_url)
    try:
        await require(database)
    finally:
        await database.close()
