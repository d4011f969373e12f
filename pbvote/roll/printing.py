"""The file of a batch's letters: what they say, and the PDF as it is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import anyio.to_thread

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.letters.letter import Letter, Letters, LetterWords
from pbvote.roll.letters import AddressesAreGone, MadeLetters, addresses
from pbvote.roll.models import Address
from pbvote.rounds.models import Round


class Moment(Protocol):
    """A moment as people write it."""

    @property
    def day(self) -> str:
        """The day of the week and the date."""

    @property
    def time(self) -> str:
        """The time of day."""


class Words(Protocol):
    """The strings of a language."""

    def text(self, key: str, **params: object) -> str:
        """The text of a key, with its placeholders filled."""


def words_of(  # noqa: PLR0913  # everything that a letter says
    round_: Round, words: Words, language: str, partnership: str, address: str, *, opens: Moment, closes: Moment
) -> LetterWords:
    """What the letters of a round say. `address` is where people vote, as they would type it."""
    forum = round_.forum
    contact = ", ".join(part for part in (forum.contact_email, forum.contact_phone) if part)
    when = {"open_day": opens.day, "open_time": opens.time, "close_day": closes.day, "close_time": closes.time}
    return LetterWords(
        language=language,
        title=words.text("plain.letter.title", round=round_.title),
        partnership=partnership,
        forum=forum.name,
        heading=words.text("plain.letter.heading", round=round_.title),
        when=words.text("plain.letter.when", **when),
        code_label=words.text("plain.letter.code"),
        steps_title=words.text("plain.letter.steps"),
        steps=[
            words.text("plain.letter.step_1", address=address),
            words.text("plain.letter.step_2"),
            words.text("plain.letter.step_3"),
        ],
        qr_alternative=words.text("plain.letter.qr"),
        notes=[words.text("plain.letter.once"), words.text("plain.letter.help", contact=contact)],
        foot=forum.name,
    )


async def letters_file(
    database: Database, keys: Keys, made: MadeLetters, words: LetterWords, link: str
) -> AsyncIterator[bytes]:
    """The PDF, some pages at a time, drawn in a thread. `link` leads to the ballot; each code follows it after a `#`.

    Raises AddressesAreGone if the addresses are deleted meanwhile: then the file ends short, and nobody can read it.
    """
    letters = Letters(words)
    yield letters.begin()
    printed = 0
    async for group in addresses(database, keys, made.batch_id):
        codes = made.codes[printed : printed + len(group)]
        yield await anyio.to_thread.run_sync(_pages, letters, group, codes, link)
        printed += len(group)
    if printed != len(made.codes):
        raise AddressesAreGone("The addresses were deleted while the letters were being made.")
    yield letters.end()


def _pages(letters: Letters, group: list[Address], codes: Sequence[str], link: str) -> bytes:
    return b"".join(
        letters.letter(Letter(address.lines, address.reference, code, f"{link}#{code}"))
        for address, code in zip(group, codes, strict=True)
    )
