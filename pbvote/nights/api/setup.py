"""Officers set a Decision Night up, draw its order, call it off, and see those that are ahead."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.forums.api import ForumBrief
from pbvote.keys import Keys
from pbvote.nights import door, service
from pbvote.nights.api.night import night_answer
from pbvote.nights.api.writer import writer_of
from pbvote.nights.runsheet import SheetPlan
from pbvote.nights.service import NightChange
from pbvote.nights.shapes import NightAhead, NightsAhead, NightSetup, OffBody, SeedBody
from pbvote.rounds.models import Round
from pbvote.rounds.service import staff_round
from pbvote.web.access import STAFF_ONLY, only
from pbvote.web.instants import Instant

AnyRequest = Request[Any, Any, Any]
Db = NamedDependency[AsyncSession]
Secrets = NamedDependency[Keys]
Who = NamedDependency[Actor]
Language = NamedDependency[str]
Slug = FromPath[str]
CHANGERS = [only(*service.MAY_CHANGE)]


@get("/api/rounds/{round_slug:str}/night/setup", guards=[STAFF_ONLY])
async def show_setup(request: AnyRequest, db: Db, actor: Who, language: Language, round_slug: Slug) -> NightSetup:
    """The Decision Night as its organisers see it. A round without one has version 0."""
    return await _setup(request, db, await staff_round(db, round_slug, actor), language)


@put("/api/rounds/{round_slug:str}/night", guards=CHANGERS)
async def change_night(  # noqa: PLR0917  # its parameters are its declared inputs
    request: AnyRequest,
    db: Db,
    keys: Secrets,
    actor: Who,
    language: Language,
    round_slug: Slug,
    data: JSONBody[NightChange],
) -> NightSetup:
    """Set the Decision Night up, or change it."""
    round_ = await staff_round(db, round_slug, actor)
    await service.change_night(db, keys, writer_of(request), round_, data, actor)
    return await _setup(request, db, round_, language)


@post("/api/rounds/{round_slug:str}/night/order", status_code=200, guards=CHANGERS)
async def draw_order(
    request: AnyRequest, db: Db, actor: Who, language: Language, round_slug: Slug, data: JSONBody[SeedBody]
) -> NightSetup:
    """Put in the seed of the order of presentations, once."""
    round_ = await staff_round(db, round_slug, actor)
    await service.draw_order(db, round_, data.seed, actor)
    return await _setup(request, db, round_, language)


@post("/api/rounds/{round_slug:str}/night/call-off", status_code=200, guards=CHANGERS)
async def call_off(  # noqa: PLR0917  # its parameters are its declared inputs
    request: AnyRequest,
    db: Db,
    keys: Secrets,
    actor: Who,
    language: Language,
    round_slug: Slug,
    data: JSONBody[OffBody],
) -> NightSetup:
    """Call the Decision Night off, with a reason that everybody reads."""
    round_ = await staff_round(db, round_slug, actor)
    await service.call_off(db, keys, writer_of(request), round_, data.reason, actor)
    return await _setup(request, db, round_, language)


@get("/api/officer/nights", guards=[STAFF_ONLY])
async def nights_ahead(db: Db, actor: Who, language: Language) -> NightsAhead:
    """The Decision Nights of the visitor's forums that are not over."""
    return NightsAhead(
        [
            NightAhead(
                round_.slug,
                round_.title,
                ForumBrief.of(round_.forum),
                night.place,
                Instant.of(night.begins_at, round_.forum.timezone, language),
                night.places,
                taken,
            )
            for round_, night, taken in await service.nights_ahead(db, actor)
        ]
    )


async def _setup(request: AnyRequest, db: AsyncSession, round_: Round, language: str) -> NightSetup:
    night = await service.night_of(db, round_)
    answer = await night_answer(request, db, round_, night, language)
    if night is None:
        return NightSetup(answer, service.USUAL_SHEET, 0, 0, 0, 0, 0)
    sheet = msgspec.convert(night.sheet, SheetPlan)
    came = await door.came(db, round_)
    return NightSetup(answer, sheet, night.slips_made, night.slips_handed, came, night.walk_ins, night.version)


handlers = [show_setup, change_night, draw_order, call_off, nights_ahead]
