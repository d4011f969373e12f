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


class SetUpYourSecondStep(NotAllowed):
    """The installation asks its staff for codes, and this person has no app for them yet."""

    title = "Set up your second step first"


class Access:
    """A guard that is also a declaration: anybody, anybody who signed in, or those with one of some roles.

    With `administrator`, administrators too, whatever their roles.
    """

    def __init__(self, name: str, *, signed_in: bool, roles: Iterable[Role] = (), administrator: bool = False) -> None:
        self.name = name
        self.signed_in = signed_in
        self.roles = frozenset(roles)
        self.administrator = administrator

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
        if not self.roles and not self.administrator:
            return
        if actor.must_set_up:
            raise SetUpYourSecondStep("Everybody who works here needs a second step to sign in. Set yours up first.")
        if (self.administrator and actor.administrator) or {role for _, role in actor.roles} & self.roles:
            return
        needed = [f"the role of {' or '.join(sorted(self.roles))} in a forum"] if self.roles else []
        needed += ["an administrator"] if self.administrator else []
        raise NotAllowed(f"This needs {', or '.join(needed)}.")


PUBLIC = Access("public", signed_in=False)
SIGNED_IN = Access("signed in", signed_in=True)
STAFF_ONLY = Access("staff", signed_in=True, roles=STAFF)
ADMINISTRATOR = Access("administrator", signed_in=True, administrator=True)


def only(*roles: Role, administrator: bool = False) -> Access:
    """Access for those who have one of `roles` in some forum, and for administrators where it says so."""
    names = [*roles, *(["administrator"] if administrator else [])]
    return Access(" or ".join(names), signed_in=True, roles=roles, administrator=administrator)


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
