"""PostgreSQL goes away under load: restarts, lost connections, none left, a lock that somebody keeps.

Voters are told to try again, never of a mistake; what was acknowledged is in the box; and all goes on by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest
from litestar import Litestar
from sqlalchemy import BigInteger, bindparam, func, select, text
from sqlalchemy.exc import DBAPIError

from pbvote.db import Database, connect, engines, migrate
from pbvote.keys import Keys, make_keys, read_keys
from pbvote.rounds import service as rounds
from pbvote.settings import Settings, read_settings
from pbvote.voting.batches import pointed_commitments
from pbvote.web import problems
from tests.campaigns.inside import app_of
from tests.campaigns.town import drop_database, name_of, new_database
from tests.campaigns.waiting import until
from tests.conftest import BASE_URL, SettableClock, browser
from tests.house import make_codes, make_people, make_round, open_the_vote
from tests.postgres import Cluster
from tests.voting.looking import in_the_box

VOTERS = 4
RECOVERED_WITHIN = 10.0  # seconds, of which the machine that runs this may take most
MOST_CONNECTIONS = 30


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of this module's own, as a real one is set up: what it has committed stays."""
    made = Cluster(durable=True, max_connections=str(MOST_CONNECTIONS))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def hasty() -> Iterator[Cluster]:
    """One that answers a commit before it is on the disk."""
    made = Cluster(durable=True, synchronous_commit="off", wal_writer_delay="10s")
    made.start()
    yield made
    made.stop()


def restart(cluster: Cluster, mode: str) -> None:
    """Stop the server and start it again. `fast` breaks off what runs; after `immediate` it has to recover."""
    cluster.halt(mode)
    cluster.launch()


@dataclass
class House:
    """An app that serves an open vote from a cluster."""

    cluster: Cluster
    app: Litestar
    database: Database
    keys: Keys
    poll: UUID
    codes: list[str]
    clock: SettableClock


_empty: dict[Path, str] = {}  # the database with the whole schema of each cluster


@asynccontextmanager
async def house_on(cluster: Cluster, folder: Path) -> AsyncIterator[House]:
    if cluster.folder not in _empty:
        _empty[cluster.folder] = new_database(cluster)
        await migrate(_empty[cluster.folder])
    url = new_database(cluster, _empty[cluster.folder])
    settings = _settings(folder, url)
    make_keys(settings.keys_dir, settings.name)
    clock, keys = SettableClock(), read_keys(settings.keys_dir)
    database = connect(url, clock)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.to_thread, drop_database, cluster, url)
        stack.push_async_callback(database.close)
        await make_people(database)
        await make_round(database)
        codes = await make_codes(database, keys, count=4 * VOTERS)
        poll = await open_the_vote(database, keys, clock)
        app = app_of(settings, clock)
        await stack.enter_async_context(app.lifespan())
        yield House(cluster, app, database, keys, poll, codes, clock)


def _settings(folder: Path, url: str) -> Settings:
    return read_settings(
        {
            "PBVOTE_DATA_DIR": str(folder / "data"),
            "PBVOTE_KEYS_DIR": str(folder / "keys"),
            "PBVOTE_DATABASE_URL": url,
            "PBVOTE_BASE_URL": BASE_URL,
            "PBVOTE_PARTNERSHIP": "Tarnshire Partnership",
        }
    )


@pytest.fixture
async def house(cluster: Cluster, tmp_path: Path) -> AsyncIterator[House]:
    async with house_on(cluster, tmp_path) as made:
        yield made


@dataclass
class Seen:
    """What voters were answered, the last acknowledged commitment of each code, and when each answer came."""

    statuses: Counter[int] = field(default_factory=Counter)
    last: dict[str, str] = field(default_factory=dict)
    acknowledged: list[float] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)


