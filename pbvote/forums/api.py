"""Forums over HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.forums import editing, service
from pbvote.forums.bands import Band, band_of, bands, change_bands
from pbvote.forums.boundaries import MOST_BYTES, Boundary
from pbvote.forums.editing import Person, TextsChange
from pbvote.forums.models import Forum
from pbvote.web.access import ADMINISTRATOR, PUBLIC, only
from pbvote.web.caching import FOR_A_MOMENT, kept, not_kept
from pbvote.web.description import READS, SENDS
from pbvote.web.paging import USUAL_ITEMS, Page, PageNumber, PageSize, Paging

GEOJSON = "application/geo+json"


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


class AreaOut(msgspec.Struct, frozen=True):
    """The start of postcodes that belong to a forum, and the ward they lie in, if somebody said so."""

    prefix: str
    ward: str


class ForumOut(ForumBrief, frozen=True):
    """A forum. `people` are those in charge as far as the forum shows them."""

    description: str
    population: int | None
    postcodes: list[str]
    areas: list[AreaOut]
    wards: list[str]
    people: list[Person]
    contact_email: str
    contact_phone: str
    timezone: str
    language: str
    version: int

    @classmethod
    def of(cls, forum: Forum) -> ForumOut:
        """The forum as everybody sees it."""
        return cls(**forum_values(forum))


def forum_values(forum: Forum) -> dict[str, Any]:
    """The fields of a ForumOut, for the shapes that say more."""
    same = ("slug", "name", "kind", "description", "population", "wards", "contact_email", "contact_phone")
    return {name: getattr(forum, name) for name in (*same, "timezone", "language", "version")} | {
        "postcodes": [area.prefix for area in forum.areas],
        "areas": [AreaOut(area.prefix, area.ward) for area in forum.areas],
        "people": msgspec.convert(forum.people, list[Person]),
    }


class WholeForum(ForumOut, frozen=True):
    """A forum with its boundary, in few points, as a GeoJSON MultiPolygon, and what it gets by its population.

    None where it has none.
    """

    boundary: Boundary | None
    band: Band | None


class BandsBody(msgspec.Struct, forbid_unknown_fields=True):
    """Every band."""

    bands: list[Band]


class BandsOut(msgspec.Struct, frozen=True):
    """Every band, the smallest forums first."""

    bands: list[Band]


class MatchOut(msgspec.Struct, frozen=True):
    """A forum that a postcode lies in: the start of the postcode that says so, and the ward of it, if it is known."""

    forum: ForumOut
    because: str
    ward: str


class FoundOut(msgspec.Struct, frozen=True):
    """A postcode as it is written, its forums, and the forums that are for everybody."""

    postcode: str
    matches: list[MatchOut]
    everybody: list[ForumBrief]


@get("/api/forums", guards=[PUBLIC], opt=kept("page", "size"))
async def list_forums(
    db: NamedDependency[AsyncSession], page: PageNumber = 1, size: PageSize = USUAL_ITEMS
) -> Page[ForumOut]:
    """All forums, by name."""
    paging = Paging(page, size)
    forums, total = await service.list_forums(db, paging.offset, paging.size)
    return paging.of([ForumOut.of(forum) for forum in forums], total)


@get("/api/forums/{forum_slug:str}", guards=[PUBLIC], opt=kept())
async def forum(db: NamedDependency[AsyncSession], forum_slug: FromPath[str]) -> WholeForum:
    """One forum."""
    return await whole_forum(db, await service.forum_of(db, forum_slug))


@get("/api/forums/{forum_slug:str}/boundary.geojson", guards=[PUBLIC], opt={**kept(), SENDS: [GEOJSON]})
async def boundary(db: NamedDependency[AsyncSession], forum_slug: FromPath[str]) -> Response[bytes]:
    """The forum's boundary as it was given, as GeoJSON (RFC 7946)."""
    found = await service.boundary_of(db, await service.forum_of(db, forum_slug))
    return Response(msgspec.json.encode(found), media_type=GEOJSON, headers=FOR_A_MOMENT)


@put(
    "/api/forums/{forum_slug:str}/boundary",
    guards=[ADMINISTRATOR],
    request_max_body_size=MOST_BYTES + 1,
    opt={READS: [GEOJSON]},
)
async def change_boundary(
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    forum_slug: FromPath[str],
    version: FromQuery[int] = 0,
) -> WholeForum:
    """Put the boundary in a GeoJSON file (the body) on the forum's map, in place of the one there was."""
    content = await request.body()
    found = await service.forum_of(db, forum_slug)
    return await whole_forum(db, await editing.change_boundary(db, found, content, version, actor))


@delete("/api/forums/{forum_slug:str}/boundary", status_code=200, guards=[ADMINISTRATOR])
async def remove_boundary(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    forum_slug: FromPath[str],
    version: FromQuery[int] = 0,
) -> WholeForum:
    """Take the boundary off the forum's map."""
    found = await service.forum_of(db, forum_slug)
    return await whole_forum(db, await editing.change_boundary(db, found, None, version, actor))


@get("/api/population-bands", guards=[PUBLIC], opt=kept())
async def list_bands(db: NamedDependency[AsyncSession]) -> BandsOut:
    """What forums get for a round by their population."""
    return BandsOut(await bands(db))


@put("/api/population-bands", guards=[ADMINISTRATOR])
async def put_bands(
    db: NamedDependency[AsyncSession], actor: NamedDependency[Actor], data: JSONBody[BandsBody]
) -> BandsOut:
    """Say what forums get for a round by their population, in place of what was said before."""
    return BandsOut(await change_bands(db, data.bands, actor))


@put("/api/forums/{forum_slug:str}/texts", guards=[only(Role.ORGANISER)])
async def change_texts(
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    forum_slug: FromPath[str],
    data: JSONBody[TextsChange],
) -> WholeForum:
    """Change what the forum says of itself, whom to ask, and who is in charge."""
    changed = await editing.change_texts(db, await service.forum_of(db, forum_slug), data, actor)
    return await whole_forum(db, changed)


@get("/api/forum-finder", guards=[PUBLIC], opt=not_kept("where somebody lives is remembered nowhere"))
async def find_forum(db: NamedDependency[AsyncSession], postcode: FromQuery[str] = "") -> FoundOut:
    """The forums that a postcode lies in."""
    written, matches = await service.find_by_postcode(db, postcode)
    everybody = [ForumBrief.of(forum) for forum in await service.forums_of_interest(db)]
    return FoundOut(
        written, [MatchOut(ForumOut.of(match.forum), match.because, match.ward) for match in matches], everybody
    )


async def whole_forum(db: AsyncSession, forum: Forum) -> WholeForum:
    """The forum with its boundary."""
    return WholeForum(
        **forum_values(forum), boundary=await service.outline_of(db, forum), band=await band_of(db, forum)
    )


handlers = [
    list_forums,
    forum,
    boundary,
    change_boundary,
    remove_boundary,
    change_texts,
    find_forum,
    list_bands,
    put_bands,
]
