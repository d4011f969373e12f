"""A Pabulib election as a round of a forum: its projects as accepted proposals, its voters on a roll, its ballots cast.

Everything happens in one transaction, so a file that cannot be imported leaves nothing behind. The round is open for
voting when it is done: officers close, count and publish it like any other.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.audit.events import RoundMade
from pbvote.audit.service import record
from pbvote.ballots.design import Choice, Design, Kind
from pbvote.db import now
from pbvote.errors import DomainError, InputIsWrong
from pbvote.forums.models import Forum
from pbvote.keys import Keys
from pbvote.plain_text import fold
from pbvote.proposals.models import Proposal
from pbvote.roll.service import add_electors
from pbvote.rounds.models import Poll, Pot, Round
from pbvote.rounds.phases import Phase
from pbvote.rounds.rules import MINOR_UNITS, complete_parameters, rule_reasons
from pbvote.rounds.setup import free_slug, slug_from
from pbvote.tally.election import Ballot, Election, Project, VoteType
from pbvote.tally.pabulib import PabulibFile
from pbvote.voting.casting import Cast, cast
from pbvote.voting.service import open_voting

AT_ONCE = 1_000
THEMES = ("parks", "streets", "young", "older", "arts", "sport", "spaces", "climate")
KINDS = {
    VoteType.APPROVAL: Kind.APPROVAL,
    VoteType.CHOOSE_1: Kind.APPROVAL,
    VoteType.ORDINAL: Kind.RANKING,
    VoteType.CUMULATIVE: Kind.POINTS,
    VoteType.SCORING: Kind.SCORE,
}


@dataclass(frozen=True, slots=True)
class Import:
    """What to make of a file: where, under which title, and counted by which rule."""

    forum: Forum
    title: str
    rule: str
    parameters: Mapping[str, Any]
    ties: Sequence[str]


async def import_election(
    db: AsyncSession, keys: Keys, file: PabulibFile, plan: Import, progress: Callable[[int], object]
) -> Round:
    """Make the round and cast every ballot. `progress` is told how many more ballots are in the box.

    Raises InputIsWrong for what a round cannot be made of, and BallotIsNotValid naming the voter for a bad ballot.
    """
    election = file.election
    if election.minor_units != MINOR_UNITS:
        raise InputIsWrong(f"The file has amounts finer than 1/{MINOR_UNITS} of a unit; a round counts in whole pence.")
    design = design_of(file)
    if reasons := rule_reasons(plan.rule, plan.parameters, design):
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    round_ = await _round(db, file, plan, design)
    for number, project in enumerate(election.projects, start=1):
        details = file.details.get(project.id, {})
        db.add(_proposal(round_, number, project, details))
    await db.flush()
    voters = file.voters or ()
    codes = await add_electors(db, keys, round_, f"Voters of {plan.title}", len(voters), None)
    await open_voting(db, round_, {number: project.id for number, project in enumerate(election.projects, start=1)})
    await _cast_all(db, keys, round_, election, list(zip(codes, voters, strict=True)), progress)
    return round_


def design_of(file: PabulibFile) -> Design:
    """The ballot design of a file: the limits it states, made wider where a ballot of its own needs that."""
    election, meta = file.election, file.meta
    ballots = [ballot for ballot, _ in election.ballots() if ballot.projects]
    lengths = [len(_listed(ballot)[0]) for ballot in ballots] or [1]
    points = [_listed(ballot)[1] for ballot in ballots]
    most = max((max(given, default=0) for given in points), default=0)
    total = max((sum(given) for given in points), default=0)
    kind = KINDS[election.vote_type]
    longest = _number(meta, "max_length") or (1 if election.vote_type is VoteType.CHOOSE_1 else None)
    return Design(
        kind=kind,
        min_choices=max(1, min(_number(meta, "min_length") or 1, *lengths)),
        max_choices=None if longest is None else max(longest, *lengths),
        total_points=max(_number(meta, "max_sum_points") or 1, total) if kind is Kind.POINTS else None,
        max_points=max(_number(meta, "max_points") or 1, most) if election.vote_type.has_points else None,
    )


def _listed(ballot: Ballot) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """A ballot's projects and points without those given no points, which is the same as not listing them."""
    if not ballot.points:
        return ballot.projects, ()
    kept = [(project, given) for project, given in zip(ballot.projects, ballot.points, strict=True) if given]
    return tuple(project for project, _ in kept), tuple(given for _, given in kept)


