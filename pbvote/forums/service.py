"""Forums: list them, find the one that a postcode lies in."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.errors import NotFound
from pbvote.forums.boundaries import Boundary
from pbvote.forums.models import Forum, ForumArea
from pbvote.forums.postcodes import longest_match, parse_postcode, prefixes_of

LONGEST_SLUG = 60
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MOST_OF_INTEREST = 50


@dataclass(frozen=True, slots=True)
class Match:
    """A forum that a postcode belongs to, because of a prefix; the ward that the prefix lies in, where it is known."""

    forum: Forum
    because: str
    ward: str


async def list_forums(db: AsyncSession, offset: int = 0, limit: int = 200) -> tuple[list[Forum], int]:
    """A stretch of all forums, by name, and how many there are."""
    total = (await db.execute(select(func.count()).select_from(Forum))).scalar_one()
    query = select(Forum).order_by(Forum.name, Forum.slug).offset(offset).limit(limit)
    return list(await db.scalars(query)), total


async def forums_of_interest(db: AsyncSession) -> list[Forum]:
    """The forums that everybody can belong to, wherever they live."""
    query = select(Forum).where(Forum.kind == "interest").order_by(Forum.name, Forum.slug).limit(MOST_OF_INTEREST)
    return list(await db.scalars(query))


async def forum_of(db: AsyncSession, slug: str) -> Forum:
    """The forum of that slug. Raises NotFound."""
    forum = await db.scalar(select(Forum).where(Forum.slug == slug)) if is_slug(slug) else None
    if forum is None:
        raise NotFound(f"There is no forum {slug[:60]!r}.")
    return forum


async def outline_of(db: AsyncSession, forum: Forum) -> Boundary | None:
    """The forum's boundary in few points; None where it has none."""
    found = (await db.execute(select(Forum.outline).where(Forum.id == forum.id))).scalar_one()
    return None if found is None else msgspec.convert(found, Boundary)


async def boundary_of(db: AsyncSession, forum: Forum) -> Boundary:
    """The forum's boundary as it was given. Raises NotFound where there is none."""
    found = (await db.execute(select(Forum.boundary).where(Forum.id == forum.id))).scalar_one()
    if found is None:
        raise NotFound("This forum has no boundary on the map.")
    return msgspec.convert(found, Boundary)


async def find_by_postcode(db: AsyncSession, text: str) -> tuple[str, list[Match]]:
    """The postcode as it is written, and the forums that it lies in. Raises BadPostcode.

    Among forums of one kind the longest prefix wins, so that a forum for TS1 2 can lie inside one for TS1; a community
    forum and an area forum do not compete.
    """
    postcode = parse_postcode(text)
    query = select(Forum).join(ForumArea).where(ForumArea.prefix.in_(prefixes_of(postcode)))
    found = []
    for forum in set(await db.scalars(query)):
        wards = {area.prefix: area.ward for area in forum.areas}
        if because := longest_match(postcode, wards):
            found.append(Match(forum, because, wards[because]))
    longest: dict[str, int] = {}
    for match in found:
        longest[match.forum.kind] = max(longest.get(match.forum.kind, 0), len(match.because))
    best = [match for match in found if len(match.because) == longest[match.forum.kind]]
    return postcode, sorted(best, key=lambda match: (-len(match.because), match.forum.name))


def is_slug(text: str) -> bool:
    """Whether a text can be a slug at all; what cannot never reaches the database."""
    return len(text) <= LONGEST_SLUG and SLUG.fullmatch(text) is not None
