"""The restore drill: a backup under load, restored on another machine, has all that was acknowledged before it began.

And whatever is there is whole. The real commands do it, as an operator would: `pbvote serve`, `backup`, `restore`.
"""

from __future__ import annotations

import asyncio
import copy
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pbvote.db import connect
from pbvote.keys import read_keys
from pbvote.operations.continuing import continue_logs
from tests.campaigns.box import Verdict, examine
from tests.campaigns.crowd import Habits, crowd
from tests.campaigns.ledger import NEVER, Ledger
from tests.campaigns.rows import runs
from tests.campaigns.serving import Server
from tests.campaigns.town import Town, new_database
from tests.postgres import Cluster

ROOT = Path(__file__).parents[2]
CLIENTS = 8
FEW, MANY = 120, 1_000  # acknowledged before the backup begins
DRILLS = 20


@dataclass(frozen=True)
class Drill:
    """What came of one: the restored town, the ledger as of the beginning of the backup, and that of the end."""

    restored: Town
    before: Ledger
    after: Ledger
    during: int


async def pbvote(town: Town, *arguments: str) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PBVOTE_")} | town.env
    command = (sys.executable, "-m", "pbvote", *arguments)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, env=env, cwd=ROOT, stdout=pipe, stderr=pipe)
    _, problem = await process.communicate()
    assert process.returncode == 0, problem.decode()


async def reached(ledger: Ledger, number: int) -> None:
    while ledger.acknowledged < number:  # noqa: ASYNC110  # the ledger tells nobody when it grows
        await asyncio.sleep(0.005)


def as_of(ledger: Ledger, acknowledged: set[str]) -> Ledger:
    """The ledger as if only these had been answered: all others may be in the box, or not."""
    judged = copy.deepcopy(ledger)
    for attempt in judged.attempts:
        if attempt.acknowledged and attempt.key not in acknowledged:
            attempt.receipt, attempt.done = "", NEVER
    judged.acknowledged = len(acknowledged)
    return judged


def elsewhere(town: Town, folder: Path, url: str | None) -> Town:
    """Another machine with the same keys and an empty database."""
    env = town.env | {"PBVOTE_DATA_DIR": str(folder / "data")}
    env["PBVOTE_DATABASE_URL"] = url or f"sqlite+aiosqlite:///{folder / 'data' / 'pbvote.db'}"
    return replace(town, folder=folder, env=env)


async def drill(town: Town, folder: Path, url: str | None, number: int, seed: int) -> Drill:
    backup, server, ledger, stop = folder / "drill.pbbackup", Server(town), Ledger(), asyncio.Event()
    await asyncio.to_thread(folder.mkdir, parents=True)
    await asyncio.to_thread(server.start)
    try:
        habits = Habits(seed=seed)
        voting = asyncio.create_task(crowd([server.address], town, ledger, CLIENTS, 10**9, habits=habits, stop=stop))
        await reached(ledger, number)
        before = {attempt.key for attempt in ledger.attempts if attempt.acknowledged}
        await pbvote(town, "backup", str(backup))
        during = ledger.acknowledged - len(before)
        await reached(ledger, ledger.acknowledged + CLIENTS)
        stop.set()
        await voting
    finally:
        await asyncio.to_thread(server.stop)
    ledger.server_gone()
    target = elsewhere(town, folder / "elsewhere", url)
    await pbvote(target, "restore", str(backup))
    return Drill(target, as_of(ledger, before), ledger, during)


async def judged(done: Drill) -> Verdict:
    assert done.during > 0, "nobody voted while the backup was made"
    return await examine(done.restored, done.before)


async def test_a_backup_under_load_has_everything_that_was_acknowledged_before_it(
    town: Town, tmp_path: Path, durable_cluster: Cluster
) -> None:
    """SQLite is restored as SQLite, PostgreSQL as PostgreSQL; then the vote goes on there."""
    url = None if town.settings.embedded else new_database(durable_cluster)
    done = await drill(town, tmp_path / "drill", url, FEW, 1)
    verdict = await judged(done)
    assert verdict.good, verdict
    assert verdict.acknowledged >= FEW
    # The negative control: had the backup begun later, what it lacks would be found to be lost.
    late = await examine(done.restored, done.after)
    assert len(late.lost) > 0
    await goes_on(done.restored)


async def goes_on(town: Town) -> None:
    database = connect(town.database_url)
    async with database.session(write=True) as db:
        said = await continue_logs(db, read_keys(town.settings.keys_dir), None, [], nothing_newer=True)
    await database.close()
    assert len(said) == 1


async def test_a_copy_of_the_file_alone_is_no_backup(sqlite_town: Town, tmp_path: Path) -> None:
    """The control of the means: what many do, copying the database's file while it is in use, loses votes."""
    town = sqlite_town.moved(tmp_path / "town")
    server, ledger = Server(town), Ledger()
    await asyncio.to_thread(server.start)
    try:
        await crowd([server.address], town, ledger, CLIENTS, FEW, habits=Habits(seed=2))
        target = elsewhere(town, tmp_path / "elsewhere", None)
        await asyncio.to_thread(target.data.mkdir, parents=True)
        await asyncio.to_thread(shutil.copy, town.data / "pbvote.db", target.data / "pbvote.db")
    finally:
        await asyncio.to_thread(server.stop)
    verdict = await examine(target, ledger)
    assert verdict.lost or verdict.corrupt


@pytest.mark.campaign
@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "sqlite to postgresql"])
async def test_twenty_drills(
    kind: str, tmp_path: Path, sqlite_town: Town, postgres_town: Town, durable_cluster: Cluster
) -> None:
    """Each begins with a fresh town; the number of drills is PBVOTE_CAMPAIGN_RUNS, 20 by default."""
    template = postgres_town if kind == "postgresql" else sqlite_town
    fresh = towns(template, tmp_path, durable_cluster)
    good = 0
    for number in range(runs(DRILLS)):
        url = None if kind == "sqlite" else new_database(durable_cluster)
        done = await drill(fresh(number), tmp_path / f"drill-{number}", url, MANY, number)
        verdict = await judged(done)
        assert verdict.good, f"drill {number}: {verdict}"
        good += 1
        print(f"{kind}, drill {number + 1}: {verdict} {done.during} votes came in while it was made.")  # noqa: T201
    assert good == runs(DRILLS)


def towns(template: Town, folder: Path, cluster: Cluster) -> Callable[[int], Town]:
    def fresh(number: int) -> Town:
        url = None if template.settings.embedded else new_database(cluster, template.database_url)
        return template.moved(folder / f"town-{number}", url)

    return fresh
