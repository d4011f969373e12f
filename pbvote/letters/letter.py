"""One elector's letter on one page of A4: who writes, to whom, the voting code, and how to vote in three steps.

The address stands where window envelopes have their window when the sheet is folded in three (25 mm from the left, 48
to 80 mm from the top, for DL and C5 envelopes after BS 4264). Measures are points, from the bottom left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pbvote.letters.font import bold, regular
from pbvote.letters.pdf import A4, Pdf, Tag
from pbvote.letters.sheet import MM, Sheet, qr_code, shown, wrapped

LEFT = 25 * MM
RIGHT = A4[0] - 25 * MM
ADDRESS_LINES = 6
ADDRESS_WIDTH = 85 * MM
ADDRESS_TOP = A4[1] - 50 * MM
CODE_SIZE = 27
QR_SIDE = 42 * MM
_SMALLEST = 7.0


@dataclass(frozen=True, slots=True)
class LetterWords:
    """What all letters of a batch say. `steps` are the three steps; `address` is where people type to vote."""

    language: str
    title: str
    partnership: str
    forum: str
    heading: str
    when: str
    code_label: str
    steps_title: str
    steps: Sequence[str]
    qr_alternative: str
    notes: Sequence[str]
    foot: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What one letter says: the lines of its address (none: it is handed out), the code, and the link with the code."""

    address: Sequence[str]
    reference: str
    code: str
    link: str


class Letters:
    """The letters of a batch as one PDF, page by page: `begin`, `letter` for each, `end`."""

    def __init__(self, words: LetterWords) -> None:
        self._words = words
        self._pdf = Pdf(words.title, words.language, (regular(), bold()))
        self.begin = self._pdf.begin
        self.end = self._pdf.end

    def letter(self, letter: Letter) -> bytes:
        """The page of one letter."""
        sheet = _draw(self._words, letter)
        return self._pdf.page("\n".join(sheet.drawn).encode(), sheet.tags)


def unprintable(text: str) -> str | None:
    """The first character of a text that a letter cannot print, or None."""
    return regular().missing(text) or bold().missing(text)


def _draw(words: LetterWords, letter: Letter) -> Sheet:
    sheet = Sheet()
    write = sheet.write
    write("P", [words.partnership], LEFT, A4[1] - 22 * MM, 1, 11)
    write("P", [words.forum], LEFT, A4[1] - 28 * MM, 0, 11)
    if letter.address:
        _address(sheet, letter.address)
    y = write("H1", wrapped(words.heading, 1, 21, RIGHT - LEFT), LEFT, A4[1] - 102 * MM, 1, 21)
    y = write("P", wrapped(words.when, 0, 13, RIGHT - LEFT), LEFT, y - 6, 0, 13)
    y = _code(sheet, words, letter, y - 12)
    y = write("H2", [words.steps_title], LEFT, y - 32, 1, 15)
    y = _steps(sheet, words, y + 13)
    for note in words.notes:
        y = write("P", wrapped(note, 0, 12, RIGHT - LEFT), LEFT, y - 5, 0, 12)
    foot = " · ".join(part for part in (words.foot, letter.reference) if part)
    write("P", [foot], LEFT, 15 * MM, 0, 9)
    return sheet


def _address(sheet: Sheet, lines: Sequence[str]) -> None:
    """All lines in one size that fits the window."""
    widest = max(regular().width(line, 1) for line in lines)
    size = max(_SMALLEST, min(11.5, ADDRESS_WIDTH / widest))
    sheet.write("P", lines, LEFT, ADDRESS_TOP, 0, size)


def _code(sheet: Sheet, words: LetterWords, letter: Letter, top: float) -> float:
    """The code in a frame with its QR code beside it; returns where the frame ends."""
    height = QR_SIDE + 4 * MM
    bottom = top - height
    frame = f"1.2 w {LEFT:.1f} {bottom:.1f} {RIGHT - LEFT:.1f} {height:.1f} re S"
    sheet.drawn.append(f"/Artifact BMC\n{frame}\nEMC")
    inside = LEFT + 5 * MM
    sheet.write("P", [words.code_label], inside, top - 11 * MM, 0, 12)
    halves = letter.code[: len(letter.code) // 2], letter.code[len(letter.code) // 2 + 1 :]
    sheet.write("P", [f"{halves[0]}-", halves[1]], inside, top - 22 * MM, 1, CODE_SIZE)
    drawing = qr_code(letter.link, RIGHT - QR_SIDE - 2 * MM, bottom + 2 * MM, QR_SIDE)
    tag = sheet.mark("Figure", drawing)
    sheet.tags.append(Tag("Figure", tag.mcid, alternative=words.qr_alternative))
    return bottom


def _steps(sheet: Sheet, words: LetterWords, y: float) -> float:
    items = []
    for number, step in enumerate(words.steps, start=1):
        size, indent = 13, 7 * MM
        y -= size * 1.5
        label = sheet.mark("Lbl", shown([f"{number}."], LEFT, y, 1, size))
        lines = wrapped(step, 0, size, RIGHT - LEFT - indent)
        body = sheet.mark("LBody", shown(lines, LEFT + indent, y, 0, size))
        items.append(Tag("LI", parts=(label, body)))
        y -= (len(lines) - 1) * size * 1.3
    sheet.tags.append(Tag("L", parts=items))
    return y - 24
