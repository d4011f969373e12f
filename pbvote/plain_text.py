"""Plain text that people type: trimmed, normalised (Unicode NFC), without control characters, within its limits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from pbvote.errors import Reason

MOST_EMAIL = 254

# Cc: control characters; Cs: half characters; Zl, Zp: line breaks of their own kind. The rest change the direction of
# what follows them, so that a text can look like another one.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_REFUSED = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a text may be, in characters, whether it must say something, and whether it may have several lines."""

    most: int
    required: bool = True
    lines: bool = False


def tidy(text: str, *, lines: bool = False) -> str:
    """The text trimmed and in NFC; tabs become spaces, and line ends plain newlines where lines are allowed."""
    if lines:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text.replace("\t", " ")).strip()


def refused_character(text: str, *, lines: bool = False) -> str | None:
    """The first character that plain text may not have, or None."""
    for character in text:
        if character == "\n" and lines:
            continue
        if character in _REFUSED or unicodedata.category(character) in _REFUSED_CATEGORIES:
            return character
    return None


def text_reasons(text: str, field: str, limit: Limit) -> list[Reason]:
    """What is wrong with a text that was tidied."""
    if not text:
        return [Reason("text_missing", "This is needed.", {}, field)] if limit.required else []
    if len(text) > limit.most:
        detail = f"This has {len(text):,} characters; expected at most {limit.most:,}."
        return [Reason("text_too_long", detail, {"length": len(text), "most": limit.most}, field)]
    if (refused := refused_character(text, lines=limit.lines)) is not None:
        name = f"U+{ord(refused):04X}"
        detail = f"This has a character that cannot be shown ({name}); expected plain text."
        return [Reason("text_not_plain", detail, {"character": name}, field)]
    return []


def read_texts(texts: Mapping[str, str], limits: Mapping[str, Limit]) -> tuple[dict[str, str], list[Reason]]:
    """All texts tidied, by field, with everything that is wrong with any of them."""
    tidied = {field: tidy(texts[field], lines=limit.lines) for field, limit in limits.items()}
    return tidied, [reason for field, text in tidied.items() for reason in text_reasons(text, field, limits[field])]


def email_reasons(email: str, field: str) -> list[Reason]:
    """What is wrong with an e-mail address that was tidied; an empty one is not judged here."""
    if email and (len(email) > MOST_EMAIL or not _EMAIL.fullmatch(email)):
        detail = "This is not an e-mail address; expected one such as kim@example.org."
        return [Reason("bad_email", detail, {}, field)]
    return []


def fold(text: str) -> str:
    """The text as searching sees it: no case, no accents, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(plain.split())
