"""What stands in a cell: numbers, lists and limits, read strictly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pbvote.tally.pabulib.source import Source

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_LARGEST_POINTS = 10**9


def shown(text: str) -> str:
    """A cell as an error quotes it: short, in quotation marks."""
    return repr(text if len(text) <= 40 else f"{text[:37]}...")  # noqa: PLR2004  the length of the line above


def is_missing(text: str) -> bool:
    """Whether a cell says nothing."""
    return text.strip() in {"", "None"}


def decimal_of(text: str, key: str, source: Source, line: int | None = None) -> Decimal:
    """A number such as 1070000, 400000.0 or 12.5."""
    if not _NUMBER.fullmatch(text.strip()):
        raise source.error(f"{key} is {shown(text)}", "a number such as 1200 or 1200.50", line)
    return Decimal(text.strip())


def amount_of(text: str, key: str, source: Source, line: int | None = None) -> Decimal:
    """A sum of money, not below zero."""
    value = decimal_of(text, key, source, line)
    if value < 0:
        raise source.error(f"{key} is {shown(text)}", "an amount of at least 0", line)
    return value


def whole_of(text: str, key: str, source: Source, line: int | None = None) -> int:
    """A whole number; 3.0 is one too."""
    value = decimal_of(text, key, source, line)
    if value != int(value) or abs(value) > _LARGEST_POINTS:
        raise source.error(f"{key} is {shown(text)}", f"a whole number of at most {_LARGEST_POINTS:,}", line)
    return int(value)


def list_of(text: str, key: str, source: Source) -> list[str]:
    """The items of a list cell, separated by commas; a cell that says nothing is an empty list."""
    if is_missing(text):
        return []
    items = [item.strip() for item in text.split(",")]
    if "" in items:
        raise source.error(f"{key} {shown(text)} has an empty item", "items separated by single commas")
    return items


@dataclass(frozen=True)
class Limits:
    """What META says about ballots: limits by key, where it says something."""

    values: Mapping[str, Decimal]

    KEYS = ("length", "sum_cost", "points", "sum_points")

    @classmethod
    def of(cls, meta: Mapping[str, str], lines: Mapping[str, int], source: Source) -> Limits:
        """The limits among META's entries."""
        keys = [f"{end}_{key}" for key in cls.KEYS for end in ("min", "max")]
        found = {key: meta[key] for key in keys if key in meta and not is_missing(meta[key])}
        return cls({key: decimal_of(text, key, source, lines[key]) for key, text in found.items()})

    def check(self, key: str, value: Decimal | int, what: str, source: Source) -> None:
        """Raise unless the value keeps to the limits for `key`."""
        least, most = self.values.get(f"min_{key}"), self.values.get(f"max_{key}")
        if least is not None and value < least:
            raise source.error(f"{what} {value}", f"at least {least} (min_{key})")
        if most is not None and value > most:
            raise source.error(f"{what} {value}", f"at most {most} (max_{key})")
