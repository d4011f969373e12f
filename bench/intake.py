"""How many casts a second are durable, through real HTTP: pbvote, the raw database, and what others build.

Run: .venv/bin/python -m bench.intake [--seconds 8] [--clients 1 32 256] [--workers 1] [--databases sqlite postgresql]
Prints the finished Markdown: the machine, the figures of one run, and the targets with what came of them.

pbvote: the real `pbvote serve`; each client sends a vote, waits for its receipt, then sends the next, with a new key.
raw: the rows of a cast (one in each of three tables), one commit for each, one process, a connection for each client.
raw, 64 together: the same rows over one connection in transactions of 64, as information.
Django: bench/django_standin, DRF, one atomic request, the same checks and crypto, PostgreSQL, gunicorn with threads.

All of them write to disk before they answer: `synchronous=FULL`, `fsync=on`, `synchronous_commit=on`. The columns of
one line are measured one after the other on the same machine, the clients included, so the ratios are what counts.
Django is installed from bench/django.txt into build/bench-django, and gets more processes than pbvote.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench import intake_raw as raw
from bench.intake_load import Measured, ballots, measure
from bench.server import machine
from pbvote.keys import read_keys
from tests.campaigns.serving import Server
from tests.campaigns.town import COSTS, MOST_CHOICES, Town, build_town, name_of, new_database
from tests.postgres import Cluster

ROOT = Path(__file__).parents[1]
DJANGO = ROOT / "build" / "bench-django"
BUDGET = 500_00
WARM_SECONDS = 2.0
THREADS = 8  # of each of gunicorn's processes
AT_LEAST_DJANGO, AT_LEAST_RAW, MOST_SPREAD = 10.0, 0.5, 4.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `django` is None where it was left out."""

    database: str
    clients: int
    ours: Measured
    raw: float
    together: float
    django: Measured | None

    def text(self) -> str:
        """The line in Markdown."""
        django = self.django
        told = [
            *(self.database, str(self.clients)),
            *(f"{self.ours.rate:,.0f}", *(f"{self.ours.percentile(share):.1f}" for share in (0.5, 0.95, 0.99))),
            *(f"{self.raw:,.0f}", f"{self.ours.rate / self.raw:.2f}", f"{self.together:,.0f}"),
            *(
                [f"{django.rate:,.0f}", f"{django.percentile(0.5):.1f}", f"{django.percentile(0.99):.1f}"]
                if django
                else []
            ),
            *([f"{self.ours.rate / django.rate:.1f}"] if django else []),
        ]
        return f"| {' | '.join(told)} |"

    def targets(self) -> list[str]:
        """What was to be reached, and whether it was."""
        where, found = f"{self.database}, {self.clients} clients", []
        if self.clients > 1:
            found.append(verdict(where, "of the raw database", self.ours.rate / self.raw, AT_LEAST_RAW))
            if self.django:
                found.append(verdict(where, "times Django", self.ours.rate / self.django.rate, AT_LEAST_DJANGO))
        if self.clients == 32:  # noqa: PLR2004  # where the target is
            spread = self.ours.percentile(0.99) / self.ours.percentile(0.5)
            reached = "reached" if spread <= MOST_SPREAD else "NOT REACHED"
            found.append(f"- {where}: p99 is {spread:.1f} times p50, at most {MOST_SPREAD:g}: {reached}")
        return found


def verdict(where: str, of_what: str, ratio: float, least: float) -> str:
    """One target, and whether it was reached."""
    return f"- {where}: {ratio:.2f} {of_what}, at least {least:g}: {'reached' if ratio >= least else 'NOT REACHED'}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where casts go: a port, a path, and bodies to send there."""

    port: int
    path: str
    bodies: Iterator[bytes]

    def measure(self, clients: int, seconds: float) -> Measured:
        """Casts of so many clients for so long."""
        return asyncio.run(measure(self.port, self.path, clients, self.bodies, seconds))


@contextmanager
def ours(town: Town, workers: int) -> Iterator[Place]:
    """The real `pbvote serve`."""
    with Server(town, workers=workers) as server:
        yield Place(server.port, f"/api/polls/{town.poll_id}/ballot", ballots(town.codes, len(COSTS)))


