"""Reading a TrueType font: which characters it has, how wide they are, and what a PDF needs to say of it.

The tables are those of the OpenType specification: `head`, `hhea`, `hmtx`, `OS/2` and a `cmap` of format 4.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

EM = 1000  # a PDF counts glyphs in thousandths of the type size
_WINDOWS_UNICODE = (3, 1)
_FORMAT = 4


@dataclass(frozen=True, slots=True)
class Font:
    """A font. Measures are thousandths of the type size; `glyphs` maps a character's number to its glyph."""

    name: str
    data: bytes
    glyphs: Mapping[int, int]
    widths: tuple[int, ...]
    box: tuple[int, int, int, int]
    ascent: int
    descent: int
    cap_height: int

    def width(self, text: str, size: float) -> float:
        """How wide a text is, in points."""
        return sum(self.widths[self.glyphs.get(ord(character), 0)] for character in text) * size / EM

    def encode(self, text: str) -> str:
        """The text as the glyph numbers of a PDF string, in hexadecimal."""
        return struct.pack(f">{len(text)}H", *(self.glyphs.get(ord(character), 0) for character in text)).hex()

    def missing(self, text: str) -> str | None:
        """The first character that cannot be printed, or None."""
        return next((character for character in text if ord(character) not in self.glyphs), None)


@cache
def regular() -> Font:
    """The letters' font: Atkinson Hyperlegible Next, made for readers with low vision."""
    return _bundled("AtkinsonHyperlegibleNext-Regular")


@cache
def bold() -> Font:
    """Its bold."""
    return _bundled("AtkinsonHyperlegibleNext-Bold")


def _bundled(name: str) -> Font:
    return read_font(name, (resources.files("pbvote.letters") / "fonts" / f"{name}.ttf").read_bytes())


def read_font(name: str, data: bytes) -> Font:
    """Read a font file. Raises ValueError for one without a Unicode `cmap` of format 4."""
    (count,) = struct.unpack_from(">H", data, 4)
    entries = [struct.unpack_from(">4sIII", data, 12 + 16 * index) for index in range(count)]
    table = {tag.decode(): data[offset : offset + length] for tag, _, offset, length in entries}
    (em,) = struct.unpack_from(">H", table["head"], 18)

    def scaled(value: int) -> int:
        return round(value * EM / int(em))

    x0, y0, x1, y1 = struct.unpack_from(">4h", table["head"], 36)
    ascent, descent = struct.unpack_from(">2h", table["hhea"], 4)
    (metrics,) = struct.unpack_from(">H", table["hhea"], 34)
    (glyphs,) = struct.unpack_from(">H", table["maxp"], 4)
    (cap_height,) = struct.unpack_from(">h", table["OS/2"], 88)
    advances = [scaled(struct.unpack_from(">H", table["hmtx"], 4 * index)[0]) for index in range(metrics)]
    return Font(
        name=name,
        data=data,
        glyphs=_characters(table["cmap"]),
        widths=tuple(advances + advances[-1:] * (glyphs - metrics)),
        box=(scaled(x0), scaled(y0), scaled(x1), scaled(y1)),
        ascent=scaled(ascent),
        descent=scaled(descent),
        cap_height=scaled(cap_height),
    )


def _characters(cmap: bytes) -> dict[int, int]:
    (count,) = struct.unpack_from(">H", cmap, 2)
    for index in range(count):
        platform, encoding, start = struct.unpack_from(">HHI", cmap, 4 + 8 * index)
        if (platform, encoding) == _WINDOWS_UNICODE and struct.unpack_from(">H", cmap, start)[0] == _FORMAT:
            return _segments(cmap, start)
    raise ValueError("The font has no Unicode cmap of format 4.")


def _segments(cmap: bytes, start: int) -> dict[int, int]:
    count = struct.unpack_from(">H", cmap, start + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", cmap, start + 14)
    first = start + 16 + 2 * count
    starts = struct.unpack_from(f">{count}H", cmap, first)
    deltas = struct.unpack_from(f">{count}H", cmap, first + 2 * count)
    offsets = struct.unpack_from(f">{count}H", cmap, first + 4 * count)
    found: dict[int, int] = {}
    for index in range(count):
        place = first + 4 * count + 2 * index
        for character in range(starts[index], min(ends[index], 0xFFFE) + 1):
            glyph = character
            if offsets[index]:
                (glyph,) = struct.unpack_from(">H", cmap, place + offsets[index] + 2 * (character - starts[index]))
            if glyph or not offsets[index]:
                glyph = (glyph + deltas[index]) % 0x10000
            if glyph:
                found[character] = glyph
    return found
