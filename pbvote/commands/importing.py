"""A Pabulib election as a round of a forum: its projects as accepted proposals, its voters on a roll, its ballots cast.

Everything happens in one transaction, so a file that cannot be imported leaves nothing behind. The round is open for
voting when it is done: officers close, count and publish it like any other.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.audit.events.rounds import RoundMade
from pbvote.audit.service import record
from pbvote.ballots.design import Choice, Design, Kind
from pbvote.commands.imported_text import clean, ids_of
from pbvote.db import now
from pbvote.errors import DomainError, InputIsWrong
from pbvote.forums.models import Forum
from pbvote.keys import Keys
from pbvote.plain_text import fold, read_texts
from pbvote.proposals.models import Proposal
from pbvote.roll.service import add_electors
from pbvote.rounds.changes import TITLE
from pbvote.rounds.making import free_slug, slug_from
from pbvote.rounds.models import Poll, Pot, Round
from pbvote.rounds.phases import Phase
from pbvote.rounds.pots import FUNDER, MOST_MONEY
from pbvote.rounds.rules import MINOR_UNITS, complete_parameters, rule_reasons
from pbvote.tally.election import Ballot, Election, Project, VoteType
from pbvote.tally.pabulib import PabulibFile
from pbvote.tally.pabulib.file import one_line
from pbvote.voting.casting import Cast, cast
from pbvote.voting.opening import open_imported

AT_ONCE = 1_000
LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_LINE, LONGEST_TEXT = 250, 200, 120, 5_000
MOST_DIGITS = 9
UNSORTED = "Projects"  # the category of projects that the file puts into none
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
    _require_what_a_round_can_hold(election)
    title, reasons = read_texts({"title": plan.title}, {"title": TITLE})
    if reasons:
        raise InputIsWrong(f"The title {one_line(plan.title)!r} cannot be used. {reasons[0].detail}", reasons)
    plan = replace(plan, title=title["title"])
    design = design_of(file)
    if reasons := rule_reasons(plan.rule, plan.parameters, design):
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    categories = ids_of(name for project in election.projects for name in _categories(project))
    round_ = await _round(db, file, plan, design, categories)
    for number, project in enumerate(election.projects, start=1):
        details = file.details.get(project.id, {})
        db.add(_proposal(round_, number, project, details, categories[_categories(project)[0]]))
    await db.flush()
    voters = file.voters or ()
    codes = await add_electors(db, keys, round_, f"Voters of {plan.title}", len(voters), None)
    references = {number: project.id for number, project in enumerate(election.projects, start=1)}
    await open_imported(db, keys, round_, references)
    await _cast_all(db, keys, round_, election, list(zip(codes, voters, strict=True)), progress)
    return round_


def _require_what_a_round_can_hold(election: Election) -> None:
    """Raises InputIsWrong for amounts, a currency or project ids that pages and exports could not show."""
    if election.minor_units != MINOR_UNITS:
        raise InputIsWrong(f"The file has amounts finer than 1/{MINOR_UNITS} of a unit; a round counts in whole pence.")
    if max([election.budget, *(project.cost for project in election.projects)]) > MOST_MONEY:
        raise InputIsWrong(f"The file has an amount above {MOST_MONEY:,} pence, the most that a round can hold.")
    if election.currency and not re.fullmatch(r"[A-Z]{3}", election.currency):
        found = one_line(election.currency)
        raise InputIsWrong(f"The file's currency is {found!r}; expected three capital letters such as EUR.")
    for project in election.projects:
        if project.id != clean(project.id, LONGEST_LINE):
            detail = f"expected at most {LONGEST_LINE} characters of plain text."
            raise InputIsWrong(f"The project id {one_line(project.id)[:LONGEST_LINE]!r} cannot be used; {detail}")


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
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


async def _round(
    db: AsyncSession, file: PabulibFile, plan: Import, design: Design, categories: Mapping[str, str]
) -> Round:
    election, moment = file.election, await now(db)
    unit = clean(file.meta.get("unit", ""), FUNDER.most) or plan.title
    round_ = Round(
        forum_id=plan.forum.id,
        slug=await free_slug(db, slug_from(plan.title)),
        title=plan.title,
        description=clean(file.meta.get("description", ""), LONGEST_TEXT) or plan.title,
        eligibility=f"Voters of {unit}",
        template="pabulib",
        phase=Phase.REVIEW,
        currency=election.currency or "GBP",
        categories=[
            {"id": id_, "name": name, "theme": THEMES[index % len(THEMES)]}
            for index, (name, id_) in enumerate(categories.items())
        ],
        smallest_award=None,
        largest_award=None,
        **_dates(moment),
        created_at=moment,
        opened_at=moment,
        cancelled_reason="",
        version=1,
        pots=[Pot(position=1, funder=unit, amount=election.budget)],
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


def _categories(project: Project) -> list[str]:
    """The names of a project's categories, as pages show them."""
    names = (clean(name, LONGEST_LINE) for name in project.categories)
    return [name for name in names if name] or [UNSORTED]


def _proposal(round_: Round, number: int, project: Project, details: Mapping[str, str], category: str) -> Proposal:
    title = clean(project.name, LONGEST_TITLE) or f"Project {project.id}"
    description, moment = details.get("description", ""), round_.created_at
    return Proposal(
        round_id=round_.id,
        number=number,
        title=title,
        summary=clean(description, LONGEST_SUMMARY),
        description=clean(description, LONGEST_TEXT),
        category=category,
        place=clean(details.get("neighborhood", "") or details.get("district", ""), LONGEST_LINE),
        proposer=clean(details.get("proposer", ""), LONGEST_LINE),
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
    poll_id = round_.poll.id
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
                raise InputIsWrong(
                    f"The ballot of voter {one_line(voter)} cannot be cast: {result.detail}", result.reasons
                )
        progress(len(chunk))
