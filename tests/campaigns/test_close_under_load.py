"""Voting closes while casts are in flight: what was acknowledged counts, nothing lands after the close, and it is soon.

Two apps side by side on one database, as two machines are. Voting is closed by the clock, and early by two officers.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.app import create_app
from pbvote.ballotlog.service import intact_leaves
from pbvote.db import Database, connect, now
from pbvote.keys import Keys, read_keys
from pbvote.rounds import service as rounds
from pbvote.rounds.approvals import Consent
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Standing
from pbvote.settings import Settings
from pbvote.voting import casting, opened
from pbvote.voting.batches import pointed_commitments
from pbvote.voting.box import Ready, put
from pbvote.voting.closing import close_voting
from pbvote.voting.models import WaitingBallot
from pbvote.voting.timekeeper import keep_time
from tests.campaigns.box import examine
from tests.campaigns.crowd import Habits, crowd
from tests.campaigns.ledger import Ledger
from tests.campaigns.serving import Server
from tests.campaigns.town import Town, drop_database, new_database
from tests.campaigns.waiting import until
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_codes, make_people, make_round, open_the_vote, two_officers
from tests.postgres import Cluster

ELECTORS = 60
TIMES = int(os.environ.get("PBVOTE_CAMPAIGN_SIZE", "6"))  # how often real servers close a vote
CLIENTS, OPEN_FOR = 48, timedelta(seconds=5)
PATIENCE = 30  # seconds, for what hangs
SHARERS = 12  # transactions that hold the round's row at any moment
SLUG = "harbourside-2026"


@dataclass
class Seen:
    """The last acknowledged commitment of each code, how many casts came too late, and other answers."""

    last: dict[str, str] = field(default_factory=dict)
    late: int = 0
    other: list[int] = field(default_factory=list)


async def vote_until_it_closes(client: httpx.AsyncClient, poll: UUID, codes: Sequence[str], seen: Seen) -> None:
    """One elector after the other, and again from the start, until voting is closed."""
    chance = random.Random(codes[0])  # noqa: S311  # only choices
    for number in range(10_000):
        code = codes[number % len(codes)]
        body = {"code": code, "choices": [chance.randint(1, 4)], "points": None}
        answer = await client.put(
            f"/api/polls/{poll}/ballot", json={**body, "idempotency_key": f"{chance.getrandbits(128):032x}"}
        )
        if answer.status_code == httpx.codes.OK:
            seen.last[code] = answer.json()["commitment"]
            continue
        if answer.status_code == httpx.codes.CONFLICT and answer.json()["code"] == "voting_is_closed":
            seen.late += 1
        else:
            seen.other.append(answer.status_code)
        return


async def faults(database: Database, keys: Keys, poll: UUID, seen: Seen) -> list[str]:
    """What is wrong with the closed box, in words."""
    async with database.session(write=False) as db:
        leaves = [leaf.decode() for leaf in await intact_leaves(db, keys, poll)]
        counted = {commitment.hex() for commitment in (await pointed_commitments(db, keys, poll)).values()}
        waiting = await db.scalar(select(func.count()).select_from(WaitingBallot)) or 0
    close = next((number for number, leaf in enumerate(leaves) if leaf.startswith("close ")), len(leaves))
    found = []
    if close == len(leaves):
        found.append("there is no close in the log")
    elif json.loads(leaves[close].partition(" ")[2])["counted"] != len(seen.last):
        found.append(f"the close counts {leaves[close]}, and {len(seen.last)} have a receipt")
    if any(leaf.startswith("ballot ") for leaf in leaves[close:]) or waiting:
        found.append(f"ballots came after the close ({waiting} wait)")
    logged = {leaf.partition(" ")[2] for leaf in leaves[:close] if leaf.startswith("ballot ")}
    if lost := set(seen.last.values()) - logged:
        found.append(f"{len(lost)} acknowledged ballots are not in the log")
    if counted != set(seen.last.values()):
        found.append("what counts is not what was acknowledged last")
    return found


@pytest.fixture
async def codes(database: Database, keys: Keys) -> list[str]:
    await make_people(database)
    await make_round(database)
    return await make_codes(database, keys, count=ELECTORS)


@pytest.fixture
async def apps(app: Litestar, settings: Settings, clock: SettableClock) -> AsyncIterator[list[Litestar]]:
    """Two apps on one database, which do no work of their own in the background."""
    other = create_app(settings, clock, background=False, durable=False)
    async with other.lifespan():
        yield [app, other]


Closing = Callable[[], Awaitable[None]]


@pytest.fixture(params=["by the clock", "by two officers"])
async def closing(
    request: pytest.FixtureRequest, app: Litestar, database: Database, keys: Keys, clock: SettableClock
) -> Closing:
    """What closes the vote."""

    async def by_the_clock() -> None:
        clock.advance(days=15)
        await keep_time(database, keys)

    async def by_two_officers() -> None:
        path, approves = f"/api/rounds/{SLUG}/close", None
        for email in ("officer@example.org", "second@example.org"):
            async with browser(app) as client:
                await let_in(database, client, email)
                answer = await client.post(path, json={"reason": "The hall is closing.", "approves": approves})
            assert answer.status_code in {200, 202}, answer.text
            approves = answer.json()["id"]

    return by_the_clock if request.param == "by the clock" else by_two_officers


async def test_every_acknowledged_cast_counts_and_none_comes_after_the_close(
    apps: list[Litestar], database: Database, clock: SettableClock, codes: list[str], keys: Keys, closing: Closing
) -> None:
    poll, seen = await open_the_vote(database, keys, clock), Seen()
    async with browser(apps[0]) as first, browser(apps[1]) as second, asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(vote_until_it_closes((first, second)[number % 2], poll, codes[number::20], seen))
        await until(lambda: len(seen.last) == ELECTORS)
        await closing()
    assert seen.late == 20
    assert not seen.other
    assert len(seen.last) == ELECTORS
    assert await faults(database, keys, poll, seen) == []


class Gate:
    """Holds a cast between its check of the time and its writing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.open, self.loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()
        monkeypatch.setattr(casting, "put", self.put)

    async def put(self, db: AsyncSession, poll_id: UUID, ready: Sequence[Ready]) -> Any:
        self.loop.call_soon_threadsafe(self.reached.set)
        assert self.open.wait(PATIENCE)
        return await put(db, poll_id, ready)


