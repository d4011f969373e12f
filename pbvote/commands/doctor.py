"""`pbvote doctor`."""

from __future__ import annotations

import asyncio
import sys

import msgspec
import rich_click as click

from pbvote.commands.running import settings_now
from pbvote.db import connect
from pbvote.errors import SettingsError
from pbvote.operations.checks.finding import Finding
from pbvote.operations.doctor import exit_code, findings
from pbvote.settings import Settings

MARKS = {"good": "ok   ", "look": "LOOK ", "wrong": "WRONG"}


@click.command("doctor")
@click.option("--quick", is_flag=True, help="Do not read every ballot log, nor wait to see whether batches move.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", help="How to say it.")
def command(*, quick: bool, shape: str) -> None:
    """Look at everything that an operator should look at, and say what to do.

    Changes nothing, and can be run beside the server. Exit code 0: everything is good. 1: something to look at. 2:
    something is wrong.
    """
    found = asyncio.run(_found(settings_now(), thorough=not quick))
    if shape == "json":
        click.echo(msgspec.json.encode(found).decode())
    else:
        _tell(found)
    sys.exit(exit_code(found))


async def _found(settings: Settings, *, thorough: bool) -> list[Finding]:
    if (file := settings.database_file) and not file.exists():
        raise SettingsError(f"There is no database {file}; expected one to look at.")
    database = connect(settings.database_url)
    try:
        return await findings(database, settings, thorough=thorough)
    finally:
        await database.close()


def _tell(found: list[Finding]) -> None:
    for one in found:
        click.echo(f"{MARKS[one.level]}  {one.name}: {one.sentence}")
        if one.remedy:
            click.echo(f"       {one.remedy}")
