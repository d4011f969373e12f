"""The timer: kept by the server, the same for everybody who looks, and nobody presses for two."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar

from pbvote.db import Database
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, make_round
from tests.nights.evening import NIGHT, PLAN, ROUND, plan_a_night

TIMER = f"{NIGHT}/timer"
pytestmark = pytest.mark.anyio


@pytest.fixture
async def chair(app: Litestar, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    await make_people(database)
    await make_round(database)
    async with browser(app) as opened:
        await let_in(database, opened, "organiser@example.org")
        await plan_a_night(opened)
        yield opened


async def press(chair: httpx.AsyncClient, name: str, item: str, seconds: int = 0) -> dict[str, Any] | None:
    answer = await chair.post(TIMER, json={"press": name, "item": item, "seconds": seconds})
    assert answer.status_code == 200, answer.text
    timer: dict[str, Any] | None = answer.json()["timer"]
    return timer


async def test_time_runs_stands_and_is_extended_and_a_page_loaded_anew_shows_the_same(
    chair: httpx.AsyncClient, client: httpx.AsyncClient, clock: SettableClock
) -> None:
    assert (await chair.get(TIMER)).json()["timer"] is None
    begun = await press(chair, "start", "")
    assert begun is not None
    assert (begun["on"]["key"], begun["running"], begun["left_ms"], begun["place"]) == ("welcome-0", True, 600_000, 1)
    clock.advance(seconds=90)
    assert (await chair.get(TIMER)).json()["timer"]["left_ms"] == 510_000
    shown = (await client.get(f"{ROUND}/screen")).json()
    assert (shown["state"], shown["timer"]["left_ms"], shown["timer"]["next"]["key"]) == (
        "stage",
        510_000,
        "presentation-1",
    )
    paused = await press(chair, "pause", "welcome-0")
    clock.advance(seconds=60)
    assert paused is not None
    assert (await chair.get(TIMER)).json()["timer"]["left_ms"] == paused["left_ms"] == 510_000
    longer = await press(chair, "extend", "welcome-0", 60)
    assert longer is not None
    assert longer["left_ms"] == 570_000
    following = await press(chair, "next", "welcome-0")
    assert following is not None
    assert (following["on"]["title"], following["running"], following["left_ms"]) == ("Proposal 1", False, 180_000)
    await press(chair, "start", "presentation-1")
    clock.advance(seconds=200)
    over = (await client.get(f"{ROUND}/screen")).json()["timer"]
    assert (over["left_ms"], over["running"]) == (-20_000, True)
    back = await press(chair, "back", "presentation-1")
    assert back is not None
    assert back["on"]["key"] == "welcome-0"
    assert await press(chair, "end", "welcome-0") is None


async def test_of_two_who_press_next_at_once_only_one_is_heard(chair: httpx.AsyncClient) -> None:
    await press(chair, "start", "")
    await press(chair, "next", "welcome-0")
    late = await chair.post(TIMER, json={"press": "next", "item": "welcome-0", "seconds": 0})
    assert (late.status_code, late.json()["code"]) == (409, "timer_moved_on")
    assert (await chair.get(TIMER)).json()["timer"]["on"]["key"] == "presentation-1"


async def test_a_timer_that_was_forgotten_shows_nothing(chair: httpx.AsyncClient, clock: SettableClock) -> None:
    await press(chair, "start", "")
    clock.advance(hours=13)
    assert (await chair.get(TIMER)).json()["timer"] is None
    assert await press(chair, "start", "") is not None


async def test_the_order_is_drawn_once_from_a_source_that_was_named_before(chair: httpx.AsyncClient) -> None:
    await chair.put(NIGHT, json={**PLAN, "seed_source": "", "version": 1})
    unnamed = await chair.post(f"{NIGHT}/order", json={"seed": "4162"})
    assert unnamed.json()["reasons"][0]["code"] == "seed_source_missing"
    await chair.put(NIGHT, json={**PLAN, "version": 2})
    drawn = await chair.post(f"{NIGHT}/order", json={"seed": " 4162 "})
    night = drawn.json()["round"]["night"]
    order = [item["number"] for item in night["items"] if item["kind"] == "presentation"]
    # printf '%s' '4162N' | sha256sum, for N from 1 to 4
    assert (night["seed"], order) == ("4162", [3, 4, 1, 2])
    again = await chair.post(f"{NIGHT}/order", json={"seed": "9"})
    assert (again.status_code, again.json()["code"]) == (409, "order_is_drawn")
    other = await chair.put(NIGHT, json={**PLAN, "seed_source": "A coin", "version": 4})
    assert other.json()["reasons"][0] == {
        "code": "order_is_drawn",
        "params": {},
        "detail": "The order is drawn, so where its seed came from stands as it is.",
        "field": "seed_source",
    }
