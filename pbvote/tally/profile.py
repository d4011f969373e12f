"""Ballots as compressed arrays: each distinct ballot once, with the number of voters who cast it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from pbvote.tally.arrays import Ints, np
from pbvote.tally.grouping import ranks_of

EXACT = 2**53  # integers below it are exact as floats, so that NumPy may add them either way


@dataclass(frozen=True, eq=False)
class Profile:
    """Distinct ballots in canonical order; ballot `b` has the entries `starts[b]:starts[b + 1]`.

    `projects` are indexes into the election's projects and `points` what each entry gives (`None` where the vote type
    has no points); `counts` says how many voters cast each distinct ballot. `worked_out` is a place for what follows
    from the profile alone and takes long to work out.
    """

    starts: Ints
    projects: Ints
    points: Ints | None
    counts: Ints
    worked_out: dict[Hashable, object] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, counted: Mapping[tuple[tuple[int, ...], tuple[int, ...]], int], *, has_points: bool) -> Profile:
        """The profile of canonical ballots (project indexes, points), each with its count above zero."""
        for (_, points), count in counted.items():
            if not 1 <= count < EXACT:
                least = "at least once" if count < 1 else f"fewer than {EXACT:,} times"
                raise ValueError(f"a ballot is counted {count} times; expected {least}")
            if any(abs(value) * count >= EXACT for value in points):
                raise ValueError("a ballot gives more points than can be counted")
        return cls.grouped(
            lengths=_ints([len(indexes) for indexes, _ in counted]),
            projects=_ints(list(chain.from_iterable(indexes for indexes, _ in counted))),
            points=_ints(list(chain.from_iterable(points for _, points in counted))) if has_points else None,
            counts=_ints(list(counted.values())),
        )

    @classmethod
    def grouped(cls, *, lengths: Ints, projects: Ints, points: Ints | None, counts: Ints) -> Profile:
        """The profile of canonical ballots that come in any order, equal ones more than once.

        Ballot `b` has the next `lengths[b]` of `projects` and `points`. Raises ValueError where the ballots give more
        points than can be counted exactly.
        """
        ranks = ranks_of(lengths, projects)
        if points is not None:
            ranks = ranks_of(lengths, np.unique(points, return_inverse=True)[1], ranks)
        order = np.argsort(ranks, kind="stable")
        first = np.flatnonzero(np.diff(ranks[order], prepend=-1))
        kept = order[first]
        starts = np.append(0, np.cumsum(lengths[kept]))
        entries = np.arange(starts[-1])
        entries += np.repeat((np.cumsum(lengths) - lengths)[kept] - starts[:-1], lengths[kept])
        profile = cls(
            starts=_fixed(starts),
            projects=_fixed(projects[entries]),
            points=None if points is None else _fixed(points[entries]),
            counts=_fixed(np.add.reduceat(counts[order], first) if len(first) else counts),
        )
        profile.check_size()
        return profile

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Profile):
            return NotImplemented
        if (self.points is None) != (other.points is None):
            return False
        mine, theirs = self.arrays(), other.arrays()
        return all(np.array_equal(one, another) for one, another in zip(mine, theirs, strict=True))

    __hash__ = None  # type: ignore[assignment]  # arrays have no hash

    def arrays(self) -> list[Ints]:
        """What the profile consists of."""
        return [self.starts, self.projects, self.counts, *([] if self.points is None else [self.points])]

    def check_size(self) -> None:
        """Raise ValueError where sums of votes or points would leave the range in which they are exact."""
        counts = np.repeat(self.counts, self.lengths).astype(np.float64)
        weights = counts if self.points is None else counts * np.abs(self.points)
        if float(weights.sum()) >= EXACT or float(self.counts.astype(np.float64).sum()) >= EXACT:
            raise ValueError("the ballots give more points than can be counted")

    @property
    def lengths(self) -> Ints:
        """How many projects each distinct ballot lists."""
        return np.diff(self.starts)

    @property
    def voters(self) -> int:
        """How many ballots were cast, blank ones included."""
        return int(self.counts.sum())

    def rows(self) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], int]]:
        """Project indexes, points and count of each distinct ballot."""
        projects = self.projects.tolist()
        points = [] if self.points is None else self.points.tolist()
        starts = self.starts.tolist()
        for row, count in enumerate(self.counts.tolist()):
            entries = slice(starts[row], starts[row + 1])
            yield tuple(projects[entries]), tuple(points[entries]), count


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _fixed(array: Ints) -> Ints:
    """The array as 64-bit integers that cannot be changed."""
    array = array.astype(np.int64, copy=False)
    array.setflags(write=False)
    return array
