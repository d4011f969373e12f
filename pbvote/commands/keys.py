"""`pbvote keys`."""

from __future__ import annotations

import rich_click as click

from pbvote.commands.running import settings_now
from pbvote.keys import make_keys


@click.group("keys")
def command() -> None:
    """Make the keys of this installation."""


@command.command("init")
def init() -> None:
    """Make new keys in PBVOTE_KEYS_DIR; keys that are there are never replaced."""
    folder = settings_now().keys_dir
    make_keys(folder)
    click.echo(f"New keys are in {folder}. Keep a copy apart from the database and its backups.")
