"""The Decision Night over HTTP: the public page, the door, the timer, the big screen."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.db import now
from pbvote.errors import DomainError
from pbvote.forums.api import ForumBrief
from pbvote.keys import Keys
from pbvote.nights import door, guests, screen, service, timer
from pbvote.nights.guests import GuestBody, UnknownPlaceKey
from pbvote.nights.models import Night
from pbvote.nights.printing import slip_words, slips_file
from pbvote.nights.qr import qr_code
from pbvote.nights.runsheet import SheetPlan
from pbvote.nights.screen import Scene, State
from pbvote.nights.service import NightChange
from pbvote.nights.shapes import (
    ArrivalOut,
    ArrivedBody,
    CountBody,
    DoorOut,
    KeyBody,
    NightAhead,
    NightAnswer,
    NightOut,
    NightsAhead,
    NightSetup,
    OffBody,
    PlaceOut,
    PressBody,
    ScreenOut,
    SeedBody,
    SlipsBody,
    TakenOut,
    TimerAnswer,
    TimerOut,
    VoteOnScreen,
    items_out,
)
from pbvote.notices.writing import Writer
from pbvote.rounds.models import Round
from pbvote.rounds.service import round_of, staff_round
from pbvote.web.access import PUBLIC, STAFF_ONLY, only
from pbvote.web.caching import kept, not_kept
from pbvote.web.description import SENDS
from pbvote.web.instants import Instant
from pbvote.web.limits import PLACES, WRONG_KEYS, count_against, failures_limited

AnyRequest = Request[Any, Any, Any]
Db = NamedDependency[AsyncSession]
Secrets = NamedDependency[Keys]
Who = NamedDependency[Actor]
Visitor = NamedDependency[Actor | None]
Language = NamedDependency[str]
Slug = FromPath[str]

CHANGERS = [only(*service.MAY_CHANGE)]
DOOR = [only(*door.AT_THE_DOOR)]
PDF = "application/pdf"


@get("/api/rounds/{round_slug:str}/night", guards=[PUBLIC], opt=kept())
async def show_night(
    request: AnyRequest, db: Db, visitor: Visitor, language: Language, round_slug: Slug
) -> NightAnswer:
    """The Decision Night of a round, or that it has none."""
    round_ = await round_of(db, round_slug, visitor)
    return await _answer(request, db, round_, await service.night_of(db, round_), language)


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
    await service.change_night(db, keys, _writer(request), round_, data, actor)
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
    await service.call_off(db, keys, _writer(request), round_, data.reason, actor)
    return await _setup(request, db, round_, language)


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
        await guests.give_back(db, keys, _writer(request), round_, guest.id)


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
    await guests.give_back(db, keys, _writer(request), round_, guest_id)
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
    language, link = _vote_address(request, round_)
    words = slip_words(round_, request.app.state["plain"].words[language], language, link.partition("://")[2])
    headers = {
        "content-disposition": f'attachment; filename="{round_.slug}-slips-{slips.first}.pdf"',
        "x-slips": str(len(slips.codes)),
    }
    return Stream(slips_file(slips, words, link), media_type=PDF, headers=headers)


@get("/api/rounds/{round_slug:str}/night/timer", guards=DOOR)
async def show_timer(db: Db, actor: Who, language: Language, round_slug: Slug) -> TimerAnswer:
    """The timer, as the chair has it."""
    round_ = await staff_round(db, round_slug, actor)
    actor.require(round_.forum_id, *timer.MAY_PRESS)
    return await _timer(db, round_, await guests.require_night(db, round_), language)


@post("/api/rounds/{round_slug:str}/night/timer", status_code=200, guards=DOOR)
async def press_timer(
    db: Db, actor: Who, language: Language, round_slug: Slug, data: JSONBody[PressBody]
) -> TimerAnswer:
    """Press a button of the timer."""
    round_ = await staff_round(db, round_slug, actor)
    night = await timer.press(db, round_, data.press, data.item, data.seconds, actor)
    return await _timer(db, round_, night, language)


@get("/api/rounds/{round_slug:str}/screen", guards=[PUBLIC], opt=not_kept("its timer goes by the second"))
async def show_screen(
    request: AnyRequest, db: Db, visitor: Visitor, language: Language, round_slug: Slug
) -> Response[ScreenOut]:
    """What the big screen in the hall shows: never anything of a result before it is published."""
    round_ = await round_of(db, round_slug, visitor)
    shown = await screen.scene(db, round_)
    answer = await _screen(request, db, round_, shown, language)
    kept = f"public, max-age={min(shown.refresh, 5)}" if round_.opened_at else "no-store"
    return Response(answer, headers={"cache-control": kept, "vary": "accept-language"})


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


async def _answer(
    request: AnyRequest, db: AsyncSession, round_: Round, night: Night | None, language: str
) -> NightAnswer:
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
        sends_mail=_writer(request) is not None,
    )


async def _setup(request: AnyRequest, db: AsyncSession, round_: Round, language: str) -> NightSetup:
    night = await service.night_of(db, round_)
    answer = await _answer(request, db, round_, night, language)
    if night is None:
        return NightSetup(answer, service.USUAL_SHEET, 0, 0, 0, 0, 0)
    sheet = msgspec.convert(night.sheet, SheetPlan)
    came = await door.came(db, round_)
    return NightSetup(answer, sheet, night.slips_made, night.slips_handed, came, night.walk_ins, night.version)


async def _door(db: AsyncSession, keys: Keys, round_: Round, actor: Actor) -> DoorOut:
    night = await guests.require_night(db, round_)
    everybody = [ArrivalOut.of(one) for one in await door.guest_list(db, keys, round_, actor)]
    came = sum(one.arrived for one in everybody)
    return DoorOut(night.places, came, night.walk_ins, night.slips_made, night.slips_handed, everybody)


async def _timer(db: AsyncSession, round_: Round, night: Night, language: str) -> TimerAnswer:
    items = await service.sheet_of(db, round_, night)
    shown = TimerOut.maybe(timer.standing_at(night, items, await now(db)))
    return TimerAnswer(round_.slug, round_.title, shown, items_out(round_, night, items, language))


async def _screen(request: AnyRequest, db: AsyncSession, round_: Round, shown: Scene, language: str) -> ScreenOut:
    published = {State.SHORTLIST: 1, State.RESULT: round_.current}.get(shown.state)
    return ScreenOut(
        slug=round_.slug,
        title=round_.title,
        forum=ForumBrief.of(round_.forum),
        currency=round_.currency,
        budget=round_.budget,
        state=shown.state,
        refresh=shown.refresh,
        night=await night_out(request, db, round_, shown.night, language) if shown.night else None,
        timer=TimerOut.maybe(shown.timer),
        vote=_vote(request, round_, shown, language) if shown.state is State.VOTING else None,
        result=None if published is None else 2 if published > 1 else 1,
    )


def _vote(request: AnyRequest, round_: Round, shown: Scene, language: str) -> VoteOnScreen:
    _, link = _vote_address(request, round_)
    return VoteOnScreen(
        position=shown.position,
        of=len(round_.polls),
        title=round_.poll.title,
        address=link.partition("://")[2],
        qr=qr_code(link),
        closes=Instant.maybe(shown.closes_at, round_.forum.timezone, language),
        paused_reason=round_.paused_reason,
        voted=shown.voted,
    )


def _vote_address(request: AnyRequest, round_: Round) -> tuple[str, str]:
    """The forum's language, and the address of the ballot in it."""
    writer: Writer = request.app.state["writer"]
    language = writer.language(round_)
    return language, f"{writer.base_url}/{language}/r/{quote(round_.slug)}/vote"


def _writer(request: AnyRequest) -> Writer | None:
    """Who writes e-mail; nobody where the installation sends none."""
    writer: Writer = request.app.state["writer"]
    return writer if request.app.state["settings"].mail else None


handlers = [
    show_night,
    show_setup,
    change_night,
    draw_order,
    call_off,
    take_place,
    look_up_place,
    give_place_back,
    show_door,
    arrived,
    remove_guest,
    count_at_the_door,
    make_slips,
    show_timer,
    press_timer,
    show_screen,
    nights_ahead,
]
