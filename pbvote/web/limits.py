"""Limits by address: a bucket for each kind of request, so that one kind never uses up another's allowance.

Nothing is ever locked: a bucket refills by itself. Where many people share an address (a library, a hall), only
failures count, so that they never slow each other down.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from litestar import Request

from pbvote.errors import DomainError, TooManyRequests

MOST_ADDRESSES = 100_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `burst` at once from one address, refilled evenly over `period` seconds."""

    name: str
    burst: int
    period: float


WRONG_CODES = Limit("wrong codes", burst=20, period=60)
WRONG_PASSWORDS = Limit("wrong passwords", burst=10, period=300)
PROPOSALS = Limit("proposals", burst=20, period=3600)


@dataclass(slots=True)
class Limiter:
    """The buckets of one process. `spent` holds, for each limit and address, what is used up and when it was seen."""

    trusted_proxies: frozenset[str]
    spent: OrderedDict[tuple[str, str], tuple[float, float]] = field(default_factory=OrderedDict)

    def require(self, limit: Limit, address: str) -> None:
        """Raise TooManyRequests if nothing is left for this address."""
        if self._used(limit, address) > limit.burst - 1:
            wait = round(limit.period / limit.burst) or 1
            raise TooManyRequests(f"Too many {limit.name} from your network. Please try again in {wait} seconds.")

    def charge(self, limit: Limit, address: str) -> None:
        """Use one up."""
        self.spent[limit.name, address] = (self._used(limit, address) + 1, monotonic())
        self.spent.move_to_end((limit.name, address))
        while len(self.spent) > MOST_ADDRESSES:
            self.spent.popitem(last=False)

    def _used(self, limit: Limit, address: str) -> float:
        used, seen = self.spent.get((limit.name, address), (0.0, 0.0))
        return max(0.0, used - (monotonic() - seen) * limit.burst / limit.period)

    def address_of(self, request: Request[Any, Any, Any]) -> str:
        """The client's address: an IPv4 address or an IPv6 /64, through the proxies that we trust."""
        client = request.client.host if request.client else ""
        forwarded = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
        while client in self.trusted_proxies and forwarded:
            client = forwarded.pop()
        try:
            parsed = ipaddress.ip_address(client)
        except ValueError:
            return client
        return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)  # noqa: PLR2004  # IPv6


@contextmanager
def failures_limited(request: Request[Any, Any, Any], limit: Limit, *failures: type[DomainError]) -> Iterator[None]:
    """Run the block unless this address has failed too often; charge it when the block raises one of `failures`."""
    limiter: Limiter = request.app.state.limiter
    address = limiter.address_of(request)
    limiter.require(limit, address)
    try:
        yield
    except failures:
        limiter.charge(limit, address)
        raise


def count_against(request: Request[Any, Any, Any], limit: Limit) -> None:
    """Charge this request to its address, or raise TooManyRequests."""
    limiter: Limiter = request.app.state.limiter
    address = limiter.address_of(request)
    limiter.require(limit, address)
    limiter.charge(limit, address)
