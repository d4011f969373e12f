"""A page of a printed document while it is drawn: lines of text, QR codes, and what each part is to a screen reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from pbvote.letters.font import Font, bold, regular
from pbvote.letters.pdf import Tag

MM = 72 / 25.4
QUIET = 4  # modules of white around a QR code, as ISO 18004 asks
# Any of the eight masks is valid. Choosing the best one takes four times as long and helps only where print is poor.
QR_MASK = 3


@dataclass(slots=True)
class Sheet:
    """A page on its way: what is drawn, and what each part is to a screen reader."""

    drawn: list[str] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    marked: int = 0

    def mark(self, role: str, drawing: str) -> Tag:
        """Draw something as marked content; the tag that it needs."""
        number, self.marked = self.marked, self.marked + 1
        self.drawn.append(f"/{role}<</MCID {number}>>BDC\n{drawing}\nEMC")
        return Tag(role, number)

    def write(self, role: str, lines: Sequence[str], x: float, y: float, font: int, size: float) -> float:
        """Write lines from a baseline downwards, tagged; returns the baseline that would follow."""
        self.tags.append(self.mark(role, shown(lines, x, y, font, size)))
        return y - len(lines) * size * 1.3


def qr_code(content: str, x: float, y: float, side: float) -> str:
    """A QR code (model 2, correction level M or better) as filled rectangles: sharp at any resolution."""
    import segno  # noqa: PLC0415  # few of a server's answers have one

    matrix = segno.make(content, error="m", micro=False, mask=QR_MASK).matrix
    unit = side / (len(matrix) + 2 * QUIET)
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


def shown(lines: Sequence[str], x: float, y: float, font: int, size: float) -> str:
    """The operators that show lines of text; a space at each end, so that lines are read as separate words."""
    face = _face(font)
    shown = " T* ".join(f"<{face.encode(line + ' ')}> Tj" for line in lines)
    return f"BT /F{font} {size:.2f} Tf {size * 1.3:.2f} TL {x:.1f} {y:.1f} Td {shown} ET"


@cache
def wrapped(text: str, font: int, size: float, width: float) -> tuple[str, ...]:
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
