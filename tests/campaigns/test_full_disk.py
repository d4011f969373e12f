"""A full disk: casts are refused with 503 and none is lost, and the server goes on by itself when there is room again.

The data folder, or PostgreSQL's write-ahead log, lies on a small file system in memory, which is filled at a random
moment and freed after a while. Mounting one needs the right to; where that is forbidden these tests are skipped.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests.campaigns.fire import Campaign, Fire, Strike, campaign, simply, struck
from tests.campaigns.rows import runs
from tests.campaigns.serving import BROKEN, Server
from tests.campaigns.town import Town, build_town, new_database
from tests.postgres import Cluster

FEW, MANY = 40, 700
NEVER_LOOKS = "never-looks"
MIB = 1024 * 1024
SMALL, WITH_RESERVE, FOR_LOG = 24, 288, 96  # MiB: without room for the reserve file, with it, and for PostgreSQL's log
GIVE_UP = 60.0


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A file system of so many MiB at this folder. Skips the test where it cannot be mounted."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}m,mode=0700", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> None:
    """Take all the room that is left."""
    number = os.open(folder / "ballast", os.O_RDWR | os.O_CREAT)
    at, step = os.fstat(number).st_size, 4 * MIB
    while step >= 4096:
        try:
            os.posix_fallocate(number, at, step)
        except OSError:
            step //= 2
        else:
            at += step
    os.close(number)


def free(folder: Path) -> None:
    """Give it back."""
    (folder / "ballast").unlink(missing_ok=True)


async def full_until_refused(fire: Fire, folder: Path) -> None:
    """Keep the disk full until casts were refused (whatever the server gives up meanwhile), and a moment longer."""
    refused, end = fire.figures.statuses[503], time.monotonic() + GIVE_UP
    while fire.figures.statuses[503] == refused and time.monotonic() < end:
        await asyncio.to_thread(fill, folder)
        await asyncio.sleep(0.01)
    await asyncio.sleep(fire.chance.random())
    assert fire.figures.statuses[503] > refused, "the disk was full, and no cast was refused"


def filled(casts: int, folder: Path | None = None, cluster: Cluster | None = None) -> Strike:
    """Fill the disk after some casts and free it; the server must take casts again. Then it is killed."""

    async def strike(fire: Fire) -> None:
        where = folder or fire.town.data
        await fire.until(fire.chance.randint(casts // 4, casts))
        await asyncio.to_thread(fill, where)
        if cluster:
            await asyncio.to_thread(begin_new_file, cluster)
        if BROKEN in fire.server.program:
            await asyncio.sleep(2)
        else:
            await full_until_refused(fire, where)
        free(where)
        if cluster:
            await asyncio.to_thread(answer_again, cluster)
        if BROKEN not in fire.server.program:
            await fire.until(fire.chance.randint(casts // 4, casts))
            assert set(fire.figures.statuses) <= {0, 200, 503}, fire.figures.statuses
        await fire.kill()

    return strike


def begin_new_file(cluster: Cluster) -> None:
    """Let PostgreSQL need room for its log now, and not only when 16 MB are written."""
    with suppress(psycopg.Error), psycopg.connect(host=str(cluster.folder), user="postgres", autocommit=True) as db:
        db.execute("SELECT pg_switch_wal()")


def answer_again(cluster: Cluster) -> None:
    """PostgreSQL restarts by itself; where its log left no room even for that it has ended, and is launched again."""
    end = time.monotonic() + GIVE_UP
    while time.monotonic() < end:
        with suppress(psycopg.Error), psycopg.connect(host=str(cluster.folder), user="postgres", connect_timeout=5):
            return
        time.sleep(0.5)
        if not cluster.runs():
            cluster.launch()


@pytest.mark.parametrize("size", [SMALL, WITH_RESERVE])
async def test_nothing_acknowledged_is_lost_on_a_full_disk(size: int, sqlite_town: Town, tmp_path: Path) -> None:
    with small_disk(tmp_path / "town" / "data", size):
        town = sqlite_town.moved(tmp_path / "town")
        for verdict, acknowledged in await struck(town, Server(town), 1, 1, filled(FEW)):
            assert verdict.good, verdict
            assert acknowledged >= FEW // 2


async def test_a_server_that_does_not_look_whether_its_commit_succeeded_loses_votes(
    sqlite_town: Town, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "town" / "data", SMALL):
        town = sqlite_town.moved(tmp_path / "town")
        found = await struck(town, Server(town, program=(BROKEN, NEVER_LOOKS)), 2, 3, filled(FEW))
        assert found[-1][0].lost


@pytest.fixture(scope="module")
def cramped_cluster() -> Iterator[tuple[Cluster, Path]]:
    """A durable PostgreSQL whose write-ahead log lies on a small disk."""
    # a log that used its old files again would need no room
    cluster = Cluster(durable=True, min_wal_size="32MB", max_wal_size="48MB", wal_recycle="off")
    with small_disk(cluster.folder / "small", FOR_LOG) as small:
        cluster.start()
        cluster.halt()
        log = cluster.folder / "data" / "pg_wal"
        shutil.copytree(log, small / "pg_wal", copy_function=shutil.copy2)
        shutil.rmtree(log)
        log.symlink_to(small / "pg_wal")
        owner = (cluster.folder / "data").stat()
        for path in (small, *small.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)
        cluster.launch()
        yield cluster, small
        cluster.stop()


async def test_nothing_acknowledged_is_lost_when_postgresql_has_no_room_for_its_log(
    cramped_cluster: tuple[Cluster, Path], tmp_path: Path
) -> None:
    cluster, small = cramped_cluster
    town = await build_town(tmp_path / "town", 100, new_database(cluster))
    for verdict, acknowledged in await struck(town, Server(town), 3, 1, filled(FEW, small, cluster)):
        assert verdict.good, verdict
        assert acknowledged >= FEW // 2


@pytest.mark.campaign
async def test_sixty_full_disks_on_sqlite(sqlite_town: Town, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disks" / "data", WITH_RESERVE) as disk:

        def fresh(number: int) -> Town:
            assert number, "runs are counted from one"
            for path in disk.iterdir():  # they come one after the other
                path.unlink()
            return sqlite_town.moved(tmp_path / "disks")

        told = Campaign("full disk", "SQLite", runs(60))
        await campaign(told, fresh, simply(filled(MANY)), NEVER_LOOKS)


@pytest.mark.campaign
async def test_forty_full_disks_of_postgresql(cramped_cluster: tuple[Cluster, Path], tmp_path: Path) -> None:
    cluster, small = cramped_cluster
    template = await build_town(tmp_path / "template", 400, new_database(cluster))

    def fresh(number: int) -> Town:
        return template.moved(tmp_path / str(number), new_database(cluster, template.database_url))

    told = Campaign("full disk (its log)", "PostgreSQL", runs(40))
    await campaign(told, fresh, simply(filled(MANY, small, cluster)), NEVER_LOOKS)
