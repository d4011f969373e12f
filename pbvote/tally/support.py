"""Who supports what: the profile read by a utility, in arrays that can be walked from either side."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pbvote.tally.arrays import Floats, Ints, NDArray, np
from pbvote.tally.election import Election, VoteType

_BLOCK = 2**17  # entries; as many 64-bit numbers take a megabyte


class Utility(StrEnum):
    """What a funded project is worth to a voter who supports it."""

    COST = "cost"
    VOTES = "votes"
    POINTS = "points"
    BORDA = "borda"


@dataclass(frozen=True)
class Support:
    """Which distinct ballots support which projects, and how strongly; everything else is left out.

    Ballot `b` has the entries `starts[b]:starts[b + 1]` of `projects` and `weights`. Project `p` is supported by the
    ballots `by_project[p]`, cast by `counts_by_project[p]` voters, with the weights `weights_by_project[p]`. `counts`
    holds the voters of each ballot and `votes` the supporters (voters) of each project. It is `unweighted` if all
    weights are one.
    """

    starts: Ints
    projects: Ints
    weights: Floats
    counts: Floats
    by_project: tuple[Ints, ...]
    counts_by_project: tuple[Floats, ...]
    weights_by_project: tuple[Floats, ...]
    votes: tuple[int, ...]
    unweighted: bool

    def entries(self, ballots: Ints) -> tuple[Ints, Ints]:
        """The entries of the ballots, and for each entry the place of its ballot in `ballots`."""
        first = self.starts[ballots]
        lengths = self.starts[ballots + 1] - first
        owner = np.repeat(np.arange(len(ballots)), lengths)
        shift = first - np.concatenate(([0], np.cumsum(lengths)[:-1]))
        return np.arange(len(owner)) + shift[owner], owner


def support_of(election: Election, utility: Utility) -> Support:
    """The election's supporters: those who list a project, or give it points above zero where there are points.

    With `points` and `borda` each supporter counts with that weight (Borda: the ballot's length less the place, so
    that the last one listed gets 0 and is not supported); else each counts with weight 1. It is worked out once for
    each profile, and kept there.
    """
    weighty = utility if utility in {Utility.POINTS, Utility.BORDA} else Utility.VOTES
    key = weighty, election.vote_type, len(election.projects)
    found = election.profile.worked_out.get(key)
    if not isinstance(found, Support):
        found = election.profile.worked_out[key] = _support(election, weighty)
    return found


def _support(election: Election, utility: Utility) -> Support:
    profile, size = election.profile, len(election.projects)
    starts, projects, weights = profile.starts, profile.projects, None
    given = _weights(election, utility)
    if given is not None:
        kept = given > 0
        starts, projects = np.concatenate(([0], np.cumsum(kept)))[starts], projects[kept]
        weights = given[kept].astype(np.float64) if (given[kept] != 1).any() else None
    ends = np.cumsum(np.bincount(projects, minlength=size))
    rows, sorted_weights = _transposed(starts, projects, weights, ends)
    counts = profile.counts.astype(np.float64)
    alone = len(counts) == profile.voters  # no two voters cast the same ballot
    counts_by_project = _split(_ones(len(rows)) if alone else counts[rows], ends)
    return Support(
        starts=starts,
        projects=projects,
        weights=_ones(len(projects)) if weights is None else weights,
        counts=counts,
        by_project=_split(rows, ends),
        counts_by_project=counts_by_project,
        weights_by_project=_split(sorted_weights, ends),
        votes=tuple(int(part.sum()) for part in counts_by_project),  # exact in floats (Profile.check_size)
        unweighted=weights is None,
    )


def _transposed(starts: Ints, projects: Ints, weights: Floats | None, ends: Ints) -> tuple[Ints, Floats]:
    """The ballots and weights of each project's entries, one project after the other, ballots in order.

    Worked through in blocks that fit in a processor's cache: each is sorted there, and its parts are put in place.
    """
    rows, free = np.empty(len(projects), dtype=np.int64), [0, *ends.tolist()]
    placed = _ones(len(projects)) if weights is None else np.empty(len(projects))
    small = np.min_scalar_type(len(ends))  # small numbers are sorted without comparing them
    borders = np.minimum(np.searchsorted(starts, np.arange(0, len(projects) + _BLOCK, _BLOCK)), len(starts) - 1)
    for first, last in zip(borders.tolist(), borders[1:].tolist(), strict=False):
        entries = slice(int(starts[first]), int(starts[last]))
        block = projects[entries].astype(small)
        order = np.argsort(block, kind="stable")
        ballots = np.repeat(np.arange(first, last), np.diff(starts[first : last + 1]))[order]
        begin = 0
        for project, end in enumerate(np.cumsum(np.bincount(block, minlength=len(ends))).tolist()):
            place = slice(free[project], free[project] + end - begin)
            rows[place] = ballots[begin:end]
            if weights is not None:
                placed[place] = weights[entries][order[begin:end]]
            free[project], begin = place.stop, end
    return rows, placed


def _split(array: NDArray[Any], ends: Ints) -> tuple[NDArray[Any], ...]:
    """The parts of the array that end there."""
    cuts = ends.tolist()
    return tuple(array[start:end] for start, end in zip([0, *cuts], cuts, strict=False))


def _ones(length: int) -> Floats:
    """So many ones in the memory of one."""
    return np.broadcast_to(np.float64(1), length)


def votes_of(election: Election) -> tuple[int, ...]:
    """Each project's supporters, in voters."""
    return support_of(election, Utility.VOTES).votes


def scores_of(election: Election, utility: Utility) -> tuple[int, ...]:
    """Each project's votes, sum of points or sum of Borda points; negative points count too."""
    profile, weights = election.profile, _weights(election, utility)
    if weights is None or utility not in {Utility.POINTS, Utility.BORDA}:
        return votes_of(election)
    # sums of this size are exact in floats (Profile.check_size)
    given = weights * np.repeat(profile.counts, profile.lengths)
    totals = np.bincount(profile.projects, weights=given, minlength=len(election.projects))
    return tuple(int(total) for total in totals)


def _weights(election: Election, utility: Utility) -> Ints | None:
    """What each entry of the profile is worth; `None` if each is worth one."""
    profile = election.profile
    if utility is Utility.POINTS and profile.points is not None:
        return profile.points
    if utility is Utility.BORDA and election.vote_type is VoteType.ORDINAL:
        place = np.arange(len(profile.projects)) - np.repeat(profile.starts[:-1], profile.lengths)
        return np.asarray(np.repeat(profile.lengths, profile.lengths) - place - 1)
    return None if profile.points is None else (profile.points > 0).astype(np.int64)
