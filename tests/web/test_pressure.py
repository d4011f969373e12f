"""Bounds on the work under way: who is turned away, in which order, and that slow people hold no place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from litestar import Litestar

from pbvote.web.pressure import BOUNDS, MANY_CASTS, MOST_BYTES, Bound, Pressure, kind_of

TINY = {kind: Bound(1, 1, 1, 3) for kind in BOUNDS}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Nothing here depends on the database: one is enough."""
    return sqlite_url


def request(method: str = "GET", path: str = "/api/rounds", size: int | None = None) -> Any:  # ASGI's own type
    headers = [] if size is None else [(b"content-length", str(size).encode())]
    return {"type": "http", "method": method, "path": path, "headers": headers}


async def nothing() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


class Work:
    """An app whose answers wait until they are told to begin."""

    def __init__(self) -> None:
        self.begun = 0
        self.answer = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        self.begun += 1
        await self.answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class Asked:
    """One request under way, and what it was answered."""

    def __init__(
        self, pressure: Pressure, work: Any, scope: Any, receive: Callable[[], Awaitable[Any]] = nothing
    ) -> None:
        self.sent: list[Any] = []
        self.task = asyncio.create_task(pressure.pass_on(scope, receive, self._send, work))

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None


async def turns(number: int = 20) -> None:
    """Let everything go on that can."""
    for _ in range(number):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("PUT", "/api/polls/x/ballot", "cast"),
        ("POST", "/api/polls/x/code", "ballot"),
        ("POST", "/en/r/harbourside-2026/plain", "ballot"),
        ("GET", "/en/r/harbourside-2026/plain", "ballot"),
        ("GET", "/api/rounds/x/ballot-paper", "ballot"),
        ("POST", "/api/login", "sign-in"),
        ("POST", "/api/me/second-step/stop", "sign-in"),
        ("POST", "/api/rounds/x/proposals", "write"),
        ("GET", "/api/rounds", "read"),
        ("GET", "/en/r/harbourside-2026/plain/proposals", "read"),
        ("GET", "/en/", "page"),
        ("GET", "/s/1/app.js", "page"),
        ("GET", "/api/health", ""),
    ],
)
def test_every_request_has_its_kind(method: str, path: str, kind: str) -> None:
    assert kind_of(method, path) == kind


async def test_who_comes_when_too_many_wait_is_asked_to_try_again() -> None:
    pressure, work = Pressure(TINY), Work()
    first, second, third = (Asked(pressure, work, request()) for _ in range(3))
    await turns()
    assert (work.begun, first.status, second.status, third.status) == (1, None, None, 503)
    assert dict(third.sent[0]["headers"])[b"retry-after"] == b"3"
    work.answer.set()
    await asyncio.gather(first.task, second.task)
    assert (work.begun, first.status, second.status) == (2, 200, 200)
    assert not pressure.under_way["read"]


async def test_without_the_bound_all_work_at_once_however_many_come() -> None:
    pressure, work = Pressure(TINY | {"read": Bound(10**6, 10**6, 0, 1)}), Work()
    asked = [Asked(pressure, work, request()) for _ in range(500)]
    await turns()
    assert work.begun == 500
    work.answer.set()
    await asyncio.gather(*(one.task for one in asked))


async def test_browsing_is_turned_away_and_casting_is_not() -> None:
    pressure, browsing, casting = Pressure(), Work(), Work()
    casts = [Asked(pressure, casting, request("PUT", "/api/polls/x/ballot", 0)) for _ in range(MANY_CASTS)]
    await turns()
    pages = [Asked(pressure, browsing, request()) for _ in range(BOUNDS["read"].waiting + 50)]
    more = [Asked(pressure, casting, request("PUT", "/api/polls/x/ballot", 0)) for _ in range(100)]
    await turns()
    assert browsing.begun == BOUNDS["read"].beside_casts
    assert casting.begun == MANY_CASTS + 100
    assert [one.status for one in pages].count(503) == 50 - BOUNDS["read"].beside_casts
    casting.answer.set()
    browsing.answer.set()
    await asyncio.gather(*(one.task for one in (*casts, *more, *pages)))
    assert {one.status for one in more} == {200}


async def test_when_the_casts_are_over_those_who_wait_get_more_places() -> None:
    pressure, browsing, casting = Pressure(), Work(), Work()
    casts = [Asked(pressure, casting, request("PUT", "/api/polls/x/ballot", 0)) for _ in range(MANY_CASTS)]
    await turns()
    pages = [Asked(pressure, browsing, request()) for _ in range(20)]
    await turns()
    assert browsing.begun == BOUNDS["read"].beside_casts
    casting.answer.set()
    await asyncio.gather(*(one.task for one in casts))
    await turns()
    assert browsing.begun == BOUNDS["read"].places
    browsing.answer.set()
    await asyncio.gather(*(one.task for one in pages))


async def test_a_slow_sender_holds_no_place() -> None:
    pressure, work = Pressure(TINY), Work()
    work.answer.set()
    comes: asyncio.Queue[Any] = asyncio.Queue()
    slow = Asked(pressure, work, request("POST", "/api/comments", 10), comes.get)
    comes.put_nowait({"type": "http.request", "body": b"12345", "more_body": True})
    await turns()
    quick = Asked(pressure, work, request("POST", "/api/comments", 0))
    await quick.task
    assert (slow.status, quick.status) == (None, 200)
    comes.put_nowait({"type": "http.request", "body": b"67890", "more_body": False})
    await slow.task
    assert slow.status == 200


