"""Adding forums and changing them. Administrators may change everything, organisers the texts of their own forum.

Each change names the version that it was made from, so that nobody overwrites what somebody else saved.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import available_timezones

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.forums import ForumAdded, ForumChanged
from pbvote.audit.service import record
from pbvote.errors import ChangedBySomebodyElse, InputIsWrong, NotAllowed, Reason
from pbvote.forums.areas import read_areas, read_wards
from pbvote.forums.boundaries import outline, read_boundary
from pbvote.forums.models import Forum, ForumArea
from pbvote.forums.service import LONGEST_SLUG, is_slug
from pbvote.plain_text import Limit, email_reasons, read_texts

LANGUAGE = re.compile(r"[a-z]{2}")
MOST_PEOPLE_SHOWN = 12
TEXTS = {
    "name": Limit(90),
    "description": Limit(2_000, required=False, lines=True),
    "contact_email": Limit(254, required=False),
    "contact_phone": Limit(40, required=False),
}
OWN_TEXTS = ("description", "contact_email", "contact_phone")
PERSON = {"name": Limit(90), "role": Limit(90)}


class ForumKind(StrEnum):
    """What holds a forum together: a neighbourhood, an area of a district, or an interest."""

    COMMUNITY = "community"
    AREA = "area"
    INTEREST = "interest"


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody in charge, as the forum shows them."""

    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewForum:
    """What a new forum is made of; `postcodes` are lines as they are typed, and an interest forum has none."""

    slug: str
    name: str
    kind: str = "community"
    description: str = ""
    population: int | None = None
    postcodes: Sequence[str] = ()
    wards: Sequence[str] = ()
    contact_email: str = ""
    contact_phone: str = ""
    timezone: str = "Europe/London"
    language: str = "en"


class ForumChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that an administrator may change of a forum, but its boundary and its address."""

    name: str
    kind: str
    description: str
    population: int | None
    postcodes: list[str]
    wards: list[str]
    contact_email: str
    contact_phone: str
    timezone: str
    language: str
    version: int


class TextsChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What organisers change of their own forum: its texts, whom to ask, and who is in charge."""

    description: str
    contact_email: str
    contact_phone: str
    people: list[Person]
    version: int


async def add_forum(db: AsyncSession, new: NewForum, actor: Actor | None = None) -> Forum:
    """Add a forum. Raises InputIsWrong with everything that is wrong at once. `actor` is None for the command line."""
    _require_administrator(actor)
    values, areas, reasons = _read(new)
    if not is_slug(new.slug):
        detail = f"slug: expected small letters, digits and single hyphens, at most {LONGEST_SLUG}."
        reasons.append(Reason("bad_slug", detail, {}, "slug"))
    _refuse(reasons)
    forum = Forum(slug=new.slug, areas=_stored(areas), **values)
    try:
        async with db.begin_nested():
            db.add(forum)
    except IntegrityError:
        detail = f"There is already a forum {new.slug!r}."
        raise InputIsWrong(detail, [Reason("slug_used", detail, {"slug": new.slug}, "slug")]) from None
    await record(db, ForumAdded(actor_id=actor.account_id if actor else None, slug=forum.slug))
    return forum


async def change_forum(db: AsyncSession, forum: Forum, change: ForumChange, actor: Actor | None) -> Forum:
    """Change a forum. Dates of its rounds stay the instants that they are if its time zone changes."""
    _require_administrator(actor)
    forum = await _lock(db, forum, change.version)
    values, areas, reasons = _read(change)
    _refuse(reasons)
    for name, value in values.items():
        setattr(forum, name, value)
    kept = {area.prefix: area for area in forum.areas}
    forum.areas = [kept.get(area.prefix, area) for area in _stored(areas)]
    for area in forum.areas:
        area.ward = areas[area.prefix]
    return await _changed(db, forum, "forum", {**values, "areas": areas}, actor)


async def change_texts(db: AsyncSession, forum: Forum, change: TextsChange, actor: Actor) -> Forum:
    """Change the texts of a forum, its contact and the people it shows."""
    if not actor.administrator:
        actor.require(forum.id, Role.ORGANISER)
    forum = await _lock(db, forum, change.version)
    limits = {name: TEXTS[name] for name in OWN_TEXTS}
    texts, reasons = read_texts({name: getattr(change, name) for name in limits}, limits)
    reasons += email_reasons(texts["contact_email"], "contact_email")
    people, wrong = _read_people(change.people)
    _refuse(reasons + wrong)
    for name, text in texts.items():
        setattr(forum, name, text)
    forum.people = people
    return await _changed(db, forum, "texts", {**texts, "people": people}, actor)


