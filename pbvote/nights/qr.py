"""A QR code (ISO/IEC 18004) as one path of an SVG, for pages whose policy allows no pictures from elsewhere. Pure."""

from __future__ import annotations

import msgspec

QUIET = 4  # modules of white around it


class QrCode(msgspec.Struct, frozen=True):
    """A square of `side` modules, the white around it included, and the `path` that fills the dark ones."""

    side: int
    path: str


def qr_code(content: str) -> QrCode:
    """The QR code of a text, with error correction for glare and bent screens."""
    import segno  # noqa: PLC0415  # few of a server's answers have one

    matrix = segno.make(content, error="q", micro=False).matrix
    runs = [
        f"M{QUIET + column} {QUIET + row}h1v1h-1z"
        for row, modules in enumerate(matrix)
        for column, module in enumerate(modules)
        if module
    ]
    return QrCode(len(matrix) + 2 * QUIET, "".join(runs))
