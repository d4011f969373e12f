"""`pbvote continue-log`."""

from __future__ import annotations

from typing import TextIO

import rich_click as click

from pbvote.ballotbox.documents import MalformedError, NotAuthenticError
from pbvote.ballotlog.holds import Seen, read_seen
from pbvote.commands.running import settings_now, with_database
from pbvote.db import Database
from pbvote.errors import SettingsError
from pbvote.keys import Keys, read_keys
from pbvote.operations.continuing import continue_logs


@click.command("continue-log")
@click.argument("round_", metavar="ROUND", required=False)
@click.option("--seen", type=click.File(encoding="utf-8"), multiple=True, help="A checkpoint that somebody has kept.")
@click.option("--nothing-newer", is_flag=True, help="Nothing was published after the backup: the server was stopped.")
@click.option("--every-round", is_flag=True, help="All logs that are held.")
def command(round_: str | None, seen: tuple[TextIO, ...], *, nothing_newer: bool, every_round: bool) -> None:
    """Let ballot logs go on that are held since a backup was restored.

    Show the newest checkpoint that witnesses, scrutineers or anybody else have kept of each. A log that lacks something
    of one never goes on. Votes stay paused until two officers resume them.
    """
    if every_round == bool(round_):
        raise SettingsError("Expected the name of a round, or --every-round.")
    settings = settings_now()
    keys = read_keys(settings.keys_dir)
    shown = [_read(stream.read(), keys) for stream in seen]

    async def go_on(database: Database) -> list[str]:
        async with database.session(write=True) as db:
            return await continue_logs(db, keys, round_, shown, nothing_newer=nothing_newer)

    for sentence in with_database(settings, go_on):
        click.echo(sentence)


def _read(text: str, keys: Keys) -> Seen:
    try:
        return read_seen(text, keys.sign.verify_key)
    except (MalformedError, NotAuthenticError) as error:
        raise SettingsError(f"This is no checkpoint of a log of this installation: {error}.") from None
