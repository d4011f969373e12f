"""What stands in a cell: numbers, lists and limits, read strictly."""

from __future__ import annotations

import re
from decimal import Decimal

from pbvote.tally.pabulib.mends import Kind
from pbvote.tally.pabulib.source import Source

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"-?\d{1,15},(\d{1,2}|\d{4,15})", re.ASCII)  # 1,200 may be more than a thousand
LARGEST_POINTS = 10**9


def shown(text: str) -> str:
    """A cell as an error quotes it: short, in quotation marks."""
    return repr(text if len(text) <= 40 else f"{text[:37]}...")  # noqa: PLR2004  the length of the line above


def is_missing(text: str) -> bool:
    """Whether a cell says nothing."""
    return text.strip() in {"", "None"}


def decimal_of(text: str, key: str, source: Source, line: int | None = None) -> Decimal:
    """A number such as 1070000, 400000.0 or 12.5."""
    number = text.strip()
    if _DECIMAL_COMMA.fullmatch(number):
        number = number.replace(",", ".")
        done = f"read as {number}"
        source.mend(Kind.NUMBER, f"{key} is {shown(text)}", "a number such as 1200 or 1200.50", done, line)
    if not _NUMBER.fullmatch(number):
        raise source.error(f"{key} is {shown(text)}", "a number such as 1200 or 1200.50", line)
    return Decimal(number)


def amount_of(text: str, key: str, source: Source, line: int | None = None) -> Decimal:
    """A sum of money, not below zero."""
    value = decimal_of(text, key, source, line)
    if value < 0:
        raise source.error(f"{key} is {shown(text)}", "an amount of at least 0", line)
    return value


def whole_of(text: str, key: str, source: Source, line: int | None = None) -> int:
    """A whole number; 3.0 is one too."""
    value = decimal_of(text, key, source, line)
    if value != int(value) or abs(value) > LARGEST_POINTS:
        raise source.error(f"{key} is {shown(text)}", f"a whole number of at most {LARGEST_POINTS:,}", line)
    return int(value)


def list_of(text: str, key: str, source: Source) -> list[str]:
    """The items of a list cell, separated by commas; a cell that says nothing is an empty list."""
    if is_missing(text):
        return []
    items = [item.strip() for item in text.split(",")]
    if "" in items:
        found, expected = f"{key} {shown(text)} has an empty item", "items separated by single commas"
        source.mend(Kind.LIST, found, expected, "left out")
    return [item for item in items if item]
