"""While there is hardly any room on the disk: votes, closing and what officers have to do come first.

Uploads are refused first, then everything that residents write but votes. Reading goes on.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

from litestar import Request
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from pbvote.errors import DomainError
from pbvote.web.access import PUBLIC, access_of
from pbvote.web.sign_in import SAFE_METHODS

USUAL_BODY = 64 * 1024
TRY_AGAIN_AFTER = 600  # seconds: somebody has to make room
# What residents write and can write another day. Whatever is not named here goes on: votes, codes, signing in.
CAN_WAIT = ("pbvote.proposals.", "pbvote.deliberation.", "pbvote.following.", "pbvote.nights.")
NEVER_WAITS = "pbvote.voting."
ENOUGH, SCARCE = "enough", "scarce"


class HasRoom(Protocol):
    """What knows how much room there is."""

    @property
    def room(self) -> str:
        """How much there is now: `enough`, `low` (no uploads) or `scarce` (only what cannot wait)."""


class DiskIsNearlyFull(DomainError):
    """There is hardly any room on the disk: what can wait is refused."""

    status: ClassVar[int] = 507
    title: ClassVar[str] = "There is no room for this at the moment"

    def __init__(self) -> None:
        super().__init__(
            "There is hardly any room left where this service keeps its data. Votes are taken; this cannot be stored "
            "at the moment. Please try again later."
        )
        self.retry_after = TRY_AGAIN_AFTER


class RoomForVotes(ASGIMiddleware):
    """Refuse what can wait."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let through whatever there is room for. Raises DiskIsNearlyFull."""
        disk: HasRoom | None = Request(scope).app.state.get("disk")
        handler = scope.get("route_handler")
        if disk and disk.room != ENOUGH and isinstance(handler, HTTPRouteHandler):
            method = scope["method"]  # type: ignore[typeddict-item]  # an HTTP scope
            if method not in SAFE_METHODS and waits(handler, disk.room):
                raise DiskIsNearlyFull
        await next_app(scope, receive, send)


def waits(handler: HTTPRouteHandler, room: str) -> bool:
    """Whether a write can wait while there is no more room than this."""
    where = handler.fn.__module__ + "."
    if where.startswith(NEVER_WAITS):
        return False
    upload = (handler.request_max_body_size or 0) if isinstance(handler.request_max_body_size, int) else 0
    if upload > USUAL_BODY:
        return True
    return room == SCARCE and access_of(handler) is PUBLIC and where.startswith(CAN_WAIT)
