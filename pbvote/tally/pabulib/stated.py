"""What the `votes` and `score` columns of a file say, against its ballots."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from pbvote.tally.election import Election, VoteType
from pbvote.tally.pabulib.cells import is_missing, shown
from pbvote.tally.pabulib.mends import Kind
from pbvote.tally.pabulib.source import Source
from pbvote.tally.support import Utility, scores_of, votes_of

KINDS = {"votes": Kind.VOTES, "score": Kind.SCORE}


def totals_of(election: Election) -> dict[str, tuple[int, ...]]:
    """What the columns should say: supporters, and Pabulib's score.

    The score is the sum of points; on rankings, Borda points where the last of a ballot gets 1; otherwise the votes.
    """
    votes = votes_of(election)
    if election.vote_type is VoteType.ORDINAL:
        borda = scores_of(election, Utility.BORDA)
        return {"votes": votes, "score": tuple(one + more for one, more in zip(votes, borda, strict=True))}
    return {"votes": votes, "score": scores_of(election, Utility.POINTS) if election.vote_type.has_points else votes}


def note_wrong_totals(
    election: Election, stated: Mapping[str, Mapping[str, str]], lines: Mapping[str, int], source: Source
) -> None:
    """List the cells that the ballots do not bear out. Nothing is counted by these cells."""
    for column, counted in totals_of(election).items():
        for project, total in zip(election.projects, counted, strict=True):
            text = stated[project.id].get(column, "")
            if not is_missing(text) and _number(text) != total:
                found = f"{column} of project {shown(project.id)} is {shown(text)}"
                source.note(KINDS[column], found, f"the ballots give {total:,}", lines[project.id])


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return None
