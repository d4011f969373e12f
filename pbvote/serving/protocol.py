"""HTTP/1.1 with patience that ends: whoever sends slowly, or nothing at all, holds a connection for seconds only.

uvicorn's own protocol waits for ever for headers, for a body, and for somebody to read an answer. This one looks at its
connections once a second: no timer is set or cancelled for a request that goes as it should.

At most so many connections are open in one process. One more, and the one that has waited longest without a request
under way makes room, so whoever keeps connections open without using them loses them first. From one address come at
most half of all, unless it is a proxy that we trust: behind one, all visitors come from its address.
"""

from __future__ import annotations

import asyncio
import math
import resource
from collections import Counter
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import Any, ClassVar

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from pbvote import metrics

# A request's headers fit into one packet, which the worst telephone network delivers within seconds (TCP sends again
# what was lost after 1, 3 and 7 seconds).
HEADERS_SECONDS = 10.0
# A body comes at this rate at least, on average, after the same time: 64 KB of JSON take half a minute at most, a photo
# of 12 MB three quarters of an hour. The slowest mobile network in use (EDGE) sends five times as fast.
BODY_SECONDS, BODY_BYTES_A_SECOND = 10.0, 4_000
# An answer that nobody reads any byte of for so long is given up.
READING_SECONDS = 30.0
# Who still sends after the answer (a body that was too large) has so long to read it: a client that is cut off while it
# sends may never learn why.
LINGER_SECONDS = 2.0
MOST_IGNORED = 2**20  # of such a rest is taken in, so that the connection can be used again
# Longer than proxies keep an unused connection (nginx: 60 s), so that it is they who close it, and never we while they
# send.
KEEP_ALIVE_SECONDS = 75
# Descriptors that are no connections: the database's, files, other sockets.
DESCRIPTORS_LEFT = 128
MOST_CONNECTIONS = 4_000  # some 20 KB of memory each
SHARE_OF_ONE_ADDRESS = 2
LOOK_SECONDS = 1.0
TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Patience:
    """What all connections of one process share: how many there may be, and the look at them once a second."""

    def __init__(self, trusted: Iterable[str], most: int | None = None) -> None:
        self.most = most or most_connections()
        self.trusted = frozenset(_network(address) for address in trusted)
        self.connections: set[PatientProtocol] = set()
        self.by_address: Counter[str] = Counter()
        self.looking: asyncio.TimerHandle | None = None

    def opened(self, one: PatientProtocol) -> bool:
        """Let a connection in, if need be in place of one that does nothing; False if it has to go."""
        address = one.address
        if address not in self.trusted and self.by_address[address] >= self.most // SHARE_OF_ONE_ADDRESS:
            metrics.connection_closed("too many of one address")
            return False
        if len(self.connections) >= self.most and not self._make_room():
            metrics.connection_closed("too many")
            return False
        self.connections.add(one)
        self.by_address[address] += 1
        metrics.connections_open(len(self.connections))
        if self.looking is None:
            self.looking = one.loop.call_later(LOOK_SECONDS, self.look, one.loop)
        return True

    def closed(self, one: PatientProtocol) -> None:
        """Forget a connection."""
        if one not in self.connections:
            return
        self.connections.discard(one)
        self.by_address[one.address] -= 1
        if not self.by_address[one.address]:
            del self.by_address[one.address]
        metrics.connections_open(len(self.connections))

    def look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close every connection whose time is up, and look again in a second if there are any left."""
        moment = monotonic()
        for one in list(self.connections):
            if reason := one.overdue(moment):
                one.give_up(reason)
        self.looking = loop.call_later(LOOK_SECONDS, self.look, loop) if self.connections else None

    def _make_room(self) -> bool:
        """Close the connection that has waited longest without a request under way, if there is one."""
        idle = [one for one in self.connections if one.is_waiting]
        if not idle:
            return False
        min(idle, key=lambda one: one.since).give_up("made room")
        return True


class PatientProtocol(H11Protocol):
    """uvicorn's protocol with deadlines. Subclasses, made by `patient`, hold what their process shares."""

    shared: ClassVar[Patience]

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.since = monotonic()  # since when it waits for a request, or for the rest of its headers
        self.begun = False  # whether part of a request has come
        self.body_since, self.body_bytes = 0.0, 0
        self.unread_since, self.unread = 0.0, 0
        self.address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take a connection, or say that there are too many."""
        peer = transport.get_extra_info("peername")
        self.address = _network(str(peer[0])) if isinstance(peer, tuple) else ""
        super().connection_made(transport)
        if not self.shared.opened(self):
            transport.write(TOO_MANY)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self.shared.closed(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Note when a request began, and how much of its body has come."""
        if self.transport.is_closing():
            return
        if not self.begun and self.is_waiting:
            self.begun, self.since = True, monotonic()
        before = self.cycle
        super().data_received(data)
        if self.cycle is before:
            self.body_bytes += len(data)
        else:
            self.begun, self.body_since, self.body_bytes = False, monotonic(), 0

    def on_response_complete(self) -> None:
        """From here on it waits for the next request, unless that has come already."""
        before = self.cycle
        self.begun, self.since = False, monotonic()
        super().on_response_complete()
        if self.cycle is not before:
            self.body_since, self.body_bytes = monotonic(), 0
        elif self.conn.their_state is h11.SEND_BODY and self._still_to_come() > MOST_IGNORED:
            self.flow.pause_reading()  # what nobody wants is not taken in; `overdue` closes the connection

    def _still_to_come(self) -> float:
        """How many bytes of the body are not here yet, as far as the client has said."""
        announced = next((value for name, value in self.headers if name == b"content-length"), b"")
        return int(announced) - self.body_bytes if announced.isdigit() else math.inf

    @property
    def is_waiting(self) -> bool:
        """Whether no request is under way on it."""
        return self.cycle is None or self.cycle.response_complete

    def overdue(self, moment: float) -> str:
        """Why it has to be closed, or nothing."""
        if self._is_unread(moment):
            return "not read"
        if not self.is_waiting:
            if self.cycle.more_body and not self.flow.read_paused and not self.cycle.waiting_for_100_continue:
                late = moment - self.body_since - BODY_SECONDS
                return "slow body" if late > self.body_bytes / BODY_BYTES_A_SECOND else ""
            return ""
        if self.cycle is not None and self.conn.their_state is h11.SEND_BODY:
            return "body after the answer" if moment - self.since > LINGER_SECONDS else ""
        if self.begun or self.cycle is None:
            return "slow headers" if moment - self.since > HEADERS_SECONDS else ""
        return ""  # kept alive: uvicorn's own timer closes it

    def _is_unread(self, moment: float) -> bool:
        """Whether an answer lies here of which nothing has been read for a long time."""
        unread = self.transport.get_write_buffer_size()
        if not unread or unread != self.unread:
            self.unread, self.unread_since = unread, moment
        return bool(unread) and moment - self.unread_since > READING_SECONDS

    def give_up(self, reason: str) -> None:
        """Close the connection at once, whatever waits to be sent."""
        metrics.connection_closed(reason)
        self.shared.closed(self)
        self.transport.abort()


def patient(trusted: Iterable[str], most: int | None = None) -> type[PatientProtocol]:
    """The protocol for one process: for `http=` of uvicorn's configuration."""
    return type("Patient", (PatientProtocol,), {"shared": Patience(trusted, most)})


def most_connections() -> int:
    """As many as the operating system lets this process have, after asking it for more; 4,000 at most."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + DESCRIPTORS_LEFT
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft - DESCRIPTORS_LEFT)


def _network(text: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one, which is what one household or attacker has of them."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if address.version == 6:  # noqa: PLR2004  # the version of the protocol
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((address, 64), strict=False))
    return str(address)
