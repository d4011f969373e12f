"""What commands share: settings from the environment, the database, and running asynchronous verbs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pbvote.db import Database, connect, migrate
from pbvote.keys import keys_exist, make_keys
from pbvote.settings import Settings, read_settings

Result = TypeVar("Result")


def settings_now() -> Settings:
    """The settings of this environment. Raises SettingsError."""
    return read_settings(os.environ)


def with_database(settings: Settings, verb: Callable[[Database], Awaitable[Result]]) -> Result:
    """Run a verb on the database; an embedded one is made first, with its keys, or brought up to date."""
    make_keys_of_a_new_installation(settings)

    async def run() -> Result:
        if settings.embedded:
            await migrate(settings.database_url)
        database = connect(settings.database_url)
        try:
            return await verb(database)
        finally:
            await database.engine.dispose()

    return asyncio.run(run())


def make_keys_of_a_new_installation(settings: Settings) -> None:
    """On an embedded database that does not exist yet, make the keys too; otherwise never."""
    if settings.embedded and not keys_exist(settings.keys_dir) and not (settings.data_dir / "pbvote.db").exists():
        make_keys(settings.keys_dir)
