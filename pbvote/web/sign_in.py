"""Who is asking: the cookie, the account behind it, and the refusal of writes from other sites."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import Cookie
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from pbvote.accounts.roles import Actor
from pbvote.accounts.service import who_is
from pbvote.db import Database
from pbvote.errors import NotAllowed, SignInNeeded

# The prefix makes the browser insist on Secure, Path=/ and no Domain; browsers take it on http://127.0.0.1 too.
COOKIE = "__Host-pbvote"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
AnyRequest = Request[Any, Any, Any]


class ComesFromAnotherSite(NotAllowed):
    """A browser sent a write on behalf of another site."""


def session_cookie(token: str, lasts: timedelta) -> Cookie:
    """The cookie of a new sign-in, which is good for so long."""
    age = int(lasts.total_seconds())
    return Cookie(key=COOKIE, value=token, max_age=age, path="/", secure=True, httponly=True, samesite="lax")


def no_cookie() -> Cookie:
    """The cookie that removes the sign-in from the browser."""
    return Cookie(key=COOKIE, value="", max_age=0, path="/", secure=True, httponly=True, samesite="lax")


class WhoIsAsking(ASGIMiddleware):
    """Put the Actor behind the sign-in cookie, or None, into the request's scope."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Look the token up; a browser without one costs no query."""
        request = AnyRequest(scope)
        token = request.cookies.get(COOKIE)
        actor: Actor | None = None
        if token:
            database: Database = request.app.state["database"]
            async with database.session(write=False) as db:
                actor = await who_is(db, token)
        scope["user"] = actor
        await next_app(scope, receive, send)


class SameOriginWrites(ASGIMiddleware):
    """Refuse writes that a browser sends for another site (Sec-Fetch-Site, else Origin). No tokens needed.

    A client that sends neither header is not a browser, and cannot be made to act for somebody else.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, base_url: str) -> None:
        self.host = urlsplit(base_url).netloc

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Raise ComesFromAnotherSite for a foreign write, and pass everything else on."""
        request = AnyRequest(scope)
        headers = request.headers
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        own_hosts = {self.host, headers.get("host", self.host)}
        foreign = site not in {"same-origin", "none"} if site else bool(origin) and _host(origin) not in own_hosts
        if foreign and request.method not in SAFE_METHODS:
            raise ComesFromAnotherSite("This request came from another site, so nothing was done.")
        await next_app(scope, receive, send)


def _host(origin: str | None) -> str | None:
    """The host and port of an Origin header; None for one that cannot be read, which is nobody's own."""
    try:
        return urlsplit(origin or "").netloc
    except ValueError:
        return None


async def provide_actor(request: AnyRequest) -> Actor:
    """The signed-in person, for routes that declare that they need one."""
    actor: Actor | None = request.scope.get("user")
    if actor is None:
        raise SignInNeeded("Sign in to do this.")
    return actor


async def provide_visitor(request: AnyRequest) -> Actor | None:
    """The signed-in person, or None for the public."""
    actor: Actor | None = request.scope.get("user")
    return actor