async def vote(client: httpx.AsyncClient, poll: UUID, codes: Sequence[str], seen: Seen) -> None:
    """Cast ballots until it is enough, each again under its key until it is answered with a receipt."""
    number = 0
    while not seen.enough.is_set():
        code, key = codes[number % len(codes)], f"{codes[0].replace(' ', '')}-{number:08}"
        number += 1
        body = {"code": code, "choices": [1 + number % 4], "points": None, "idempotency_key": key}
        while True:
            answer = await client.put(f"/api/polls/{poll}/ballot", json=body)
            seen.statuses[answer.status_code] += 1
            if answer.status_code == httpx.codes.OK:
                break
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                fit = answer.json()["code"] == "try_again" and int(answer.headers["retry-after"]) > 0
                seen.unfit += [] if fit else [answer.text]
            await asyncio.sleep(0.02)
        seen.last[code] = answer.json()["commitment"]
        seen.acknowledged.append(time.monotonic())


@dataclass
class Calamity:
    """Under load, between `begun` and `ended`, the database is away; `seen` is what voters saw of it."""

    seen: Seen
    begun: float = 0.0
    ended: float = 0.0

    @property
    def recovery(self) -> float:
        """Seconds from the database's return to the first receipt."""
        return min((at for at in self.seen.acknowledged if at > self.ended), default=1e9) - self.ended


@asynccontextmanager
async def under_load(house: House) -> AsyncIterator[Calamity]:
    """Voters vote before, during and after the block, and until each of them has voted again."""
    seen = Seen()
    async with browser(house.app) as client, asyncio.TaskGroup() as group:
        for number in range(VOTERS):
            group.create_task(vote(client, house.poll, house.codes[number::VOTERS], seen))
        await until(lambda: len(seen.last) >= VOTERS)
        calamity = Calamity(seen, begun=time.monotonic())
        try:
            yield calamity
            calamity.ended = time.monotonic()
            before = len(seen.acknowledged)
            await until(lambda: len(seen.acknowledged) >= before + 2 * VOTERS)
        finally:
            seen.enough.set()


async def faults(house: House, calamity: Calamity) -> list[str]:
    """What went wrong, in words."""
    seen = calamity.seen
    async with house.database.session(write=False) as db:
        pointed = {commitment.hex() for commitment in (await pointed_commitments(db, house.keys, house.poll)).values()}
    found = [
        f"{times} answers of status {status}" for status, times in seen.statuses.items() if status not in {200, 503}
    ]
    found += [f"not a proper request to try again: {one}" for one in seen.unfit]
    if pointed != set(seen.last.values()):
        found.append(f"{len(set(seen.last.values()) - pointed)} acknowledged ballots do not count")
    if (await in_the_box(house.database))[1] != len(seen.acknowledged):
        found.append("there are not as many ballots in the box as were acknowledged")
    if calamity.recovery > RECOVERED_WITHIN:
        found.append(f"the first receipt came {calamity.recovery:.1f} seconds after the database was back")
    return found


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_loses_nothing_and_is_got_over(house: House, mode: str) -> None:
    async with under_load(house) as calamity:
        await asyncio.to_thread(restart, house.cluster, mode)
    assert calamity.seen.statuses[503]
    assert await faults(house, calamity) == []


async def test_connections_that_are_cut_off_are_made_anew(house: House) -> None:
    async with under_load(house) as calamity:
        for _ in range(20):
            await asyncio.to_thread(_terminate, house)
            await asyncio.sleep(0.02)
    assert await faults(house, calamity) == []


async def test_with_no_connection_left_voters_are_asked_to_try_again(house: House) -> None:
    taken: list[psycopg.Connection] = []
    async with under_load(house) as calamity:
        try:
            await asyncio.to_thread(_take_all, house, taken)
            before = calamity.seen.statuses[503]
            await until(lambda: calamity.seen.statuses[503] > before + VOTERS)
        finally:
            for one in taken:
                one.close()
    assert await faults(house, calamity) == []


