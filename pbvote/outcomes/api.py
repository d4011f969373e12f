"""Counting over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.outcomes import service
from pbvote.outcomes.models import Outcome
from pbvote.outcomes.result import CountedResult, stored_result
from pbvote.rounds.api import ForumBrief
from pbvote.rounds.models import Round
from pbvote.rounds.service import round_of
from pbvote.voting.api import TurnoutAuditOut, Vote
from pbvote.web.access import only
from pbvote.web.instants import Instant


class CountBody(msgspec.Struct, forbid_unknown_fields=True):
    """The passphrases of two of the board, where a board keeps the key that opens the box; else nothing."""

    unlock: list[str] = []


class ResultRound(msgspec.Struct, frozen=True):
    """The round that a result is of; that of a rehearsal counts for nothing."""

    slug: str
    title: str
    phase: str
    rehearsal: bool


class Download(msgspec.Struct, frozen=True):
    """A file of a published result."""

    name: str
    href: str


class ResultOut(CountedResult, frozen=True):
    """A result, provisional or published: what was counted, of which round, and when it was made official.

    A published one can be challenged until a day, and is certified after it; a turnout audit may stand beside it. Where
    `confirmed_by` names somebody, it is theirs to confirm, which is done when it is certified. `vote` is the vote of
    the round that it is of, `votes` are those whose results are published.
    """

    provisional: bool
    vote: Vote
    votes: list[Vote]
    advisory: bool
    confirmed_by: str
    outcome_id: UUID
    round: ResultRound
    forum: ForumBrief
    published: Instant | None
    challenges_until: Instant | None
    certified: Instant | None
    turnout_audit: TurnoutAuditOut | None
    electors: int
    downloads: list[Download]


@dataclass(frozen=True, slots=True)
class Official:
    """What a published result has beside the count: when it came out, what has become of it until now, its files."""

    moment: datetime | None = None
    published: Instant | None = None
    challenges_until: Instant | None = None
    certified: Instant | None = None
    turnout_audit: TurnoutAuditOut | None = None
    downloads: Sequence[Download] = ()
    votes: Sequence[Vote] = ()


PROVISIONAL = Official()


def result_out(round_: Round, outcome: Outcome, official: Official = PROVISIONAL) -> ResultOut:
    """The stored outcome as it is sent."""
    phase = round_.phase_at(official.moment or outcome.counted_at)
    counted = stored_result(outcome.result)
    poll = next(poll for poll in round_.polls if poll.id == outcome.poll_id)
    return ResultOut(
        provisional=official.published is None,
        vote=Vote.of_poll(round_, poll),
        votes=list(official.votes),
        advisory=round_.advisory,
        confirmed_by=round_.confirmed_by,
        outcome_id=outcome.id,
        round=ResultRound(round_.slug, round_.title, phase, round_.rehearsal),
        forum=ForumBrief.of(round_.forum),
        published=official.published,
        challenges_until=official.challenges_until,
        certified=official.certified,
        turnout_audit=official.turnout_audit,
        electors=outcome.electors,
        downloads=list(official.downloads),
        **{name: getattr(counted, name) for name in counted.__struct_fields__},
    )


@post("/api/rounds/{round_slug:str}/count", guards=[only(Role.OFFICER)])
async def count(
    request: Request[Any, Any, Any],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    round_slug: FromPath[str],
    data: JSONBody[CountBody],
) -> ResultOut:
    """Count the ballots by the round's rule. The result is provisional until it is published."""
    database: Database = request.app.state["database"]
    async with database.session(write=True) as db:
        await service.closed(db, keys, await round_of(db, round_slug, actor), actor)
    async with database.session(write=False) as db:  # may take minutes, in which others write
        counted = await service.counted(db, keys, await round_of(db, round_slug, actor), data.unlock)
    async with database.session(write=True) as db:
        round_ = await round_of(db, round_slug, actor)
        return result_out(round_, await service.store(db, round_, counted, actor))


@get("/api/rounds/{round_slug:str}/count", guards=[only(*service.MAY_SEE_A_COUNT)])
async def provisional(
    db: NamedDependency[AsyncSession], actor: NamedDependency[Actor], round_slug: FromPath[str]
) -> ResultOut:
    """The newest count, for those who prepare its publication."""
    round_ = await round_of(db, round_slug, actor)
    return result_out(round_, await service.latest(db, round_, actor))


handlers = [count, provisional]
