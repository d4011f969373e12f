"""Who supports what: the profile read by a utility, in arrays that can be walked from either side."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pbvote.tally.election import Election, VoteType
from pbvote.tally.profile import Floats, Ints


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
    ballots `by_project[p]` with the weights `weights_by_project[p]`. `counts` holds the voters of each ballot and
    `votes` the supporters (voters) of each project.
    """

    starts: Ints
    projects: Ints
    weights: Floats
    counts: Floats
    by_project: tuple[Ints, ...]
    weights_by_project: tuple[Floats, ...]
    votes: tuple[int, ...]

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
    that the last one listed gets 0 and is not supported); else each counts with weight 1.
    """
    profile = election.profile
    weights = _weights(election, utility)
    kept = weights > 0
    ballots = np.repeat(np.arange(len(profile.counts)), profile.lengths)[kept]
    projects, weights = profile.projects[kept], weights[kept]
    order = np.argsort(projects, kind="stable")
    cuts = np.searchsorted(projects[order], np.arange(1, len(election.projects)))
    by_project = tuple(np.split(ballots[order], cuts)) if election.projects else ()
    return Support(
        starts=np.searchsorted(ballots, np.arange(len(profile.counts) + 1)).astype(np.int64),
        projects=projects,
        weights=weights.astype(np.float64),
        counts=profile.counts.astype(np.float64),
        by_project=by_project,
        weights_by_project=tuple(np.split(weights[order].astype(np.float64), cuts)) if election.projects else (),
        votes=tuple(int(profile.counts[rows].sum()) for rows in by_project),
    )


def votes_of(election: Election) -> tuple[int, ...]:
    """Each project's supporters, in voters."""
    return support_of(election, Utility.VOTES).votes


def scores_of(election: Election, utility: Utility) -> tuple[int, ...]:
    """Each project's votes, sum of points or sum of Borda points; negative points count too."""
    profile = election.profile
    weights = _weights(election, utility) * np.repeat(profile.counts, profile.lengths)
    scores = np.zeros(len(election.projects), dtype=np.int64)
    np.add.at(scores, profile.projects, weights)
    return tuple(scores.tolist())


def _weights(election: Election, utility: Utility) -> Ints:
    """What each entry of the profile is worth; ones and zeros for the utilities that only ask who supports."""
    profile = election.profile
    if utility is Utility.POINTS and profile.points is not None:
        return profile.points
    if utility is Utility.BORDA and election.vote_type is VoteType.ORDINAL:
        place = np.arange(len(profile.projects)) - np.repeat(profile.starts[:-1], profile.lengths)
        return np.asarray(np.repeat(profile.lengths, profile.lengths) - place - 1)
    if profile.points is None:
        return np.ones(len(profile.projects), dtype=np.int64)
    return (profile.points > 0).astype(np.int64)
