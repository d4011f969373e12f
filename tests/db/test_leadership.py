"""One of several leads; when it cannot be sure that it does, it stops before another one begins."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from pbvote.db import Database
from pbvote.db import leadership as module
from pbvote.db.addresses import PATIENCE, database_file, patient
from pbvote.db.leadership import LOCK, lead

OF_THE_LEADER = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE application_name LIKE 'pbvote leader %' AND datname = current_database()"
)


@dataclass
class Team:
    """Processes that would lead, here as tasks: what each of them does, and whether two ever did it at once."""

    url: str
    working: set[str] = field(default_factory=set)
    told: dict[str, bool] = field(default_factory=dict)
    most_at_once: int = 0
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        async def work() -> None:
            self.working.add(name)
            self.most_at_once = max(self.most_at_once, len(self.working))
            try:
                await asyncio.Event().wait()
            finally:
                self.working.discard(name)

        def tell(leading: bool) -> None:  # noqa: FBT001  # as the app is told
            self.told[name] = leading

        self.tasks[name] = asyncio.create_task(lead(self.url, [work], tell))

    async def stop(self, name: str) -> None:
        task = self.tasks.pop(name)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    @property
    def leader(self) -> str | None:
        return next(iter(self.working), None)


@asynccontextmanager
async def team(url: str, *names: str) -> AsyncIterator[Team]:
    made = Team(url)
    for name in names:
        made.start(name)
    try:
        yield made
    finally:
        for name in list(made.tasks):
            await made.stop(name)


async def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "waited too long"
        await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """All in a fifth of the time."""
    for name in ("HEARTBEAT", "PATIENCE", "SILENCE", "LOOK_EVERY"):
        monkeypatch.setattr(module, name, getattr(module, name) / 5)


async def test_one_of_three_leads_and_another_one_when_it_ends(database_url: str) -> None:
    async with team(database_url, "a", "b", "c") as three:
        for left in (3, 2, 1):
            await until(lambda: three.leader is not None)
            await asyncio.sleep(3 * module.HEARTBEAT)  # the others ask, and are told no
            assert three.most_at_once == 1
            assert [name for name, leading in three.told.items() if leading] == [three.leader]
            assert len(three.tasks) == left
            ended = str(three.leader)
            await three.stop(ended)
            assert three.told[ended] is False
        assert three.leader is None


async def lose_the_lock(database: Database) -> None:
    """What happens when a server ends a session, or somebody removes the file."""
    file = database_file(database.engine.url)
    if file:
        file.with_name(f"{file.name}-leader").unlink()
        return
    async with database.session(write=True) as db:
        await db.execute(sa.text(OF_THE_LEADER))


async def test_a_leader_that_loses_its_lock_stops_before_another_one_begins(
    database_url: str, database: Database
) -> None:
    async with team(database_url, "a") as two:
        await until(lambda: two.leader == "a")
        await lose_the_lock(database)
        await until(lambda: two.told["a"] is False)
        two.start("b")
        await until(lambda: two.leader is not None)
        assert two.most_at_once == 1


async def test_a_leader_that_is_not_answered_stops_before_the_server_lets_go(
    postgres_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its next heartbeat never comes, as when it stands still or its network is gone."""
    async with team(postgres_database_url, "a") as two:
        await until(lambda: two.leader == "a")
        monkeypatch.setattr(module, "HEARTBEAT", 60.0)
        await asyncio.sleep(module.PATIENCE / 2)
        monkeypatch.setattr(module, "HEARTBEAT", 0.2)
        two.start("b")
        await until(lambda: two.leader == "b")
        assert two.most_at_once == 1


async def test_control_with_more_patience_than_the_server_has_two_would_lead(
    postgres_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 60.0)
    async with team(postgres_database_url, "a") as two:
        await until(lambda: two.leader == "a")
        monkeypatch.setattr(module, "HEARTBEAT", 60.0)
        await asyncio.sleep(0.5)
        monkeypatch.setattr(module, "HEARTBEAT", 0.2)
        two.start("b")
        await until(lambda: two.most_at_once == 2)


def test_the_leader_has_less_patience_than_the_server() -> None:
    assert 5 * module.PATIENCE + 5 * module.HEARTBEAT <= 5 * module.SILENCE
    assert -(2**63) <= LOCK < 2**63


def test_what_an_operator_writes_into_the_address_comes_first() -> None:
    url = patient("postgresql+psycopg://u:p@/d?host=a,b&connect_timeout=9&options=-c%20x%3D1", options="-c y=2")
    assert url.query["connect_timeout"] == "9"
    assert url.query["tcp_user_timeout"] == PATIENCE["tcp_user_timeout"]
    assert url.query["options"] == "-c x=1 -c y=2"
    assert url.query["host"] == "a,b"
