"""The load: so many clients on connections that stay open, each sending its next vote when the last one was answered.

As light as Python allows (a protocol on the loop, no HTTP library), because it shares the machine with what it
measures. Every answer must be a 200 with a receipt.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass

ANSWER_ENDS = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Measured:
    """Durable casts a second, and how long each took, in seconds and in order."""

    casts: int
    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Casts answered a second."""
        return self.casts / self.seconds

    def percentile(self, share: float) -> float:
        """The latency below which this share of casts lies, in milliseconds."""
        return 1_000 * self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


def ballots(codes: list[str], projects: int) -> Iterator[bytes]:
    """Bodies of casts without end: every elector in turn, each time with another choice and a key of its own."""
    while True:
        for code in codes:
            first = secrets.randbelow(projects)
            body = {
                "code": code,
                "choices": [1 + first, 1 + (first + 1) % projects],
                "points": None,
                "idempotency_key": secrets.token_urlsafe(24),
                "ticket": secrets.token_hex(16),
                "browser_random": secrets.token_hex(32),
            }
            yield json.dumps(body).encode()


class _Client(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, notes how long it took, sends again."""

    def __init__(self, head: bytes, bodies: Iterator[bytes], until: float) -> None:
        self.head, self.bodies, self.until = head, bodies, until
        self.latencies: list[float] = []
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer = b""
        self.sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(ANSWER_ENDS)
        if end < 0:
            return
        head = self.buffer[:end].lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        if len(self.buffer) < end + len(ANSWER_ENDS) + length:
            return
        if not head.startswith(b"http/1.1 200") or b'"receipt":"' not in self.buffer:
            self._fail(self.buffer.decode(errors="replace"))
            return
        moment = time.perf_counter()
        self.latencies.append(moment - self.sent)
        self.buffer = b""
        if moment < self.until:
            self._send()
        elif not self.finished.done():
            self.finished.set_result(None)
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(f"the server went away: {error}")

    def _send(self) -> None:
        body = next(self.bodies)
        self.sent = time.perf_counter()
        self.transport.write(self.head + str(len(body)).encode() + b"\r\n\r\n" + body)  # type: ignore[attr-defined]  # TCP

    def _fail(self, why: str) -> None:
        if not self.finished.done():
            self.finished.set_exception(RuntimeError(f"a cast was not stored: {why}"))


async def measure(port: int, path: str, clients: int, bodies: Iterator[bytes], seconds: float) -> Measured:
    """So many clients for so long. Raises RuntimeError when a cast is not answered with a receipt."""
    loop = asyncio.get_running_loop()
    head = (
        f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\nAccept-Language: en\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()
    started = time.perf_counter()
    opened = []
    for _ in range(clients):
        _, client = await loop.create_connection(lambda: _Client(head, bodies, started + seconds), "127.0.0.1", port)
        opened.append(client)
    await asyncio.gather(*(client.finished for client in opened))
    took = time.perf_counter() - started
    latencies = sorted(latency for client in opened for latency in client.latencies)
    return Measured(len(latencies), took, latencies)
