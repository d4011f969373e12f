"""Requests made up from the API's description, by people of every role, against a real server on both databases.

    .venv/bin/python -m bench.fuzz_api [--cases 100000] [--minutes 60] [--seed 1] [--database sqlite|postgresql|both]

Prints a Markdown table of cases by role and database, and every kind of fault with the request that showed it. Exits
with 1 if there is any. The installation is the demo's, with rounds in every phase; each database gets half of the
cases, and of the time if that is less. `--planted` breaks two routes of the server: both have to be found.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pbvote.db import connect
from tests.campaigns.fuzz_server import serving
from tests.campaigns.fuzz_world import ROLES, World, build_world
from tests.campaigns.fuzzing import Findings, Hunt, description
from tests.campaigns.town import new_database
from tests.postgres import Cluster

ROOT = Path(__file__).parents[1]


def main() -> int:
    """Read the command line, hunt on each database, print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=math.inf, help="end after so long, however few there were")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--planted", action="store_true", help="break two routes, to see that both are found")
    parser.add_argument("--only", action="append", default=[], help='an operation, such as "GET /api/health"')
    chosen = parser.parse_args()
    names = ["sqlite", "postgresql"] if chosen.database == "both" else [chosen.database]
    found: dict[str, Findings] = {}
    began = time.monotonic()
    for name in names:
        with world_on(name) as world, serving(world, planted=chosen.planted) as address:
            hunt = Hunt(description(), world, connect(world.env["PBVOTE_DATABASE_URL"]), address)
            try:
                seconds = 60 * chosen.minutes / len(names)
                found[name] = hunt.run(chosen.cases // len(names), chosen.seed, chosen.only, seconds)
            finally:
                hunt.close()
    print(table(found, time.monotonic() - began))
    return 1 if any(one.faults for one in found.values()) else 0


@contextmanager
def world_on(name: str) -> Iterator[World]:
    """A new lived-in installation on one of the databases."""
    folder = Path(tempfile.mkdtemp(prefix="pbvote-fuzz-", dir="/tmp"))
    cluster = Cluster(durable=True) if name == "postgresql" else None
    try:
        if cluster:
            cluster.start()
        yield asyncio.run(build_world(folder / "world", new_database(cluster) if cluster else None))
    finally:
        if cluster:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def table(found: dict[str, Findings], seconds: float) -> str:
    """Cases by role and database, and what was wrong."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout  # noqa: S603
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    cases = sum(one.cases for one in found.values())
    lines = [
        f"{cases:,} cases in {seconds:.0f} s; {machine}, {datetime.now(UTC):%Y-%m-%d}, {commit.strip()}",
        "",
        "| database | asked as | cases | done (2xx, 3xx) | refused (4xx) | 5xx | no answer |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for name, one in found.items():
        for role in ROLES:
            done = one.of(role, "2") + one.of(role, "3")
            counts = [one.of(role), done, one.of(role, "4"), one.of(role, "5"), one.of(role, "no")]
            lines.append(f"| {name} | {role} | {' | '.join(f'{count:,}' for count in counts)} |")
    for name, one in found.items():
        lines += ["", f"{name}: {len(one.answered)} operations did what was asked; {len(one.faults)} kinds of faults."]
        lines += [f"- {fault}" for fault in one.serious()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