async def test_a_slow_reader_holds_no_place() -> None:
    pressure, slow = Pressure(TINY), asyncio.Event()

    async def long_answer(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await slow.wait()

    reading = Asked(pressure, long_answer, request())
    await turns()
    assert pressure.under_way["read"] == 0
    slow.set()
    await reading.task
    assert pressure.under_way["read"] == 0


async def test_the_app_gets_the_body_as_it_was_sent_and_then_hears_of_the_end() -> None:
    got: list[Any] = []

    async def keeping(scope: Any, receive: Any, send: Any) -> None:
        del scope, send
        got.extend([await receive(), await receive()])

    messages = iter(
        [
            {"type": "http.request", "body": b"one ", "more_body": True},
            {"type": "http.request", "body": b"two", "more_body": False},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> Any:
        return next(messages)

    await Asked(Pressure(), keeping, request("POST", "/api/comments"), receive).task
    assert got == [{"type": "http.request", "body": b"one two", "more_body": False}, {"type": "http.disconnect"}]


async def test_a_large_body_is_an_upload_and_is_not_kept_in_memory() -> None:
    pressure, work, read = Pressure(), Work(), 0

    async def never() -> Any:
        nonlocal read
        read += 1
        return {"type": "http.disconnect"}

    asked = Asked(pressure, work, request("POST", "/api/rounds/x/draft/photos", MOST_BYTES + 1), never)
    await turns()
    assert (pressure.under_way["upload"], read, work.begun) == (1, 0, 1)
    work.answer.set()
    await asked.task


@pytest.mark.parametrize(
    ("path", "waits"),
    [
        ("/api/rounds", True),
        ("/en/", True),
        ("/api/rounds/x/ballot-paper", True),
        ("/api/polls/x/ballot", False),
        ("/api/health", False),
    ],
)
async def test_whatever_else_is_asked_waits_for_casts(path: str, *, waits: bool) -> None:
    pressure, casting = Pressure(), Work()
    cast = Asked(pressure, casting, request("PUT", "/api/polls/x/ballot", 0))
    await turns()
    look = asyncio.create_task(pressure.after_casts(request("GET", path)))
    await turns()
    assert look.done() is not waits
    casting.answer.set()
    await asyncio.gather(cast.task, look)


async def test_beside_casts_one_that_takes_long_does_not_stand_before_the_next() -> None:
    pressure, casting, counting, pausing = Pressure(), Work(), Work(), Work()
    begun = [Asked(pressure, casting, request("PUT", "/api/polls/x/ballot", 0))]
    await turns()
    begun.append(Asked(pressure, counting, request("POST", "/api/rounds/x/count", 0)))
    begun.append(Asked(pressure, pausing, request("POST", "/api/rounds/y/pause", 0)))
    await turns()
    assert pausing.begun == 1
    for work in (casting, counting, pausing):
        work.answer.set()
    await asyncio.gather(*(one.task for one in begun))


@pytest.mark.parametrize(("path", "rests"), [("/api/rounds", True), ("/api/rounds/x/ballot-paper", False)])
async def test_beside_casts_a_place_to_read_rests_as_long_as_it_was_taken(path: str, *, rests: bool) -> None:
    seconds = [100.0]
    pressure, casting, reading = Pressure(TINY, age=lambda: seconds[0]), Work(), Work()
    cast = Asked(pressure, casting, request("PUT", "/api/polls/x/ballot", 0))
    await turns()
    first, second = (Asked(pressure, reading, request("GET", path)) for _ in range(2))
    await turns()
    assert reading.begun == 1
    seconds[0] += 0.02
    reading.answer.set()
    await first.task
    await turns(3)
    assert second.task.done() is not rests
    await second.task
    casting.answer.set()
    await cast.task


async def test_the_control_without_casts_no_place_rests() -> None:
    seconds = [100.0]
    pressure, reading = Pressure(TINY, age=lambda: seconds[0]), Work()
    first, second = (Asked(pressure, reading, request()) for _ in range(2))
    await turns()
    seconds[0] += 0.02
    reading.answer.set()
    await first.task
    await turns(3)
    assert second.task.done()


async def test_who_goes_away_while_they_wait_leaves_no_place_taken() -> None:
    pressure, work = Pressure(TINY), Work()
    first, second = Asked(pressure, work, request()), Asked(pressure, work, request())
    await turns()
    second.task.cancel()
    await turns()
    third = Asked(pressure, work, request())
    await turns()
    assert (second.status, third.status) == (None, None)
    work.answer.set()
    await asyncio.gather(first.task, third.task)
    assert (first.status, third.status) == (200, 200)
    await turns()
    assert pressure.under_way["read"] == 0
    assert pressure.waits("read") == 0


async def test_the_refusal_is_a_problem_with_our_headers(app: Litestar, client: httpx.AsyncClient) -> None:
    app.state["pressure"].bounds = BOUNDS | {"read": replace_bound(BOUNDS["read"])}
    answer = await client.get("/api/rounds")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "try_again"
    assert answer.headers["cache-control"] == "no-store"
    assert "content-security-policy" in answer.headers
    assert (await client.get("/api/health")).status_code == 200


def replace_bound(bound: Bound) -> Bound:
    """The bound without any place."""
    return bound._replace(places=0, beside_casts=0, waiting=0)
