"""Who believes to lead and does not, as a process that stood still, does nothing twice: rows are locked, not work."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.audit.models import AuditEvent
from pbvote.ballotbox.log import read_leaf
from pbvote.ballotlog.service import intact_leaves
from pbvote.ballots.design import Choice
from pbvote.db import Database, connect
from pbvote.errors import Reason
from pbvote.keys import Keys
from pbvote.rounds.models import Round
from pbvote.voting import timekeeper
from pbvote.voting.casting import Cast, Stored, cast
from pbvote.voting.opening import reasons_against_voting
from pbvote.voting.timekeeper import enter_batches, keep_time
from tests.conftest import SettableClock
from tests.house import agree_to_open, make_codes, make_people, make_round

LEADERS, ELECTORS = 4, 45


@pytest.fixture
async def leaders(database_url: str, clock: SettableClock) -> AsyncIterator[list[Database]]:
    """The connections of several processes, each of which believes that it leads."""
    opened = [connect(database_url, clock) for _ in range(LEADERS)]
    yield opened
    for one in opened:
        await one.close()


@pytest.fixture
async def codes(database: Database, keys: Keys, clock: SettableClock) -> list[str]:
    """Those of a round whose vote opens tomorrow."""
    await make_people(database)
    await make_round(database)
    made = await make_codes(database, keys, count=ELECTORS)
    await agree_to_open(database)
    clock.advance(days=1)
    return made


async def all_keep_time(leaders: list[Database], keys: Keys) -> None:
    await asyncio.gather(*(keep_time(one, keys) for one in leaders))


async def round_and_poll(database: Database) -> tuple[Round, UUID]:
    async with database.session(write=False) as db:
        round_ = (await db.scalars(select(Round))).one()
        return round_, round_.poll.id


async def begun(database: Database) -> Counter[str]:
    """How often each phase began, by the audit log."""
    async with database.session(write=False) as db:
        events = await db.scalars(select(AuditEvent).where(AuditEvent.kind == "phase_began"))
        return Counter(str(event.data["phase"]) for event in events)


async def leaves(database: Database, keys: Keys, poll: UUID) -> Counter[str]:
    async with database.session(write=False) as db:
        return Counter(read_leaf(leaf).type for leaf in await intact_leaves(db, keys, poll))


async def test_nothing_is_done_twice(
    database: Database, leaders: list[Database], keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    await all_keep_time(leaders, keys)
    round_, poll = await round_and_poll(database)
    assert round_.phase == "voting"
    casts = [Cast(code, Choice((1,), None), f"one-of-many-casts-{code[:9]}") for code in codes]
    async with database.session(write=True) as db:
        stored = await cast(db, keys, poll, casts)
    assert all(isinstance(one, Stored) for one in stored)
    await asyncio.gather(*(enter_batches(one, keys) for one in leaders))
    closes = round_.voting_close_at
    assert closes is not None
    clock.set(closes + timedelta(seconds=1))
    await all_keep_time(leaders, keys)
    round_, _ = await round_and_poll(database)
    assert round_.phase == "counting"
    found = await leaves(database, keys, poll)
    assert (found["open"], found["ballot"], found["close"]) == (1, ELECTORS, 1)
    assert set((await begun(database)).values()) == {1}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer at a time
async def test_control_without_the_locks_they_would_run_into_each_other(
    leaders: list[Database],
    database: Database,
    keys: Keys,
    codes: list[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    del codes
    monkeypatch.setattr(Select, "with_for_update", lambda self, **_: self)
    monkeypatch.setattr("pbvote.rounds.service.stand_in_line", nobody_waits)
    together, reasons = asyncio.Barrier(LEADERS), reasons_against_voting

    async def at_the_same_time(db: AsyncSession, round_: Round) -> list[Reason]:
        await together.wait()
        return await reasons(db, round_)

    monkeypatch.setattr(timekeeper, "reasons_against_voting", at_the_same_time)
    with caplog.at_level(logging.ERROR):
        await all_keep_time(leaders, keys)
    twice = max((await begun(database)).values(), default=0) > 1
    assert twice or "keeping the time of round" in caplog.text


async def nobody_waits(*_: object, **__: object) -> None:
    return
