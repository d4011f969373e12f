"""`pbvote keys board` and `pbvote keys restore-board`: the key that opens the ballots, in the hands of three people."""

from __future__ import annotations

import os
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import BinaryIO, TextIO
from uuid import UUID

import rich_click as click
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.commands.round_of import change_round, keys_of, look_at_round, poll_of, which_vote
from pbvote.commands.running import settings_now
from pbvote.db import now
from pbvote.errors import SettingsError
from pbvote.keys import Keys
from pbvote.keys.board import SHORTEST_PASSPHRASE, give_to_board, plain_passphrase, restore_board, unlock_seal_key
from pbvote.keys.polls import BOARD as BOARD_FILE
from pbvote.keys.polls import path_of
from pbvote.letters.backup import BackupWords, backup_page
from pbvote.rounds.models import Round
from pbvote.voting.rehearsal import BOARD, public_half, rehearse, require_before_opening

ORDINALS = ("first", "second", "third")
MOST_TEXT = 10_000
NOTHING_ALONE = (
    "This sheet alone opens nothing: it takes the passphrases of two members of the board. It is needed if the service "
    "loses its own copy. Keep it with your important papers, and destroy it when the keys of the vote are destroyed."
)


@click.command("board")
@click.argument("round_slug", metavar="ROUND")
@click.option("--backup", type=click.Path(path_type=Path), help="Where the backup goes, by default ROUND-board.pdf.")
@which_vote
def board(round_slug: str, backup: Path | None, vote: int | None) -> None:
    """Make the key of ROUND and give it to a board: three people, each with a passphrase; any two open the box.

    They type their passphrases here, one after the other. The printable backup is written, and every pair is tried.
    """
    settings = settings_now()
    keys, poll = keys_of(settings), poll_of(look_at_round(settings, round_slug), vote)
    if poll.custody != BOARD:
        raise SettingsError("This service keeps the key of this vote; choose a board on the page of the vote first.")
    if path_of(keys, poll.id, BOARD_FILE).exists():
        raise SettingsError(
            "This vote has its board already. To give the key to others, choose this service and then a board again on "
            "the page of the vote."
        )
    change_round(settings, round_slug, partial(_before_voting, position=poll.position))
    passphrases = _asked()
    with _new_file(backup or Path(f"{round_slug}-board.pdf")) as file:
        text = give_to_board(keys, poll.id, passphrases)
        file.write(backup_page(_words(round_slug, public_half(keys, poll) or ""), text))
    private = _every_pair(keys, poll.id, passphrases)

    async def verb(db: AsyncSession, round_: Round) -> None:
        await _before_voting(db, round_, poll.position)
        await rehearse(db, keys, round_.poll_at(poll.position), private)

    poll = poll_of(change_round(settings, round_slug, verb), poll.position)
    click.echo(f"The board has the key. Every two of them have opened a trial ballot.\nThe backup is in {file.name}:")
    click.echo("print it three times, give one to each member, and delete the file.")
    click.echo(f"For the notice of the vote, the key that the votes are sealed with:\n  {public_half(keys, poll)}")


@click.command("restore-board")
@click.argument("round_slug", metavar="ROUND")
@click.argument("file", type=click.File())
@which_vote
def restore(round_slug: str, file: TextIO, vote: int | None) -> None:
    """Put the board's key of ROUND back from its printed backup: the text of its QR code in FILE, or - to type it."""
    settings = settings_now()
    keys, poll = keys_of(settings), poll_of(look_at_round(settings, round_slug), vote)
    restore_board(keys, poll.id, file.read(MOST_TEXT))
    click.echo("The board's key is back. Let two members try it with: pbvote keys rehearse " + round_slug)


async def _before_voting(db: AsyncSession, round_: Round, position: int) -> None:
    require_before_opening(round_, round_.poll_at(position), await now(db))


def _asked() -> list[str]:
    """Three passphrases, none of which is shown, too short, or chosen twice."""
    click.echo("Each of the three members types a passphrase of their own twice, while nobody else looks.")
    click.echo("Choose four words or more that do not belong together, and tell them to nobody.")
    chosen: list[str] = []

    def good(text: str) -> str:
        if len(plain_passphrase(text)) < SHORTEST_PASSPHRASE:
            raise click.UsageError(f"A passphrase has at least {SHORTEST_PASSPHRASE} characters.")
        if plain_passphrase(text) in map(plain_passphrase, chosen):
            raise click.UsageError("Another member has this passphrase.")
        return text

    for ordinal in ORDINALS:
        label = f"Passphrase of the {ordinal} member"
        chosen.append(click.prompt(label, hide_input=True, confirmation_prompt=True, value_proc=good))
    return chosen


def _new_file(path: Path) -> BinaryIO:
    """A file that was not there and that only its owner can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _every_pair(keys: Keys, poll_id: UUID, passphrases: list[str]) -> X25519PrivateKey:
    """The key, opened by every two members: a copy that only one pair can open would be found out too late."""
    opened = [unlock_seal_key(keys, poll_id, two) for two in combinations(passphrases, 2)]
    return opened[0]


def _words(round_slug: str, seal_key: str) -> BackupWords:
    return BackupWords(
        title=f"Backup of the key that opens the votes: {round_slug}",
        about=(
            NOTHING_ALONE,
            f"The votes are sealed with the key {seal_key}.",
            f"To put it back: scan the code, and give its text to: pbvote keys restore-board {round_slug} -",
        ),
        qr_alternative="QR code: the text below",
        text_title="The same as text, to be typed without any space between the lines:",
    )
