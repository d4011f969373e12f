"""At the door: who is expected, who came, and the slips with voting codes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.keys import Keys
from pbvote.nights import door, guests
from pbvote.nights.api.writer import vote_address, writer_of
from pbvote.nights.printing import slip_words, slips_file
from pbvote.nights.shapes import ArrivalOut, ArrivedBody, CountBody, DoorOut, SlipsBody
from pbvote.rounds.models import Round
from pbvote.rounds.service import staff_round
from pbvote.web.access import only
from pbvote.web.description import SENDS

AnyRequest = Request[Any, Any, Any]
Db = NamedDependency[AsyncSession]
Secrets = NamedDependency[Keys]
Who = NamedDependency[Actor]
Slug = FromPath[str]
DOOR = [only(*door.AT_THE_DOOR)]
PDF = "application/pdf"


@get("/api/rounds/{round_slug:str}/night/door", guards=DOOR)
async def show_door(db: Db, keys: Secrets, actor: Who, round_slug: Slug) -> DoorOut:
    """Who is expected, who came, and how many slips were handed out."""
    return await _door(db, keys, await staff_round(db, round_slug, actor), actor)


@post("/api/rounds/{round_slug:str}/night/door/guests/{guest_id:uuid}", status_code=200, guards=DOOR)
async def arrived(
    db: Db, keys: Secrets, actor: Who, round_slug: Slug, guest_id: FromPath[UUID], data: JSONBody[ArrivedBody]
) -> DoorOut:
    """Note that a guest came, or did not after all."""
    round_ = await staff_round(db, round_slug, actor)
    await door.arrived(db, round_, guest_id, data.arrived, actor)
    return await _door(db, keys, round_, actor)


@post("/api/rounds/{round_slug:str}/night/door/guests/{guest_id:uuid}/remove", status_code=200, guards=DOOR)
async def remove_guest(
    request: AnyRequest, db: Db, keys: Secrets, actor: Who, round_slug: Slug, guest_id: FromPath[UUID]
) -> DoorOut:
    """Take somebody off the list who asked for it; the first who waits gets their place."""
    round_ = await staff_round(db, round_slug, actor)
    actor.require(round_.forum_id, *door.AT_THE_DOOR)
    await guests.give_back(db, keys, writer_of(request), round_, guest_id)
    return await _door(db, keys, round_, actor)


@post("/api/rounds/{round_slug:str}/night/door/count", status_code=200, guards=DOOR)
async def count_at_the_door(db: Db, keys: Secrets, actor: Who, round_slug: Slug, data: JSONBody[CountBody]) -> DoorOut:
    """So many more came without a place; so many more slips were handed out."""
    round_ = await staff_round(db, round_slug, actor)
    await door.count(db, round_, data.walk_ins, data.slips, actor)
    return await _door(db, keys, round_, actor)


@post(
    "/api/rounds/{round_slug:str}/night/slips",
    status_code=200,
    guards=[only(Role.ORGANISER, Role.CLERK)],
    opt={SENDS: [PDF]},
)
async def make_slips(
    request: AnyRequest, db: Db, keys: Secrets, actor: Who, round_slug: Slug, data: JSONBody[SlipsBody]
) -> Stream:
    """Make slips with voting codes before voting opens: a PDF with six on a page, made while it is sent."""
    round_ = await staff_round(db, round_slug, actor)
    slips = await door.make_slips(db, keys, round_, data.count, actor)
    language, link = vote_address(request, round_)
    words = slip_words(round_, request.app.state["plain"].words[language], language, link.partition("://")[2])
    headers = {
        "content-disposition": f'attachment; filename="{round_.slug}-slips-{slips.first}.pdf"',
        "x-slips": str(len(slips.codes)),
    }
    return Stream(slips_file(slips, words, link), media_type=PDF, headers=headers)


async def _door(db: AsyncSession, keys: Keys, round_: Round, actor: Actor) -> DoorOut:
    night = await guests.require_night(db, round_)
    everybody = [ArrivalOut.of(one) for one in await door.guest_list(db, keys, round_, actor)]
    came = sum(one.arrived for one in everybody)
    return DoorOut(night.places, came, night.walk_ins, night.slips_made, night.slips_handed, everybody)


handlers = [show_door, arrived, remove_guest, count_at_the_door, make_slips]
