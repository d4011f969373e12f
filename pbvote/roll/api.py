"""The roll over HTTP."""

from __future__ import annotations

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.keys import Keys
from pbvote.roll import service
from pbvote.rounds.service import round_of
from pbvote.web.access import only
from pbvote.web.instants import Instant


class CodesBody(msgspec.Struct, forbid_unknown_fields=True):
    """How many voting codes to make, and the name of the batch."""

    label: str
    count: int


class CodesOut(msgspec.Struct, frozen=True):
    """New voting codes. Shown once: only their keyed hashes are stored."""

    label: str
    codes: list[str]


class BatchOut(msgspec.Struct, frozen=True):
    """Codes that were made together."""

    label: str
    size: int
    created: Instant


class RollOut(msgspec.Struct, frozen=True):
    """How many may vote, and how they came on the roll."""

    electors: int
    batches: list[BatchOut]


@post("/api/rounds/{round_slug:str}/codes", guards=[only(Role.ORGANISER, Role.CLERK)])
async def issue_codes(
    db: NamedDependency[AsyncSession],
    keys: NamedDependency[Keys],
    actor: NamedDependency[Actor],
    round_slug: FromPath[str],
    data: JSONBody[CodesBody],
) -> CodesOut:
    """Put electors on the roll and give out their voting codes, once."""
    round_ = await round_of(db, round_slug, actor)
    codes = await service.issue_codes(db, keys, round_, data.label, data.count, actor)
    return CodesOut(data.label.strip(), codes)


@get("/api/rounds/{round_slug:str}/roll", guards=[only(Role.ORGANISER, Role.OFFICER, Role.CLERK)])
async def roll(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    round_slug: FromPath[str],
) -> RollOut:
    """The roll of a round, in numbers."""
    round_ = await round_of(db, round_slug, actor)
    zone = round_.forum.timezone
    batches = [
        BatchOut(batch.label, batch.size, Instant.of(batch.created_at, zone, language))
        for batch in await service.batches(db, round_, actor)
    ]
    return RollOut(await service.size_of_roll(db, round_.id), batches)


handlers = [issue_codes, roll]
