"""From the ballot box to an election: what the tally counts."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from pbvote.ballotbox.canonical import CanonicalBallot
from pbvote.ballots.design import Design, Kind
from pbvote.proposals.models import Project
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.rules import MINOR_UNITS, VOTE_TYPES
from pbvote.tally import election as tally
from pbvote.tally.election import Election, VoteType
from pbvote.tally.pabulib import write_pabulib


def vote_type_of(design: Design) -> VoteType:
    """Pabulib's name for the ballots of a design."""
    if design.kind is Kind.APPROVAL and design.max_choices == 1:
        return VoteType.CHOOSE_1
    return VoteType(VOTE_TYPES[design.kind])


def election_of(round_: Round, poll: Poll, projects: Sequence[Project], ballots: Iterable[CanonicalBallot]) -> Election:
    """The election of a poll: its frozen projects and budget, and the ballots in its box."""
    reference = {project.number: project.reference for project in projects}
    counts = Counter(
        tally.Ballot(tuple(reference[number] for number in ballot.projects), ballot.points) for ballot in ballots
    )
    listed = [
        tally.Project(
            id=project.reference,
            cost=project.cost,
            name=project.title,
            categories=(project.category,) if project.category else (),
        )
        for project in projects
    ]
    design = msgspec.convert(poll.design, Design)
    return Election.of(
        projects=listed,
        budget=poll.budget or 0,
        vote_type=vote_type_of(design),
        ballots=counts,
        currency=round_.currency,
        minor_units=MINOR_UNITS,
        meta=_meta(round_, poll, design),
    )


def pabulib_file(election: Election) -> bytes:
    """The election as a `.pb` file: voters are numbered in the order of their ballots, which says nothing of them."""
    stream = io.BytesIO()
    write_pabulib(election, stream)
    return stream.getvalue()


def fingerprint(election: Election) -> str:
    """The SHA-256 of the election's `.pb` file: it tells two elections apart, and is the same on every machine."""
    return hashlib.sha256(pabulib_file(election)).hexdigest()


def _meta(round_: Round, poll: Poll, design: Design) -> dict[str, str]:
    dates = {"date_begin": round_.voting_open_at, "date_end": round_.voting_close_at}
    limits = {
        "min_length": design.min_choices,
        "max_length": design.max_choices,
        "max_sum_points": design.total_points,
        "max_points": design.max_points,
    }
    return {
        "description": round_.title,
        "country": "United Kingdom",
        "unit": round_.forum.name,
        "instance": round_.slug,
        "rule": _pabulib_rule(poll),
        **{name: moment.strftime("%d.%m.%Y") for name, moment in dates.items() if moment},
        **{name: str(limit) for name, limit in limits.items() if limit is not None},
    }


def _pabulib_rule(poll: Poll) -> str:
    """Pabulib's name for the poll's rule (pabulib.org/format)."""
    if poll.rule_id != "equal-shares":
        return "greedy" if poll.rule_id == "greedy" else "unknown"
    return "equalshares" if poll.rule_parameters.get("completion") == "none" else "equalshares/add1"
