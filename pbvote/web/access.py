"""Declared access: every route says who may use it, with one guard, and the app refuses to start otherwise.

The guard turns away whoever can never use the route; that somebody's role counts in *this* forum is checked by the
verb, which knows the forum.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import HTTPRoute

from pbvote.accounts.roles import STAFF, Actor, Role
from pbvote.errors import NotAllowed, SignInNeeded

Connection = ASGIConnection[Any, Actor | None, Any, Any]


class Access:
    """A guard that is also a declaration: anybody, anybody who signed in, or those with one of some roles."""

    def __init__(self, name: str, *, signed_in: bool, roles: Iterable[Role] = ()) -> None:
        self.name = name
        self.signed_in = signed_in
        self.roles = frozenset(roles)

    def __repr__(self) -> str:
        return self.name

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Let the request through or raise SignInNeeded or NotAllowed."""
        del handler
        if not self.signed_in:
            return
        actor = connection.scope.get("user")
        if actor is None:
            raise SignInNeeded("Sign in to do this.")
        if self.roles and not {role for _, role in actor.roles} & self.roles:
            raise NotAllowed(f"This needs the role of {' or '.join(sorted(self.roles))} in a forum.")


PUBLIC = Access("public", signed_in=False)
SIGNED_IN = Access("signed in", signed_in=True)
STAFF_ONLY = Access("staff", signed_in=True, roles=STAFF)


def only(*roles: Role) -> Access:
    """Access for those who have one of `roles` in some forum."""
    return Access(" or ".join(roles), signed_in=True, roles=roles)


class UndeclaredRouteError(RuntimeError):
    """A route has no declared access, or more than one; the message names it."""


def access_of(handler: BaseRouteHandler) -> Access | None:
    """The access that a route handler declares, if it declares exactly one."""
    declared = [guard for guard in handler.resolve_guards() if isinstance(guard, Access)]
    return declared[0] if len(declared) == 1 else None


def require_declared_access(app: Litestar) -> None:
    """Raise UndeclaredRouteError if any route of the app declares no access."""
    for route in app.routes:
        handlers: Sequence[BaseRouteHandler] = (
            [handler for handler in route.route_handlers if handler.http_methods != {"OPTIONS"}]
            if isinstance(route, HTTPRoute)
            else [route.route_handler]
        )
        for handler in handlers:
            if access_of(handler) is None:
                raise UndeclaredRouteError(f"{route.path} ({handler}) declares no access; give it one guard.")
