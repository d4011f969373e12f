"""`pbvote keys`."""

from __future__ import annotations

import rich_click as click
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.commands.board import board, restore
from pbvote.commands.round_of import change_round, keys_of, look_at_round, poll_of, which_vote
from pbvote.commands.running import settings_now
from pbvote.errors import SettingsError
from pbvote.keys import Keys, make_keys
from pbvote.keys.board import unlock_seal_key
from pbvote.rounds.models import Poll, Round
from pbvote.voting import rehearsal

MEMBERS_TO_OPEN = ("one member of the board", "another member of the board")


@click.group("keys")
def command() -> None:
    """Keys of this installation, and of its votes."""


command.add_command(board)
command.add_command(restore)


@command.command("init")
def init() -> None:
    """Make new keys in PBVOTE_KEYS_DIR; keys that are there are never replaced."""
    settings = settings_now()
    keys = make_keys(settings.keys_dir, settings.name)
    click.echo(f"New keys are in {settings.keys_dir}. Keep a copy apart from the database and its backups.")
    click.echo(f"For the notice of every vote, the key of its log:\n  {keys.sign.verify_key.text}")


@command.command("show")
@click.argument("round_slug", metavar="ROUND")
@which_vote
def show(round_slug: str, vote: int | None) -> None:
    """Show the keys for the notice of the vote of ROUND, and when they were last tried."""
    settings = settings_now()
    poll = poll_of(look_at_round(settings, round_slug), vote)
    click.echo(told(keys_of(settings), poll))


@command.command("rehearse")
@click.argument("round_slug", metavar="ROUND")
@which_vote
def rehearse(round_slug: str, vote: int | None) -> None:
    """Try the keys of ROUND: seal and open a trial ballot. Of a board that keeps the key, two members take part."""
    settings = settings_now()
    keys = keys_of(settings)
    poll = poll_of(look_at_round(settings, round_slug), vote)
    if poll.keys_destroyed_at is not None:
        raise SettingsError("The keys of this vote are destroyed.")
    private = None
    if poll.custody == rehearsal.BOARD:
        passphrases = [click.prompt(f"Passphrase of {member}", hide_input=True) for member in MEMBERS_TO_OPEN]
        private = unlock_seal_key(keys, poll.id, passphrases)

    async def verb(db: AsyncSession, round_: Round) -> None:
        await rehearsal.rehearse(db, keys, round_.poll_at(poll.position), private)

    poll = poll_of(change_round(settings, round_slug, verb), poll.position)
    click.echo("The keys work: a trial ballot was sealed and opened again.")
    click.echo(told(keys, poll))


def told(keys: Keys, poll: Poll) -> str:
    """What the notice of the vote says of its keys."""
    seal = rehearsal.public_half(keys, poll)
    keeper = "a board of three people" if poll.custody == rehearsal.BOARD else "this service"
    tried = f"{poll.rehearsed_at:%d %B %Y, %H:%M} UTC" if poll.rehearsed_at else "not yet"
    lines = (
        f"Key of the vote's log:              {keys.sign.verify_key.text}",
        f"Key that the votes are sealed with: {seal or 'not made yet'}",
        f"Who keeps the key that opens them:  {keeper}",
        f"Last tried:                         {tried}",
    )
    return "\n".join(lines)
