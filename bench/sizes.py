"""What a ballot takes: bytes on the disk, in the write-ahead log and on the network, and processor time.

Run: .venv/bin/python -m bench.sizes [--ballots 20000]
Casts so many ballots of a vote with eight projects by the verb itself, 1 and 64 in a transaction, and prints Markdown.
docs/scaling.md reckons with these figures.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import secrets
import sqlite3
import tempfile
import time
import tracemalloc
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from bench.server import machine, served
from pbvote.ballotbox.log import ballot_leaf
from pbvote.ballotlog.proofs import LEAVES_AT_ONCE, KnownLog
from pbvote.ballots.design import Choice
from pbvote.db import Database, connect
from pbvote.keys import Keys, read_keys
from pbvote.voting.casting import Cast, Stored, cast
from pbvote.voting.opened import Opened
from pbvote.voting.timekeeper import enter_batches
from tests.campaigns.crowd import Habits, crowd, request
from tests.campaigns.ledger import Attempt, Ledger
from tests.campaigns.town import MOST_CHOICES, Town, build_town, new_database
from tests.postgres import Cluster

TABLES = (
    *("electors", "slots", "cast_keys", "waiting_ballots", "sealed_ballots"),
    *("log_leaves", "log_checkpoints"),
)
TOGETHER = 64
CLIENTS = 64
STARTING = 6.0  # seconds, for the second worker
BATCH_EVERY = 10  # transactions
SINGLY = 500
WRITTEN = sa.text("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")


@dataclass(frozen=True, slots=True)
class Step:
    """So many ballots were cast: bytes of write-ahead log and seconds of our own processor for each."""

    written: float
    seconds: float


async def cast_all(database: Database, keys: Keys, town: Town, codes: Sequence[str], at_once: int) -> Step:
    """Cast one ballot for each code, so many in a transaction."""
    chance, known = random.Random(7), dict[UUID, Opened]()  # noqa: S311  # made-up ballots
    before, begun = await written(database), time.process_time()
    for start in range(0, len(codes), at_once):
        casts = [
            Cast(code, Choice(tuple(chance.sample(town.projects, MOST_CHOICES)), None), secrets.token_hex(16))
            for code in codes[start : start + at_once]
        ]
        async with database.session(write=True, quiet=True) as db:
            results = await cast(db, keys, town.poll_id, casts, known)
        if any(not isinstance(result, Stored) for result in results):
            raise SystemExit("a ballot was refused")
    seconds, after = time.process_time() - begun, await written(database)
    return Step((after - before) / len(codes), seconds / len(codes))


async def written(database: Database) -> int:
    """The end of PostgreSQL's write-ahead log; 0 on SQLite."""
    if database.engine.dialect.name == "sqlite":
        return 0
    async with database.session(write=False) as db:
        return int((await db.execute(WRITTEN)).scalar_one())


async def on_disk(database: Database) -> dict[str, int]:
    """The bytes of each table that grows with voters, its indexes with it."""
    async with database.session(write=False) as db:
        return {
            name: int((await db.execute(sa.text(f"SELECT pg_total_relation_size('{name}')"))).scalar_one())
            for name in TABLES
        }


async def on_postgresql(folder: Path, cluster: Cluster, ballots: int) -> list[str]:
    """Lines of the table."""
    town = await build_town(folder / "pg", ballots, new_database(cluster))
    database, keys = connect(town.database_url), read_keys(town.settings.keys_dir)
    try:
        single = await cast_all(database, keys, town, town.codes[:SINGLY], 1)
        before, rest, step, spent = await written(database), town.codes[SINGLY:], TOGETHER * BATCH_EVERY, []
        entering = 0.0
        for start in range(0, len(rest), step):
            spent.append(await cast_all(database, keys, town, rest[start : start + step], TOGETHER))
            begun = time.process_time()
            await enter_batches(database, keys)
            entering += time.process_time() - begun
        many = Step(sum(one.written for one in spent) / len(spent), sum(one.seconds for one in spent) / len(spent))
        both = (await written(database) - before) / len(rest)
        sizes = await on_disk(database)
    finally:
        await database.close()
    attempt = Attempt(town.codes[0], secrets.token_hex(16), (1, 2, 3), secrets.token_bytes(16), secrets.token_bytes(32))
    lines = [f"| PostgreSQL, `{name}` with its indexes | {size / ballots:,.0f} bytes |" for name, size in sizes.items()]
    return [
        *lines,
        f"| PostgreSQL, all of these | {sum(sizes.values()) / ballots:,.0f} bytes |",
        f"| write-ahead log, one cast in a transaction | {single.written:,.0f} bytes |",
        f"| write-ahead log, {TOGETHER} casts in a transaction | {many.written:,.0f} bytes |",
        f"| write-ahead log, its entry into the public log included | {both:,.0f} bytes |",
        f"| processor of the leader, for the public log | {entering / len(rest) * 1e3:.2f} ms |",
        f"| what a client sends | {len(request('vote.example.org', town, attempt)):,.0f} bytes |",
        f"| processor of the app, {TOGETHER} casts in a transaction, HTTP not included | {many.seconds * 1e3:.2f} ms |",
    ]


