"""Residents take a place in the hall, look where they stand, and give it back."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.keys import Keys
from pbvote.nights import guests
from pbvote.nights.api.writer import writer_of
from pbvote.nights.guests import GuestBody, UnknownPlaceKey
from pbvote.nights.shapes import KeyBody, PlaceOut, TakenOut
from pbvote.rounds.service import round_of
from pbvote.web.access import PUBLIC
from pbvote.web.limits import PLACES, WRONG_KEYS, count_against, failures_limited

AnyRequest = Request[Any, Any, Any]
Db = NamedDependency[AsyncSession]
Secrets = NamedDependency[Keys]
Slug = FromPath[str]


@post("/api/rounds/{round_slug:str}/night/guests", guards=[PUBLIC])
async def take_place(
    request: AnyRequest, db: Db, keys: Secrets, round_slug: Slug, data: JSONBody[GuestBody]
) -> TakenOut:
    """Take a place in the hall, or one on the waiting list. The key that gives it back is shown this once."""
    count_against(request, PLACES)
    round_ = await round_of(db, round_slug, None)
    standing, key = await guests.take_place(db, keys, round_, data)
    return TakenOut(standing.number, standing.waiting, key)


@post("/api/rounds/{round_slug:str}/night/guests/look", status_code=200, guards=[PUBLIC])
async def look_up_place(
    request: AnyRequest, db: Db, keys: Secrets, round_slug: Slug, data: JSONBody[KeyBody]
) -> PlaceOut:
    """Where the guest with this key stands."""
    with failures_limited(request, WRONG_KEYS, UnknownPlaceKey):
        round_ = await round_of(db, round_slug, None)
        standing = await guests.standing_of(db, await guests.find_guest(db, keys, round_, data.key))
        return PlaceOut(standing.number, standing.waiting)


@post("/api/rounds/{round_slug:str}/night/guests/give-back", status_code=204, guards=[PUBLIC])
async def give_place_back(
    request: AnyRequest, db: Db, keys: Secrets, round_slug: Slug, data: JSONBody[KeyBody]
) -> None:
    """Give a place back: all about the guest is deleted, and the first who waits gets it."""
    with failures_limited(request, WRONG_KEYS, UnknownPlaceKey):
        round_ = await round_of(db, round_slug, None)
        guest = await guests.find_guest(db, keys, round_, data.key)
        await guests.give_back(db, keys, writer_of(request), round_, guest.id)


handlers = [take_place, look_up_place, give_place_back]
