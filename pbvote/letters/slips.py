"""Slips with voting codes, six on a page of A4, to be cut apart and handed out at a door.

The number stands at the top. The code stands in the middle, and the part below the dashed line is folded up over it and
stuck down: until somebody opens the slip, nobody has seen its code. Measures are points, from the bottom left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pbvote.letters.font import bold, regular
from pbvote.letters.pdf import A4, Pdf, Tag
from pbvote.letters.sheet import MM, Sheet, qr_code, wrapped

COLUMNS, ROWS = 2, 3
ON_A_PAGE = COLUMNS * ROWS
WIDTH, HEIGHT = A4[0] / COLUMNS, A4[1] / ROWS
EDGE = 9 * MM
QR_SIDE = 30 * MM
FOLD = 35 * MM  # above the bottom of a slip: what is folded up covers the QR code
CODE_SIZE = 17


@dataclass(frozen=True, slots=True)
class SlipWords:
    """What all slips say. `number` has `{number}` for the number of the slip."""

    language: str
    title: str
    round: str
    number: str
    code_label: str
    how: str
    fold: str
    care: str
    qr_alternative: str


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip: its number, the code, and the link with the code."""

    number: int
    code: str
    link: str


class SlipSheets:
    """The slips of a batch as one PDF, page by page: `begin`, `page` for each six, `end`."""

    def __init__(self, words: SlipWords) -> None:
        self._words = words
        self._pdf = Pdf(words.title, words.language, (regular(), bold()))
        self.begin = self._pdf.begin
        self.end = self._pdf.end

    def page(self, slips: Sequence[Slip]) -> bytes:
        """The page of up to six slips."""
        sheet = Sheet()
        for place, slip in enumerate(slips):
            row, column = divmod(place, COLUMNS)
            _draw(sheet, self._words, slip, column * WIDTH, A4[1] - (row + 1) * HEIGHT)
        return self._pdf.page("\n".join(sheet.drawn).encode(), sheet.tags)


def _draw(sheet: Sheet, words: SlipWords, slip: Slip, x: float, y: float) -> None:
    """One slip whose bottom left corner is at `x`, `y`."""
    left, width, top = x + EDGE, WIDTH - 2 * EDGE, y + HEIGHT
    _line(sheet, f"0.4 w {x:.1f} {y:.1f} {WIDTH:.1f} {HEIGHT:.1f} re S")
    sheet.write("H2", [words.number.replace("{number}", str(slip.number))], left, top - 10 * MM, 1, 17)
    at = sheet.write("P", wrapped(words.round, 0, 10, width)[:2], left, top - 15.5 * MM, 0, 10)
    sheet.write("P", wrapped(words.care, 0, 8, width), left, at - 2, 0, 8)
    _line(sheet, f"0.6 w [4 3] 0 d {x:.1f} {y + FOLD:.1f} m {x + WIDTH:.1f} {y + FOLD:.1f} l S")
    qr_x, qr_y = x + WIDTH - EDGE - QR_SIDE, y + FOLD + 2 * MM
    sheet.write("P", [words.code_label], left, qr_y + QR_SIDE - 5 * MM, 0, 9)
    middle = len(slip.code) // 2
    sheet.write("P", [f"{slip.code[:middle]}-", slip.code[middle + 1 :]], left, qr_y + 15 * MM, 1, CODE_SIZE)
    tag = sheet.mark("Figure", qr_code(slip.link, qr_x, qr_y, QR_SIDE))
    sheet.tags.append(Tag("Figure", tag.mcid, alternative=words.qr_alternative))
    at = sheet.write("P", wrapped(words.fold, 0, 7.5, width), left, y + FOLD - 4 * MM, 0, 7.5)
    sheet.write("P", wrapped(words.how, 0, 8.5, width), left, at - 4, 0, 8.5)


def _line(sheet: Sheet, drawing: str) -> None:
    """Something drawn that says nothing."""
    sheet.drawn.append(f"/Artifact BMC\nq {drawing} Q\nEMC")
