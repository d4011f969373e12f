"""Limits by address: a bucket for each kind of request, so that one kind never uses up another's allowance.

Nothing is ever locked: a bucket refills by itself. Where many people share an address (a library, a hall), only
failures count, so that they never slow each other down.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Iterator
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
UNKNOWN_REFERENCES = Limit("unknown references", burst=20, period=60)
WRONG_RECEIPTS = Limit("unknown receipts", burst=20, period=60)
WRONG_SIGNATURES = Limit("wrong signatures", burst=20, period=60)
EMAIL_LINKS = Limit("requests for links", burst=20, period=600)
WRONG_LINKS = Limit("wrong links", burst=20, period=60)
PROPOSALS = Limit("proposals", burst=20, period=3600)
DRAFTS = Limit("drafts", burst=30, period=3600)
UPLOADS = Limit("files", burst=40, period=3600)
DRAFT_LINKS = Limit("links to drafts", burst=5, period=3600)
COMMENTS = Limit("comments", burst=30, period=3600)
FLAGS = Limit("flags", burst=30, period=3600)
SUPPORTS = Limit("supports", burst=200, period=3600)  # a hall full of people
QUESTIONS = Limit("questions", burst=20, period=3600)
FOLLOWS = Limit("requests to follow", burst=20, period=3600)
PLACES = Limit("requests for places", burst=60, period=3600)
WRONG_KEYS = Limit("wrong keys", burst=20, period=60)


@dataclass(slots=True)
class Limiter:
    """The buckets of one process; `age` counts the seconds.

    `spent` holds, for each limit and address, what is used up and when it was seen.
    """

    trusted_proxies: frozenset[str]
    age: Callable[[], float] = monotonic
    spent: OrderedDict[tuple[str, str], tuple[float, float]] = field(default_factory=OrderedDict)

    def require(self, limit: Limit, address: str) -> None:
        """Raise TooManyRequests if nothing is left for this address."""
        if self._used(limit, address) > limit.burst - 1:
            raise TooManyRequests(limit.name, round(limit.period / limit.burst) or 1)

    def charge(self, limit: Limit, address: str) -> None:
        """Use one up."""
        self.spent[limit.name, address] = (self._used(limit, address) + 1, self.age())
        self.spent.move_to_end((limit.name, address))
        while len(self.spent) > MOST_ADDRESSES:
            self.spent.popitem(last=False)

    def refund(self, limit: Limit, address: str) -> None:
        """Give one back."""
        self.spent[limit.name, address] = (max(0.0, self._used(limit, address) - 1), self.age())

    def _used(self, limit: Limit, address: str) -> float:
        used, seen = self.spent.get((limit.name, address), (0.0, 0.0))
        return max(0.0, used - (self.age() - seen) * limit.burst / limit.period)

    def address_of(self, request: Request[Any, Any, Any]) -> str:
        """The client's address: an IPv4 address or an IPv6 /64, through the proxies that we trust."""
        client = _plain(request.client.host if request.client else "")
        lines = ",".join(request.headers.getall("x-forwarded-for", []))
        forwarded = [part.strip() for part in lines.split(",") if part.strip()]
        trusted = {_plain(proxy) for proxy in self.trusted_proxies}
        while client in trusted and forwarded:
            client = _plain(forwarded.pop())
        return str(ipaddress.ip_network((client, 64), strict=False)) if ":" in client else client


def _plain(text: str) -> str:
    """An address in its one form, IPv4 also where it came wrapped in IPv6; anything else as it is, without colons."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text.replace(":", "")
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


@contextmanager
def failures_limited(request: Request[Any, Any, Any], limit: Limit, *failures: type[DomainError]) -> Iterator[None]:
    """Run the block; answer its failures with TooManyRequests once this address has failed too often.

    What succeeds is never refused: behind one address there may be a hall full of people and one who tries codes out.
    """
    try:
        yield
    except failures:
        limiter: Limiter = request.app.state.limiter
        address = limiter.address_of(request)
        limiter.require(limit, address)
        limiter.charge(limit, address)
        raise


@contextmanager
def attempts_limited(request: Request[Any, Any, Any], limit: Limit) -> Iterator[None]:
    """Run the block unless this address has failed too often; for blocks that cost much, also when they fail.

    An attempt is charged before it begins, so that many at once get no further than one after the other, and given back
    when it succeeds.
    """
    limiter: Limiter = request.app.state.limiter
    address = limiter.address_of(request)
    limiter.require(limit, address)
    limiter.charge(limit, address)
    yield
    limiter.refund(limit, address)


def count_against(request: Request[Any, Any, Any], limit: Limit) -> None:
    """Charge this request to its address, or raise TooManyRequests."""
    limiter: Limiter = request.app.state.limiter
    address = limiter.address_of(request)
    limiter.require(limit, address)
    limiter.charge(limit, address)
