"""What META says about ballots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pbvote.tally.pabulib.cells import decimal_of, is_missing
from pbvote.tally.pabulib.file import PabulibError
from pbvote.tally.pabulib.mends import Kind
from pbvote.tally.pabulib.source import Source

WHAT = {"length": "number of projects", "sum_cost": "cost", "points": "points", "sum_points": "sum of points"}


@dataclass(frozen=True)
class Limits:
    """The limits by key (such as `max_length`), where META says something."""

    values: Mapping[str, Decimal]

    @classmethod
    def of(cls, meta: Mapping[str, str], lines: Mapping[str, int], source: Source) -> Limits:
        """The limits among META's entries. Read leniently, those that are no numbers are left aside."""
        keys = [f"{end}_{key}" for key in WHAT for end in ("min", "max")]
        values = {}
        for key in keys:
            if key in meta and not is_missing(meta[key]):
                try:
                    values[key] = decimal_of(meta[key], key, source, lines[key])
                except PabulibError as error:
                    if not source.lenient:
                        raise
                    source.note(Kind.UNREADABLE_LIMIT, error.found, "no such limit", error.line)
        return cls(values)

    def allow(self, key: str, least: Decimal | int, most: Decimal | int) -> bool:
        """Whether all values from `least` to `most` keep to the limits for `key`."""
        low, high = self.values.get(f"min_{key}"), self.values.get(f"max_{key}")
        return (low is None or least >= low) and (high is None or most <= high)

    def limit(self, key: str) -> bool:
        """Whether there is a limit for `key`."""
        return f"min_{key}" in self.values or f"max_{key}" in self.values

    def check(self, key: str, value: Decimal | int, what: str, source: Source) -> None:
        """Raise unless the value keeps to the limits for `key`. Read leniently, it is listed: officials counted it."""
        low, high = self.values.get(f"min_{key}"), self.values.get(f"max_{key}")
        if low is not None and value < low:
            source.mend(Kind.LIMIT, f"{what} {value}", f"at least {low} (min_{key})", f"counted; min_{key} is {low}")
        if high is not None and value > high:
            source.mend(Kind.LIMIT, f"{what} {value}", f"at most {high} (max_{key})", f"counted; max_{key} is {high}")
