"""Projects in order of score, where no money is decided: what `top` and `priorities` share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import groupby

from pbvote.tally.arrays import np
from pbvote.tally.draft import Draft
from pbvote.tally.election import Election
from pbvote.tally.reasons import Reason
from pbvote.tally.rules.rule import Kind, Parameter
from pbvote.tally.support import Utility, scores_of

MEAN = "mean"

UTILITY = Parameter(
    "utility",
    "what is counted: supporters, points, Borda points, or the mean of the points given",
    Kind.CHOICE,
    "votes",
    ("votes", "points", "borda", MEAN),
)


def ranking(election: Election, utility: str) -> list[Fraction]:
    """Each project's score. A mean is the points given / the voters who listed the project, 0 where nobody did."""
    if utility != MEAN:
        return [Fraction(score) for score in scores_of(election, Utility(utility))]
    profile = election.profile
    raters = np.zeros(len(election.projects), dtype=np.int64)
    np.add.at(raters, profile.projects, np.repeat(profile.counts, profile.lengths))
    return [
        Fraction(points, heads) if heads else Fraction(0)
        for points, heads in zip(scores_of(election, Utility.POINTS), raters.tolist(), strict=True)
    ]


def choose_in_order(
    draft: Draft,
    projects: Iterable[int],
    scores: Sequence[Fraction],
    phase: str,
    why: Callable[[int, int], Reason],
    most: int | None = None,
) -> None:
    """Choose the projects by falling score, `most` at most; each broken tie is noted.

    `why(project, place)` says why a project is chosen.
    """
    chosen = 0
    waiting = sorted(projects, key=lambda project: (-scores[project], project))
    for score, group in groupby(waiting, key=lambda project: scores[project]):
        tied = list(group)
        while tied and chosen != most:
            winner, _ = draft.breaker.pick(tied)
            draft.note_tie(tied, winner)
            draft.choose(winner, phase, score, why(winner, len(draft.steps) + 1))
            tied.remove(winner)
            chosen += 1
