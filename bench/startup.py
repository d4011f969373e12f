"""How long it takes from starting the server to its first answer, and how much memory it needs.

    python bench/startup.py

The real `pbvote serve`, on a new SQLite file (it makes keys and schema itself) and on one that is there, with one
process and with two; then what importing the app takes, by package. Each start is measured three times, and the middle
one printed.
"""

from __future__ import annotations

import http.client
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bench.server import Server, machine, served

MOST_SECONDS, MOST_MEGABYTES = 2.0, 150.0
TIMES = 3
REQUESTS = 1_000
PATHS = ("/en/", "/api/rounds", "/api/plan", "/en/plan", "/api/forums")
PACKAGES = 14


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds until the first 200, and megabytes of the largest process after that and after many requests.

    `cpu` are seconds of the processor, of all processes, until then: what is left of it on a machine that does more.
    """

    health: float
    page: float
    cpu: float
    memory: float
    memory_used: float


def start(folder: Path, workers: int) -> Start:
    """Start, ask, and stop."""
    env = {
        "PBVOTE_DATA_DIR": str(folder / "data"),
        "PBVOTE_KEYS_DIR": str(folder / "keys"),
        "PBVOTE_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'data' / 'pbvote.db'}",
        "PBVOTE_PARTNERSHIP": "Bench",
    }
    with served(env, *(["--workers", str(workers)] if workers > 1 else [])) as server:
        health = server.wait_for("/api/health")
        page = server.wait_for("/en/")
        cpu, before = server.cpu(), max(server.resident())
        use(server)
        return Start(health, page, cpu, before, max(server.resident()))


def use(server: Server) -> None:
    """Many requests, each of them answered anew."""
    for number in range(REQUESTS):
        asking = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        asking.request("GET", PATHS[number % len(PATHS)], headers={"authorization": "anew"})
        answer = asking.getresponse()
        if answer.status != http.client.OK:
            raise SystemExit(f"{PATHS[number % len(PATHS)]} was answered with {answer.status}")
        answer.read()
        asking.close()


def starts(what: str, workers: int) -> str:
    """A row of the table."""
    taken = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if what == "there already":
            start(folder, 1)
        for _ in range(TIMES):
            if what == "new":
                shutil.rmtree(folder)
                folder.mkdir()
            taken.append(start(folder, workers))
    health, page, cpu, memory, used = (
        statistics.median(getattr(one, name) for one in taken)
        for name in ("health", "page", "cpu", "memory", "memory_used")
    )
    verdict = "met" if page < MOST_SECONDS and used < MOST_MEGABYTES else "NOT MET"
    return f"| {what} | {workers} | {health:.2f} | {page:.2f} | {cpu:.2f} | {memory:.0f} | {used:.0f} | {verdict} |"


def imports() -> list[str]:
    """What importing the app takes, by package: each package's own time, without what it imports of others."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import pbvote.app"], capture_output=True, text=True, check=True
    )
    own: Counter[str] = Counter()
    for line in ran.stderr.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if len(parts) > 2 and parts[0].strip().isdigit():  # noqa: PLR2004  # own time, cumulated time, name
            own[parts[2].strip().partition(".")[0]] += int(parts[0])
    rows = [f"| all | {sum(own.values()) / 1_000:.0f} |"]
    return rows + [f"| {name} | {micros / 1_000:.0f} |" for name, micros in own.most_common(PACKAGES)]


def main() -> None:
    """Print both tables."""
    print(
        f"# Starting\n\n{machine()}. Targets: {MOST_SECONDS:g} s to the first page, {MOST_MEGABYTES:g} MB a process.\n"
    )
    print("| database | processes | s to health | s to the page | CPU s | MB | MB after 1,000 requests | targets |")
    print("|---|---:|---:|---:|---:|---:|---:|---|")
    for what in ("new", "there already"):
        for workers in (1, 2):
            print(starts(what, workers), flush=True)
    print("\n| import | ms (measuring makes it slower) |\n|---|---:|")
    print("\n".join(imports()))


main()
