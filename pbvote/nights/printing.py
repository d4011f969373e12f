"""The file of slips: what they say, and the PDF as it is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio.to_thread

from pbvote.letters.slips import ON_A_PAGE, Slip, SlipSheets, SlipWords
from pbvote.nights.door import Slips
from pbvote.roll.printing import Words
from pbvote.rounds.models import Round


def slip_words(round_: Round, words: Words, language: str, address: str) -> SlipWords:
    """What the slips of a round say. `address` is where people vote, as they would type it."""
    return SlipWords(
        language=language,
        title=words.text("plain.letter.slip_title", round=round_.title),
        round=round_.title,
        number=words.text("plain.letter.slip_number", number="{number}"),
        code_label=words.text("plain.letter.code"),
        how=words.text("plain.letter.slip_how", address=address),
        fold=words.text("plain.letter.slip_fold"),
        care=words.text("plain.letter.slip_care"),
        qr_alternative=words.text("plain.letter.qr"),
    )


async def slips_file(slips: Slips, words: SlipWords, link: str) -> AsyncIterator[bytes]:
    """The PDF, a page at a time, drawn in a thread. `link` leads to the ballot; each code follows it after a `#`."""
    sheets = SlipSheets(words)
    yield sheets.begin()
    for start in range(0, len(slips.codes), ON_A_PAGE):
        codes = slips.codes[start : start + ON_A_PAGE]
        page = [Slip(slips.first + start + place, code, f"{link}#{code}") for place, code in enumerate(codes)]
        yield await anyio.to_thread.run_sync(sheets.page, page)
    yield sheets.end()
