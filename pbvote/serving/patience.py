"""How many connections one process has, who makes room for whom, and the look at all of them once a second.

At most so many connections are open in one process. One more, and the one that has waited longest without a request
under way makes room, so whoever keeps connections open without using them loses them first. From one address come at
most half of all, unless it is a proxy that we trust: behind one, all visitors come from its address.
"""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import Protocol

from pbvote import metrics

# Descriptors that are no connections: the database's, files, other sockets.
DESCRIPTORS_LEFT = 128
MOST_CONNECTIONS = 4_000  # some 20 KB of memory each
SHARE_OF_ONE_ADDRESS = 2
LOOK_SECONDS = 1.0


class Connection(Protocol):
    """What is asked of a connection, and what is done to it."""

    loop: asyncio.AbstractEventLoop
    address: str  # as of `network_of`
    since: float  # since when it waits for a request, or for the rest of its head; by the monotonic clock

    @property
    def is_waiting(self) -> bool:
        """Whether no request is under way on it."""

    def overdue(self, moment: float) -> str:
        """Why it has to be closed, or nothing."""

    def give_up(self, reason: str) -> None:
        """Close it."""


class Patience:
    """What all connections of one process share: how many there may be, and the look at them once a second."""

    def __init__(self, trusted: Iterable[str], most: int | None = None) -> None:
        self.most = most or most_connections()
        self.trusted = frozenset(network_of(address) for address in trusted)
        self.connections: set[Connection] = set()
        self.by_address: Counter[str] = Counter()
        self.looking: asyncio.TimerHandle | None = None

    def opened(self, one: Connection) -> bool:
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

    def closed(self, one: Connection) -> None:
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


def most_connections() -> int:
    """As many as the operating system lets this process have, after asking it for more; 4,000 at most."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + DESCRIPTORS_LEFT
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft - DESCRIPTORS_LEFT)


def network_of(text: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one, which is what one household or attacker has of them."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if address.version == 6:  # noqa: PLR2004  # the version of the protocol
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((address, 64), strict=False))
    return str(address)
