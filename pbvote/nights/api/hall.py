"""In the hall: the timer in the hands of the chair, and the big screen."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.db import now
from pbvote.forums.api import ForumBrief
from pbvote.nights import guests, screen, service, timer
from pbvote.nights.api.door import DOOR
from pbvote.nights.api.night import night_out
from pbvote.nights.api.writer import vote_address
from pbvote.nights.models import Night
from pbvote.nights.qr import qr_code
from pbvote.nights.screen import Scene, State
from pbvote.nights.shapes import PressBody, ScreenOut, TimerAnswer, TimerOut, VoteOnScreen, items_out
from pbvote.rounds.models import Round
from pbvote.rounds.service import round_of, staff_round
from pbvote.web.access import PUBLIC
from pbvote.web.caching import not_kept
from pbvote.web.instants import Instant

AnyRequest = Request[Any, Any, Any]
Db = NamedDependency[AsyncSession]
Who = NamedDependency[Actor]
Visitor = NamedDependency[Actor | None]
Language = NamedDependency[str]
Slug = FromPath[str]


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
    _, link = vote_address(request, round_)
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


handlers = [show_timer, press_timer, show_screen]
