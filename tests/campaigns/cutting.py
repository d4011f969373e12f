"""A proxy between two that talk, which cuts their connection at a chosen place.

It knows nothing of HTTP; of PostgreSQL's protocol it knows where a message ends (PostgreSQL's manual, 55.7).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

AT_ONCE = 65_536
ENDS = b"SQX"  # Sync, a simple query, Terminate: what PostgreSQL answers
DEAF = -1  # what a line has answered whose answers are lost
WORKS = 0.05  # seconds
Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@dataclass(slots=True)
class Cut:
    """Where connections are cut: after so many bytes (or messages) of what the client sends, or of what it is answered.

    None of both lets everything pass. After the first connection that was cut nothing is cut any more.
    """

    asked: int | None = None
    answered: int | None = None
    done: bool = False

    def left(self, *, asked: int, answered: int) -> tuple[int | None, int | None]:
        """How much more may pass in each direction; None for all."""
        if self.done:
            return None, None
        return (
            None if self.asked is None else max(0, self.asked - asked),
            None if self.answered is None else max(0, self.answered - answered),
        )


@dataclass(slots=True)
class Line:
    """One connection through the proxy, both ends of it."""

    client: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    server: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    asked: int = 0
    answered: int = 0

    def cut(self) -> None:
        """Cut both ends at once, without a farewell."""
        for _, writer in (self.client, self.server):
            with suppress(OSError, RuntimeError):
                writer.transport.abort()


@dataclass(slots=True)
class Proxy:
    """Cuts by bytes. `cut` says where; `lines` are the connections that were made through it."""

    connect: Connect
    cut: Cut = field(default_factory=Cut)
    lines: list[Line] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what one client says and hears, as far as that goes."""
        line = Line((reader, writer), await self.connect())
        self.lines.append(line)
        if self.cut.asked == 0 and not self.cut.done:
            self._cut(line)
            return
        both = [asyncio.create_task(self._asking(line)), asyncio.create_task(self._answering(line))]
        self.tasks.update(both)
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        line.cut()
        await asyncio.gather(*both, return_exceptions=True)
        self.tasks.difference_update(both)

    async def _asking(self, line: Line) -> None:
        with suppress(OSError):
            while data := await line.client[0].read(AT_ONCE):
                left, _ = self.cut.left(asked=line.asked, answered=line.answered)
                passed = data if left is None else data[:left]
                line.server[1].write(passed)
                await line.server[1].drain()
                line.asked += len(passed)
                if left is not None and line.asked >= (self.cut.asked or 0):
                    self._cut(line)
                    return

    async def _answering(self, line: Line) -> None:
        with suppress(OSError):
            while data := await line.server[0].read(AT_ONCE):
                _, left = self.cut.left(asked=line.asked, answered=line.answered)
                passed = data if left is None else data[:left]
                line.client[1].write(passed)
                await line.client[1].drain()
                line.answered += len(passed)
                if left is not None and line.answered >= (self.cut.answered or 0):
                    self._cut(line)
                    return

    def _cut(self, line: Line) -> None:
        self.cut.done = True
        line.cut()


@dataclass(slots=True)
class PostgresProxy(Proxy):
    """Cuts by messages of the client, counted over all connections from `arm` on; only those of the types `counted`.

    `Cut(asked=n)` cuts before the n-th reaches the server; `Cut(answered=n)` lets it reach the server, with all that
    belongs to it, and cuts before any answer comes back.
    """

    messages: int = 0
    counted: bytes = b""  # all of them

    def arm(self, cut: Cut) -> None:
        """Count from now on."""
        self.cut, self.messages = cut, 0

    async def _asking(self, line: Line) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = line.client[0], line.server[1]
            start = await reader.readexactly(4)  # the first message has a length and no type
            writer.write(start + await reader.readexactly(int.from_bytes(start) - 4))
            while True:
                head = await reader.readexactly(5)
                message = head + await reader.readexactly(int.from_bytes(head[1:]) - 4)
                self.messages += not self.counted or head[:1] in self.counted
                if not self.cut.done and self.cut.asked == self.messages:
                    self._cut(line)
                    return
                if not self.cut.done and self.cut.answered == self.messages:
                    self.cut.done = True
                    line.answered = DEAF
                writer.write(message)
                await writer.drain()
                if line.answered == DEAF and head[:1] in ENDS:  # the server works now, and nobody hears what came of it
                    await asyncio.sleep(WORKS)
                    line.cut()
                    return

    async def _answering(self, line: Line) -> None:
        with suppress(OSError):
            while data := await line.server[0].read(AT_ONCE):
                if line.answered == DEAF:
                    continue
                line.client[1].write(data)
                await line.client[1].drain()


@asynccontextmanager
async def over_tcp(host: str, port: int) -> AsyncIterator[tuple[Proxy, str, int]]:
    """A proxy to this address, and the host and port to speak to instead."""
    proxy = Proxy(lambda: asyncio.open_connection(host, port))
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    try:
        yield proxy, "127.0.0.1", server.sockets[0].getsockname()[1]
    finally:
        await _end(proxy, server)


@asynccontextmanager
async def over_socket(folder: Path, of: Path) -> AsyncIterator[PostgresProxy]:
    """A proxy in `folder` to the PostgreSQL whose socket lies in the folder `of`."""
    name = ".s.PGSQL.5432"
    proxy = PostgresProxy(lambda: asyncio.open_unix_connection(str(of / name)))
    server = await asyncio.start_unix_server(proxy.serve, str(folder / name))
    try:
        yield proxy
    finally:
        await _end(proxy, server)


async def _end(proxy: Proxy, server: asyncio.Server) -> None:
    server.close()
    for line in proxy.lines:
        line.cut()
    for task in list(proxy.tasks):
        task.cancel()
    await asyncio.gather(*proxy.tasks, return_exceptions=True)
    await asyncio.sleep(0)
