"""Paging through an audit log of 1,000,000 events: how long one page takes, on SQLite and PostgreSQL.

    python bench/audit_log.py [EVENTS] [sqlite|postgresql ...]

Pages are asked for as the website does: of everything, of one round, one person, one kind, of a forum with forty
rounds, of a day, and each also from a place deep in the log. The figures are the median and the worst of several
pages. PostgreSQL is a throw-away cluster that does not wait for the disk.
"""

from __future__ import annotations

import asyncio
import platform
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from sqlalchemy import text

from pbvote.audit.reading import Place, Wanted, events
from pbvote.db import Database, connect, migrate
from tests.postgres import Cluster

SIZE = 51  # a page and the event that says whether there is another
TIMES = 7
ROUNDS, PEOPLE, KINDS = 400, 40, 60
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
EVERY = timedelta(seconds=190)  # a million of them make six years

# The same rows on both: event n is of round n % ROUNDS, by person n % PEOPLE, of kind n % KINDS.
FILL = {
    "sqlite": """
        WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < :events)
        INSERT INTO audit_events (id, at, actor_id, round_id, kind, data)
        SELECT printf('%032x', n), strftime('%Y-%m-%d %H:%M:%f000', 1577836800 + n * 190, 'unixepoch'),
               printf('%032x', n % :people), printf('%032x', n % :rounds), 'kind_' || (n % :kinds), '{"number": 1}'
        FROM n
    """,
    "postgresql": """
        INSERT INTO audit_events (id, at, actor_id, round_id, kind, data)
        SELECT lpad(to_hex(n), 32, '0')::uuid, to_timestamp(1577836800 + n * 190),
               lpad(to_hex(n % :people), 32, '0')::uuid, lpad(to_hex(n % :rounds), 32, '0')::uuid,
               'kind_' || (n % :kinds), '{"number": 1}'
        FROM generate_series(0, :events - 1) AS n
    """,
}


async def fill(database: Database, kind: str, size: int) -> None:
    """As many events as asked for."""
    numbers = {"events": size, "people": PEOPLE, "rounds": ROUNDS, "kinds": KINDS}
    async with database.session(write=True) as db:
        await db.execute(text(FILL[kind]), numbers)
    async with database.session(write=True) as db:
        await db.execute(text("ANALYZE audit_events" if kind == "postgresql" else "ANALYZE"))


async def one(database: Database, what: str, wanted: Wanted, after: Place | None) -> None:
    """Print how long a page takes."""
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        async with database.session(write=False) as db:
            found = await events(db, wanted, after, SIZE)
        took.append((time.perf_counter() - began) * 1_000)
    print(f"  {what:<46} {statistics.median(took):7.1f} ms, worst {max(took):7.1f} ms, {len(found)} events")


async def measure(url: str, kind: str, size: int) -> None:
    """Every way to page, from the newest event and from the middle."""
    await migrate(url)
    database = connect(url)
    began = time.perf_counter()
    await fill(database, kind, size)
    print(f"{kind}: {size:,} events written in {time.perf_counter() - began:.0f} s")
    middle = BEGAN + EVERY * (size // 2)
    ways = {
        "everything": Wanted(),
        "one round": Wanted(rounds=[UUID(int=7)]),
        "a forum with forty rounds": Wanted(rounds=[UUID(int=at) for at in range(40)]),
        "one person": Wanted(actor=UUID(int=7)),
        "one kind": Wanted(kind="kind_7"),
        "one person and one kind": Wanted(actor=UUID(int=7), kind="kind_7"),
        "one person and a kind of somebody else's": Wanted(actor=UUID(int=7), kind="kind_8"),
        "a kind that there is none of": Wanted(kind="kind_none"),
        "one day": Wanted(since=middle, until=middle + timedelta(days=1)),
        "a forum, one person, until a day": Wanted(
            rounds=[UUID(int=at) for at in range(40)], actor=UUID(int=7), until=middle
        ),
    }
    for what, wanted in ways.items():
        await one(database, what, wanted, None)
        await one(database, f"{what}, from the middle", wanted, Place(middle, UUID(int=size // 2)))
    await database.close()


async def run(kind: str, size: int) -> None:
    """Measure on one of the databases."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            await measure(f"sqlite+aiosqlite:///{Path(folder) / 'pbvote.db'}", kind, size)
        return
    cluster = Cluster()
    cluster.start()
    try:
        with psycopg.connect(host=str(cluster.folder), user="postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE log")
        await measure(f"postgresql+psycopg://postgres@/log?host={cluster.folder}", kind, size)
    finally:
        cluster.stop()


def main(arguments: list[str]) -> None:
    """Measure on each database that is named, or on both."""
    size = int(arguments[0]) if arguments else 1_000_000
    print(f"{platform.machine()}, Python {platform.python_version()}, pages of {SIZE}")
    for kind in arguments[1:] or ["sqlite", "postgresql"]:
        asyncio.run(run(kind, size))


if __name__ == "__main__":
    main(sys.argv[1:])
