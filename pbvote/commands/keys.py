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
    settings = settings_now()
    keys = make_keys(settings.keys_dir, settings.name)
    click.echo(f"New keys are in {settings.keys_dir}. Keep a copy apart from the database and its backups.")
    click.echo(f"For the notice of every vote, the key of its log:\n  {keys.sign.verify_key.text}")