def _take_all(house: House, taken: list[psycopg.Connection]) -> None:
    """Every connection that the server has, those of the app too."""
    name = name_of(house.database.engine.url.render_as_string())
    _terminate(house)
    refused = 0
    while refused < MOST_CONNECTIONS:
        try:
            taken.append(
                psycopg.connect(
                    host=str(house.cluster.folder), user="postgres", dbname=name, application_name="campaign"
                )
            )
        except psycopg.OperationalError:
            refused += 1
            if taken:
                with suppress(psycopg.Error):
                    taken[0].execute(TERMINATE.encode())
                    taken[0].commit()


TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name <> 'campaign'"
)


def _terminate(house: House) -> None:
    """Cut off every connection of the app."""
    name = name_of(house.database.engine.url.render_as_string())
    with psycopg.connect(
        host=str(house.cluster.folder), user="postgres", dbname=name, application_name="campaign"
    ) as connection:
        connection.execute(TERMINATE.encode())


async def blocked(house: House) -> Calamity:
    """Somebody begins a transaction, locks the round's row in it, and goes for a walk."""
    name = name_of(house.database.engine.url.render_as_string())
    async with under_load(house) as calamity:
        walker = await psycopg.AsyncConnection.connect(
            host=str(house.cluster.folder), user="postgres", dbname=name, application_name="campaign"
        )
        try:
            await walker.execute("SELECT 1 FROM rounds FOR UPDATE")
            before = sum(calamity.seen.statuses.values())
            await until(lambda: sum(calamity.seen.statuses.values()) >= before + 2 * VOTERS, patience=5)
        finally:
            await walker.close()
    return calamity


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engines.POSTGRES_LIMITS, "lock_timeout", "200ms")


@pytest.mark.usefixtures("impatient")
async def test_a_lock_that_somebody_keeps_holds_nobody_up_for_long(cluster: Cluster, tmp_path: Path) -> None:
    async with house_on(cluster, tmp_path) as house:
        calamity = await blocked(house)
        assert calamity.seen.statuses[503]
        assert await faults(house, calamity) == []


async def test_without_a_limit_that_lock_holds_everybody_up(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engines.POSTGRES_LIMITS, "lock_timeout", "0")
    async with house_on(cluster, tmp_path) as house:
        with pytest.raises((TimeoutError, ExceptionGroup)):
            await blocked(house)


async def test_a_cast_of_a_process_that_stands_still_lets_the_round_go(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "set_config" in str(rounds._SHARED_TURN)  # the statement that takes the place in the line sets the limit
    turn = func.pg_advisory_xact_lock_shared(bindparam("line", type_=BigInteger))
    still = func.set_config("idle_in_transaction_session_timeout", "300ms", True)
    monkeypatch.setattr(rounds, "_SHARED_TURN", select(still, turn))
    async with house.database.session(write=False) as db:
        round_id = (await db.execute(text("SELECT id FROM rounds"))).scalar_one()
        round_ = await rounds.round_of(db, "harbourside-2026", None)
    woken = False
    with suppress(DBAPIError):  # its connection is gone when it wakes
        async with house.database.session(write=True) as frozen:
            await rounds.share(frozen, round_id)
            async with house.database.session(write=True) as db:
                assert (await rounds.lock(db, round_)).id == round_id
                woken = True
    assert woken


async def test_a_mistake_that_is_not_the_databases_is_still_told_as_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "is_passing", lambda _error: False)
    async with browser(house.app) as client:
        await asyncio.to_thread(house.cluster.halt, "fast")
        try:
            answer = await client.get("/api/rounds")
        finally:
            await asyncio.to_thread(house.cluster.launch)
    assert answer.status_code == 500


async def test_a_database_that_answers_before_it_has_written_loses_votes(hasty: Cluster, tmp_path: Path) -> None:
    async with house_on(hasty, tmp_path) as house:
        async with house.database.engine.connect() as connection:
            await connection.execute(text("CHECKPOINT"))  # or the vote itself is lost, and nobody votes on
        async with under_load(house) as calamity:
            await asyncio.to_thread(restart, hasty, "immediate")
        assert any("there are not as many ballots" in fault for fault in await faults(house, calamity))
