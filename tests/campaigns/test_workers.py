"""Two processes on one database: one is killed under load, the one that leads is killed, and all are told to stop."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from pbvote.db.leadership import LOCK
from tests.campaigns.box import examine
from tests.campaigns.crowd import Habits, crowd
from tests.campaigns.ledger import Ledger
from tests.campaigns.serving import Server
from tests.campaigns.town import Town, name_of

pytestmark = pytest.mark.anyio
CLIENTS, CASTS, RATE = 8, 400, 100.0
PATIENCE = 60.0
MOST_SECONDS_WITHOUT_A_LEADER = 10.0
ADVISORY = (
    "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_database d ON d.oid = "
    "l.database WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND d.datname = %s "
    "AND ((l.classid::bigint << 32) | l.objid::bigint) = %s"
)


def workers(server: Server) -> list[int]:
    """The children of the server's first process, the oldest first."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return [int(pid) for pid in children.read_text().split()]


def leader(town: Town) -> int | None:
    """The process that leads: who has the lock."""
    if town.settings.embedded:
        path = town.data / "pbvote.db-leader"
        inode = path.stat().st_ino if path.exists() else -1
        found = re.findall(rf"FLOCK +ADVISORY +WRITE (\d+) \w+:\w+:{inode} ", Path("/proc/locks").read_text())
        return int(found[0]) if found else None
    folder = town.database_url.rpartition("host=")[2]
    with psycopg.connect(host=folder, user="postgres", autocommit=True) as connection:
        row = connection.execute(ADVISORY, (name_of(town.database_url), LOCK)).fetchone()
    return int(row[0].rpartition(" ")[2]) if row else None


def ready(town: Town, server: Server) -> bool:
    """Whether two processes would lead if they could, so both have started."""
    if town.settings.embedded:
        return sum(_has_open(pid, "pbvote.db-leader") for pid in workers(server)) == 2
    folder = town.database_url.rpartition("host=")[2]
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pbvote leader %%' AND datname = %s"
    with psycopg.connect(host=folder, user="postgres", autocommit=True) as connection:
        return connection.execute(count, (name_of(town.database_url),)).fetchone() == (2,)


def _has_open(pid: int, name: str) -> bool:
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            if link.readlink().name == name:
                return True
    return False


async def until(holds: object) -> float:
    assert callable(holds)
    begun = time.monotonic()
    while not await asyncio.to_thread(holds):
        assert time.monotonic() - begun < PATIENCE, "waited too long"
        await asyncio.sleep(0.05)
    return time.monotonic() - begun


async def test_workers_die_and_others_take_their_place(town: Town) -> None:
    server, ledger = Server(town, workers=2), Ledger()
    with server:
        await until(lambda: ready(town, server) and leader(town) is not None)
        habits = Habits(patience=PATIENCE, rate=RATE)
        load = asyncio.create_task(crowd([server.address], town, ledger, CLIENTS, CASTS, habits=habits))
        await until(lambda: ledger.acknowledged >= CASTS // 4)
        led = leader(town)
        assert led in workers(server)
        os.kill(led, signal.SIGKILL)
        taken = await until(lambda: leader(town) not in {None, led})
        figures = await load
        await until(lambda: len(workers(server)) == 2)
        assert server.stop() == 0
    ledger.server_gone()
    verdict = await examine(town, ledger)
    print(f"\nled again after {taken:.1f} s; {verdict} {dict(figures.statuses)}")  # noqa: T201  # the figures
    assert verdict.good, str(verdict)
    assert taken < MOST_SECONDS_WITHOUT_A_LEADER
    assert set(figures.statuses) <= {0, 200}
    # Only what the dead one had under way went without an answer, and was sent again.
    assert figures.statuses[0] <= CLIENTS
    assert figures.acknowledged == CASTS
