"""Who may do what, as the routes declare it: made from the very guards that let people in or turn them away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Litestar, Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from pbvote.accounts.roles import Role
from pbvote.web.access import SIGNED_IN, Access, access_of, only

PREFIX = "/api/"


class DeedOut(msgspec.Struct, frozen=True):
    """Something that can be done, in a sentence of the API's documentation, and who may do it in their own forum."""

    area: str
    what: str
    reads: bool
    roles: list[str]
    administrator: bool


class WhoMayOut(msgspec.Struct, frozen=True):
    """Everything that a role allows."""

    roles: list[str]
    deeds: list[DeedOut]


@get("/api/who-may-do-what", guards=[only(*Role, administrator=True)], sync_to_thread=False)
def who_may_do_what(request: Request[Any, Any, Any]) -> WhoMayOut:
    """Who may do what here."""
    deeds = sorted(_deeds(request.app), key=lambda deed: (deed.area, deed.reads, deed.what))
    return WhoMayOut([role.value for role in Role], deeds)


def _deeds(app: Litestar) -> Iterator[DeedOut]:
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or not route.path.startswith(PREFIX):
            continue
        for handler in route.route_handlers:
            access = access_of(handler)
            if (
                access is not None
                and access.signed_in
                and access is not SIGNED_IN
                and handler.http_methods != {"OPTIONS"}
            ):
                yield _deed(handler, access)


def _deed(handler: HTTPRouteHandler, access: Access) -> DeedOut:
    function = handler.fn
    what = (function.__doc__ or "").strip().split("\n")[0]
    area = function.__module__.split(".")[1]
    if area == "administration":
        area = function.__module__.rsplit(".", 1)[-1]
    roles = [role.value for role in Role if role in access.roles]
    return DeedOut(area, what, handler.http_methods == {"GET"}, roles, access.administrator)


handlers = [who_may_do_what]
