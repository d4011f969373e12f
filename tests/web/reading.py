"""Asking for public answers that are kept, as a server passes a request on, and making them by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

from litestar import Litestar
from litestar.types import HTTPScope, Message, Receive, Scope, Send
from sqlalchemy import select

from pbvote.db import Database
from pbvote.proposals.models import Proposal
from pbvote.web.reading import Reading
from tests.outcomes.counting import SLUG

ROUND = f"/api/rounds/{SLUG}"


@asynccontextmanager
async def hearing(app: Litestar) -> AsyncIterator[Reading]:
    """The app's reading while it hears of changes."""
    reading: Reading = app.state["reading"]
    following = asyncio.create_task(reading.changes.follow())
    await until(lambda: reading.version() is not None)
    try:
        yield reading
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def until(true: Callable[[], bool]) -> None:
    """Wait for what takes a moment."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  # what is waited for sets no event
            await asyncio.sleep(0.001)


@dataclass
class Told:
    """What a client was sent."""

    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message["body"]


@dataclass
class Maker:
    """Stands for the rest of the app: it says how often it was asked, and waits while the gate is closed."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    content: bytes = b""
    asked: list[Scope] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        self.asked.append(scope)
        number = len(self.asked)
        self.arrived.set()
        await self.gate.wait()
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        body = self.content or b"made %d" % number
        await send({"type": "http.response.body", "body": body, "more_body": False})


def opened() -> asyncio.Event:
    """A gate that stands open."""
    gate = asyncio.Event()
    gate.set()
    return gate


async def nothing() -> Any:
    """What a client sends that sends nothing more."""
    await asyncio.Event().wait()


async def ask(
    reading: Reading,
    maker: Maker,
    path: str = ROUND,
    query: bytes = b"",
    own: Mapping[str, str] | None = None,
    **headers: str,
) -> Told:
    """Ask for an address as it comes from a server, with headers whose names have underscores here."""
    told = Told()
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in {**headers, **(own or {})}.items()]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": sent, "state": {}}
    await reading.answer(cast("HTTPScope", scope), nothing, told.send, maker)
    return told


async def is_kept(reading: Reading, *, maker: Maker | None = None, **asked: Any) -> bool:
    """Whether a second request is answered with what the first one was."""
    maker = maker or Maker(gate=opened())
    for _ in range(2):
        await ask(reading, maker, **asked)
    return len(maker.asked) == 1


async def write(database: Database, title: str = "Another title") -> None:
    """Change what the public reads."""
    async with database.session(write=True) as db:
        (await db.scalars(select(Proposal).where(Proposal.number == 1))).one().title = title
