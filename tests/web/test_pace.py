"""A flood of wrong codes is answered at its pace, wherever it comes from; right codes are not held."""

from __future__ import annotations

import asyncio
import math
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote import metrics
from pbvote.web.pace import SHORTEST, Pace
from pbvote.web.pressure import Pressure

GAPS = st.lists(st.floats(0, 3), min_size=1, max_size=200)


class Clock:
    """Seconds that pass when somebody rests."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.rested: list[float] = []
        self.held: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def rest(self, seconds: float) -> None:
        self.rested.append(seconds)
        self.held.append(metrics.HELD._value.get())


@given(GAPS, st.floats(0.5, 50), st.integers(1, 60))
def test_no_more_leave_in_any_time_than_are_allowed(gaps: list[float], a_second: float, at_once: int) -> None:
    clock = Clock()
    pace = Pace(a_second, at_once, math.inf, clock)
    left = []
    for arrival in accumulate(gaps, initial=0.0):
        clock.now = 1_000.0 + arrival
        left.append(clock.now + pace.wait())
    assert left == sorted(left)
    for first, begun in enumerate(left):
        for last in range(first, len(left)):
            assert last - first + 1 <= at_once + 1 + (left[last] - begun + SHORTEST) * a_second


@given(GAPS, st.floats(0.5, 50), st.integers(1, 60), st.floats(0.1, 9))
def test_nobody_waits_longer_than_the_longest(gaps: list[float], a_second: float, at_once: int, longest: float) -> None:
    clock = Clock()
    pace = Pace(a_second, at_once, longest, clock)
    for gap in gaps:
        clock.now += gap
        assert 0 <= pace.wait() <= longest + 1e-9


def test_the_first_ones_do_not_wait_nor_those_who_come_apart() -> None:
    clock = Clock()
    pace = Pace(20, 40, 5, clock)
    assert [pace.wait() for _ in range(41)] == [0.0] * 40 + [pytest.approx(0.05)]
    clock.now += 60
    for _ in range(300):
        clock.now += 0.06
        assert pace.wait() == 0


async def asked(pressure: Pressure, method: str, path: str, status: int) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        del message

    await pressure.pass_on({"type": "http", "method": method, "path": path, "headers": []}, receive, send, app)  # type: ignore[typeddict-item]  # the part that is read


CAST, CODE = ("PUT", "/api/polls/x/ballot"), ("POST", "/api/polls/x/code")


@pytest.mark.parametrize(("request_", "status"), [(CAST, 404), (CODE, 404), (CODE, 400), (CAST, 429), (CODE, 429)])
async def test_a_flood_of_what_is_wrong_waits_and_holds_no_place(request_: tuple[str, str], status: int) -> None:
    clock = Clock()
    pressure = Pressure(wrong=Pace(at_once=3, age=clock, rest=clock.rest))
    for _ in range(5):
        await asked(pressure, *request_, status)
    assert clock.rested == [pytest.approx(0.2), pytest.approx(0.4)]
    assert clock.held == [1, 1]
    assert metrics.HELD._value.get() == 0
    assert not pressure.under_way["cast"] + pressure.under_way["ballot"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [(CAST, 200), (CAST, 409), (CAST, 503), (CODE, 200), (("GET", "/api/rounds"), 404), (("POST", "/api/login"), 400)],
)
async def test_what_is_right_or_too_late_or_something_else_never_waits(request_: tuple[str, str], status: int) -> None:
    clock = Clock()
    pressure = Pressure(wrong=Pace(at_once=3, age=clock, rest=clock.rest))
    await asyncio.gather(*(asked(pressure, *CAST, 404) for _ in range(200)))
    clock.rested.clear()
    for _ in range(5):
        await asked(pressure, *request_, status)
    assert clock.rested == []


async def test_the_control_without_the_pace_all_are_answered_at_once() -> None:
    clock = Clock()
    pressure = Pressure(wrong=Pace(at_once=math.inf, age=clock, rest=clock.rest))
    for _ in range(500):
        await asked(pressure, *CAST, 404)
    assert clock.rested == []


def test_where_many_vote_many_may_mistype() -> None:
    pace = Pace(5, 1, 60, Clock())
    waits = [pace.wait() for _ in range(11)]
    for _ in range(20):
        pace.right()
    assert pace.wait() == pytest.approx(waits[1])
    for _ in range(1_000):
        pace.right()
    assert [pace.wait(), pace.wait()] == [0, pytest.approx(0.2)], "no more are answered at once for it than ever"


async def test_a_vote_that_is_taken_makes_room_and_nothing_else_does() -> None:
    pressure = Pressure(wrong=Pace(5, 1, 60, Clock()))
    before = pressure.wrong.promised
    for request_, status in ((CODE, 200), (CAST, 409), (("GET", "/api/rounds"), 200)):
        await asked(pressure, *request_, status)
    assert pressure.wrong.promised == before
    await asked(pressure, *CAST, 200)
    assert pressure.wrong.promised < before
