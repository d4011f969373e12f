"""A crowd of voters: a light HTTP/1.1 client on asyncio streams, for much load from little CPU.

Each client has electors of its own and casts one ballot after the other; some electors vote again. Whoever gets no
answer sends the same again under the same idempotency key, as the voting page does, until there is one.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from tests.campaigns.ledger import Attempt, Ledger
from tests.campaigns.town import MOST_CHOICES, Town

HTTP_OK, TOO_LARGE, UNAVAILABLE = 200, 499, 503
PAUSE, LONGEST_PAUSE = 0.02, 0.3  # before something is sent again


@dataclass(slots=True)
class Figures:
    """What the crowd saw: answers by status (0: none), and the seconds of each acknowledged cast's last sending."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    unanswered: int = 0

    @property
    def acknowledged(self) -> int:
        """How many casts were answered with a receipt."""
        return self.statuses[HTTP_OK]

    def percentile(self, percent: float) -> float:
        """The latency, in seconds, that so many of a hundred did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


@dataclass(slots=True)
class Habits:
    """How the crowd behaves.

    `again` is the share of casts by electors who have voted before, `own_random` that of ballots with a ticket and
    randomness of the browser. An attempt without an answer is sent again for `patience` seconds. `rate` is casts per
    second of the whole crowd, or 0 for as fast as answers come. `timeout` is how long an answer is waited for.
    """

    again: float = 0.25
    own_random: float = 0.5
    patience: float = 60.0
    rate: float = 0.0
    timeout: float = 30.0
    seed: int | None = None


async def crowd(
    addresses: Sequence[str],
    town: Town,
    ledger: Ledger,
    clients: int,
    casts: int,
    *,
    habits: Habits | None = None,
    stop: asyncio.Event | None = None,
    figures: Figures | None = None,
) -> Figures:
    """Let so many clients cast so many ballots altogether, or until `stop` is set; addresses are `host:port`.

    Client number n uses address n modulo their number, and the next one whenever its connection breaks. With `stop`
    set, what has no answer yet is sent no more. `figures` given are counted up while the crowd votes.
    """
    habits, stop, figures = habits or Habits(), stop or asyncio.Event(), figures or Figures()
    begun, left = time.monotonic(), _Left(casts, habits.rate)
    async with asyncio.TaskGroup() as group:
        for number in range(min(clients, len(town.codes))):
            voter = _Voter(list(addresses), number, town, town.codes[number::clients], ledger, figures, habits, stop)
            group.create_task(voter.vote(left))
    figures.seconds = time.monotonic() - begun
    return figures


@dataclass(slots=True)
class _Left:
    """How many casts are left for the crowd, and when the next may be sent."""

    casts: int
    rate: float
    begun: float = field(default_factory=time.monotonic)
    given: int = 0

    async def next(self) -> bool:
        if self.given >= self.casts:
            return False
        self.given += 1
        if self.rate:
            await asyncio.sleep(max(0.0, self.begun + self.given / self.rate - time.monotonic()))
        return True


@dataclass(slots=True)
class _Voter:
    addresses: list[str]
    turn: int
    town: Town
    codes: list[str]
    ledger: Ledger
    figures: Figures
    habits: Habits
    stop: asyncio.Event
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    used: int = 0

    async def vote(self, left: _Left) -> None:
        """Cast until nothing is left to cast."""
        chance = random.Random(None if self.habits.seed is None else f"{self.habits.seed} {self.codes[0]}")  # noqa: S311
        try:
            while not self.stop.is_set() and await left.next():
                await self._cast(self._attempt(chance))
        finally:
            self._hang_up()

    def _attempt(self, chance: random.Random) -> Attempt:
        if self.used and (self.used == len(self.codes) or chance.random() < self.habits.again):
            code = self.codes[chance.randrange(self.used)]
        else:
            code = self.codes[self.used]
            self.used += 1
        choices = tuple(chance.sample(self.town.projects, chance.randint(0, MOST_CHOICES)))
        attempt = Attempt(code, f"{chance.getrandbits(128):032x}", choices)
        if chance.random() < self.habits.own_random:
            attempt.ticket, attempt.browser_random = chance.randbytes(16), chance.randbytes(32)
        return attempt

    async def _cast(self, attempt: Attempt) -> None:
        """Send it until it has its answer, or patience ends."""
        end, pause = time.monotonic() + self.habits.patience, PAUSE
        while True:
            address = self.addresses[self.turn % len(self.addresses)]
            if self.writer is None:
                await self._connect(address)
            if self.writer is not None:
                sent = time.monotonic()
                self.ledger.sending(attempt)
                status, body = await self._send(request(address, self.town, attempt))
                self.figures.statuses[status] += 1
                if _settled(self.ledger, attempt, status, body):
                    if status == HTTP_OK:
                        self.figures.latencies.append(time.monotonic() - sent)
                    return
            if self.stop.is_set() or time.monotonic() > end:
                self.figures.unanswered += 1
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _send(self, data: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer; (0, b"") if the connection broke before it was whole."""
        assert self.reader is not None
        assert self.writer is not None
        try:
            async with asyncio.timeout(self.habits.timeout):
                self.writer.write(data)
                head = await self.reader.readuntil(b"\r\n\r\n")
                status, length, close = _head(head)
                body = await self.reader.readexactly(length)
        except (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError):
            self._hang_up()
            return 0, b""
        if close:
            self._hang_up()
        return status, body

    async def _connect(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        try:
            async with asyncio.timeout(self.habits.timeout):
                self.reader, self.writer = await asyncio.open_connection(host, int(port))
        except (OSError, TimeoutError):
            self.turn += 1

    def _hang_up(self) -> None:
        if self.writer is not None:
            with suppress(OSError, RuntimeError):
                self.writer.close()
            self.reader = self.writer = None
            self.turn += 1


def request(host: str, town: Town, attempt: Attempt) -> bytes:
    """A cast, as bytes to send."""
    body: dict[str, object] = {
        "code": attempt.code,
        "choices": attempt.choices,
        "points": None,
        "idempotency_key": attempt.key,
    }
    if attempt.ticket and attempt.browser_random:
        body |= {"ticket": attempt.ticket.hex(), "browser_random": attempt.browser_random.hex()}
    content = json.dumps(body).encode()
    head = (
        f"PUT /api/polls/{town.poll_id}/ballot HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def _head(head: bytes) -> tuple[int, int, bool]:
    """Status, length of the body, and whether the connection ends with it. Raises ValueError."""
    length, close = -1, False
    lines = head.split(b"\r\n")
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        match name.strip().lower():
            case b"content-length":
                length = int(value)
            case b"connection":
                close = value.strip().lower() == b"close"
    if length < 0:
        raise ValueError("an answer without a length")
    return int(lines[0].split(b" ", 2)[1]), length, close


def _settled(ledger: Ledger, attempt: Attempt, status: int, body: bytes) -> bool:
    """Write the answer into the ledger; whether the attempt has its final one."""
    if status == HTTP_OK:
        told = json.loads(body)
        ledger.acknowledge(attempt, told["commitment"], told["file"])
        return True
    if HTTP_OK < status <= TOO_LARGE:
        ledger.refuse(attempt, status)
        return True
    return False
