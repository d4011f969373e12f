"""UK postcodes: reading, normalising, and which stretch of postcodes one lies in.

A full postcode is an outward code and an inward code (`TS1 2AB`); a sector is the outward code and the first digit of
the inward one (`TS1 2`). Shapes as in BS 7666 and the Royal Mail's programmers' guide: A9, A99, AA9, AA99, A9A, AA9A,
then 9AA.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from pbvote.errors import DomainError, InputIsWrong, Reason

MOST_SHOWN = 20

_FIRST = "[A-PR-UWYZ]"
_SECOND = "[A-HK-Y]"
_OUTWARD = (
    rf"(?:{_FIRST}[0-9][0-9]?|{_FIRST}{_SECOND}[0-9][0-9]?"
    rf"|{_FIRST}[0-9][A-HJKPSTUW]|{_FIRST}{_SECOND}[0-9][ABEHMNPRVWXY])"
)
_INWARD = "[0-9][ABD-HJLNP-UW-Z]{2}"
_SPACES = re.compile(r"\s+")
_FULL = re.compile(rf"({_OUTWARD}) ?({_INWARD})")
_SECTOR = re.compile(rf"({_OUTWARD}) ([0-9])")
_OUTWARD_ONLY = re.compile(_OUTWARD)


class BadPostcode(DomainError):
    """This is not a postcode; the message says what was expected."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "Check the postcode"


def parse_postcode(text: str) -> str:
    """A full postcode as it is written, `TS1 2AB`, from any case and spacing. Raises BadPostcode."""
    plain = _plain(text)
    if match := _FULL.fullmatch(plain.replace(" ", "")):
        return f"{match[1]} {match[2]}"
    raise _bad(text, "a full postcode such as TS1 2AB")


def parse_prefix(text: str) -> str:
    """An outward code, a sector or a full postcode, normalised: `TS1`, `TS1 2`, `TS1 2AB`. Raises BadPostcode.

    A sector is written with its space, because TS12 is another place than TS1 2.
    """
    plain = _plain(text)
    if _OUTWARD_ONLY.fullmatch(plain):
        return plain
    if match := _SECTOR.fullmatch(plain) or _FULL.fullmatch(plain):
        return f"{match[1]} {match[2]}"
    raise _bad(text, "the start of postcodes such as TS1, TS1 2 or TS1 2AB")


def read_prefixes(texts: Iterable[str]) -> list[str]:
    """Prefixes normalised, sorted, each once. Raises InputIsWrong with one reason for each that is none."""
    prefixes, reasons = set(), []
    for text in texts:
        try:
            prefixes.add(parse_prefix(text))
        except BadPostcode as error:
            reasons += error.reasons
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    return sorted(prefixes)


def prefixes_of(postcode: str) -> tuple[str, str, str]:
    """The prefixes that a normalised full postcode lies in, the longest first: itself, its sector, its outward code."""
    outward, inward = postcode.split(" ")
    return postcode, f"{outward} {inward[0]}", outward


def longest_match(postcode: str, prefixes: Iterable[str]) -> str | None:
    """The longest of some normalised prefixes that a normalised full postcode lies in; TS12 2AB is never in TS1."""
    known = set(prefixes)
    return next((prefix for prefix in prefixes_of(postcode) if prefix in known), None)


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text.strip()).upper()


def _bad(text: str, expected: str) -> BadPostcode:
    shown = text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."
    detail = f"{shown!r} is not a postcode that we know; expected {expected}."
    return BadPostcode(detail, [Reason("bad_postcode", detail, {"postcode": shown}, "postcode")])
