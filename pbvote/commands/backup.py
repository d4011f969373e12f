"""`pbvote backup`."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import rich_click as click
from sqlalchemy.exc import SQLAlchemyError

from pbvote.commands.running import settings_now
from pbvote.db import connect
from pbvote.errors import SettingsError
from pbvote.operations.backup import Backup, make_backup, note
from pbvote.operations.manifest import BackupIsDamaged
from pbvote.settings import Settings

KINDNESS = 10  # casting comes first
BAD = 1


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--keep", type=click.IntRange(1), help="Keep so many backups in the folder, and remove older ones.")
def command(target: Path, keep: int | None) -> None:
    """Back the database up, while votes come in, and check the backup by reading it back.

    TARGET is a folder or a new file. The backup holds no key: keep a copy of the keys elsewhere.
    """
    settings = settings_now()
    if keep and not target.is_dir():
        raise SettingsError(f"--keep is for a folder of backups, and {target} is none.")
    if (file := settings.database_file) and not file.exists():
        raise SettingsError(f"There is no database {file}; expected one to back up.")
    with suppress(OSError):
        os.nice(KINDNESS)
    try:
        backup = asyncio.run(_backed_up(settings, target, keep))
    except BackupIsDamaged as error:
        click.echo(f"pbvote: There is no good backup: {error}", err=True)
        raise SystemExit(BAD) from None
    _tell(backup)


async def _backed_up(settings: Settings, target: Path, keep: int | None) -> Backup:
    backup = await make_backup(settings, target, keep)
    database = connect(settings.database_url)
    try:
        await note(database, backup)
    except SQLAlchemyError:
        click.echo("The backup is good, but the audit log cannot be written, so nobody is told of it.", err=True)
    finally:
        await database.close()
    return backup


def _tell(backup: Backup) -> None:
    manifest = backup.manifest
    rows = sum(table.rows for table in manifest.tables.values())
    entries = sum(log.size for log in manifest.logs.values())
    click.echo(f"{backup.file}: {backup.part.bytes / 1e6:,.1f} MB, as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC.")
    click.echo(f"Read back and good: {rows:,} rows, {len(manifest.logs)} ballot logs with {entries:,} entries.")
    if not manifest.keys:
        click.echo("The keys are not here, so the backup cannot say which keys belong to it.", err=True)
    for file in backup.removed:
        click.echo(f"Removed {file}.")
