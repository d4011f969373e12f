"""An election's ballots in a few figures."""

from __future__ import annotations

from dataclasses import dataclass

from pbvote.tally.election import Election


@dataclass(frozen=True, slots=True)
class Figures:
    """Ballots: blank and distinct ones, and how many projects those that are not blank list. `mean_length` is rounded.

    The lengths are `None` where all ballots are blank.
    """

    blank_ballots: int
    distinct_ballots: int
    min_length: int | None
    mean_length: float | None
    max_length: int | None


def figures_of(election: Election) -> Figures:
    """Count the ballots by their lengths."""
    lengths, counts = election.profile.lengths, election.profile.counts
    filled = lengths > 0
    voters = int(counts[filled].sum())
    blank = election.voters - voters
    if not voters:
        return Figures(blank, len(counts), None, None, None)
    listed = int((lengths * counts).sum())
    given = lengths[filled]
    return Figures(blank, len(counts), int(given.min()), round(listed / voters, 2), int(given.max()))
