from __future__ import annotations

from typing import Any

import pytest
from litestar import Request

from pbvote.errors import TooManyRequests
from pbvote.web.limits import Limit, Limiter

LIMIT = Limit("attempts", burst=3, period=3600)


def request(client: str, *forwarded: str) -> Request[Any, Any, Any]:
    scope: Any = {"type": "http", "client": (client, 1)}  # as much of one as is read
    scope["headers"] = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return Request(scope)


@pytest.mark.parametrize(
    ("client", "forwarded", "expected"),
    [
        ("198.51.100.7", ["203.0.113.9"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7, 10.0.0.1"], "198.51.100.7"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.7"], "198.51.100.7"),
        ("2001:db8:1:2:3::4", [], "2001:db8:1:2::/64"),
        ("10.0.0.1", ["nonsense"], "nonsense"),
    ],
)
def test_the_address_is_the_first_that_no_trusted_proxy_has(client: str, forwarded: list[str], expected: str) -> None:
    limiter = Limiter(frozenset({"10.0.0.1"}))
    assert limiter.address_of(request(client, *forwarded)) == expected


def test_an_allowance_is_used_up_for_one_address_and_limit_only() -> None:
    limiter = Limiter(frozenset())
    for _ in range(3):
        limiter.require(LIMIT, "a")
        limiter.charge(LIMIT, "a")
    with pytest.raises(TooManyRequests) as refused:
        limiter.require(LIMIT, "a")
    assert refused.value.retry_after == 1200
    limiter.require(LIMIT, "b")
    limiter.require(Limit("others", 3, 3600), "a")
    limiter.refund(LIMIT, "a")
    limiter.require(LIMIT, "a")


def test_an_allowance_is_given_back_evenly() -> None:
    seconds = 0.0
    limiter = Limiter(frozenset(), age=lambda: seconds)
    for _ in range(3):
        limiter.charge(LIMIT, "a")
    seconds = 1199.0
    with pytest.raises(TooManyRequests):
        limiter.require(LIMIT, "a")
    seconds = 1200.0
    limiter.require(LIMIT, "a")
    limiter.charge(LIMIT, "a")
    with pytest.raises(TooManyRequests):
        limiter.require(LIMIT, "a")
