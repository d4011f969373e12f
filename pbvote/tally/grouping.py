"""Putting rows of numbers in order, without a Python object for each row."""

from __future__ import annotations

from pbvote.tally.arrays import Ints, NDArray, np

BITS = 62  # of a key, so that none is negative


def ranks_of(lengths: Ints, numbers: Ints, before: Ints | None = None) -> Ints:
    """Each row's place in lexicographic order, a shorter row before a longer one that begins with it.

    Row `r` has the next `lengths[r]` of `numbers`, which are not negative. Equal rows have equal ranks. The ranks
    `before`, where given, decide first.
    """
    starts = np.cumsum(lengths) - lengths
    width = int(numbers.max(initial=0) + 1).bit_length()
    ranks = np.zeros(len(lengths), dtype=np.int64) if before is None else before.copy()
    rows = np.flatnonzero(_shared(ranks))
    place = 0
    while len(rows) and place < lengths[rows].max():
        keys = np.zeros(len(rows), dtype=np.int64)
        for _ in range(BITS // width):
            longer = lengths[rows] > place
            keys <<= width
            keys[longer] |= numbers[starts[rows[longer]] + place] + 1
            place += 1
        order = np.lexsort((keys, ranks[rows]))
        rows, keys = rows[order], keys[order]
        ranks[rows] = _refined(ranks[rows], keys)
        rows = rows[_shared(ranks[rows])]
    return ranks


def _refined(ranks: Ints, keys: Ints) -> Ints:
    """The ranks of rows in order, all that share one given, where `keys` decide between equal ones."""
    places = np.arange(len(ranks))
    first = np.append(True, ranks[1:] != ranks[:-1])
    differs = first | np.append(True, keys[1:] != keys[:-1])
    group = np.maximum.accumulate(np.where(first, places, 0))
    return np.asarray(ranks + np.maximum.accumulate(np.where(differs, places, 0)) - group)


def _shared(ranks: Ints) -> NDArray[np.bool_]:
    """Which rows share their rank with another."""
    _, number, times = np.unique(ranks, return_inverse=True, return_counts=True)
    return np.asarray(times[number] > 1)
