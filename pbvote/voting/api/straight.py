"""The straight way of a vote: what is plainly a cast goes to the intake before routes and middleware are asked.

In the last minutes of a vote casts come by the thousand, and finding out which of two hundred routes they are for costs
more than taking them. Only a cast that ends well is answered here, with the very bytes of its route. Everything else is
the route's: what is not plainly a cast, what a browser may send for another site, what cannot be read, and what the
intake refuses. The route then gets the same request, and the refusal, so that nothing goes to the intake twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import msgspec
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPScope, Receive, Send

from pbvote.errors import DomainError
from pbvote.voting.api import ballots
from pbvote.voting.api.ballots import REFUSED, BallotBody, cast_of, receipt_of
from pbvote.voting.casting import Cast, Stored
from pbvote.voting.intake import Intake
from pbvote.web.instants import MOST_KEPT, language_of

PATH = re.compile(r"/api/polls/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/ballot")
OWN_SITE = frozenset({b"same-origin", b"none"})
_body = msgspec.json.Decoder(BallotBody)
[_ROUTE] = ballots.cast.paths
_TEMPLATE = _ROUTE.replace(":uuid", "")


@dataclass(frozen=True, slots=True)
class StraightWay:
    """The way to one intake. `headers` are those of every answer that is one person's own."""

    intake: Intake
    languages: tuple[str, ...]
    headers: Sequence[tuple[bytes, bytes]]

    async def answer(self, scope: HTTPScope, receive: Receive, send: Send, otherwise: ASGIApp) -> None:
        """Answer a cast that ends well, or do `otherwise`. The whole body must have arrived."""
        poll_id, language = _poll_of(scope), _language_of(scope)
        if poll_id is None or language is None:
            await otherwise(scope, receive, send)
            return
        message = await receive()
        result = await self._cast(poll_id, message)
        if isinstance(result, Stored):
            scope["path_template"] = _TEMPLATE  # under which the request is counted
            await self._tell(send, result, language_of(language, self.languages))
            return
        if result is not None:
            scope.setdefault("state", {})[REFUSED] = result
        await otherwise(scope, _Again(message, receive).receive, send)

    async def _cast(self, poll_id: UUID, message: object) -> Stored | Exception | None:
        """What came of the cast, or None for what is none."""
        sent = _cast_in(cast("HTTPReceiveMessage", message))
        if sent is None:
            return None
        try:
            return await self.intake.cast(poll_id, sent)
        except Exception as error:  # noqa: BLE001  # its route answers it, whatever it is
            return error

    async def _tell(self, send: Send, stored: Stored, language: str) -> None:
        body = msgspec.json.encode(receipt_of(self.intake, stored, language))
        own = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": [*own, *self.headers]})
        await send({"type": "http.response.body", "body": body, "more_body": False})


@dataclass(slots=True)
class _Again:
    """A request whose body has been read, and is there to be read."""

    message: object
    rest: Receive

    async def receive(self) -> HTTPReceiveMessage:
        """What was read, once; then what the network has."""
        message, self.message = self.message, None
        return cast("HTTPReceiveMessage", message or await self.rest())


def _poll_of(scope: HTTPScope) -> UUID | None:
    """The poll that a ballot is sent for, if the address is written in the one usual way."""
    found = PATH.fullmatch(scope["path"]) if scope["method"] == "PUT" and not scope["query_string"] else None
    return UUID(found[1]) if found else None


def _language_of(scope: HTTPScope) -> bytes | None:
    """The languages that the sender likes; None for what is not plainly JSON that was sent from a page of our own."""
    sites, origin, media_type, language = set[bytes](), b"", b"", b""
    for name, value in scope["headers"]:
        if name == b"sec-fetch-site":
            sites.add(value)
        elif name == b"origin":
            origin = value
        elif name == b"content-type":
            media_type = value
        elif name == b"accept-language":
            language += b"," + value if language else value
    ours = sites <= OWN_SITE and (bool(sites) or not origin)
    plain = media_type == b"application/json" and len(language) <= MOST_KEPT
    return language if ours and plain else None


def _cast_in(message: HTTPReceiveMessage) -> Cast | None:
    """The cast in a body that came whole, or None."""
    if message["type"] != "http.request" or message["more_body"]:
        return None
    try:
        return cast_of(_body.decode(message["body"]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, DomainError):
        return None
