"""Forums: add one, list them, find the one that a postcode lies in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import available_timezones

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.audit.events import ForumAdded
from pbvote.audit.service import record
from pbvote.errors import InputIsWrong, NotFound, Reason
from pbvote.forums.models import Forum, ForumArea
from pbvote.forums.postcodes import longest_match, parse_postcode, prefixes_of, read_prefixes
from pbvote.plain_text import Limit, email_reasons, read_texts

LONGEST_SLUG = 60
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LANGUAGE = re.compile(r"[a-z]{2}")
TEXTS = {
    "name": Limit(90),
    "description": Limit(2_000, required=False, lines=True),
    "contact_email": Limit(254, required=False),
    "contact_phone": Limit(40, required=False),
}


class ForumKind(StrEnum):
    """What holds a forum together: a neighbourhood, an area of a district, or an interest."""

    COMMUNITY = "community"
    AREA = "area"
    INTEREST = "interest"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewForum:
    """What a new forum is made of; `postcodes` are prefixes as they are typed, and an interest forum has none."""

    slug: str
    name: str
    kind: str = "community"
    description: str = ""
    population: int | None = None
    postcodes: tuple[str, ...] = ()
    contact_email: str = ""
    contact_phone: str = ""
    timezone: str = "Europe/London"
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Match:
    """A forum that a postcode belongs to, because of a prefix."""

    forum: Forum
    because: str


async def add_forum(db: AsyncSession, new: NewForum) -> Forum:
    """Add a forum. Raises InputIsWrong with everything that is wrong at once."""
    prefixes = read_prefixes(new.postcodes)
    texts, reasons = read_texts({field: getattr(new, field) for field in TEXTS}, TEXTS)
    reasons += email_reasons(texts["contact_email"], "contact_email") + _shape_reasons(new)
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    forum = Forum(
        slug=new.slug,
        kind=new.kind,
        population=new.population,
        timezone=new.timezone,
        language=new.language,
        areas=[ForumArea(prefix=prefix) for prefix in prefixes],
        **texts,
    )
    try:
        async with db.begin_nested():
            db.add(forum)
    except IntegrityError:
        detail = f"There is already a forum {new.slug!r}."
        raise InputIsWrong(detail, [Reason("slug_used", detail, {"slug": new.slug}, "slug")]) from None
    await record(db, ForumAdded(slug=forum.slug))
    return forum


async def list_forums(db: AsyncSession, offset: int = 0, limit: int = 200) -> tuple[list[Forum], int]:
    """A stretch of all forums, by name, and how many there are."""
    total = (await db.execute(select(func.count()).select_from(Forum))).scalar_one()
    query = select(Forum).order_by(Forum.name, Forum.slug).offset(offset).limit(limit)
    return list(await db.scalars(query)), total


async def forum_of(db: AsyncSession, slug: str) -> Forum:
    """The forum of that slug. Raises NotFound."""
    forum = await db.scalar(select(Forum).where(Forum.slug == slug)) if is_slug(slug) else None
    if forum is None:
        raise NotFound(f"There is no forum {slug[:60]!r}.")
    return forum


async def find_by_postcode(db: AsyncSession, text: str) -> tuple[str, list[Match]]:
    """The postcode as it is written, and the forums that it lies in. Raises BadPostcode.

    Among forums of one kind the longest prefix wins, so that a forum for TS1 2 can lie inside one for TS1; a community
    forum and an area forum do not compete.
    """
    postcode = parse_postcode(text)
    query = select(Forum).join(ForumArea).where(ForumArea.prefix.in_(prefixes_of(postcode))).distinct()
    found = [
        Match(forum, because)
        for forum in await db.scalars(query)
        if (because := longest_match(postcode, (area.prefix for area in forum.areas)))
    ]
    longest: dict[str, int] = {}
    for match in found:
        longest[match.forum.kind] = max(longest.get(match.forum.kind, 0), len(match.because))
    best = [match for match in found if len(match.because) == longest[match.forum.kind]]
    return postcode, sorted(best, key=lambda match: (-len(match.because), match.forum.name))


def is_slug(text: str) -> bool:
    """Whether a text can be a slug at all; what cannot never reaches the database."""
    return len(text) <= LONGEST_SLUG and SLUG.fullmatch(text) is not None


def _shape_reasons(new: NewForum) -> list[Reason]:
    expected = {
        "slug": (is_slug(new.slug), f"small letters, digits and single hyphens, at most {LONGEST_SLUG}"),
        "kind": (new.kind in set(ForumKind), f"one of {', '.join(ForumKind)}"),
        "population": (new.population is None or 0 < new.population < 10**9, "a number of people above zero"),
        "timezone": (new.timezone in available_timezones(), "a time zone such as Europe/London"),
        "language": (LANGUAGE.fullmatch(new.language) is not None, "a code of two letters such as en"),
        "postcodes": (not new.postcodes or new.kind != ForumKind.INTEREST, "none, for a forum of interest has no area"),
    }
    return [
        Reason(f"bad_{field}", f"{field}: expected {sentence}.", {}, field)
        for field, (good, sentence) in expected.items()
        if not good
    ]