async def over_http(folder: Path, cluster: Cluster, ballots: int, kind: str, workers: int) -> list[str]:
    """Lines of the table: what a cast costs all in all, with the real server and so many clients at once."""
    url = new_database(cluster) if kind == "PostgreSQL" else None
    town = await build_town(folder / f"{kind}{workers}", ballots, url)
    postmaster = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
    with served(town.env, "--workers", str(workers)) as server:
        await asyncio.to_thread(server.wait_for, "/api/health")
        await asyncio.sleep(STARTING if workers > 1 else 0)
        database = replace(server, pid=postmaster)
        app_before, database_before = server.cpu(), database.cpu()
        figures = await crowd([f"127.0.0.1:{server.port}"], town, Ledger(), CLIENTS, ballots, habits=Habits(again=0.0))
        app, backends = server.cpu() - app_before, database.cpu() - database_before
    if figures.acknowledged != ballots:
        raise SystemExit(f"not every cast was acknowledged: {figures.statuses}")
    name = f"{kind}, {CLIENTS} clients over HTTP, {workers} worker{'s' if workers > 1 else ''}"
    lines = [f"| processor of the app on {name} | {app / ballots * 1e3:.2f} ms |"]
    if url:
        lines.append(f"| processor of the database on {name} | {backends / ballots * 1e3:.2f} ms |")
    return [*lines, f"| casts a second on {name}, the clients on the same machine | {ballots / figures.seconds:,.0f} |"]


async def on_sqlite(folder: Path, ballots: int) -> list[str]:
    """Lines of the table."""
    town = await build_town(folder / "lite", ballots)
    file = town.data / "pbvote.db"
    database, keys = connect(town.database_url), read_keys(town.settings.keys_dir)
    try:
        before = emptied(file)
        many = await cast_all(database, keys, town, town.codes, TOGETHER)
        await enter_batches(database, keys)
        return [
            f"| SQLite, the file, its electors not included | {(emptied(file) - before) / ballots:,.0f} bytes |",
            f"| processor of the app on SQLite, {TOGETHER} casts in a transaction | {many.seconds * 1e3:.2f} ms |",
        ]
    finally:
        await database.close()


def of_proofs(ballots: int) -> str:
    """A line of the table: the memory of a process that was asked for a proof of a log."""
    log = KnownLog()
    tracemalloc.start()
    for _ in range(0, ballots, LEAVES_AT_ONCE):
        log.extend([ballot_leaf(secrets.token_bytes(32)) for _ in range(LEAVES_AT_ONCE)])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return f"| memory of each process that gives proofs | {held / len(log.tree):,.0f} bytes |"


def emptied(file: Path) -> int:
    """The bytes of an SQLite file, once its write-ahead log was moved into it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file.stat().st_size


def main() -> None:
    """Measure, and print the table."""
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("--ballots", type=int, default=20_000)
    ballots = reading.parse_args().ballots
    cluster = Cluster(durable=True)
    cluster.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            lines = asyncio.run(on_postgresql(Path(folder), cluster, ballots))
            lines += asyncio.run(on_sqlite(Path(folder), ballots))
            for kind in ("PostgreSQL", "SQLite"):
                for workers in (1, 2):
                    lines += asyncio.run(over_http(Path(folder), cluster, ballots, kind, workers))
    finally:
        cluster.stop()
    print(f"{machine()}; {ballots:,} ballots.\n\n| for each ballot | |\n|---|---|")
    print("\n".join([*lines, of_proofs(ballots)]))


if __name__ == "__main__":
    main()
