"""`pbvote migrate`."""

from __future__ import annotations

import asyncio

import rich_click as click

from pbvote.commands.running import settings_now
from pbvote.db import migrate


@click.command("migrate")
def command() -> None:
    """Bring the database's schema up to date: all of it or, when that fails, nothing."""
    asyncio.run(migrate(settings_now().database_url))
    click.echo("The database's schema is up to date.")
