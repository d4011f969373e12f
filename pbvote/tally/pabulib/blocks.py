"""Votes read a block of lines at a time, in NumPy: the fast path for lines with nothing unusual about them.

It never says what is wrong: a block that it does not understand is read row by row instead.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, repeat

from pbvote.tally.arrays import Ints, np
from pbvote.tally.election import VoteType
from pbvote.tally.pabulib.cells import LARGEST_POINTS
from pbvote.tally.pabulib.limits import Limits
from pbvote.tally.profile import EXACT

_WHOLE = re.compile(r"-?\d{1,10}", re.ASCII)


@dataclass(frozen=True)
class Part:
    """Canonical ballots, each with its count: ballot `b` has the next `lengths[b]` of `projects` and `points`."""

    lengths: Ints
    projects: Ints
    points: Ints | None
    counts: Ints


@dataclass(frozen=True)
class Layout:
    """Where the cells of a vote are, and what may stand in them; `costs` are in minor units."""

    width: int
    voter: int
    vote: int
    points: int | None
    vote_type: VoteType
    positions: Mapping[str, int]
    costs: tuple[int, ...]
    minor_units: int
    limits: Limits


def votes_in(block: bytes, layout: Layout) -> tuple[list[str], Part] | None:
    """The voters' ids and the ballots of a block of whole lines; `None` if anything about it is unusual."""
    cells = _cells(block, layout.width)
    if cells is None:
        return None
    votes = cells[layout.vote :: layout.width]
    if layout.points is None:
        counted = Counter(votes)
        part = _part(list(counted), None, list(counted.values()), layout)
    else:
        pairs = Counter(zip(votes, cells[layout.points :: layout.width], strict=True))
        part = _part([vote for vote, _ in pairs], [points for _, points in pairs], list(pairs.values()), layout)
    voters = [voter.strip() for voter in cells[layout.voter :: layout.width]]
    return None if part is None else (voters, part)


def _cells(block: bytes, width: int) -> list[str] | None:
    """All cells of the lines, which have `width` each."""
    try:
        text = block.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None
    if "\r" in text or "\0" in text:
        return None
    lines = list(filter(None, text.split("\n")))
    if '"' in text:
        return _quoted_cells(lines, width)
    if not lines or set(map(str.count, lines, repeat(";"))) != {width - 1}:
        return None
    if max(map(len, lines)) > csv.field_size_limit():
        return None
    return ";".join(lines).split(";")


def _quoted_cells(lines: list[str], width: int) -> list[str] | None:
    """The cells of lines with quotation marks, if none leads from one line into another."""
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=";")
    try:
        rows = list(reader)
    except csv.Error:
        return None
    if len(rows) < len(lines) or set(map(len, rows)) != {width} or "\n" in rows[-1][-1]:
        return None
    return list(chain.from_iterable(rows))


def _part(votes: list[str], texts: list[str] | None, counts: list[int], layout: Layout) -> Part | None:
    """Distinct texts of votes (and of points) as canonical ballots."""
    lengths = _lengths(votes)
    projects = _items(votes, layout.positions)
    points = None if texts is None else _items(texts, _Wholes())
    if projects is None or (texts is not None and (points is None or not np.array_equal(_lengths(texts), lengths))):
        return None
    owners = np.repeat(np.arange(len(votes)), lengths)
    first = owners * len(layout.positions)
    keys = np.sort(first + projects, kind="stable")  # made of sorted runs, so that this is the fastest
    if (keys[1:] == keys[:-1]).any() or not _allowed(lengths, projects, points, layout):
        return None
    if points is not None:
        order = np.lexsort((projects, -points, owners))
        projects, points = projects[order], points[order]
    elif layout.vote_type is not VoteType.ORDINAL:
        projects = keys - first
    return Part(lengths, projects, points, np.array(counts, dtype=np.int64))


class _Wholes(dict[str, int]):
    """Whole numbers by their texts, each read once; KeyError for other texts."""

    def __missing__(self, text: str) -> int:
        if not _WHOLE.fullmatch(text) or abs(int(text)) > LARGEST_POINTS:
            raise KeyError(text)
        return self.setdefault(text, int(text))


def _lengths(lists: list[str]) -> Ints:
    """How many items each list has."""
    return np.array([text.count(",") + 1 if text else 0 for text in lists], dtype=np.int64)


def _items(lists: list[str], values: Mapping[str, int]) -> Ints | None:
    """The values of the lists' items, one list after the other; `None` if an item has no value."""
    items = ",".join(filter(None, lists)).split(",")
    if items == [""]:
        return np.zeros(0, dtype=np.int64)
    for found in (items, map(str.strip, items)):  # almost all files do without spaces
        with suppress(KeyError):
            return np.fromiter(map(values.__getitem__, found), np.int64, len(items))
    return None


def _allowed(lengths: Ints, projects: Ints, points: Ints | None, layout: Layout) -> bool:
    """Whether all ballots that are not blank keep to the limits."""
    if not len(projects):
        return True
    limits, given = layout.limits, lengths[lengths > 0]
    starts = np.cumsum(given) - given
    bounds = {"length": given}
    if points is not None:
        bounds |= {"points": points, "sum_points": np.add.reduceat(points, starts)}
    if layout.vote_type is VoteType.CHOOSE_1 and given.max() > 1:
        return False
    if limits.limit("sum_cost"):
        if sum(layout.costs) >= EXACT:
            return False
        costs = np.add.reduceat(np.array(layout.costs)[projects], starts)
        least, most = (Decimal(int(cost)) / layout.minor_units for cost in (costs.min(), costs.max()))
        if not limits.allow("sum_cost", least, most):
            return False
    return all(limits.allow(key, int(values.min()), int(values.max())) for key, values in bounds.items())
