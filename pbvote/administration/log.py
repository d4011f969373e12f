"""The audit log as people read it: whose events they may see, what is said of each, and files of all of them.

Staff of a forum see the events of its rounds; an administrator sees everything. Events name people by the ids of their
accounts, and files leave it at that; a page says the names. What an event may hold of anybody else is left out.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.accounts.service import names_of
from pbvote.audit.models import AuditEvent
from pbvote.audit.reading import Place, Wanted, events, kinds
from pbvote.db import Database
from pbvote.errors import InputIsWrong, NotFound, Reason
from pbvote.forums.service import forum_of, is_slug
from pbvote.rounds.models import Round

ZONE = ZoneInfo("Europe/London")
READERS = (Role.ORGANISER, Role.OFFICER, Role.SCRUTINEER)
AT_ONCE = 1_000
YEARS = range(2000, 2200)
COLUMNS = ("at", "kind", "actor", "forum", "round", "data")
# What stands in some events of people who are not on staff, or how to reach anybody: never shown here.
PERSONAL = frozenset({"email", "contact_email", "contact_phone", "phone", "people", "proposer", "address", "reference"})
LEFT_OUT = "(left out)"
# A cell that begins so is a formula to a spreadsheet (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Format = Literal["csv", "jsonl"]


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for, as it stands in an address; empty is everything. Days are those of London, both included."""

    forum: str = ""
    round: str = ""
    person: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An event with what belongs to its ids: the round and its forum, and names of accounts."""

    event: AuditEvent
    round: Round | None
    data: Mapping[str, Any]
    names: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some events, the newest first, and where the next page begins, if there is one."""

    entries: list[Entry]
    next: Place | None


async def wanted_by(db: AsyncSession, actor: Actor, asked: Filter) -> Wanted:
    """What is asked for as far as the actor may see it. Raises NotAllowed, NotFound or InputIsWrong."""
    since, until, person = _day(asked.since, "since"), _day(asked.until, "until"), _id(asked.person)
    if asked.kind and asked.kind not in kinds():
        raise InputIsWrong(
            f"{asked.kind[:40]!r} is no kind of event.", [Reason("bad_kind", "No such kind.", {}, "kind")]
        )
    return Wanted(
        rounds=await _rounds(db, actor, asked),
        actor=person,
        kind=asked.kind,
        since=_midnight(since) if since else None,
        until=_midnight(until + timedelta(days=1)) if until else None,
    )


async def page(db: AsyncSession, wanted: Wanted, after: str, size: int) -> LogPage:
    """A page of the log. Raises InputIsWrong for a place that was not given out by us."""
    place = Place.read(after) if after else None
    if after and place is None:
        raise InputIsWrong(
            "This place in the log cannot be read.", [Reason("bad_place", "No such place.", {}, "after")]
        )
    found = await events(db, wanted, place, size + 1)
    shown = found[:size]
    last = Place(shown[-1].at, shown[-1].id) if len(found) > size else None
    return LogPage(await _entries(db, shown), last)


async def whole_file(database: Database, wanted: Wanted, form: Format) -> AsyncGenerator[bytes]:
    """Every event that is wanted, the newest first, in pieces; each piece reads in a transaction of its own."""
    if form == "csv":
        yield _csv_line(COLUMNS)
    place: Place | None = None
    while True:
        async with database.session(write=False) as db:
            found = await events(db, wanted, place, AT_ONCE)
            entries = await _entries(db, found)
        if entries:
            yield b"".join(_line(entry, form) for entry in entries)
        if len(found) < AT_ONCE:
            return
        place = Place(found[-1].at, found[-1].id)


def without_personal_data(value: Any) -> Any:  # noqa: ANN401  # JSON
    """What an event says, without what it may say of people."""
    if isinstance(value, dict):
        return {
            key: LEFT_OUT if key in PERSONAL and part else without_personal_data(part) for key, part in value.items()
        }
    return [without_personal_data(part) for part in value] if isinstance(value, list) else value


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


async def _rounds(db: AsyncSession, actor: Actor, asked: Filter) -> Sequence[UUID] | None:
    if asked.round:
        round_ = await db.scalar(select(Round).where(Round.slug == asked.round)) if is_slug(asked.round) else None
        if round_ is None or (asked.forum and round_.forum.slug != asked.forum):
            raise NotFound("There is no such round.")
        _require_reader(actor, round_.forum_id)
        return [round_.id]
    if not asked.forum:
        actor.require_administrator()
        return None
    forum = await forum_of(db, asked.forum)
    _require_reader(actor, forum.id)
    return list(await db.scalars(select(Round.id).where(Round.forum_id == forum.id).order_by(Round.id)))


def _require_reader(actor: Actor, forum_id: UUID) -> None:
    if not actor.administrator:
        actor.require(forum_id, *READERS)


async def _entries(db: AsyncSession, found: Sequence[AuditEvent]) -> list[Entry]:
    ids = {event.round_id for event in found if event.round_id}
    query = select(Round).where(Round.id.in_(ids))
    rounds = {round_.id: round_ for round_ in await db.scalars(query)} if ids else {}
    people = {event.actor_id for event in found if event.actor_id} | {
        UUID(whom)
        for event in found
        if (whom := event.data.get("account_id"))  # nobody, where one was taken away
    }
    names = await names_of(db, people) if people else {}
    return [
        Entry(event, rounds.get(event.round_id) if event.round_id else None, without_personal_data(event.data), names)
        for event in found
    ]


def _line(entry: Entry, form: Format) -> bytes:
    event, round_ = entry.event, entry.round
    values = {
        "at": f"{event.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        "kind": event.kind,
        "actor": str(event.actor_id) if event.actor_id else "",
        "forum": round_.forum.slug if round_ else "",
        "round": round_.slug if round_ else "",
        "data": entry.data,
    }
    if form == "jsonl":
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    data = json.dumps(entry.data, ensure_ascii=False, separators=(",", ":"))
    return _csv_line([safe_cell(str(part)) for part in {**values, "data": data}.values()])


def _csv_line(cells: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if day.year in YEARS:
            return day
    detail = f"{text[:20]!r} is no day; expected one such as 2026-03-02."
    raise InputIsWrong(detail, [Reason("bad_day", detail, {}, field)])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound("There is no such person.") from None
