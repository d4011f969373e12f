"""From the tally's election to the second count's: the only place where the two meet."""

from __future__ import annotations

from pbvote.recount.election import Ballots, Cast, Entry
from pbvote.tally.election import Election


def of(election: Election) -> Ballots:
    """The same election as plain data."""
    return Ballots(
        projects=tuple(Entry(project.id, project.cost, tuple(project.categories)) for project in election.projects),
        budget=election.budget,
        vote_type=str(election.vote_type),
        cast=tuple(Cast(ballot.projects, ballot.points, count) for ballot, count in election.ballots()),
        minor_units=election.minor_units,
    )
