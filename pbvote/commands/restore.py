"""`pbvote restore`."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import rich_click as click

from pbvote.commands.running import settings_now
from pbvote.operations.manifest import BackupIsDamaged
from pbvote.operations.restore import Restored, restore

LOST, BAD = 1, 2


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--seen", type=click.File(encoding="utf-8"), multiple=True, help="A checkpoint that somebody has kept.")
@click.option("--replace", is_flag=True, help="Put it in the place of a database that is not empty; that one is kept.")
@click.option("--without-keys", is_flag=True, help="Do not ask whether the keys here belong to it.")
def command(file: Path, seen: tuple[TextIO, ...], *, replace: bool, without_keys: bool) -> None:
    """Restore a backup into the database of the settings, SQLite or PostgreSQL.

    Stop every server first. Votes that are open are paused afterwards, and nothing is signed until
    `pbvote continue-log`. Exit code 1: restored, but a checkpoint shows that something is lost. 2: nothing was changed.
    """
    notes = [stream.read() for stream in seen]
    try:
        done = restore(settings_now(), file, notes, replace=replace, without_keys=without_keys)
    except BackupIsDamaged as error:
        click.echo(f"pbvote: Nothing was restored: {error}", err=True)
        raise SystemExit(BAD) from None
    _tell(done)
    if done.lost:
        raise SystemExit(LOST)


def _tell(done: Restored) -> None:
    manifest = done.manifest
    rows = sum(table.rows for table in manifest.tables.values())
    click.echo(f"Restored {manifest.installation} as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC: {rows:,} rows.")
    for poll, log in manifest.logs.items():
        click.echo(f"The log of the vote {poll} has {log.size:,} entries.")
    if done.aside:
        click.echo(f"What was there before is kept as {done.aside}. Remove it yourself, when nobody needs it any more.")
    for sentence in done.lost:
        click.echo(f"LOST: {sentence}")
    if done.checked and not done.lost:
        click.echo(f"Nothing of the {done.checked} checkpoints that were shown is missing.")
    if done.held:
        click.echo(
            f"{len(done.held)} logs are held, and open votes are paused. What to do now stands in docs/operating.md "
            "under Restoring; then `pbvote continue-log`."
        )
