"""From the ballot box to an election: what the tally counts. Ballots come by the ten thousand: this runs in threads."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from pbvote.ballotbox.canonical import CanonicalBallot
from pbvote.ballots.design import Design
from pbvote.outcomes.leftovers import ListedPot
from pbvote.proposals.models import Project
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.pots import names_of
from pbvote.rounds.rules import MINOR_UNITS, vote_type_of
from pbvote.tally import election as tally
from pbvote.tally.conditions import Conditions
from pbvote.tally.election import Election, ElectionError, VoteType
from pbvote.tally.pabulib import write_pabulib
from pbvote.voting.box import BallotBoxIsDamaged
from pbvote.voting.conditions import conditions_of, pots_of

# Pabulib demands a country, and a forum has none: its currency says it, where only one country has that.
COUNTRIES = {"GBP": "United Kingdom"}
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ListedProject:
    """A project as it stands on the ballot paper."""

    number: int
    reference: str
    title: str
    category: str
    cost: int


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything that decides a result besides the ballots: plain data, so that a thread can count without a session.

    `meta` is what the election's `.pb` file says about it, `dice` what was rolled to break ties, and `config` the
    document that was frozen when voting opened.
    """

    poll_id: UUID
    projects: tuple[ListedProject, ...]
    categories: Sequence[Mapping[str, Any]]
    budget: int
    currency: str
    vote_type: VoteType
    rule: str
    parameters: Mapping[str, Any]
    ties: tuple[str, ...]
    conditions: Conditions
    pots: tuple[ListedPot, ...]
    meta: Mapping[str, str]
    dice: str | None
    config: bytes
    config_sha256: str | None


def terms_of(round_: Round, poll: Poll, projects: Sequence[Project], dice: str | None, config: bytes) -> Terms:
    """The terms of a poll, as they were frozen when voting opened."""
    design = msgspec.convert(poll.design, Design)
    return Terms(
        poll_id=poll.id,
        projects=tuple(
            ListedProject(project.number, project.reference, project.title, project.category, project.cost)
            for project in projects
        ),
        categories=round_.categories,
        budget=poll.budget or 0,
        currency=round_.currency,
        vote_type=vote_type_of(design),
        rule=poll.rule_id,
        parameters=poll.rule_parameters,
        ties=tuple(poll.ties),
        conditions=conditions_of(round_, poll, projects),
        pots=_pots(round_, poll),
        meta=_meta(round_, poll, design),
        dice=dice,
        config=config,
        config_sha256=poll.config_sha256,
    )


def _pots(round_: Round, poll: Poll) -> tuple[ListedPot, ...]:
    pots = pots_of(round_, poll)
    return tuple(ListedPot(name, pot.amount, pot.leftover) for name, pot in zip(names_of(pots), pots, strict=True))


def election_of(terms: Terms, ballots: Iterable[CanonicalBallot]) -> Election:
    """The election of a poll. Raises BallotBoxIsDamaged if there is a ballot that this poll cannot have."""
    reference = {project.number: project.reference for project in terms.projects}
    try:
        counts = Counter(
            tally.Ballot(tuple(reference[number] for number in ballot.projects), ballot.points) for ballot in ballots
        )
        return Election.of(
            projects=[
                tally.Project(
                    id=project.reference,
                    cost=project.cost,
                    name=project.title,
                    categories=(project.category,) if project.category else (),
                )
                for project in terms.projects
            ],
            budget=terms.budget,
            vote_type=terms.vote_type,
            ballots=counts,
            currency=terms.currency,
            minor_units=MINOR_UNITS,
            meta=terms.meta,
        )
    except KeyError as error:
        raise BallotBoxIsDamaged(f"a ballot lists project {error}, which is not on the ballot paper") from error
    except ElectionError as error:
        raise BallotBoxIsDamaged(str(error)) from error


def pabulib_file(election: Election) -> bytes:
    """The election as a `.pb` file: voters are numbered in the order of their ballots, which says nothing of them."""
    stream = io.BytesIO()
    write_pabulib(election, stream)
    return stream.getvalue()


def fingerprint(file: bytes) -> str:
    """The SHA-256 of an election's `.pb` file: it tells two elections apart, and is the same on every machine."""
    return hashlib.sha256(file).hexdigest()


def _meta(round_: Round, poll: Poll, design: Design) -> dict[str, str]:
    zone = ZoneInfo(round_.forum.timezone)
    dates = dict(zip(("date_begin", "date_end"), round_.calendar.vote(poll.position), strict=True))
    limits = {
        "min_length": design.min_choices,
        "max_length": design.max_choices,
        "max_sum_points": design.total_points,
        "max_points": design.max_points,
    }
    add1u = poll.rule_parameters.get("completion") == "add1u"  # Pabulib has no name for it
    return {
        "description": round_.title,
        "country": COUNTRIES.get(round_.currency, UNKNOWN),
        "unit": round_.forum.name,
        "instance": round_.slug,
        "rule": _pabulib_rule(poll),
        **{name: moment.astimezone(zone).strftime("%d.%m.%Y") for name, moment in dates.items() if moment},
        **{name: str(limit) for name, limit in limits.items() if limit is not None},
        **({"comment": "#1: completed by votes after Add1 (add1u)"} if add1u else {}),
    }


def _pabulib_rule(poll: Poll) -> str:
    """Pabulib's name for the poll's rule (pabulib.org/format)."""
    if poll.rule_id != "equal-shares":
        return "greedy" if poll.rule_id == "greedy" else UNKNOWN
    return "equalshares" if poll.rule_parameters.get("completion") == "none" else "equalshares/add1"
