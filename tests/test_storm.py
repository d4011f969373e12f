"""The last minute of a vote: everybody presses Send sixteen times at once. One ballot each is counted."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.voting import box
from pbvote.voting.box import Ready
from pbvote.voting.models import Slot
from tests.conftest import SettableClock, browser
from tests.house import make_codes, make_people, make_round, open_the_vote
from tests.voting.looking import choices_that_count

ELECTORS, CASTS, AT_ONCE = 200, 16, 64
CHOICES: tuple[list[int], ...] = ([1], [2], [1, 2], [3], [1, 4], [])


async def storm(app: Litestar, poll: UUID, codes: list[str]) -> Counter[int]:
    """Every code casts sixteen ballots, all shuffled together; how often each status was answered."""
    chance = random.Random(7)  # noqa: S311  # an order of arrival, the same in each run
    casts = [(code, number) for code in codes for number in range(CASTS)]
    chance.shuffle(casts)
    statuses: Counter[int] = Counter()
    waiting = asyncio.Semaphore(AT_ONCE)

    async def send(client: httpx.AsyncClient, code: str, number: int) -> None:
        body = {
            "code": code,
            "choices": CHOICES[number % len(CHOICES)],
            "points": None,
            "idempotency_key": f"storm-{code}-{number:02}",
        }
        async with waiting:
            answer = await client.put(f"/api/polls/{poll}/ballot", json=body)
        statuses[answer.status_code] += 1

    async with browser(app) as client, asyncio.TaskGroup() as group:
        for code, number in casts:
            group.create_task(send(client, code, number))
    return statuses


async def slots(database: Database) -> int:
    """How many slots point to a ballot: the count has one ballot for each."""
    async with database.session(write=False) as db:
        return await db.scalar(select(func.count()).select_from(Slot)) or 0


def holds(statuses: Counter[int], ballots: int, electors: int) -> bool:
    """What must be true after a storm."""
    return statuses == Counter({200: electors * CASTS}) and ballots == electors


@pytest.fixture
async def codes(database: Database, keys: Keys) -> list[str]:
    await make_people(database)
    await make_round(database)
    return await make_codes(database, keys, count=ELECTORS)


@pytest.mark.slow
async def test_one_ballot_for_each_elector_whatever_races(
    app: Litestar,
    database: Database,
    clock: SettableClock,
    codes: list[str],
    keys: Keys,
) -> None:
    poll = await open_the_vote(database, keys, clock)
    statuses = await storm(app, poll, codes)
    assert holds(statuses, await slots(database), ELECTORS), statuses
    assert len(await choices_that_count(database, keys, poll)) == ELECTORS


async def test_without_the_slots_unique_key_the_same_storm_counts_people_more_than_once(
    app: Litestar,
    database: Database,
    clock: SettableClock,
    codes: list[str],
    monkeypatch: pytest.MonkeyPatch,
    keys: Keys,
) -> None:
    async def without_referee(db: AsyncSession, poll_id: UUID, ready: Sequence[Ready]) -> set[bytes]:
        rows = [{"poll_id": poll_id, "slot": one.slot, "ballot": one.pointer, "locked": False} for one in ready]
        await db.execute(sa.insert(Slot), rows)
        return {one.slot for one in ready}

    few = codes[:5]
    poll = await open_the_vote(database, keys, clock)
    async with database.session(write=True) as db:
        await db.execute(sa.text("ALTER TABLE slots RENAME TO slots_with_key"))
        await db.execute(sa.text("CREATE TABLE slots AS SELECT * FROM slots_with_key"))
    monkeypatch.setattr(box, "_point_slots", without_referee)
    statuses = await storm(app, poll, few)
    assert statuses == Counter({200: len(few) * CASTS})
    assert await slots(database) > len(few)
    assert not holds(statuses, await slots(database), len(few))
