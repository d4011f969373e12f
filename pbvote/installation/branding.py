"""The looks of the installation: a name and four colours, and whether what is written in them can be read. Pure.

Contrast is that of WCAG 2.2 (relative luminance, contrast ratio); text needs 4.5 : 1 (success criterion 1.4.3). Which
colours meet is in the stylesheet `frontend/app.css`: white on the brand, links on sheets and on the ground between.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pbvote.errors import InputIsWrong, Reason
from pbvote.plain_text import Limit, text_reasons, tidy

LEAST = 4.5
NAME = Limit(60)
# The fixed colours that ours meet, and what ours are where nothing was chosen: as in frontend/app.css.
WHITE, GROUND, INK = "#ffffff", "#f1f4f6", "#16202b"
USUAL = {"brand": "#0e4a5a", "brand_deep": "#0a3642", "brand_tint": "#e3eef1", "link": "#0b5a70"}
# Which colour is text on which: each pair has to have the contrast of text.
PAIRS = (
    ("brand", WHITE),
    ("brand_deep", WHITE),
    ("brand", "brand_tint"),
    ("brand_tint", INK),
    ("link", WHITE),
    ("link", GROUND),
    ("link", "brand_tint"),
)
_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Branding:
    """The name that is shown, and colours as `#rrggbb` by the names of USUAL."""

    name: str
    colours: Mapping[str, str]

    @property
    def stylesheet(self) -> bytes:
        """What pages load after their own stylesheet; nothing where no colour was changed."""
        if dict(self.colours) == USUAL:
            return b""
        lines = (f"--{name.replace('_', '-')}:{self.colours[name]}" for name in USUAL)
        return f":root{{{';'.join(lines)}}}\n".encode()

    @property
    def version(self) -> str:
        """Changes with every change of what pages show."""
        return hashlib.sha256(self.name.encode() + b"\0" + self.stylesheet).hexdigest()[:12]


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, from 0 to 1 (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)  # noqa: PLR2004  # sRGB
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def read_branding(name: str, colours: Mapping[str, str], usual_name: str) -> Branding:
    """A name (none: the usual one) and colours as they were typed. Raises InputIsWrong with all that is wrong."""
    name, typed = tidy(name), {key: tidy(colours.get(key, "")).lower() or usual for key, usual in USUAL.items()}
    reasons = text_reasons(name, "name", NAME) if name else []
    for key, colour in typed.items():
        if not _HEX.fullmatch(colour):
            detail = f"{key}: expected a colour such as #0e4a5a."
            reasons.append(Reason("bad_colour", detail, {}, key))
    if not reasons:
        reasons = contrast_reasons(typed)
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    return Branding(name or usual_name, typed)


def contrast_reasons(colours: Mapping[str, str]) -> list[Reason]:
    """One reason for each pair of colours in which text could not be read by everybody."""
    reasons = []
    for one, other in PAIRS:
        ratio = contrast(colours[one], colours.get(other, other))
        if ratio < LEAST:
            against = colours.get(other, other)
            detail = (
                f"{one}: text in {colours[one]} and {against} has a contrast of {ratio:.2f} to 1; expected {LEAST}."
            )
            shown = f"{int(ratio * 100) / 100:.2f}"  # cut, not rounded: 4.499 is not 4.50
            params: dict[str, int | str] = {"colour": colours[one], "against": against, "ratio": shown}
            reasons.append(Reason("contrast_too_low", detail, params, one))
    return reasons
