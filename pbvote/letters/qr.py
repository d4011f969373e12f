"""A QR code as a drawing for a page: one path of unit squares, sharp at any size."""

from __future__ import annotations

from dataclasses import dataclass

QUIET = 4  # modules of white around a QR code, as ISO 18004 asks


@dataclass(frozen=True, slots=True)
class QrPath:
    """The `d` of an SVG path, and the side of the square that it lies in."""

    side: int
    path: str


def qr_path(content: str) -> QrPath:
    """A QR code (model 2, correction level M or better) with its white border."""
    import segno  # noqa: PLC0415  # few of a server's answers have one

    matrix = segno.make(content, error="m", micro=False).matrix
    squares = (
        f"M{column + QUIET} {row + QUIET}h1v1h-1z"
        for row, modules in enumerate(matrix)
        for column, dark in enumerate(modules)
        if dark
    )
    return QrPath(len(matrix) + 2 * QUIET, "".join(squares))
