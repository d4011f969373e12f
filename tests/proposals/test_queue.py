"""The officers' queue: what waits longest comes first, narrowed and counted, and from one proposal to the next."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import event

from pbvote.db import Database
from tests.conftest import SettableClock, browser
from tests.house import let_in, sign_in
from tests.proposals.putting import decide, submit
from tests.proposals.test_reviewing import REVIEW, cost, officer, version_of
from tests.rounds.ready import OFFICER, ORGANISER, SLUG

__all__ = ["officer"]

QUEUE = f"/api/rounds/{SLUG}/queue"


async def numbers(client: httpx.AsyncClient, **wanted: Any) -> list[int]:
    answer = await client.get(QUEUE, params=wanted)
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert len(items) == answer.json()["total"]
    return [item["number"] for item in items]


@pytest.fixture
async def four(officer: httpx.AsyncClient, clock: SettableClock) -> httpx.AsyncClient:
    """Four proposals: 1 was accepted, 2 and 4 wait, and 3 waits for changes; 2 has waited longest."""
    clock.advance(days=1)
    await sign_in(officer, OFFICER)
    for title in ("A slide", "A swing"):
        assert (await submit(officer, title=title)).status_code == 201
        clock.advance(hours=1)
    await decide(officer, 1)
    await officer.post(f"{REVIEW}/3/changes", json={"reason": "Where?", "version": 1})
    return officer


async def test_only_those_who_check_proposals_of_the_forum_see_the_queue(
    four: httpx.AsyncClient, app: Litestar, database: Database
) -> None:
    for email, status in ((None, 401), ("clerk@example.org", 403), ("elsewhere@example.org", 403), (ORGANISER, 200)):
        async with browser(app) as somebody:
            if email:
                await let_in(database, somebody, email)
            for path in (QUEUE, f"{QUEUE}/2/neighbours", f"{REVIEW}/2"):
                assert (await somebody.get(path)).status_code == status, (email, path)
            if email == "elsewhere@example.org":
                assert (await somebody.get("/api/officer/overdue")).json()["items"] == []
    assert (await four.get(QUEUE, params={"status": "waiting"})).status_code == 400


async def test_what_waits_longest_comes_first_and_every_filter_narrows(four: httpx.AsyncClient) -> None:
    assert await numbers(four) == [2, 4, 1, 3]
    assert await numbers(four, sort="number") == [1, 2, 3, 4]
    assert await numbers(four, status="changes_requested") == [3]
    assert await numbers(four, category="green-spaces", q="swing") == [4]
    assert await numbers(four, category="none") == []
    assert await numbers(four, overdue=True) == []
    await cost(four, 4)
    assert await numbers(four, uncosted=True, status="submitted") == [2]
    await four.put(f"{REVIEW}/4/assignee", json={"mine": True})
    assert await numbers(four, mine=True) == [4]
    [item] = (await four.get(QUEUE, params={"mine": True})).json()["items"]
    assert (item["assigned_to"], item["mine"], item["costed"], item["checks"]) == ("Officer", True, 600_00, 0)
    page = (await four.get(QUEUE, params={"page": 2, "size": 3})).json()
    assert ([one["number"] for one in page["items"]], page["total"]) == ([3], 4)
    assert page["counts"] == {
        "statuses": {"accepted": 1, "submitted": 2, "changes_requested": 1},
        "overdue": 0,
        "mine": 1,
        "uncosted": 2,
    }
    await sign_in(four, "second@example.org")
    assert await numbers(four, mine=True) == []


async def test_one_comes_from_each_proposal_to_the_next_as_the_queue_stands(four: httpx.AsyncClient) -> None:
    async def around(number: int, **wanted: Any) -> tuple[int | None, int | None]:
        answer = (await four.get(f"{QUEUE}/{number}/neighbours", params=wanted)).json()
        return answer["previous"], answer["next"]

    for wanted in ({}, {"sort": "number"}, {"status": "submitted"}):
        queue = await numbers(four, **wanted)
        for place, number in enumerate(queue):
            before = queue[place - 1] if place else None
            after = queue[place + 1] if place + 1 < len(queue) else None
            assert await around(number, **wanted) == (before, after), (wanted, number)
    assert await around(3, status="submitted") == (4, None), "one that has left the filter still has neighbours"
    assert (await four.get(f"{QUEUE}/9/neighbours")).status_code == 404


async def test_what_waits_too_long_is_listed_and_told_to_everybody(
    four: httpx.AsyncClient, clock: SettableClock
) -> None:
    standing = (await four.get(f"/api/rounds/{SLUG}/proposals/2/standing")).json()
    assert (standing["waiting"]["due"]["local"], standing["waiting"]["overdue"]) == ("2026-03-16T23:59", False)
    assert (await four.get(f"/api/rounds/{SLUG}/proposals/3/standing")).json()["waiting"] is None
    clock.advance(days=7)
    await sign_in(four, "officer@example.org")
    assert await numbers(four, overdue=True) == [2]
    [late] = (await four.get("/api/officer/overdue")).json()["items"]
    assert (late["round"], late["number"], late["due"]["local"]) == (SLUG, 2, "2026-03-16T23:59")
    assert (await four.get(f"/api/rounds/{SLUG}/proposals/2/standing")).json()["waiting"]["overdue"] is True
    await decide(four, 2)
    assert (await four.get("/api/officer/overdue")).json()["items"] == []


async def test_a_longer_queue_asks_the_database_no_more(
    four: httpx.AsyncClient, app: Litestar, database: Database
) -> None:
    asked: list[str] = []
    engine = app.state.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2]))

    async def cost_of(path: str) -> int:
        asked.clear()
        assert (await four.get(path)).status_code == 200
        return len(asked)

    public = f"/api/rounds/{SLUG}/proposals"
    before = [await cost_of(path) for path in (QUEUE, public)]
    assert min(before) > 0
    for _ in range(6):
        await submit(four)
    await four.put(f"{REVIEW}/5/assignee", json={"mine": True})
    await cost(four, 6)
    assert [await cost_of(path) for path in (QUEUE, public)] == before
    assert await version_of(four, 5) == 1
    del database
