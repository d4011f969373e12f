"""Disks that fail: on whatever write or sync it is, what was acknowledged is there after a power cut.

A sync that fails is the hard case: the kernel forgets what it could not write and says yes the next time (`disk.py`
does so too). SQLite writes the frames of the failed commit anew, over the old ones, before the next commit counts.
"""

from __future__ import annotations

import asyncio
import errno
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaigns.box import examine
from tests.campaigns.crowd import Figures, Habits, crowd
from tests.campaigns.disk import Control, Disk, compiled
from tests.campaigns.fire import Campaign, Fire, Served, Strike, campaign, struck
from tests.campaigns.ledger import Ledger
from tests.campaigns.rows import runs
from tests.campaigns.serving import BROKEN, Server
from tests.campaigns.town import Town

FEW, MANY, MOST_STEPS = 30, 340, 60
NEVER_LOOKS = "never-looks"
# What fails, with which error (0: a write is cut short), and how often in a row. The server tries a batch twice.
FAULTS = (
    ("write", errno.EIO, 1),
    ("write", errno.EIO, 6),
    ("write", errno.ENOSPC, 6),
    ("write", 0, 1),
    ("sync", errno.EIO, 1),
    ("sync", errno.EIO, 3),
)


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("shim"))


def steps(control: Control, kind: str, error: int, times: int) -> Iterator[int]:
    """Let the first write (or sync) fail, then the second, and so on, until one cast has no more of them."""
    for number in range(1, MOST_STEPS):
        before = control["failed"]
        control.fail(kind, number, error, times)
        yield number
        control.mend()
        if control["failed"] == before:
            return


@pytest.mark.parametrize(("kind", "error", "times"), FAULTS)
async def test_whichever_step_of_a_cast_fails(
    kind: str, error: int, times: int, sqlite_town: Town, shim: Path, tmp_path: Path
) -> None:
    town, ledger, figures = sqlite_town.moved(tmp_path / "town"), Ledger(), Figures()
    disk = Disk(town.data, town.folder / "disk", random.Random(7))  # noqa: S311  # what a disk keeps
    control = disk.begin()
    server = Server(town, preload=shim, env=disk.env)
    await asyncio.to_thread(server.start)
    for number in steps(control, kind, error, times):
        voting = asyncio.create_task(
            crowd([server.address], town, ledger, 1, 1, habits=Habits(seed=number), figures=figures)
        )
        answers = figures.statuses.total()
        while not voting.done() and figures.statuses.total() == answers:  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(0.005)
        control.mend()  # if it was refused the voter sends it again, and now it is stored
        await voting
    await asyncio.to_thread(server.kill)
    ledger.server_gone()
    disk.cut()
    verdict = await examine(town, ledger)
    assert verdict.good, verdict
    assert control["failed"]
    assert set(figures.statuses) <= {200, 503}, figures.statuses


def failing(shim: Path, casts: int) -> Served:
    """A server whose disk fails now and then; it must go on by itself. Then it is killed, or its power is cut."""

    def served(town: Town, program: tuple[str, ...]) -> tuple[Server, Strike]:
        disk = Disk(town.data, town.folder / "disk", random.Random(str(town.folder)))  # noqa: S311  # what a disk keeps
        controls = [disk.begin()]

        async def strike(fire: Fire) -> None:
            await fire.until(fire.chance.randint(casts // 4, casts))
            kind, error, times = fire.chance.choice(FAULTS)
            controls[-1].fail(kind, fire.chance.randint(1, 40), error, times * fire.chance.randint(1, 4))
            await fire.until(fire.chance.randint(casts // 8, casts // 2))
            controls[-1].mend()
            await fire.until(fire.chance.randint(casts // 8, casts // 2))
            await fire.kill()
            if fire.chance.random() < 0.7:
                disk.cut()

        server = Server(town, preload=shim, env=disk.env, program=program)
        server.before_start = lambda: controls.append(disk.begin())
        return server, strike

    return served


async def test_a_server_that_does_not_look_whether_its_commit_succeeded_loses_votes(
    sqlite_town: Town, shim: Path, tmp_path: Path
) -> None:
    town = sqlite_town.moved(tmp_path / "town")
    server, strike = failing(shim, 2 * FEW)(town, (BROKEN, NEVER_LOOKS))
    found = await struck(town, server, 5, 20, strike)  # it ends with the first loss
    assert found[-1][0].lost


@pytest.mark.campaign
async def test_three_hundred_disks_that_fail(sqlite_town: Town, shim: Path, tmp_path: Path) -> None:
    def fresh(number: int) -> Town:
        return sqlite_town.moved(tmp_path / str(number))

    await campaign(Campaign("I/O errors", "SQLite", runs(300)), fresh, failing(shim, MANY), NEVER_LOOKS)
