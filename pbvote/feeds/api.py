"""The forward plan, calendars and news feeds over HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.feeds import service
from pbvote.feeds.atom import About, feed_of
from pbvote.feeds.ics import calendar_of
from pbvote.feeds.service import KeyDate
from pbvote.feeds.writing import entries_of, events_of
from pbvote.forums.api import ForumBrief
from pbvote.forums.service import forum_of
from pbvote.rounds.models import Round
from pbvote.web.access import PUBLIC
from pbvote.web.caching import IN_A_LANGUAGE, kept
from pbvote.web.instants import Instant
from pbvote.web.words import Words

ICS, ATOM = "text/calendar", "application/atom+xml"
AnyRequest = Request[Any, Any, Any]
Db = NamedDependency[AsyncSession]
Language = NamedDependency[str]


class DateOut(msgspec.Struct, frozen=True):
    """A key date of a round: which of the calendar's instants, and when."""

    what: str
    when: Instant
    round: str
    title: str
    forum: ForumBrief

    @classmethod
    def of(cls, date: KeyDate, language: str) -> DateOut:
        """The date on the forum's clocks."""
        round_ = date.round_
        when = Instant.of(date.at, round_.forum.timezone, language)
        return cls(date.what, when, round_.slug, round_.title, ForumBrief.of(round_.forum))


class PlanOut(msgspec.Struct, frozen=True):
    """Every key date of the rounds that are public and not cancelled, in order."""

    items: list[DateOut]


@get("/api/plan", guards=[PUBLIC], opt=kept("forum"))
async def plan(db: Db, language: Language, forum: FromQuery[str | None] = None) -> PlanOut:
    """What is planned, in one forum or in all."""
    rounds = await service.public_rounds(db, await forum_of(db, forum) if forum else None)
    return PlanOut([DateOut.of(date, language) for date in service.planned(rounds)])


@get("/api/plan/dates.ics", guards=[PUBLIC], media_type=ICS, opt=kept())
async def all_dates(request: AnyRequest, db: Db, language: Language) -> Response[bytes]:
    """The key dates of all forums as a calendar to subscribe to."""
    return await _calendar(request, db, language, _installation(request), await service.public_rounds(db))


@get("/api/plan/news.atom", guards=[PUBLIC], media_type=ATOM, opt=kept())
async def all_news(request: AnyRequest, db: Db, language: Language) -> Response[bytes]:
    """What is new in all forums as an Atom feed."""
    name = _installation(request)
    return await _news(request, db, language, (name, name, "plan"), await service.public_rounds(db))


@get("/api/forums/{forum_slug:str}/dates.ics", guards=[PUBLIC], media_type=ICS, opt=kept())
async def forum_dates(request: AnyRequest, db: Db, language: Language, forum_slug: FromPath[str]) -> Response[bytes]:
    """The key dates of a forum as a calendar to subscribe to."""
    forum = await forum_of(db, forum_slug)
    return await _calendar(request, db, language, forum.name, await service.public_rounds(db, forum))


@get("/api/forums/{forum_slug:str}/news.atom", guards=[PUBLIC], media_type=ATOM, opt=kept())
async def forum_news(request: AnyRequest, db: Db, language: Language, forum_slug: FromPath[str]) -> Response[bytes]:
    """What is new in a forum as an Atom feed."""
    forum = await forum_of(db, forum_slug)
    about = (forum.name, forum.name, f"f/{forum.slug}")
    return await _news(request, db, language, about, await service.public_rounds(db, forum))


@get("/api/rounds/{round_slug:str}/dates.ics", guards=[PUBLIC], media_type=ICS, opt=kept())
async def round_dates(request: AnyRequest, db: Db, language: Language, round_slug: FromPath[str]) -> Response[bytes]:
    """The key dates of a round as a calendar to subscribe to."""
    round_ = await service.public_round(db, round_slug)
    return await _calendar(request, db, language, round_.title, [round_])


@get("/api/rounds/{round_slug:str}/news.atom", guards=[PUBLIC], media_type=ATOM, opt=kept())
async def round_news(request: AnyRequest, db: Db, language: Language, round_slug: FromPath[str]) -> Response[bytes]:
    """What is new in a round as an Atom feed."""
    round_ = await service.public_round(db, round_slug)
    about = (round_.title, round_.forum.name, f"r/{round_.slug}")
    return await _news(request, db, language, about, [round_])


async def _calendar(
    request: AnyRequest, db: AsyncSession, language: str, name: str, rounds: list[Round]
) -> Response[bytes]:
    revised = await service.revisions(db, rounds)
    dates = service.key_dates(rounds)
    events = events_of(dates, revised, _words(request, language), _site(request, language))
    return Response(calendar_of(name, _address(request), events), media_type=ICS, headers=IN_A_LANGUAGE)


async def _news(
    request: AnyRequest, db: AsyncSession, language: str, about: tuple[str, str, str], rounds: list[Round]
) -> Response[bytes]:
    """A feed; `about` are its title, whose news it has, and the page that it goes with."""
    told = await service.news(db, rounds)
    shown = {
        one.id: [Instant.of(date.at, one.forum.timezone, language) for date in service.key_dates([one])]
        for one in {news.round_ for news in told}
    }
    words, site = _words(request, language), _site(request, language)
    title, author, page = about
    head = About(
        title=words.text("plain.feed.news", name=title),
        author=author,
        address=_address(request),
        page=f"{site}/{page}",
        language=language,
    )
    return Response(feed_of(head, entries_of(told, words, shown, site)), media_type=ATOM, headers=IN_A_LANGUAGE)


def _installation(request: AnyRequest) -> str:
    name: str = request.app.state.settings.partnership
    return name


def _words(request: AnyRequest, language: str) -> Words:
    words: Words = request.app.state["plain"].words[language]
    return words


def _site(request: AnyRequest, language: str) -> str:
    return f"{request.app.state.settings.base_url}/{language}"


def _address(request: AnyRequest) -> str:
    return f"{request.app.state.settings.base_url}{request.scope['path']}"


handlers = [plan, all_dates, all_news, forum_dates, forum_news, round_dates, round_news]
