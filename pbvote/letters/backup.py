"""A printed backup of a short text on one page of A4: as a QR code, and under it as text to type where no camera is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pbvote.letters.font import bold, regular
from pbvote.letters.pdf import A4, Pdf, Tag
from pbvote.letters.sheet import MM, Sheet, qr_code, wrapped

LEFT = 20 * MM
WIDTH = A4[0] - 2 * LEFT
QR_SIDE = 105 * MM
IN_A_LINE = 64


@dataclass(frozen=True, slots=True)
class BackupWords:
    """What the page says: `about` above the code, a paragraph each, and what the code is to a screen reader."""

    title: str
    about: Sequence[str]
    qr_alternative: str
    text_title: str


def backup_page(words: BackupWords, content: str) -> bytes:
    """The page as a PDF. `content` is plain ASCII; its lines on the page are to be typed without any space between."""
    pdf = Pdf(words.title, "en", (regular(), bold()))
    sheet = Sheet()
    y = sheet.write("H1", wrapped(words.title, 1, 17, WIDTH), LEFT, A4[1] - 22 * MM, 1, 17) - 4
    for paragraph in words.about:
        y = sheet.write("P", wrapped(paragraph, 0, 11, WIDTH), LEFT, y, 0, 11) - 4
    bottom = y - QR_SIDE + 4
    figure = sheet.mark("Figure", qr_code(content, (A4[0] - QR_SIDE) / 2, bottom, QR_SIDE))
    sheet.tags.append(Tag("Figure", figure.mcid, alternative=words.qr_alternative))
    y = sheet.write("H2", [words.text_title], LEFT, bottom - 12, 1, 11)
    lines = [content[start : start + IN_A_LINE] for start in range(0, len(content), IN_A_LINE)]
    sheet.write("P", lines, LEFT, y - 2, 0, 10)
    return pdf.begin() + pdf.page("\n".join(sheet.drawn).encode(), sheet.tags) + pdf.end()