async def close_across_a_cast(
    client: httpx.AsyncClient, database: Database, poll: UUID, code: str, gate: Gate, closing: Closing
) -> tuple[Seen, bool]:
    """A cast is held after its check; voting is closed; the cast goes on. Whether the close came first."""
    seen = Seen()
    body = {"code": code, "choices": [1], "points": None, "idempotency_key": "held-between-both"}
    cast = asyncio.create_task(client.put(f"/api/polls/{poll}/ballot", json=body))
    await gate.reached.wait()
    close = asyncio.ensure_future(closing())

    async def done_or_waits() -> bool:
        return close.done() or await somebody_waits(database)

    await until(done_or_waits)
    first = close.done()
    gate.open.set()
    answer = await cast
    await close
    assert answer.status_code == httpx.codes.OK, answer.text
    seen.last[code] = answer.json()["commitment"]
    return seen, first


async def somebody_waits(database: Database) -> bool:
    """Whether a transaction waits for another."""
    if database.engine.dialect.name == "sqlite":
        return True  # the cast has the one connection that writes
    async with database.session(write=False) as db:
        blocked = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
        return bool(await db.scalar(text(f"{blocked} AND datname = current_database()")))


async def test_a_close_waits_for_the_cast_that_has_passed_its_check(
    client: httpx.AsyncClient,
    database: Database,
    clock: SettableClock,
    codes: list[str],
    keys: Keys,
    *,
    closing: Closing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poll = await open_the_vote(database, keys, clock)
    seen, first = await close_across_a_cast(client, database, poll, codes[0], Gate(monkeypatch), closing)
    assert not first
    assert await faults(database, keys, poll, seen) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # on SQLite one transaction writes at a time
async def test_without_the_rounds_lock_that_cast_lands_after_the_close(
    client: httpx.AsyncClient,
    database: Database,
    clock: SettableClock,
    codes: list[str],
    keys: Keys,
    *,
    closing: Closing,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def unlocked(db: AsyncSession, round_id: UUID, polls: int) -> Standing:
        del polls
        return (await db.scalars(select(Round).where(Round.id == round_id))).one().standing

    monkeypatch.setattr(opened, "share_standing", unlocked)
    poll = await open_the_vote(database, keys, clock)
    seen, first = await close_across_a_cast(client, database, poll, codes[0], Gate(monkeypatch), closing)
    assert first
    assert "ballots came after the close (1 wait)" in await faults(database, keys, poll, seen)


@dataclass
class Crowd:
    """Transactions that share the round's row, one after the other on each of many connections."""

    database: Database
    round_id: UUID
    done: int = 0
    stopped: bool = False

    async def share_for_ever(self) -> None:
        """As casting does, with some work under the lock."""
        while not self.stopped:
            async with self.database.session(write=True) as db:
                await rounds.share(db, self.round_id)
                await db.execute(text("SELECT pg_sleep(0.02)"))
            self.done += 1


async def overtakers(database: Database, give_up_after: int) -> int:
    """How many sharing transactions ended while somebody who wants the round alone waited for it."""
    async with database.session(write=False) as db:
        round_ = (await db.scalars(select(Round))).one()
    crowd = Crowd(database, round_.id)
    tasks = [asyncio.create_task(crowd.share_for_ever()) for _ in range(SHARERS)]
    await until(lambda: crowd.done >= 2 * SHARERS)

    async def alone() -> None:
        async with database.session(write=True) as db:
            await rounds.lock(db, round_)

    before, waiting = crowd.done, asyncio.create_task(alone())
    await until(lambda: waiting.done() or crowd.done - before >= give_up_after)
    overtaken = crowd.done - before
    crowd.stopped = True
    await asyncio.gather(*tasks, waiting)
    return overtaken


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # on SQLite one transaction writes at a time
async def test_whoever_closes_waits_only_for_the_casts_that_were_there_before(
    database: Database, codes: list[str]
) -> None:
    assert codes
    # Each of them may have its turn once, and once more before the request to close has arrived.
    assert await overtakers(database, 20 * SHARERS) <= 2 * SHARERS


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # on SQLite one transaction writes at a time
async def test_without_the_line_casts_overtake_whoever_closes(
    database: Database, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert codes

    async def no_line(db: AsyncSession, round_id: UUID, *, shared: bool = False) -> None:
        del db, round_id, shared

    monkeypatch.setattr(rounds, "stand_in_line", no_line)
    assert await overtakers(database, 20 * SHARERS) > 2 * SHARERS


async def close_real_servers(town: Town, *, early: bool) -> tuple[list[str], float]:
    """Two real servers take what a crowd sends, and voting closes; what is wrong, and the seconds that closing took."""
    keys, database = read_keys(town.settings.keys_dir), connect(town.database_url)
    servers, ledger, stop = [Server(town), Server(town)], Ledger(), asyncio.Event()
    try:
        for server in servers:
            await asyncio.to_thread(server.start)
        async with database.session(write=True) as db:
            round_ = (await db.scalars(select(Round))).one()
            due = await now(db) + OPEN_FOR
            round_.voting_close_at = due + timedelta(days=1) if early else due
        addresses = [server.address for server in servers]
        voting = asyncio.create_task(
            crowd(addresses, town, ledger, clients=CLIENTS, casts=10**6, habits=Habits(patience=5), stop=stop)
        )
        await asyncio.sleep(OPEN_FOR.total_seconds())
        begun = time.monotonic()
        if early:
            await close_early(database, keys)
        await until(lambda: is_closed(database))
        took = time.monotonic() - begun
        stop.set()
        await voting
    finally:
        for server in servers:
            await asyncio.to_thread(server.kill)
        ledger.server_gone()
    verdict = await examine(town, ledger)
    found = [] if verdict.good else [str(verdict)]
    async with database.session(write=False) as db:
        types = [leaf.split(b" ", 1)[0] for leaf in await intact_leaves(db, keys, town.poll_id)]
        waiting = await db.scalar(select(func.count()).select_from(WaitingBallot)) or 0
    await database.close()
    if types[-1] != b"close" or waiting:
        found.append(f"after the close there is more ({waiting} wait)")
    if any(attempt.refused not in {0, 409} for attempt in ledger.attempts) or ledger.acknowledged < CLIENTS:
        found.append("votes were refused for another reason, or there were too few")
    return found, took


async def is_closed(database: Database) -> bool:
    """Whether the close is written down."""
    async with database.session(write=False) as db:
        return (await db.scalars(select(Round))).one().phase == "counting"


async def close_early(database: Database, keys: Keys) -> None:
    """Two officers close the vote."""
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round))).one()
        first, second = await two_officers(db, round_)
        asked = await close_voting(db, keys, round_, Consent(None, "The hall is closing."), first)
    async with database.session(write=True) as db:
        await close_voting(db, keys, round_, Consent(asked.id), second)


@pytest.mark.campaign
@pytest.mark.parametrize("early", [False, True], ids=["by the clock", "by two officers"])
@pytest.mark.parametrize("number", range(TIMES))
async def test_real_servers_close_under_load(
    postgres_town: Town, durable_cluster: Cluster, tmp_path: Path, number: int, *, early: bool
) -> None:
    url = new_database(durable_cluster, postgres_town.database_url)
    found, took = await close_real_servers(postgres_town.moved(tmp_path / "town", url), early=early)
    print(f"close {number}: {took:.2f} s")  # noqa: T201  # shown with -s
    await asyncio.to_thread(drop_database, durable_cluster, url)
    assert found == []
    assert took < 10
