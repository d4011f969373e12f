"""What lenient reading mends, listed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

LISTED = 100  # of each kind; the rest are counted


class Kind(StrEnum):
    """What was mended: all that lenient reading ever mends."""

    BYTE_ORDER_MARK = "byte-order-mark"
    ENCODING = "encoding"
    TITLE = "title"
    NAME = "name"
    VALUE = "value"
    NUMBER = "number"
    TOTAL = "total"
    LIST = "list"
    LIMIT = "limit"
    UNREADABLE_LIMIT = "unreadable-limit"
    TWICE = "twice"
    SPELLING = "spelling"
    UNKNOWN_PROJECT = "unknown-project"
    VOTER = "voter"
    VOTES = "votes"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class Mended:
    """What was found at a line, and what was done. The last of a kind may stand for the `times` that are not listed."""

    kind: Kind
    line: int
    found: str
    done: str
    times: int = 1


class Mends:
    """Collects what was mended, in little memory however much it is."""

    def __init__(self) -> None:
        self.times: Counter[Kind] = Counter()
        self._listed: list[Mended] = []

    def note(self, kind: Kind, line: int, found: str, done: str) -> None:
        """Count a mend and list it, unless a hundred of its kind are listed."""
        self.times[kind] += 1
        if self.times[kind] <= LISTED:
            self._listed.append(Mended(kind, line, found, done))

    def all(self) -> tuple[Mended, ...]:
        """Everything by line; for kinds with more mends than are listed, how many more at the end."""
        rest = [
            Mended(kind, 0, f"{times - LISTED:,} more of the kind {kind}", "mended in the same way", times - LISTED)
            for kind, times in self.times.items()
            if times > LISTED
        ]
        return (*sorted(self._listed, key=lambda mended: mended.line), *rest)
