"""`pbvote serve`."""

from __future__ import annotations

import asyncio

import rich_click as click
import uvicorn
from sqlalchemy.ext.asyncio import create_async_engine

from pbvote.app import create_app
from pbvote.commands.running import make_keys_of_a_new_installation, settings_now
from pbvote.db import migrate, unfinished_migrations
from pbvote.errors import SettingsError
from pbvote.settings import Settings


@click.command("serve")
def command() -> None:
    """Serve the website and its API.

    The embedded SQLite database is made and brought up to date by itself; a PostgreSQL one by `pbvote migrate`.
    """
    settings = settings_now()
    make_keys_of_a_new_installation(settings)
    asyncio.run(_schema_is_there(settings))
    serve(settings)


def serve(settings: Settings) -> None:
    """Serve until interrupted."""
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        proxy_headers=False,  # forwarded addresses are read by web/limits.py, from trusted proxies only
        server_header=False,
        access_log=False,  # who asked for what, and when, is nobody's business
        log_level="warning",
        timeout_graceful_shutdown=10,
    )


async def _schema_is_there(settings: Settings) -> None:
    if settings.embedded:
        await migrate(settings.database_url)
        return
    engine = create_async_engine(settings.database_url)
    try:
        if await unfinished_migrations(engine):
            raise SettingsError("The database's schema is not up to date; run `pbvote migrate` first.")
    finally:
        await engine.dispose()
