"""A power cut under load: what was acknowledged is on the disk, not only in the kernel's memory.

The server runs with `shim.c`, and at a random moment all is killed and the folder becomes what a disk would have
(`disk.py`). With a commit that does not wait for the disk the same cuts lose votes.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.campaigns.disk import Disk, compiled
from tests.campaigns.fire import Campaign, Fire, Served, Strike, campaign, struck
from tests.campaigns.rows import runs
from tests.campaigns.serving import BROKEN, Server
from tests.campaigns.town import Town

FEW, MANY = 60, 340
NOT_SYNCED = "commits-are-not-synced"


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("shim"))


def watched(shim: Path, casts: int) -> Served:
    """A server whose folder is watched, and what cuts its power after about so many casts."""

    def served(town: Town, program: tuple[str, ...]) -> tuple[Server, Strike]:
        disk = Disk(town.data, town.folder / "disk", random.Random(str(town.folder)))  # noqa: S311  # what a disk keeps
        disk.begin()

        async def strike(fire: Fire) -> None:
            await fire.until(fire.chance.randint(casts // 2, casts * 3 // 2))
            await fire.kill()
            disk.cut()

        server = Server(town, preload=shim, env=disk.env, program=program)
        server.before_start = disk.begin
        return server, strike

    return served


async def test_nothing_acknowledged_is_lost_in_a_power_cut(sqlite_town: Town, shim: Path, tmp_path: Path) -> None:
    town = sqlite_town.moved(tmp_path / "town")
    server, strike = watched(shim, FEW)(town, ("pbvote",))
    for verdict, acknowledged in await struck(town, server, 1, 2, strike):
        assert verdict.good, verdict
        assert acknowledged >= FEW // 2


async def test_a_commit_that_does_not_wait_for_the_disk_loses_votes(
    sqlite_town: Town, shim: Path, tmp_path: Path
) -> None:
    town = sqlite_town.moved(tmp_path / "town")
    server, strike = watched(shim, FEW)(town, (BROKEN, NOT_SYNCED))
    found = await struck(town, server, 1, 4, strike)
    assert found[-1][0].lost


@pytest.mark.campaign
async def test_three_hundred_power_cuts(sqlite_town: Town, shim: Path, tmp_path: Path) -> None:
    def fresh(number: int) -> Town:
        return sqlite_town.moved(tmp_path / str(number))

    await campaign(Campaign("power cut", "SQLite", runs(300)), fresh, watched(shim, MANY), NOT_SYNCED)
