"""kill -9 under load: whatever moment it comes at, what was acknowledged is in the box, once."""

from __future__ import annotations

import asyncio
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.campaigns.fire import Campaign, Fire, Strike, campaign, simply, struck
from tests.campaigns.rows import runs
from tests.campaigns.serving import BROKEN, Server
from tests.campaigns.town import Town, new_database
from tests.postgres import Cluster

FEW, MANY, LAUNCHES = 60, 340, 20
ANSWERS_FIRST = "answers-first"


def kill_after(casts: int) -> Strike:
    """Kill the server after about so many casts, now and then once more while it starts."""

    async def strike(fire: Fire) -> None:
        await fire.until(fire.chance.randint(casts // 2, casts * 3 // 2))
        await fire.kill()
        if fire.chance.random() < 0.1:
            fire.server.start(wait=False)
            await asyncio.sleep(fire.chance.random() * 2)
            await fire.kill()

    return strike


def kill_also_the_database(casts: int, cluster: Cluster) -> Strike:
    """Every other time PostgreSQL is killed first, with all its processes; the server must find it again."""
    simply = kill_after(casts)

    async def strike(fire: Fire) -> None:
        if fire.chance.random() < 0.5:
            await fire.until(fire.chance.randint(casts // 4, casts // 2))
            await asyncio.to_thread(cluster.kill)
            await asyncio.to_thread(launch_again, cluster)
        await simply(fire)

    return strike


def launch_again(cluster: Cluster) -> None:
    """Start PostgreSQL, as a service manager does: again, if what is left of the dead one is still in its way."""
    for _ in range(LAUNCHES):
        with suppress(subprocess.CalledProcessError):
            cluster.launch()
            return
        time.sleep(1)
    cluster.launch()


async def test_nothing_acknowledged_is_lost_on_sqlite(sqlite_town: Town, tmp_path: Path) -> None:
    town = sqlite_town.moved(tmp_path / "town")
    for verdict, acknowledged in await struck(town, Server(town), 1, 2, kill_after(FEW)):
        assert verdict.good, verdict
        assert acknowledged >= FEW // 2


async def test_nothing_acknowledged_is_lost_on_postgresql(
    postgres_town: Town, durable_cluster: Cluster, tmp_path: Path
) -> None:
    town = postgres_town.moved(tmp_path / "town", new_database(durable_cluster, postgres_town.database_url))
    for verdict, acknowledged in await struck(town, Server(town), 2, 2, kill_also_the_database(FEW, durable_cluster)):
        assert verdict.good, verdict
        assert acknowledged >= FEW // 2


async def test_a_server_that_answers_before_it_commits_loses_votes(town: Town) -> None:
    found = await struck(town, Server(town, program=(BROKEN, ANSWERS_FIRST)), 3, 3, kill_after(FEW))
    assert found[-1][0].lost


@pytest.mark.campaign
async def test_kill_9_two_hundred_times_on_sqlite(sqlite_town: Town, tmp_path: Path) -> None:
    def fresh(number: int) -> Town:
        return sqlite_town.moved(tmp_path / str(number))

    await campaign(Campaign("kill -9 under load", "SQLite", runs(200)), fresh, simply(kill_after(MANY)), ANSWERS_FIRST)


@pytest.mark.campaign
async def test_kill_9_one_hundred_times_on_postgresql(
    postgres_town: Town, durable_cluster: Cluster, tmp_path: Path
) -> None:
    def fresh(number: int) -> Town:
        url = new_database(durable_cluster, postgres_town.database_url)
        return postgres_town.moved(tmp_path / str(number), url)

    strike = kill_also_the_database(MANY, durable_cluster)
    await campaign(Campaign("kill -9 under load", "PostgreSQL", runs(100)), fresh, simply(strike), ANSWERS_FIRST)
