"""Public answers kept as bytes that are ready to send, for as long as nothing public has changed (decision 0016).

Only what is the same for everybody is kept: a GET without a sign-in, of a route that is marked `kept`. It is made by a
request that has nothing of any visitor's but the language, so nothing of one visitor reaches another. Each answer knows
the version of the database's public state that was committed before it was begun (`db.changes`), and is given only
while that is still the version and it is not older than MOST_AGE, because phases follow the clock.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from litestar import Litestar
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, HTTPScope, Receive, Send
from litestar.types.asgi_types import HTTPReceiveMessage
from litestar.utils import normalize_path

from pbvote import metrics
from pbvote.db.changes import Changes
from pbvote.web.caching import FOR_EVERYBODY, KEPT, REPLICA_FAILED, Kept
from pbvote.web.instants import MOST_KEPT, language_of
from pbvote.web.sent import Answer, Collected, Version
from pbvote.web.sign_in import COOKIE

MOST_AGE = 1.0  # seconds
MOST_BYTES = 16 * 2**20
MOST_OF_ONE = MOST_BYTES // 8
LONGEST = 200  # bytes of a query; what is longer is answered without being kept

Key = tuple[str, bytes, str]  # path, query, language
_COOKIE = COOKIE.encode()
_HOST = re.compile(rb"[A-Za-z0-9.\-\[\]:]{1,260}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What bears on a public answer in the headers of a request."""

    language: str
    compressed: bool
    etag: bytes


@dataclass(frozen=True, slots=True)
class Route:
    """A route whose answers are kept."""

    name: str
    by_language: bool


@dataclass(frozen=True, slots=True)
class Flight:
    """An answer that is being made, for everybody who asks meanwhile."""

    version: Version
    at: float
    task: asyncio.Task[Answer]


