"""Texts of somebody else's file, made fit for pages: plain, of a bearable length, and with ids of our own."""

from __future__ import annotations

from collections.abc import Iterable

from pbvote.plain_text import fold, refused_character, tidy
from pbvote.rounds.making import slug_from

NAMELESS = "category"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def clean(text: str, most: int) -> str:
    """The text on one line, a space for each character that plain text may not have, cut at so many characters."""
    plain = " ".join("".join(" " if refused_character(character) else character for character in tidy(text)).split())
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + ELLIPSIS


def ids_of(names: Iterable[str]) -> dict[str, str]:
    """An id for each name, in the names' order: readable, and with a number behind it where another has it already."""
    ids: dict[str, str] = {}
    for name in dict.fromkeys(names):
        readable = any(letter.isascii() and letter.isalnum() for letter in fold(name))
        base = slug_from(name) if readable else NAMELESS
        taken, number, id_ = set(ids.values()), 2, base
        while id_ in taken:
            id_, number = f"{base}-{number}", number + 1
        ids[name] = id_
    return ids
