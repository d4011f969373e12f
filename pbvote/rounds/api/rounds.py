"""Rounds over HTTP: what the public sees, and how a round ends."""

from __future__ import annotations

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.db import now
from pbvote.rounds import service
from pbvote.rounds.api.setup import setup_out
from pbvote.rounds.api.setup_shapes import SetupOut
from pbvote.rounds.phases import Phase
from pbvote.rounds.shapes import RoundCard, RoundOut
from pbvote.web.access import PUBLIC, only
from pbvote.web.caching import kept
from pbvote.web.paging import USUAL_ITEMS, Page, PageNumber, PageSize, Paging

Db = NamedDependency[AsyncSession]
Who = NamedDependency[Actor]
Language = NamedDependency[str]
ORGANISER = only(Role.ORGANISER)


class CancelBody(msgspec.Struct, forbid_unknown_fields=True):
    """Why a round is cancelled."""

    reason: str


@get("/api/rounds", guards=[PUBLIC], opt=kept("forum", "phase", "page", "size"))
async def list_rounds(
    db: Db,
    language: Language,
    forum: FromQuery[str | None] = None,
    phase: FromQuery[Phase | None] = None,
    page: PageNumber = 1,
    size: PageSize = USUAL_ITEMS,
) -> Page[RoundCard]:
    """The rounds that are open to the public, the newest first."""
    paging = Paging(page, size)
    rounds, total = await service.public_rounds(db, forum=forum, phase=phase, offset=paging.offset, limit=paging.size)
    moment = await now(db)
    return paging.of([RoundCard.of(round_, moment, language) for round_ in rounds], total)


@get("/api/rounds/{round_slug:str}", guards=[PUBLIC], opt=kept())
async def show_round(
    db: Db, visitor: NamedDependency[Actor | None], language: Language, round_slug: FromPath[str]
) -> RoundOut:
    """One round."""
    round_ = await service.round_of(db, round_slug, visitor)
    return RoundOut.of(round_, await now(db), language)


@post("/api/rounds/{round_slug:str}/cancel", status_code=200, guards=[ORGANISER])
async def cancel(
    db: Db, actor: Who, language: Language, round_slug: FromPath[str], data: JSONBody[CancelBody]
) -> SetupOut:
    """Cancel the round for good."""
    round_ = await service.cancel(db, await service.staff_round(db, round_slug, actor), data.reason, actor)
    return await setup_out(db, round_, language, actor)


@post("/api/rounds/{round_slug:str}/begin-delivery", status_code=200, guards=[only(Role.ORGANISER, Role.OFFICER)])
async def begin_delivery(db: Db, actor: Who, language: Language, round_slug: FromPath[str]) -> SetupOut:
    """Begin to follow the money."""
    round_ = await service.begin_delivery(db, await service.staff_round(db, round_slug, actor), actor)
    return await setup_out(db, round_, language, actor)


@post("/api/rounds/{round_slug:str}/finish", status_code=200, guards=[only(Role.ORGANISER, Role.OFFICER)])
async def finish(db: Db, actor: Who, language: Language, round_slug: FromPath[str]) -> SetupOut:
    """Close the round."""
    round_ = await service.finish(db, await service.staff_round(db, round_slug, actor), actor)
    return await setup_out(db, round_, language, actor)


handlers = [list_rounds, show_round, cancel, begin_delivery, finish]