@dataclass(slots=True)
class Reading:
    """The answers that this process keeps, those given last at the end; `age` counts the seconds.

    Without `on` everything is answered anew: by a clock that is not the database's nobody can say how old an answer is.
    """

    app: Litestar
    changes: Changes
    base_url: str
    languages: tuple[str, ...]
    on: bool = True
    age: Callable[[], float] = monotonic
    most_bytes: int = MOST_BYTES
    size: int = 0
    looks: int = 0
    kept: OrderedDict[Key, Answer] = field(default_factory=OrderedDict)
    flights: dict[Key, Flight] = field(default_factory=dict)

    async def answer(self, scope: HTTPScope, receive: Receive, send: Send, otherwise: ASGIApp) -> None:
        """Answer from what is kept, or have it made once for all who wait for it, or else do `otherwise`."""
        asked = self._asked(scope) if self.on and scope["method"] == "GET" else None
        found = asked and await self._found(scope, asked, otherwise)
        if asked and found:
            scope["path_template"] = found.route  # under which the request is counted
            await found.give(send, compressed=asked.compressed, etag=asked.etag)
        else:
            await otherwise(scope, receive, send)

    def version(self) -> Version | None:
        """The version of what the public can read now, or None while it cannot be known."""
        version = self.changes.version()
        return None if version is None else (version, self.looks)

    def forget(self) -> None:
        """Something that is not in the database, but on every page, has changed."""
        self.looks += 1

    async def close(self) -> None:
        """Leave nothing running."""
        for flight in list(self.flights.values()):
            flight.task.cancel()
        await asyncio.gather(*(flight.task for flight in list(self.flights.values())), return_exceptions=True)

    async def _found(self, scope: HTTPScope, asked: Asked, otherwise: ASGIApp) -> Answer | None:
        path, query = scope["path"], scope["query_string"]
        for language in (asked.language, ""):
            key = (path, query, language)
            answer = self.kept.get(key)
            if answer is not None and answer.version == self.version() and 0 <= self.age() - answer.at < MOST_AGE:
                self.kept.move_to_end(key)
                metrics.cache_answered(answer.route, hit=True)
                return answer
        route = self._route(path, query)
        version = self.version() if route else None
        if route is None or version is None:
            return None
        metrics.cache_answered(route.name, hit=False)
        return await self._made(
            (path, query, asked.language if route.by_language else ""), route, version, scope, otherwise
        )

    def _asked(self, scope: HTTPScope) -> Asked | None:
        """What the headers ask for, or None for an answer that is nobody else's business."""
        language, compressed, etag = b"", False, b""
        for name, value in scope["headers"]:
            if name == b"accept-language":
                language += b"," + value if language else value
            elif name == b"accept-encoding":
                compressed = b"gzip" in value and b"gzip;q=0" not in value
            elif name == b"if-none-match":
                etag = value
            elif (
                name == b"authorization"
                or (name == b"cookie" and _COOKIE in value)
                or (name == b"host" and not _HOST.fullmatch(value))
            ):
                return None
        if len(language) > MOST_KEPT:
            return None
        return Asked(language_of(language, self.languages), compressed, etag)

    def _route(self, path: str, query: bytes) -> Route | None:
        """The route of this address if its answers are kept, and the address is written in the one usual way."""
        plain = normalize_path(path)
        if path not in {plain, f"{plain}/"} or len(query) > LONGEST:
            return None
        try:
            _, handler, _, _, template = self.app.asgi_router.handle_routing(path=plain, method="GET")
        except HTTPException:
            return None
        mark: Kept | None = handler.opt.get(KEPT)
        if mark is None or (query and not _usual(query, mark)):
            return None
        by_language = "language" in handler.parsed_fn_signature.parameters
        return Route(template, by_language)

    async def _made(
        self, key: Key, route: Route, version: Version, scope: HTTPScope, otherwise: ASGIApp
    ) -> Answer | None:
        """The answer by the one who makes it now, us or another; None if it turns out to be that one's alone."""
        flight = self.flights.get(key)
        mine = flight is None or flight.version != version or not 0 <= self.age() - flight.at < MOST_AGE
        if flight is None or mine:
            at = self.age()
            task = asyncio.create_task(self._make(key, route, version, at, scope, otherwise))
            flight = self.flights[key] = Flight(version, at, task)
            task.add_done_callback(lambda _: self._landed(key, flight))
        made = await asyncio.shield(flight.task)  # who goes away takes nothing from those who wait
        return made if mine or made.shared else None

    def _landed(self, key: Key, flight: Flight) -> None:
        if self.flights.get(key) is flight:
            del self.flights[key]
        if not flight.task.cancelled():
            flight.task.exception()  # told to whoever waits; nobody may be waiting any more

    async def _make(
        self, key: Key, route: Route, version: Version, at: float, scope: HTTPScope, otherwise: ASGIApp
    ) -> Answer:
        collected = await self._collected(scope, key[2], otherwise)
        if collected is None:  # the replica went away; from now on the primary is asked
            collected = await self._collected(scope, key[2], otherwise) or Collected()
        answer = collected.answer(version, at, route.name, by_language=route.by_language)
        if answer.worth_keeping and answer.size <= MOST_OF_ONE and self.version() == version:
            self._keep(key, answer)
        return answer

    async def _collected(self, scope: HTTPScope, language: str, otherwise: ASGIApp) -> Collected | None:
        """What the app answers; None if it was to read from a replica that failed."""
        collected, asked = Collected(), _for_everybody(scope, urlsplit(self.base_url).netloc, language)
        await otherwise(asked, _Nobody().receive, collected.send)
        return None if asked["state"].get(REPLICA_FAILED) else collected

    def _keep(self, key: Key, answer: Answer) -> None:
        before = self.kept.pop(key, None)
        self.size += answer.size - (before.size if before else 0)
        self.kept[key] = answer
        while self.size > self.most_bytes:
            _, gone = self.kept.popitem(last=False)
            self.size -= gone.size
        metrics.cache_holds(len(self.kept), self.size)


def _for_everybody(scope: HTTPScope, host: str, language: str) -> HTTPScope:
    """A request for the same thing by nobody in particular."""
    headers = [(b"host", host.encode()), *([(b"accept-language", language.encode())] if language else [])]
    return {
        **scope,
        "headers": headers,
        "client": None,
        "raw_path": quote(scope["path"]).encode(),
        "state": {**scope.get("state", {}), FOR_EVERYBODY: True},
    }


class _Nobody:
    """A client that asks without a body, and never goes away."""

    def __init__(self) -> None:
        self.asked = False

    async def receive(self) -> HTTPReceiveMessage:
        if self.asked:
            await asyncio.Event().wait()
        self.asked = True
        return {"type": "http.request", "body": b"", "more_body": False}


def _usual(query: bytes, mark: Kept) -> bool:
    """Whether a query has only what the route knows, each once, and is written as browsers write it."""
    text = query.decode("latin-1")
    pairs = parse_qsl(text, keep_blank_values=True)
    names = {name for name, _ in pairs}
    return len(names) == len(pairs) and names <= mark.query and urlencode(pairs) == text
