"""One elector's letter on one page of A4: who writes, to whom, the voting code, and how to vote in three steps.

The address stands where window envelopes have their window when the sheet is folded in three (25 mm from the left, 48
to 80 mm from the top, for DL and C5 envelopes after BS 4264). Measures are points, from the bottom left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

import segno

from pbvote.letters.font import Font, bold, regular
from pbvote.letters.pdf import A4, Pdf, Tag

MM = 72 / 25.4
LEFT = 25 * MM
RIGHT = A4[0] - 25 * MM
ADDRESS_LINES = 6
ADDRESS_WIDTH = 85 * MM
ADDRESS_TOP = A4[1] - 50 * MM
CODE_SIZE = 27
QR_SIDE = 42 * MM
QUIET = 4  # modules of white around a QR code, as ISO 18004 asks
# Any of the eight masks is valid. Choosing the best one takes four times as long and helps only where print is poor.
QR_MASK = 3
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


@dataclass(slots=True)
class _Sheet:
    """A page on its way: what is drawn, and what each part is to a screen reader."""

    drawn: list[str] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    marked: int = 0

    def mark(self, role: str, drawing: str) -> Tag:
        """Draw something as marked content; the tag that it needs."""
        number, self.marked = self.marked, self.marked + 1
        self.drawn.append(f"/{role}<</MCID {number}>>BDC\n{drawing}\nEMC")
        return Tag(role, number)


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


def _draw(words: LetterWords, letter: Letter) -> _Sheet:
    sheet = _Sheet()
    write = partial(_write, sheet)
    write("P", [words.partnership], LEFT, A4[1] - 22 * MM, 1, 11)
    write("P", [words.forum], LEFT, A4[1] - 28 * MM, 0, 11)
    if letter.address:
        _address(sheet, letter.address)
    y = write("H1", _wrapped(words.heading, 1, 21, RIGHT - LEFT), LEFT, A4[1] - 102 * MM, 1, 21)
    y = write("P", _wrapped(words.when, 0, 13, RIGHT - LEFT), LEFT, y - 6, 0, 13)
    y = _code(sheet, words, letter, y - 12)
    y = write("H2", [words.steps_title], LEFT, y - 32, 1, 15)
    y = _steps(sheet, words, y + 13)
    for note in words.notes:
        y = write("P", _wrapped(note, 0, 12, RIGHT - LEFT), LEFT, y - 5, 0, 12)
    foot = " · ".join(part for part in (words.foot, letter.reference) if part)
    write("P", [foot], LEFT, 15 * MM, 0, 9)
    return sheet


def _address(sheet: _Sheet, lines: Sequence[str]) -> None:
    """All lines in one size that fits the window."""
    widest = max(regular().width(line, 1) for line in lines)
    size = max(_SMALLEST, min(11.5, ADDRESS_WIDTH / widest))
    _write(sheet, "P", lines, LEFT, ADDRESS_TOP, 0, size)


def _code(sheet: _Sheet, words: LetterWords, letter: Letter, top: float) -> float:
    """The code in a frame with its QR code beside it; returns where the frame ends."""
    height = QR_SIDE + 4 * MM
    bottom = top - height
    frame = f"1.2 w {LEFT:.1f} {bottom:.1f} {RIGHT - LEFT:.1f} {height:.1f} re S"
    sheet.drawn.append(f"/Artifact BMC\n{frame}\nEMC")
    inside = LEFT + 5 * MM
    _write(sheet, "P", [words.code_label], inside, top - 11 * MM, 0, 12)
    halves = letter.code[: len(letter.code) // 2], letter.code[len(letter.code) // 2 + 1 :]
    _write(sheet, "P", [f"{halves[0]}-", halves[1]], inside, top - 22 * MM, 1, CODE_SIZE)
    drawing = _qr(letter.link, RIGHT - QR_SIDE - 2 * MM, bottom + 2 * MM)
    tag = sheet.mark("Figure", drawing)
    sheet.tags.append(Tag("Figure", tag.mcid, alternative=words.qr_alternative))
    return bottom


def _qr(link: str, x: float, y: float) -> str:
    """A QR code (model 2, correction level M or better) as filled rectangles: sharp at any resolution."""
    matrix = segno.make(link, error="m", micro=False, mask=QR_MASK).matrix
    unit = QR_SIDE / (len(matrix) + 2 * QUIET)
    runs = (
        f"{start} {len(matrix) - row - 1} {length} 1 re"
        for row, modules in enumerate(matrix)
        for start, length in _dark_runs(modules)
    )
    return f"q {unit:.4f} 0 0 {unit:.4f} {x + QUIET * unit:.2f} {y + QUIET * unit:.2f} cm\n{' '.join(runs)} f Q"


def _dark_runs(modules: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = None
    for index, module in enumerate([*modules, 0]):
        if module and start is None:
            start = index
        elif not module and start is not None:
            yield start, index - start
            start = None


def _steps(sheet: _Sheet, words: LetterWords, y: float) -> float:
    items = []
    for number, step in enumerate(words.steps, start=1):
        size, indent = 13, 7 * MM
        y -= size * 1.5
        label = sheet.mark("Lbl", _shown([f"{number}."], LEFT, y, 1, size))
        lines = _wrapped(step, 0, size, RIGHT - LEFT - indent)
        body = sheet.mark("LBody", _shown(lines, LEFT + indent, y, 0, size))
        items.append(Tag("LI", parts=(label, body)))
        y -= (len(lines) - 1) * size * 1.3
    sheet.tags.append(Tag("L", parts=items))
    return y - 24


def _write(sheet: _Sheet, role: str, lines: Sequence[str], x: float, y: float, font: int, size: float) -> float:  # noqa: PLR0913, PLR0917  # what it takes to place a text
    """Write lines from a baseline downwards, tagged; returns the baseline that would follow."""
    sheet.tags.append(sheet.mark(role, _shown(lines, x, y, font, size)))
    return y - len(lines) * size * 1.3


def _shown(lines: Sequence[str], x: float, y: float, font: int, size: float) -> str:
    """The operators that show lines of text; a space at each end, so that lines are read as separate words."""
    face = _face(font)
    shown = " T* ".join(f"<{face.encode(line + ' ')}> Tj" for line in lines)
    return f"BT /F{font} {size:.2f} Tf {size * 1.3:.2f} TL {x:.1f} {y:.1f} Td {shown} ET"


@cache
def _wrapped(text: str, font: int, size: float, width: float) -> tuple[str, ...]:
    """Text in lines of at most `width` points, broken between words (a word that is longer stands alone).

    Remembered, because all letters of a batch say the same; what differs between letters is never wrapped.
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _face(font).width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


def _face(font: int) -> Font:
    return (regular(), bold())[font]
