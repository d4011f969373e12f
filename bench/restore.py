"""How long a backup and a restore of a large vote take: `python -m bench.restore [--ballots N] [--folder FOLDER]`.

Fills a new installation on SQLite, and one on PostgreSQL (a throw-away cluster with fsync on), with a vote of N
electors who have all voted: every row is what casting writes, with the real keys. Then, on each, the commands as an
operator types them: `pbvote backup` while nobody votes, and `pbvote restore` onto an empty database of the same kind
and of the other one; the restored logs are checked against the originals. Prints a table in Markdown.

Filling a million takes some twenty minutes for both; with `--folder` what was filled is kept there and used again.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pbvote.ballots.design import Choice
from pbvote.db import Database, connect
from pbvote.keys import Keys, read_keys
from pbvote.operations.manifest import read_manifest
from pbvote.voting.batches import enter_waiting
from pbvote.voting.casting import Cast, Stored, cast
from tests.campaigns.town import Town, build_town, load, new_database, save
from tests.postgres import Cluster

ROOT = Path(__file__).parent.parent
BALLOTS, AT_ONCE, BATCH = 1_000_000, 500, 20_000
LIMIT_MINUTES = 15
KINDS = ("sqlite", "postgresql")


async def fill(town: Town) -> None:
    """Let everybody vote, batches of them at a time."""
    keys, database = read_keys(town.settings.keys_dir), connect(town.database_url)
    try:
        for first in range(0, len(town.codes), AT_ONCE):
            await _vote(database, keys, town, first)
            if (first + AT_ONCE) % BATCH < AT_ONCE:
                async with database.session(write=True) as db:
                    await enter_waiting(db, keys, town.poll_id)
                print(f"  {min(first + AT_ONCE, len(town.codes)):,} ballots", file=sys.stderr)
    finally:
        await database.close()


async def _vote(database: Database, keys: Keys, town: Town, first: int) -> None:
    casts = [
        Cast(code, Choice((1 + number % len(town.projects),), None), f"bench-restore-{first + number:09}")
        for number, code in enumerate(town.codes[first : first + AT_ONCE])
    ]
    async with database.session(write=True) as db:
        stored = await cast(db, keys, town.poll_id, casts)
    if bad := [one for one in stored if not isinstance(one, Stored)]:
        raise bad[0]


def filled(kind: str, folder: Path, ballots: int, cluster: Cluster) -> Town:
    """A town in which everybody has voted; on SQLite the one that was filled before, if there is one."""
    here = folder / f"{kind}-{ballots}"
    if (here / "town.json").exists():
        return load(here)
    print(f"Filling {kind} with {ballots:,} ballots", file=sys.stderr)
    here.mkdir(parents=True)
    town = asyncio.run(build_town(here, ballots, new_database(cluster) if kind == "postgresql" else None))
    asyncio.run(fill(town))
    if kind == "sqlite":  # the cluster is thrown away
        save(town)
    return town


def pbvote(env: dict[str, str], *arguments: str) -> tuple[float, float]:
    """Run a command: seconds by the clock, and the most memory that any so far took, in MB. Raises when it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PBVOTE_")} | env
    begun = time.monotonic()
    subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "pbvote", *arguments], check=True, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    return time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def elsewhere(town: Town, kind: str, folder: Path, cluster: Cluster) -> dict[str, str]:
    """Settings of an empty database of a kind, with the town's keys."""
    url = new_database(cluster) if kind == "postgresql" else f"sqlite+aiosqlite:///{folder}/pbvote.db"
    return town.env | {"PBVOTE_DATA_DIR": str(folder), "PBVOTE_DATABASE_URL": url}


def measure(town: Town, kind: str, folder: Path, cluster: Cluster) -> Iterator[str]:
    """The rows of the table for a town."""
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    backup = folder / f"{kind}.pbbackup"
    seconds, memory = pbvote(town.env, "backup", str(backup))
    size = backup.stat().st_size / 1e6
    yield f"| backup of {name[kind]}, read back and checked | {len(town.codes):,} | {seconds:,.0f} s | {size:,.0f} MB |"
    before = read_manifest(backup)
    for into in KINDS:
        with tempfile.TemporaryDirectory(dir=folder) as there:
            env = elsewhere(town, into, Path(there), cluster)
            seconds, memory = pbvote(env, "restore", str(backup))
            again = Path(there) / "again.pbbackup"
            pbvote(env, "backup", str(again))
            if read_manifest(again).logs != before.logs:
                raise SystemExit(f"What came back from {kind} into {into} is not what was backed up.")
        verdict = "" if seconds < LIMIT_MINUTES * 60 else f", more than {LIMIT_MINUTES} minutes"
        yield (
            f"| restore of {name[kind]} into {name[into]} | {len(town.codes):,} | {seconds:,.0f} s{verdict} "
            f"| at most {memory:,.0f} MB of memory |"
        )


@contextmanager
def durable_cluster() -> Iterator[Cluster]:
    """A PostgreSQL as it comes, with fsync on."""
    cluster = Cluster(durable=True)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()


def main() -> None:
    """Fill, back up, restore, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--ballots", type=int, default=BALLOTS)
    parser.add_argument("--folder", type=Path, help="where to work; what is filled on SQLite is kept there")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    asked = parser.parse_args()
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)  # noqa: S603  # as everywhere
    with tempfile.TemporaryDirectory() as temporary, durable_cluster() as cluster:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        rows = []
        for kind in asked.kinds:
            town = filled(kind, folder, asked.ballots, cluster)
            for row in measure(town, kind, Path(temporary), cluster):
                print(row, file=sys.stderr)
                rows.append(row)
    print("| what | ballots | time | |\n|---|---|---|---|")
    print("\n".join(rows))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"\n{machine}; {datetime.now(UTC):%Y-%m-%d}; commit {commit.stdout.strip()}")


if __name__ == "__main__":
    main()