def _number(meta: Mapping[str, str], key: str) -> int | None:
    text = meta.get(key, "").removesuffix(".0")
    return int(text) if text.isdigit() else None


async def _round(db: AsyncSession, file: PabulibFile, plan: Import, design: Design) -> Round:
    election, moment = file.election, await now(db)
    names = dict.fromkeys(name for project in election.projects for name in project.categories) or {"Projects": None}
    categories = [
        {"id": _slug(name), "name": name, "theme": THEMES[index % len(THEMES)]} for index, name in enumerate(names)
    ]
    round_ = Round(
        forum_id=plan.forum.id,
        slug=await free_slug(db, slug_from(plan.title)),
        title=plan.title,
        description=file.meta.get("description", "") or plan.title,
        eligibility=f"Voters of {file.meta.get('unit', '') or plan.title}",
        template="pabulib",
        phase=Phase.REVIEW,
        currency=election.currency or "GBP",
        categories=categories,
        smallest_award=None,
        largest_award=None,
        **_dates(moment),
        created_at=moment,
        opened_at=moment,
        cancelled_reason="",
        config_sha256=None,
        version=1,
        pots=[Pot(position=1, funder=file.meta.get("unit", "") or plan.title, amount=election.budget)],
        polls=[
            Poll(
                position=1,
                title=plan.title,
                design=msgspec.to_builtins(design),
                rule_id=plan.rule,
                rule_parameters=complete_parameters(plan.rule, plan.parameters),
                ties=list(plan.ties),
                budget=None,
            )
        ],
    )
    db.add(round_)
    await db.flush()
    await db.refresh(round_, ["forum"])
    await record(db, RoundMade(round_id=round_.id, slug=round_.slug, template="pabulib"))
    return round_


def _dates(moment: datetime) -> dict[str, datetime]:
    """A calendar that leaves time to look around before officers close the vote."""
    minute = moment.replace(second=0, microsecond=0)
    return {
        "proposals_open_at": minute - timedelta(minutes=3),
        "proposals_close_at": minute - timedelta(minutes=2),
        "voting_open_at": minute - timedelta(minutes=1),
        "voting_close_at": minute + timedelta(days=30),
        "results_at": minute + timedelta(days=37),
    }


def _proposal(round_: Round, number: int, project: Project, details: Mapping[str, str]) -> Proposal:
    title, moment = project.name or f"Project {project.id}", round_.created_at
    return Proposal(
        round_id=round_.id,
        number=number,
        title=title,
        summary=details.get("description", "")[:200],
        description=details.get("description", ""),
        category=_slug(project.categories[0]) if project.categories else "projects",
        place=details.get("neighborhood", "") or details.get("district", ""),
        proposer=details.get("proposer", ""),
        contact_email="",
        running_costs="",
        cost=project.cost,
        status="accepted",
        status_reason="On the ballot of the election that this round was made from.",
        appropriate=True,
        feasible=True,
        sustainable=True,
        submitted_at=moment,
        decided_at=moment,
        key_hash=secrets.token_bytes(32),  # of no key: nobody can withdraw it
        search_text=fold(title),
        version=1,
    )


async def _cast_all(
    db: AsyncSession,
    keys: Keys,
    round_: Round,
    election: Election,
    voters: Sequence[tuple[str, tuple[str, Ballot]]],
    progress: Callable[[int], object],
) -> None:
    number = {project.id: index for index, project in enumerate(election.projects, start=1)}
    poll_id = round_.polls[0].id
    for start in range(0, len(voters), AT_ONCE):
        chunk = voters[start : start + AT_ONCE]
        casts = []
        for code, (_, ballot) in chunk:
            projects, points = _listed(ballot)
            choice = Choice(
                tuple(number[project] for project in projects), points if election.vote_type.has_points else None
            )
            casts.append(Cast(code, choice, secrets.token_urlsafe(16)))
        for (_, (voter, _)), result in zip(chunk, await cast(db, keys, poll_id, casts), strict=True):
            if isinstance(result, DomainError):
                raise InputIsWrong(f"The ballot of voter {voter} cannot be cast: {result.detail}", result.reasons)
        progress(len(chunk))


def _slug(name: str) -> str:
    return slug_from(name)[:60]
