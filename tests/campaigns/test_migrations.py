"""A migration is killed with -9 at any statement and at any moment: it is done as a whole or not at all."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext

import anyio
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection

from pbvote.db import Database, connect, migrations_folder
from pbvote.keys import Keys
from pbvote.settings import Settings
from tests.campaigns.stopping import migrate_until
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round, open_the_vote

OLD = "0006"  # before rounds were set up in full, and proposals, forums and people after them
KILLS, LONG_KILLS = 6, int(os.environ.get("PBVOTE_CAMPAIGN_SIZE", "200"))
PATIENCE = 120
# What a migration must leave as it is: some that it moves from table to table, and some that it does not touch.
KEPT = {
    "rounds": "SELECT slug, title, phase, voting_close_at FROM rounds ORDER BY slug",
    "projects": "SELECT number, title, cost FROM projects ORDER BY number",
    "proposals": "SELECT number, title, cost, status FROM proposals ORDER BY number",
    "electors": "SELECT code_hash FROM electors ORDER BY code_hash",
    "log": "SELECT number, leaf FROM log_leaves ORDER BY number",
    "checkpoints": "SELECT size, note FROM log_checkpoints ORDER BY size",
    "approvals": "SELECT action, subject FROM approvals ORDER BY action, subject, asked_at",
    "events": "SELECT kind FROM audit_events ORDER BY kind",
    "accounts": "SELECT email, password_hash FROM accounts ORDER BY email",
}
Shape = dict[str, list[str]]


@dataclass
class Old:
    """A database with data in it, at an older revision; its shape then, and at head."""

    url: str
    old: Shape
    new: Shape
    data: dict[str, list[tuple[object, ...]]]


def shape_of(connection: Connection) -> Shape:
    """The columns and indexes of each table, and where the migrations stand."""
    there = sa.inspect(connection)
    shape = {
        table: sorted(
            [column["name"] for column in there.get_columns(table)]
            + [f"index {index['name']}" for index in there.get_indexes(table)]
        )
        for table in there.get_table_names()
    }
    stands = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars()
    return {**shape, "stands at": list(stands)}


def data_of(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """What must not be lost."""
    return {name: [tuple(row) for row in connection.execute(sa.text(query))] for name, query in KEPT.items()}


async def _old(url: str, keys: Keys) -> Old:
    database = connect(url, SettableClock())
    try:
        clock = database.clock
        assert isinstance(clock, SettableClock)
        await _fill(database, keys, clock)
        writer = database.writer.execution_options(pbvote_write=True)
        async with writer.begin() as connection:
            new = await connection.run_sync(shape_of)
            await connection.run_sync(_downgrade)
            return Old(url, await connection.run_sync(shape_of), new, await connection.run_sync(data_of))
    finally:
        await database.close()


async def _fill(database: Database, keys: Keys, clock: SettableClock) -> None:
    await make_people(database)
    await make_round(database)
    await make_round(database, "castle-hill-2026", forum="castle-hill")
    await make_codes(database, keys, count=50)
    await open_the_vote(database, keys, clock)


def _downgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["connection"] = connection
    command.downgrade(config, OLD)


async def _look(url: str) -> tuple[Shape, dict[str, list[tuple[object, ...]]]]:
    database = connect(url)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(shape_of), await connection.run_sync(data_of)
    finally:
        await database.close()


@pytest.fixture
def old(settings: Settings, keys: Keys) -> Old:
    return anyio.run(_old, settings.database_url, keys)


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes that have our modules loaded already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.campaigns.stopping", "pbvote.schema"])
    return context


def killed(old: Old, processes: ForkServerContext, statement: int, *, piecemeal: bool = False) -> bool:
    """Whether the migration died before the n-th statement; it ends well if there are not as many."""
    child = processes.Process(target=migrate_until, args=(old.url, statement), kwargs={"piecemeal": piecemeal})
    child.start()
    child.join(PATIENCE)
    assert child.exitcode in {0, -signal.SIGKILL}
    return child.exitcode != 0


def stands(old: Old) -> str:
    """Whether the database is old or new, with its data whole; or what is wrong with it."""
    shape, data = anyio.run(_look, old.url)
    if data != old.data:
        return "its data are not whole"
    if shape == old.old:
        return "old"
    return "new" if shape == old.new else "neither old nor new"


def sweep(old: Old, processes: ForkServerContext, numbers: list[int]) -> None:
    """Kill it before each of these statements; it stays old."""
    for number in numbers:
        if not killed(old, processes, number):
            break
        assert stands(old) == "old", f"before statement {number}"
    killed(old, processes, 0)
    assert stands(old) == "new"
    killed(old, processes, 0)
    assert stands(old) == "new"


def test_killed_at_a_statement_it_stays_old_and_the_next_run_finishes(old: Old, processes: ForkServerContext) -> None:
    sweep(old, processes, [1, 2, 5, 40, 90, 140])


@pytest.mark.campaign
def test_killed_at_every_statement_it_stays_old_and_the_next_run_finishes(
    old: Old, processes: ForkServerContext
) -> None:
    sweep(old, processes, list(range(1, 10_000)))


def kill_at_moments(old: Old, processes: ForkServerContext, kills: int) -> int:
    """Kill it after random times; how many of them hit it while it ran. Then it is run to its end."""
    chance, hits = random.Random(7), 0  # noqa: S311  # moments, no secrets
    longest = 1.0
    for _ in range(kills):
        child = processes.Process(target=migrate_until, args=(old.url, 0))
        begun = time.monotonic()
        child.start()
        child.join(chance.random() * longest)
        if child.is_alive():
            child.kill()
            child.join(PATIENCE)
            hits += 1
        else:
            longest = time.monotonic() - begun
        stood = stands(old)
        assert stood in {"old", "new"}, stood
        if stood == "new":
            anyio.run(_back, old.url)
            assert stands(old) == "old"
    killed(old, processes, 0)
    assert stands(old) == "new"
    return hits


async def _back(url: str) -> None:
    database = connect(url)
    try:
        async with database.writer.execution_options(pbvote_write=True).begin() as connection:
            await connection.run_sync(_downgrade)
    finally:
        await database.close()


def test_killed_at_any_moment_it_is_old_or_new(old: Old, processes: ForkServerContext) -> None:
    kill_at_moments(old, processes, KILLS)


@pytest.mark.campaign
def test_killed_at_very_many_moments_it_is_old_or_new(old: Old, processes: ForkServerContext) -> None:
    assert kill_at_moments(old, processes, LONG_KILLS) > LONG_KILLS // 4


def test_of_two_at_once_one_waits_and_finds_it_done(old: Old, processes: ForkServerContext) -> None:
    both = [processes.Process(target=migrate_until, args=(old.url, 0)) for _ in range(2)]
    for child in both:
        child.start()
    for child in both:
        child.join(PATIENCE)
    assert [child.exitcode for child in both] == [0, 0]
    assert stands(old) == "new"


def test_without_one_transaction_a_kill_leaves_it_between(old: Old, processes: ForkServerContext) -> None:
    assert killed(old, processes, 40, piecemeal=True)
    assert stands(old) not in {"old", "new"}
