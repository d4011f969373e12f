"""What a Pabulib file lists (pabulib.org/format), read with the standard library alone: enough to compare with."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

Vote = tuple[tuple[str, ...], tuple[int, ...]]


class NotListedError(ValueError):
    """The file is not one that a server of ours writes; the message says what is in the way."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Budget and costs in minor units; how often each vote is listed, as project ids and points."""

    budget: int
    costs: dict[str, int]
    votes: Counter[Vote]


def read_listed(data: bytes, minor_units: int) -> Listed:
    """Read the file. Raises NotListedError."""
    try:
        rows = list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=";", strict=True))
        starts = [rows.index([title]) for title in ("META", "PROJECTS", "VOTES")]
        meta, projects, votes = (rows[a + 1 : b] for a, b in zip(starts, [*starts[1:], None], strict=True))
        budget = next(value for key, value in meta if key == "budget")
        named = _named(projects)
        costs = {row["project_id"]: row["cost"] for row in named}
        if len(costs) != len(named):
            raise ValueError("a project is there twice")  # noqa: TRY301  # told below, with everything else
        listed = Counter((_parts(row["vote"]), tuple(map(int, _parts(row.get("points", ""))))) for row in _named(votes))
        return Listed(
            _minor(budget, minor_units), {name: _minor(cost, minor_units) for name, cost in costs.items()}, listed
        )
    except (UnicodeDecodeError, csv.Error, ValueError, KeyError, StopIteration, InvalidOperation) as error:
        raise NotListedError(f"election.pb cannot be read ({type(error).__name__}: {error})") from None


def _named(rows: list[list[str]]) -> list[dict[str, str]]:
    head, *rest = rows
    return [dict(zip(head, row, strict=True)) for row in rest]


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(",")) if cell else ()


def _minor(amount: str, minor_units: int) -> int:
    return int(Decimal(amount) * minor_units)