async def change_boundary(
    db: AsyncSession, forum: Forum, content: bytes | None, version: int, actor: Actor | None
) -> Forum:
    """Put a boundary on the forum's map from a GeoJSON file, or take it away. Raises NotABoundary."""
    _require_administrator(actor)
    forum = await _lock(db, forum, version)
    if content is None:
        forum.boundary = forum.outline = None
    else:
        boundary = read_boundary(content)
        forum.boundary, forum.outline = msgspec.to_builtins(boundary), msgspec.to_builtins(outline(boundary))
    return await _changed(db, forum, "boundary", {"bytes": len(content or b"")}, actor)


def _require_administrator(actor: Actor | None) -> None:
    if actor is not None and not actor.administrator:
        raise NotAllowed("Only an administrator may do that.")


async def _lock(db: AsyncSession, forum: Forum, version: int) -> Forum:
    query = select(Forum).where(Forum.id == forum.id).with_for_update(of=Forum)
    forum = (await db.scalars(query.execution_options(populate_existing=True))).one()
    if forum.version != version:
        raise ChangedBySomebodyElse("Somebody else changed this forum. Load it again to see what is there now.")
    return forum


async def _changed(db: AsyncSession, forum: Forum, part: str, change: dict[str, Any], actor: Actor | None) -> Forum:
    forum.version += 1
    actor_id = actor.account_id if actor else None
    await record(db, ForumChanged(actor_id=actor_id, forum=forum.slug, part=part, change=change))
    await db.flush()
    return forum


def _read(given: NewForum | ForumChange) -> tuple[dict[str, Any], dict[str, str], list[Reason]]:
    """What is stored of a forum, its areas, and everything that is wrong with either."""
    texts, reasons = read_texts({field: getattr(given, field) for field in TEXTS}, TEXTS)
    areas, wrong_areas = read_areas(given.postcodes)
    wards, wrong_wards = read_wards(given.wards, areas.values())
    reasons += email_reasons(texts["contact_email"], "contact_email") + _shape_reasons(given)
    shape = {name: getattr(given, name) for name in ("kind", "population", "timezone", "language")}
    return {**texts, **shape, "wards": wards}, areas, reasons + wrong_areas + wrong_wards


def _stored(areas: dict[str, str]) -> list[ForumArea]:
    return [ForumArea(prefix=prefix, ward=ward) for prefix, ward in areas.items()]


def _read_people(people: Sequence[Person]) -> tuple[list[dict[str, str]], list[Reason]]:
    read, reasons = [], []
    for at, person in enumerate(people):
        limits = {f"people.{at}.{name}": limit for name, limit in PERSON.items()}
        texts, wrong = read_texts({f"people.{at}.{name}": getattr(person, name) for name in PERSON}, limits)
        read.append({name: texts[f"people.{at}.{name}"] for name in PERSON})
        reasons += wrong
    if len(people) > MOST_PEOPLE_SHOWN:
        detail = f"There are {len(people)} people; expected at most {MOST_PEOPLE_SHOWN}."
        reasons.append(Reason("too_many_people", detail, {"people": len(people), "most": MOST_PEOPLE_SHOWN}, "people"))
    return read, reasons


def _shape_reasons(given: NewForum | ForumChange) -> list[Reason]:
    area = given.postcodes or given.wards
    expected = {
        "kind": (given.kind in set(ForumKind), f"one of {', '.join(ForumKind)}"),
        "population": (given.population is None or 0 < given.population < 10**9, "a number of people above zero"),
        "timezone": (given.timezone in available_timezones(), "a time zone such as Europe/London"),
        "language": (LANGUAGE.fullmatch(given.language) is not None, "a code of two letters such as en"),
        "postcodes": (not area or given.kind != ForumKind.INTEREST, "none, for a forum of interest has no area"),
    }
    return [
        Reason(f"bad_{field}", f"{field}: expected {sentence}.", {}, field)
        for field, (good, sentence) in expected.items()
        if not good
    ]


def _refuse(reasons: list[Reason]) -> None:
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
