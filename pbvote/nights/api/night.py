"""The Decision Night of a round, as everybody may know it."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.db import now
from pbvote.errors import DomainError
from pbvote.forums.api import ForumBrief
from pbvote.nights import guests, service
from pbvote.nights.api.writer import writer_of
from pbvote.nights.models import Night
from pbvote.nights.shapes import NightAnswer, NightOut, items_out
from pbvote.rounds.models import Round
from pbvote.rounds.service import round_of
from pbvote.web.access import PUBLIC
from pbvote.web.caching import kept
from pbvote.web.instants import Instant

AnyRequest = Request[Any, Any, Any]
Db = NamedDependency[AsyncSession]
Visitor = NamedDependency[Actor | None]
Language = NamedDependency[str]
Slug = FromPath[str]


@get("/api/rounds/{round_slug:str}/night", guards=[PUBLIC], opt=kept())
async def show_night(
    request: AnyRequest, db: Db, visitor: Visitor, language: Language, round_slug: Slug
) -> NightAnswer:
    """The Decision Night of a round, or that it has none."""
    round_ = await round_of(db, round_slug, visitor)
    return await night_answer(request, db, round_, await service.night_of(db, round_), language)


async def night_answer(
    request: AnyRequest, db: AsyncSession, round_: Round, night: Night | None, language: str
) -> NightAnswer:
    """A round and its night, if it has one."""
    shown = await night_out(request, db, round_, night, language) if night else None
    return NightAnswer(round_.slug, round_.title, ForumBrief.of(round_.forum), shown)


async def night_out(request: AnyRequest, db: AsyncSession, round_: Round, night: Night, language: str) -> NightOut:
    """A night as everybody may know it."""
    zone = round_.forum.timezone
    taken, waiting = await guests.standings(db, night)
    try:
        guests.require_places(round_, night, await now(db))
        open_ = True
    except DomainError:
        open_ = False
    return NightOut(
        place=night.place,
        address=night.address,
        access=night.access,
        doors=Instant.of(night.doors_at, zone, language),
        begins=Instant.of(night.begins_at, zone, language),
        places=night.places,
        taken=taken,
        waiting=waiting,
        open=open_,
        called_off=night.called_off,
        seed_source=night.seed_source,
        seed=night.seed,
        drawn=Instant.maybe(night.drawn_at, zone, language),
        polls=len(round_.polls),
        items=items_out(round_, night, await service.sheet_of(db, round_, night), language),
        sends_mail=writer_of(request) is not None,
    )


handlers = [show_night]
