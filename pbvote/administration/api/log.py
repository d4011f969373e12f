"""The audit log over HTTP: page by page, and as a file of everything that is asked for."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.administration import log
from pbvote.administration.log import READERS, Entry, Filter, LogPage
from pbvote.audit.reading import Wanted, kinds
from pbvote.web.access import ADMINISTRATOR, only
from pbvote.web.description import SENDS
from pbvote.web.instants import Instant
from pbvote.web.paging import USUAL_ITEMS, PageSize

ZONE = "Europe/London"
TYPES = {"csv": "text/csv", "jsonl": "application/jsonl"}
STAFF_OF_FORUM = only(*READERS)
RoundSlug = Annotated[str, QueryParameter(name="round")]
FileFormat = Annotated[Literal["csv", "jsonl"], QueryParameter(name="format")]


class LogEventOut(msgspec.Struct, frozen=True):
    """What was done. `who` is empty where the clock or somebody without an account did it; `whom` is another person."""

    id: UUID
    when: Instant
    kind: str
    who: str
    who_id: UUID | None
    whom: str
    round: str
    round_title: str
    forum_name: str
    data: dict[str, Any]

    @classmethod
    def of(cls, entry: Entry, language: str) -> LogEventOut:
        """The event as it is shown."""
        event, round_ = entry.event, entry.round
        whom = entry.data.get("account_id")
        return cls(
            id=event.id,
            when=Instant.of(event.at.astimezone(UTC), ZONE, language),
            kind=event.kind,
            who=entry.names.get(event.actor_id, "") if event.actor_id else "",
            who_id=event.actor_id,
            whom=entry.names.get(UUID(whom), "") if whom else "",
            round=round_.slug if round_ else "",
            round_title=round_.title if round_ else "",
            forum_name=round_.forum.name if round_ else "",
            data={key: value for key, value in entry.data.items() if key != "account_id"},
        )


class LogOut(msgspec.Struct, frozen=True):
    """A page of the log, the newest first. `next` is what the following page is asked for with, or empty."""

    items: list[LogEventOut]
    next: str
    kinds: list[str]


def _out(page: LogPage, language: str) -> LogOut:
    items = [LogEventOut.of(entry, language) for entry in page.entries]
    return LogOut(items, page.next.text() if page.next else "", kinds())


def _file(request: Request[Any, Any, Any], wanted: Wanted, form: Literal["csv", "jsonl"]) -> Stream:
    content = log.whole_file(request.app.state["database"], wanted, form)
    headers = {"content-disposition": f'attachment; filename="audit-log.{form}"'}
    return Stream(content, media_type=TYPES[form], headers=headers)


@get("/api/log", guards=[ADMINISTRATOR])
async def whole_log(  # noqa: PLR0917  # its parameters are its declared inputs
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    forum: FromQuery[str] = "",
    round_: RoundSlug = "",
    person: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    after: FromQuery[str] = "",
    size: PageSize = USUAL_ITEMS,
) -> LogOut:
    """The audit log of the whole installation."""
    wanted = await log.wanted_by(db, actor, Filter(forum, round_, person, kind, since, until))
    return _out(await log.page(db, wanted, after, size), language)


@get("/api/log/file", guards=[ADMINISTRATOR], opt={SENDS: list(TYPES.values())})
async def whole_log_file(  # noqa: PLR0917  # its parameters are its declared inputs
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    forum: FromQuery[str] = "",
    round_: RoundSlug = "",
    person: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    form: FileFormat = "csv",
) -> Stream:
    """The audit log of the whole installation as a file, CSV or JSON lines."""
    wanted = await log.wanted_by(db, actor, Filter(forum, round_, person, kind, since, until))
    return _file(request, wanted, form)


@get("/api/forums/{forum_slug:str}/log", guards=[STAFF_OF_FORUM])
async def log_of_forum(  # noqa: PLR0917  # its parameters are its declared inputs
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    forum_slug: FromPath[str],
    round_: RoundSlug = "",
    person: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    after: FromQuery[str] = "",
    size: PageSize = USUAL_ITEMS,
) -> LogOut:
    """The audit log of the rounds of one's own forum."""
    wanted = await log.wanted_by(db, actor, Filter(forum_slug, round_, person, kind, since, until))
    return _out(await log.page(db, wanted, after, size), language)


@get("/api/forums/{forum_slug:str}/log/file", guards=[STAFF_OF_FORUM], opt={SENDS: list(TYPES.values())})
async def log_file_of_forum(  # noqa: PLR0917  # its parameters are its declared inputs
    request: Request[Any, Any, Any],
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    forum_slug: FromPath[str],
    round_: RoundSlug = "",
    person: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    form: FileFormat = "csv",
) -> Stream:
    """The audit log of the rounds of one's own forum as a file, CSV or JSON lines."""
    wanted = await log.wanted_by(db, actor, Filter(forum_slug, round_, person, kind, since, until))
    return _file(request, wanted, form)


handlers = [whole_log, whole_log_file, log_of_forum, log_file_of_forum]
