"""The straight way answers with the very bytes of the route, and leaves everything to it that does not end well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from litestar.types import ASGIApp, HTTPScope, Receive, Send

from pbvote.errors import TryAgain
from pbvote.metrics import REQUESTS
from pbvote.voting.casting import Cast, Stored
from pbvote.voting.intake import Intake

ROUTE = "/api/polls/{poll_id}/ballot"
NOBODYS = "3FPM-X1FX-5XP0-NT4Q"
JSON = {"content-type": "application/json"}
FIREFOX = {**JSON, "sec-fetch-site": "same-origin", "origin": "http://test", "accept-language": "cy, en;q=0.5"}


class Detour:
    """The straight way closed: everything goes by its route."""

    async def answer(self, scope: HTTPScope, receive: Receive, send: Send, otherwise: ASGIApp) -> None:
        await otherwise(scope, receive, send)


@pytest.fixture
def came(monkeypatch: pytest.MonkeyPatch) -> list[Cast]:
    """The casts that came to the intake."""
    found: list[Cast] = []
    real = Intake.cast

    async def cast(self: Intake, poll_id: UUID, one: Cast) -> Stored:
        found.append(one)
        return await real(self, poll_id, one)

    monkeypatch.setattr(Intake, "cast", cast)
    return found


def body(code: str) -> dict[str, Any]:
    return {"code": code, "choices": [1], "points": None, "idempotency_key": "a-key-of-this-test-1"}


async def both_ways(app: Litestar, ask: Callable[[], Any]) -> tuple[httpx.Response, httpx.Response]:
    """The answers of the straight way, and of the route alone."""
    straight = await ask()
    way, app.state["straight"] = app.state["straight"], Detour()
    by_route = await ask()
    app.state["straight"] = way
    return straight, by_route


# What is sent otherwise than a good cast, with which headers, and whether it comes to the intake.
ILL: tuple[tuple[dict[str, Any], dict[str, str], bool], ...] = (
    ({}, {**JSON, "sec-fetch-site": "cross-site"}, False),
    ({}, {**JSON, "sec-fetch-site": "same-site"}, False),
    ({}, {**JSON, "origin": "https://elsewhere.example"}, False),
    ({"choices": "1"}, JSON, False),
    ({"ticket": "no ticket"}, JSON, False),
    ({"code": "no code"}, JSON, True),
    ({"code": NOBODYS}, JSON, True),
    ({"choices": [1, 1]}, JSON, True),
    ({"choices": [999]}, FIREFOX, True),
    ({"idempotency_key": "?"}, JSON, True),
)


@pytest.mark.parametrize("ill", ILL, ids=str)
async def test_what_does_not_end_well_is_answered_by_the_route_and_comes_to_the_intake_once(
    ill: tuple[dict[str, Any], dict[str, str], bool],
    app: Litestar,
    client: httpx.AsyncClient,
    poll: UUID,
    codes: list[str],
    came: list[Cast],
) -> None:
    change, headers, comes = ill
    sent = {**body(codes[0]), **change}
    straight, by_route = await both_ways(
        app, lambda: client.put(f"/api/polls/{poll}/ballot", json=sent, headers=headers)
    )
    assert straight.status_code >= 400
    assert (straight.status_code, straight.content) == (by_route.status_code, by_route.content)
    assert straight.headers == by_route.headers
    assert len(came) == 2 * comes


async def test_too_many_at_once_are_told_so_by_the_route(
    client: httpx.AsyncClient, poll: UUID, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    async def full(*cast: object) -> Stored:
        asked.append(cast)
        raise TryAgain("Too many.", 3)

    monkeypatch.setattr(Intake, "cast", full)
    answer = await client.put(f"/api/polls/{poll}/ballot", json=body(codes[0]))
    assert (answer.status_code, answer.headers["retry-after"], len(asked)) == (503, "3", 1)


@pytest.mark.parametrize("headers", [JSON, FIREFOX, {**JSON, "sec-fetch-site": "none"}], ids=str)
async def test_a_good_cast_gets_the_bytes_of_its_route_and_is_counted_as_one(
    app: Litestar, client: httpx.AsyncClient, poll: UUID, codes: list[str], headers: dict[str, str]
) -> None:
    counted = REQUESTS.labels("PUT", ROUTE, "2xx")._value
    before = counted.get()
    straight, by_route = await both_ways(
        app, lambda: client.put(f"/api/polls/{poll}/ballot", json=body(codes[0]), headers=headers)
    )
    assert straight.status_code == 200
    assert (straight.content, list(straight.headers.raw)) == (by_route.content, list(by_route.headers.raw))
    assert counted.get() - before == 2


async def test_the_straight_way_asks_no_route(
    app: Litestar, client: httpx.AsyncClient, poll: UUID, codes: list[str]
) -> None:
    asked: list[object] = []

    class NoRoute:
        async def answer(self, scope: HTTPScope, receive: Receive, send: Send, otherwise: ASGIApp) -> None:
            async def route(*request: Any) -> None:
                asked.append(otherwise)
                await otherwise(*request)

            await way.answer(scope, receive, send, route)

    way, app.state["straight"] = app.state["straight"], NoRoute()
    for headers, times in ((JSON, 0), ({**JSON, "content-type": "application/json; charset=utf-8"}, 1)):
        answer = await client.put(f"/api/polls/{poll}/ballot", json=body(codes[0]), headers=headers)
        assert (answer.status_code, len(asked)) == (200, times)
