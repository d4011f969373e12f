"""Bounds on the work under way, by kind: when there is too much, browsing is turned away long before casting is.

Each kind of request has so many places at once, and so many that wait for one; who comes after that is asked to try
again (503, `Retry-After`). A place is taken when the whole request has arrived, and given back when its answer begins:
neither a slow sender nor a slow reader holds one. Files are a kind of their own, for they are read while they come.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

import msgspec
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPScope, Message, Receive, Send

from pbvote import metrics
from pbvote.errors import TryAgain
from pbvote.web.headers import SECURITY_HEADERS
from pbvote.web.pace import HELD, Pace
from pbvote.web.problems import MEDIA_TYPE, problem_of
from pbvote.web.readers import Readers
from pbvote.web.sign_in import SAFE_METHODS

MOST_BYTES = 64 * 1024  # of a body that is read before its turn; all but files are that small
MANY_CASTS = 1  # from here on browsing has to be content with less
OK = 200
TOO_MUCH = "Very many people are here at this moment. Nothing was changed. Please try again in a few seconds."


class Bound(NamedTuple):
    """Places at once, and when many cast at the same time; how many may wait for one; seconds to stay away."""

    places: int
    beside_casts: int
    waiting: int
    again: int


# What is under way at the same time takes turns, some dozen for each answer, and a cast waits for everybody's turn
# between two of its own: so few places, for more of them make every answer later and none more. Eight keep two cores
# and a database busy; while somebody casts, two have to do, and not one: a count that takes minutes must not stand
# before the officer who pauses a vote. Beside casts a place rests for as long as it was taken. Those who wait are a few
# seconds' work. bench/hostile.py measures what casts notice of it.
BOUNDS = {
    "cast": Bound(2_500, 2_500, 0, 2),  # the intake turns casts away by itself, from 2,000 on
    "ballot": Bound(8, 4, 1_000, 2),  # what is needed to cast: ballot papers, codes, tickets
    "sign-in": Bound(8, 8, 200, 5),  # passwords take 20 ms of a core each: 200 are a wait of four seconds
    "write": Bound(8, 2, 128, 5),
    "upload": Bound(8, 2, 24, 10),
    "read": Bound(8, 2, 256, 5),
    "page": Bound(8, 2, 512, 5),
}
RESTS = frozenset({"write", "upload", "read", "page"})
LONGEST_REST = 0.2  # seconds
NEVER_REFUSED = frozenset({"/api/health", "/api/ready", "/metrics"})
SIGN_IN = re.compile(r"/api/(login(/code)?|me/(password|second-step.*)|invites/(accept|join|reset))/?")
BALLOT = re.compile(
    r"/api/polls/[^/]+/(code|ticket|email-link/use)/?|/api/rounds/[^/]+/ballot-paper/?|/[^/]+/r/[^/]+/plain/?"
)
CAST = re.compile(r"/api/polls/[^/]+/ballot/?")


def kind_of(method: str, path: str) -> str:
    """Which kind of work a request is; empty for what is never turned away."""
    if path in NEVER_REFUSED:
        return ""
    if CAST.fullmatch(path):
        return "cast"
    if BALLOT.fullmatch(path):
        return "ballot"
    if method in SAFE_METHODS:
        return "read" if path.startswith("/api/") or "/plain" in path else "page"
    return "sign-in" if SIGN_IN.fullmatch(path) else "write"


@dataclass(slots=True)
class Pressure:
    """The work of one process: how much of each kind is under way, and who waits for a place."""

    bounds: dict[str, Bound] = field(default_factory=lambda: dict(BOUNDS))
    under_way: Counter[str] = field(default_factory=Counter)
    waiting: dict[str, deque[asyncio.Future[None]]] = field(default_factory=dict)
    wrong: Pace = field(default_factory=Pace)
    readers: Readers = field(default_factory=Readers)
    age: Callable[[], float] = monotonic

    async def pass_on(self, scope: HTTPScope, receive: Receive, send: Send, app: ASGIApp) -> None:
        """Let the app answer once there is a place, or answer that there is none."""
        kind = kind_of(scope["method"], scope["path"])
        if not kind:
            await app(scope, receive, send)
            return
        if scope["method"] not in SAFE_METHODS:
            arrived = await _arrived(scope, receive)
            if arrived is None:
                return  # nobody is there any more
            kind, receive = (kind if arrived.whole else "upload"), arrived.receive
        if not await self._place(kind):
            metrics.refused_for_pressure(kind)
            await _refuse(scope, send, self.bounds[kind].again)
            return
        began, wrong = self.age(), self.wrong if kind in {"cast", "ballot"} else None
        turn = _Turn(kind, send, lambda: self._ended(kind, self.age() - began), wrong)
        try:
            await app(scope, receive, turn.send)
        finally:
            turn.end()

    async def after_casts(self, scope: HTTPScope) -> None:
        """Return at once, or for those who do something else while others cast, when it is their turn."""
        if not self.readers.alone and kind_of(scope["method"], scope["path"]) not in {"", "cast"}:
            await self.readers.turn()

    def waits(self, kind: str) -> int:
        """How many of a kind wait for a place."""
        return len(self.waiting.get(kind, ()))

    def _free(self, kind: str) -> bool:
        bound = self.bounds[kind]
        places = bound.beside_casts if self.under_way["cast"] >= MANY_CASTS else bound.places
        return self.under_way[kind] < places

    async def _place(self, kind: str) -> bool:
        """Take a place, or wait for one; False if too many wait already."""
        queue = self.waiting.get(kind)
        if not queue and self._free(kind):
            self._take(kind)
            return True
        if queue is None:
            queue = self.waiting[kind] = deque()
        if len(queue) >= self.bounds[kind].waiting:
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                with suppress(ValueError):
                    queue.remove(turn)
            else:  # it was their turn at this very moment
                self._give_back(kind)
            raise
        return True

    def _take(self, kind: str) -> None:
        if kind == "cast":
            self.readers.cast_begins()
        self.under_way[kind] += 1
        metrics.in_flight(kind, self.under_way[kind])

    def _ended(self, kind: str, seconds: float) -> None:
        """An answer has begun after so many seconds: its place is given back, at once or when it has rested."""
        if kind in RESTS and not self.readers.alone:
            asyncio.get_running_loop().call_later(min(seconds, LONGEST_REST), self._give_back, kind)
        else:
            self._give_back(kind)

    def _give_back(self, kind: str) -> None:
        if kind == "cast":
            self.readers.cast_ends()
        self.under_way[kind] -= 1
        metrics.in_flight(kind, self.under_way[kind])
        for other, queue in self.waiting.items():
            while queue and self._free(other):
                turn = queue.popleft()
                if turn.done():  # cancelled a moment ago, and about to leave the queue by itself
                    continue
                self._take(other)
                turn.set_result(None)


@dataclass(slots=True)
class _Turn:
    """A place that somebody has until their answer begins."""

    kind: str
    answer: Send
    give_back: Callable[[], None]
    wrong: Pace | None
    over: bool = False

    async def send(self, message: Message) -> None:
        """Pass a message on. What comes after the answer's beginning is the network's business."""
        self.end()
        if self.wrong and message["type"] == "http.response.start":
            if message["status"] in HELD:
                await self.wrong.hold()
            elif self.kind == "cast" and message["status"] == OK:
                self.wrong.right()
        await self.answer(message)

    def end(self) -> None:
        """Give the place back, once."""
        if not self.over:
            self.over = True
            self.give_back()


@dataclass(slots=True)
class _Arrived:
    """A body that has been read, whole or as far as it may be; `receive` gives it to the app, and then what follows."""

    body: bytes
    whole: bool
    rest: Receive
    given: bool = False

    async def receive(self) -> HTTPReceiveMessage:
        """What was read, once; then what the network has."""
        if self.given:
            return await self.rest()  # type: ignore[return-value]  # of a request: never one of the lifespan
        self.given = True
        return {"type": "http.request", "body": self.body, "more_body": not self.whole}


async def _arrived(scope: HTTPScope, receive: Receive) -> _Arrived | None:
    """Read the body unless it is a large one; None if the client went away."""
    announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if not announced.isdigit() or int(announced) > MOST_BYTES:
        return _Arrived(b"", False, receive, given=True)  # it is not whole
    parts, size, more = [], 0, True
    while more and size <= MOST_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message["body"])
        size, more = size + len(parts[-1]), message["more_body"]
    return _Arrived(b"".join(parts), not more, receive)


async def _refuse(scope: HTTPScope, send: Send, again: int) -> None:
    """A problem for programs, a sentence for people."""
    if scope["path"].startswith("/api/"):
        media_type, body = MEDIA_TYPE, msgspec.json.encode(problem_of(TryAgain(TOO_MUCH, again)))
    else:
        media_type, body = "text/plain; charset=utf-8", TOO_MUCH.encode()
    headers = SECURITY_HEADERS | {
        "content-type": media_type,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "retry-after": str(again),
    }
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": TryAgain.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body, "more_body": False})
