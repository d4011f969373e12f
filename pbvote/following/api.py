"""Following over HTTP: asking, confirming, looking, changing, stopping; and what mail programs do with one request."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.errors import InputIsWrong, Reason
from pbvote.following import service
from pbvote.following.service import FollowLinkDoesNotWork
from pbvote.following.subjects import How, Kind
from pbvote.following.writing import HOURS, FollowWriter
from pbvote.keys import Keys
from pbvote.web.access import PUBLIC
from pbvote.web.caching import QUIET, not_kept
from pbvote.web.limits import FOLLOWS, WRONG_LINKS, count_against, failures_limited

Db = NamedDependency[AsyncSession]
Secrets = NamedDependency[Keys]
AnyRequest = Request[Any, Any, Any]


class FollowBody(msgspec.Struct, forbid_unknown_fields=True):
    """What to follow (`slug` is the forum's or the round's, `number` a proposal's), and how to be told."""

    kind: Kind
    slug: str
    number: int | None
    email: str
    how: How


class FollowTokenBody(msgspec.Struct, forbid_unknown_fields=True):
    """The token of a link."""

    token: str


class HowBody(msgspec.Struct, forbid_unknown_fields=True):
    """How to be told from now on."""

    token: str
    how: How


class StopBody(msgspec.Struct, forbid_unknown_fields=True):
    """What to follow no longer; null for everything."""

    token: str
    id: UUID | None


class OfferOut(msgspec.Struct, frozen=True):
    """Whether this installation sends e-mail at all."""

    possible: bool


class FollowAskedOut(msgspec.Struct, frozen=True):
    """That a link is on its way, and for how many hours it works."""

    hours: int


class ConfirmedOut(msgspec.Struct, frozen=True):
    """What is followed now, where it stands (the parts of its address after the language), and the follower's token."""

    title: str
    path: list[str | int]
    token: str


class FollowedOut(msgspec.Struct, frozen=True):
    """Something that is followed."""

    id: str
    kind: Kind
    title: str
    path: list[str | int]


class FollowingOut(msgspec.Struct, frozen=True):
    """What somebody follows, and how they are told."""

    how: How
    items: list[FollowedOut]


@get("/api/following", guards=[PUBLIC], sync_to_thread=False, opt=not_kept("it takes nothing to say"))
def offer(request: AnyRequest) -> OfferOut:
    """Whether anything can be followed here."""
    return OfferOut(request.app.state["settings"].mail is not None)


@post("/api/following", status_code=202, guards=[PUBLIC], opt={QUIET: True})
async def ask(
    request: AnyRequest, db: Db, keys: Secrets, language: NamedDependency[str], data: JSONBody[FollowBody]
) -> FollowAskedOut:
    """Ask to follow something. The answer is the same whoever has the address."""
    count_against(request, FOLLOWS)
    if request.app.state["settings"].mail is None:
        detail = "This installation sends no e-mail; whoever runs it has to set that up first."
        raise InputIsWrong(detail, [Reason("no_mail", detail, {}, "email")])
    writer = FollowWriter(request.app.state["writer"])
    values = {field: getattr(data, field) for field in FollowBody.__struct_fields__}
    await service.ask_to_follow(db, keys, writer, **values, language=language)
    return FollowAskedOut(HOURS)


@post("/api/following/confirm", status_code=200, guards=[PUBLIC])
async def confirm(request: AnyRequest, db: Db, keys: Secrets, data: JSONBody[FollowTokenBody]) -> ConfirmedOut:
    """Follow what the link was sent for, once."""
    with failures_limited(request, WRONG_LINKS, FollowLinkDoesNotWork):
        token, named = await service.confirm(db, keys, data.token)
    return ConfirmedOut(named.title, list(named.path), token)


@post("/api/following/mine", status_code=200, guards=[PUBLIC])
async def mine(request: AnyRequest, db: Db, keys: Secrets, data: JSONBody[FollowTokenBody]) -> FollowingOut:
    """What somebody follows. Not a GET, because an address is written down in more places than a body."""
    with failures_limited(request, WRONG_LINKS, FollowLinkDoesNotWork):
        how, items = await service.followed_by(db, keys, data.token)
    return FollowingOut(how, [FollowedOut(str(one.id), Kind(one.kind), one.title, list(one.path)) for one in items])


@post("/api/following/how", status_code=204, guards=[PUBLIC])
async def change_how(request: AnyRequest, db: Db, keys: Secrets, data: JSONBody[HowBody]) -> None:
    """Be told each time, or once a day."""
    with failures_limited(request, WRONG_LINKS, FollowLinkDoesNotWork):
        await service.change_how(db, keys, data.token, data.how)


@post("/api/following/stop", status_code=204, guards=[PUBLIC])
async def stop(request: AnyRequest, db: Db, keys: Secrets, data: JSONBody[StopBody]) -> None:
    """Follow one thing no longer, or nothing."""
    with failures_limited(request, WRONG_LINKS, FollowLinkDoesNotWork):
        if data.id is None:
            await service.stop_all(db, keys, data.token)
        else:
            await service.stop_one(db, keys, data.token, data.id)


@post("/api/following/unsubscribe/{token:str}", status_code=204, guards=[PUBLIC])
async def unsubscribe(request: AnyRequest, db: Db, keys: Secrets, token: FromPath[str]) -> None:
    """What a mail program sends when somebody presses its button (RFC 8058): follow nothing any more."""
    with failures_limited(request, WRONG_LINKS, FollowLinkDoesNotWork):
        await service.stop_all(db, keys, token)


@get(
    "/api/following/unsubscribe/{token:str}",
    status_code=303,
    guards=[PUBLIC],
    sync_to_thread=False,
    opt=not_kept("the address is a secret of one person"),
)
def unsubscribe_page(language: NamedDependency[str], token: FromPath[str]) -> Redirect:
    """Where the same address leads in a browser: to the page with the button. Looking ends nothing."""
    return Redirect(f"/{language}/following#{token}", status_code=303)


handlers = [offer, ask, confirm, mine, change_how, stop, unsubscribe, unsubscribe_page]
