"""Sign-in over HTTP."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts import service
from pbvote.accounts.roles import Actor
from pbvote.web.access import PUBLIC, SIGNED_IN
from pbvote.web.limits import WRONG_PASSWORDS, attempts_limited
from pbvote.web.sign_in import COOKIE, no_cookie, session_cookie


class SignInBody(msgspec.Struct, forbid_unknown_fields=True):
    """An address and its password."""

    email: str
    password: str


class RoleOut(msgspec.Struct, frozen=True):
    """A role in a forum."""

    forum: str
    forum_name: str
    role: str


class MeOut(msgspec.Struct, frozen=True):
    """Who is signed in."""

    name: str
    email: str
    administrator: bool
    roles: list[RoleOut]


async def me_out(db: AsyncSession, actor: Actor) -> MeOut:
    """The signed-in person with the names of their forums."""
    forums = await service.forums_of(db, actor)
    roles = sorted((forums[forum_id].slug, forums[forum_id].name, role) for forum_id, role in actor.roles)
    return MeOut(actor.name, actor.email, actor.administrator, [RoleOut(*role) for role in roles])


@post("/api/login", status_code=200, guards=[PUBLIC])
async def sign_in(
    request: Request[Any, Any, Any], db: NamedDependency[AsyncSession], data: JSONBody[SignInBody]
) -> Response[MeOut]:
    """Sign in: sets the cookie of a new sign-in."""
    with attempts_limited(request, WRONG_PASSWORDS):
        account = await service.account_with(request.app.state.database, data.email, data.password)
    token, actor = await service.sign_in(db, account)
    return Response(await me_out(db, actor), cookies=[session_cookie(token)])


@post("/api/logout", status_code=204, guards=[SIGNED_IN])
async def sign_out(request: Request[Any, Any, Any], db: NamedDependency[AsyncSession]) -> Response[None]:
    """Sign out: this browser's sign-in is forgotten."""
    await service.sign_out(db, request.cookies[COOKIE])
    return Response(None, status_code=204, cookies=[no_cookie()])


@get("/api/me", guards=[SIGNED_IN])
async def me(db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]) -> MeOut:
    """Who is signed in."""
    return await me_out(db, actor)


handlers = [sign_in, sign_out, me]
