"""Forums over HTTP."""

from __future__ import annotations

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.forums import service
from pbvote.forums.models import Forum
from pbvote.web.access import PUBLIC
from pbvote.web.paging import USUAL_ITEMS, Page, PageNumber, PageSize, Paging


class ForumBrief(msgspec.Struct, frozen=True):
    """A forum where something else is the subject."""

    slug: str
    name: str
    kind: str

    @classmethod
    def of(cls, forum: Forum) -> ForumBrief:
        """The forum in short."""
        return cls(forum.slug, forum.name, forum.kind)


class ContactOut(msgspec.Struct, frozen=True):
    """Whom residents turn to."""

    email: str
    phone: str

    @classmethod
    def of(cls, forum: Forum) -> ContactOut:
        """The forum's contact."""
        return cls(forum.contact_email, forum.contact_phone)


class ForumOut(ForumBrief, frozen=True):
    """A forum."""

    description: str
    population: int | None
    postcodes: list[str]
    contact_email: str
    contact_phone: str
    timezone: str

    @classmethod
    def of(cls, forum: Forum) -> ForumOut:
        """The forum as everybody sees it."""
        return cls(
            slug=forum.slug,
            name=forum.name,
            kind=forum.kind,
            description=forum.description,
            population=forum.population,
            postcodes=[area.prefix for area in forum.areas],
            contact_email=forum.contact_email,
            contact_phone=forum.contact_phone,
            timezone=forum.timezone,
        )


class MatchOut(msgspec.Struct, frozen=True):
    """A forum that a postcode lies in, and the start of the postcode that says so."""

    forum: ForumOut
    because: str


class FoundOut(msgspec.Struct, frozen=True):
    """A postcode as it is written, with its forums."""

    postcode: str
    matches: list[MatchOut]


@get("/api/forums", guards=[PUBLIC])
async def list_forums(
    db: NamedDependency[AsyncSession], page: PageNumber = 1, size: PageSize = USUAL_ITEMS
) -> Page[ForumOut]:
    """All forums, by name."""
    paging = Paging(page, size)
    forums, total = await service.list_forums(db, paging.offset, paging.size)
    return paging.of([ForumOut.of(forum) for forum in forums], total)


@get("/api/forums/{forum_slug:str}", guards=[PUBLIC])
async def forum(db: NamedDependency[AsyncSession], forum_slug: FromPath[str]) -> ForumOut:
    """One forum."""
    return ForumOut.of(await service.forum_of(db, forum_slug))


@get("/api/forum-finder", guards=[PUBLIC])
async def find_forum(db: NamedDependency[AsyncSession], postcode: FromQuery[str] = "") -> FoundOut:
    """The forums that a postcode lies in."""
    written, matches = await service.find_by_postcode(db, postcode)
    return FoundOut(written, [MatchOut(ForumOut.of(match.forum), match.because) for match in matches])


handlers = [list_forums, forum, find_forum]