@contextmanager
def django(town: Town, cluster: Cluster, workers: int) -> Iterator[Place]:
    """The stand-in with its own database, the same codes and the same projects, under gunicorn."""
    install_django()
    url = new_database(cluster)
    env = os.environ | {
        "PYTHONPATH": str(ROOT / "bench"),
        "DJANGO_SETTINGS_MODULE": "django_standin.settings",
        "STANDIN_DATABASE": name_of(url),
        "STANDIN_HOST": str(cluster.folder),
        "STANDIN_PEPPER": read_keys(town.settings.keys_dir).pepper.hex(),
    }
    told = {"poll": str(town.poll_id), "budget": BUDGET, "most": MOST_CHOICES, "costs": COSTS, "codes": town.codes}
    prepare = [str(DJANGO / "bin" / "python"), "-m", "django_standin.prepare"]
    subprocess.run(prepare, env=env, input=json.dumps(told).encode(), check=True)  # noqa: S603  # our own program
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    serve = [
        str(DJANGO / "bin" / "gunicorn"),
        "django_standin.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "error",
    ]
    bounds = ["--workers", str(workers), "--threads", str(THREADS), "--keep-alive", "120", "--worker-class", "gthread"]
    process = subprocess.Popen([*serve, *bounds], env=env)  # noqa: S603  # our own program
    try:
        until_it_listens(port)
        yield Place(port, f"/api/polls/{town.poll_id}/ballot", ballots(town.codes, len(COSTS)))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def until_it_listens(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nobody listens on port {port}")


def install_django() -> None:
    """Make the environment of the stand-in, once for each version of bench/django.txt."""
    wanted = ROOT / "bench" / "django.txt"
    made = DJANGO / "made-from.txt"
    if made.exists() and made.read_text() == wanted.read_text():
        return
    venv.create(DJANGO, with_pip=True, clear=True)
    pip = [str(DJANGO / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(wanted)], check=True)  # noqa: S603  # our own list
    made.write_text(wanted.read_text())


def raw_figures(town: Town, database: str, clients: int, seconds: float) -> tuple[float, float]:
    """Casts a second of the raw database: one commit for each, and 64 together."""
    if database == "sqlite":
        path = town.data / "pbvote.db"
        return (
            raw.sqlite_singly(path, town.poll_id, clients, seconds),
            raw.sqlite_together(path, town.poll_id, seconds / 2),
        )
    url = town.database_url
    return (
        asyncio.run(raw.postgres_singly(url, town.poll_id, clients, seconds)),
        asyncio.run(raw.postgres_together(url, town.poll_id, seconds / 2)),
    )


def lines(folder: Path, cluster: Cluster, asked: argparse.Namespace) -> Iterator[Line]:
    """Measure everything, each line's columns one after the other."""
    for database in asked.databases:
        urls = [new_database(cluster) if database == "postgresql" else None for _ in range(2)]
        built = [
            asyncio.run(build_town(folder / f"{database}-{number}", asked.electors, url, timedelta(days=7)))
            for number, url in enumerate(urls)
        ]
        with ours(built[0], asked.workers) as here, django(built[0], cluster, asked.django_workers) as there:
            for place in (here, there):
                place.measure(8, WARM_SECONDS)
            for clients in asked.clients:
                single, together = raw_figures(built[1], database, clients, asked.seconds)
                measured = here.measure(clients, asked.seconds), there.measure(clients, asked.seconds)
                yield Line(database, clients, measured[0], single, together, measured[1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8.0, help="for each figure")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 32, 256])
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--electors", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=1, help="processes of pbvote")
    cores = os.cpu_count() or 1
    parser.add_argument("--django-workers", type=int, default=2 * cores + 1, help="processes of gunicorn")
    asked = parser.parse_args()
    print(machine())
    print(f"pbvote: {asked.workers} process(es); Django: {asked.django_workers} processes of {THREADS} threads.\n")
    print(
        "| database | clients | pbvote casts/s | p50 ms | p95 | p99 | raw casts/s | of raw | raw, 64 together ", end=""
    )
    print("| Django casts/s | p50 ms | p99 | times Django |")
    print("|---|" + "---:|" * 12)
    cluster, targets = Cluster(durable=True, max_connections="600"), []
    cluster.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for line in lines(Path(folder), cluster, asked):
                print(line.text(), flush=True)
                targets += line.targets()
    finally:
        cluster.stop()
    print("\n" + "\n".join(targets))


if __name__ == "__main__":
    main()
