"""The VOTES section: in blocks where nothing is unusual, row by row where something is."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from pbvote.tally.arrays import Ints, np
from pbvote.tally.election import Ballot, canonical
from pbvote.tally.pabulib.ballots import BallotCells
from pbvote.tally.pabulib.blocks import Layout, Part, votes_in
from pbvote.tally.pabulib.cells import shown
from pbvote.tally.pabulib.mends import Kind
from pbvote.tally.pabulib.source import Source, legible
from pbvote.tally.pabulib.tables import checked, header
from pbvote.tally.profile import Profile


class Votes:
    """Reads the section. `voters` lists each voter's id and ballot if that is asked for."""

    def __init__(self, source: Source, cells: BallotCells, costs: tuple[int, ...], minor_units: int) -> None:
        self.voters: list[tuple[str, Ballot]] | None = None
        self._source = source
        self._cells = cells
        self._points = ("points",) if cells.vote_type.has_points else ()
        self._seen: set[str] = set()
        self._again: Counter[str] = Counter()
        self._parts: list[Part] = []
        needed = ("voter_id", "vote", *self._points)
        self._columns = header(source, "VOTES", needed)
        self._layout = Layout(
            width=len(self._columns),
            voter=self._columns.index("voter_id"),
            vote=self._columns.index("vote"),
            points=self._columns.index("points") if self._points else None,
            vote_type=cells.vote_type,
            positions={name: index for index, name in enumerate(cells.costs)},
            costs=costs,
            minor_units=minor_units,
            limits=cells.limits,
        )

    def read(self, *, keep_voters: bool) -> Profile:
        """Read to the end of the file. Raises `PabulibError`, and ValueError for more points than can be counted."""
        self.voters = [] if keep_voters else None
        row_by_row = keep_voters or self._cells.default_score != 0
        while block := self._source.block():
            found = None if row_by_row else votes_in(block, self._layout)
            if found and self._are_new(found[0]):
                self._parts.append(found[1])
                self._source.skip(block)
            else:
                self._parts.append(self._read_rows(block))
        return self._profile()

    def _are_new(self, voters: list[str]) -> bool:
        """Whether these are all different, not empty and not seen before; if so they are now."""
        new = set(voters)
        if len(new) < len(voters) or "" in new or not self._seen.isdisjoint(new):
            return False
        self._seen |= new
        return True

    def _read_rows(self, block: bytes) -> Part:
        counted: Counter[tuple[tuple[int, ...], tuple[int, ...]]] = Counter()
        layout = self._layout
        needed = max(layout.voter, layout.vote, layout.points or 0) + 1
        for found in self._source.rows_of(block):
            row = checked(found, self._columns, needed, self._source)
            voter = self._voter(legible(row[layout.voter].strip()))
            points = "" if layout.points is None else row[layout.points]
            ballot = self._cells.ballot(row[layout.vote], points, self._source)
            counted[canonical(ballot, layout.vote_type, layout.positions)] += 1
            if self.voters is not None:
                self.voters.append((voter, ballot))
        return _part(counted, has_points=bool(self._points))

    def _voter(self, voter: str) -> str:
        """The voter's id; read leniently, another one if it is empty or was there before, for each row is a ballot."""
        source = self._source
        if not voter:
            voter = f"line {source.line}"
            done = f"counted as a ballot of voter {shown(voter)}"
            source.mend(Kind.VOTER, "a vote without a voter_id", "an id for each voter", done)
        new = voter
        while new in self._seen:
            self._again[voter] += 1
            new = f"{voter} ({self._again[voter] + 1})"
        if new != voter:
            done = f"counted as a ballot of voter {shown(new)}"
            source.mend(Kind.VOTER, f"voter {shown(voter)} a second time", "each voter once", done)
        self._seen.add(new)
        return new

    def _profile(self) -> Profile:
        parts = self._parts or [_part({}, has_points=bool(self._points))]
        points = [part.points for part in parts if part.points is not None]
        whole = {
            "lengths": np.concatenate([part.lengths for part in parts]),
            "projects": np.concatenate([part.projects for part in parts]),
            "counts": np.concatenate([part.counts for part in parts]),
        }
        given = np.concatenate(points) if points else None
        for memory in (parts, points, self._parts, self._seen):
            memory.clear()  # all the ballots are in the arrays now, and sorting them takes memory
        return Profile.grouped(**whole, points=given)


def _part(counted: dict[tuple[tuple[int, ...], tuple[int, ...]], int], *, has_points: bool) -> Part:
    return Part(
        lengths=_ints([len(indexes) for indexes, _ in counted]),
        projects=_ints(list(chain.from_iterable(indexes for indexes, _ in counted))),
        points=_ints(list(chain.from_iterable(points for _, points in counted))) if has_points else None,
        counts=_ints(list(counted.values())),
    )


def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)
