"""Half an hour of a busy vote: 50 casts and 500 views a second against the real server, and a look into the box after.

    python bench/soak.py [--minutes 30] [--casts 50] [--views 500] [--workers 1] [sqlite|postgresql]

Arrivals are planned (a Poisson process, seeded) and do not wait for answers: a latency is counted from the planned
instant, so that a standstill counts for everybody who came meanwhile. What is sent too late because this program was
busy counts against the server too. A cast that is answered with 503 or not at all is sent again with the same key, and
its latency ends with its receipt. At the end `tests.campaigns.box` holds the ballot box against what was acknowledged.
The client runs on the same machine. PostgreSQL is a throw-away cluster that waits for the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.server import machine
from pbvote.app import create_app
from pbvote.ballots.design import Choice
from pbvote.db import connect
from pbvote.keys import read_keys
from pbvote.voting.casting import Cast, cast
from tests.campaigns.box import Verdict, examine
from tests.campaigns.crowd import request
from tests.campaigns.ledger import Attempt, Ledger
from tests.campaigns.serving import Server
from tests.campaigns.town import MOST_CHOICES, DayAgo, Town, build_town, new_database
from tests.conftest import browser
from tests.house import agree, let_in, make_codes, make_round, open_the_vote
from tests.postgres import Cluster

OTHER = "the-year-before"
VOTERS_BEFORE = 60
AGAIN = 0.2  # the share of casts of those who have voted before
CONNECTIONS = 128
PATIENCE = 30.0
TARGET_MS, TARGET_DRIFT = 300, 5.0
OK, NOT_MODIFIED, UNAVAILABLE = 200, 304, 503
MARKS, AROUND = (0.1, 0.5, 1.0), 0.03


async def publish_another(town: Town) -> None:
    """A round of the same forum whose result is published: what people read while they think."""
    keys, clock = read_keys(town.settings.keys_dir), DayAgo()
    database = connect(town.database_url, clock)
    await make_round(database, OTHER)
    codes = await make_codes(database, keys, OTHER, VOTERS_BEFORE)
    poll = await open_the_vote(database, keys, clock, OTHER)
    casts = [Cast(code, Choice((1 + n % 4,), None), f"the-year-before-{n:04}") for n, code in enumerate(codes)]
    async with database.session(write=True) as db:
        await cast(db, keys, poll, casts)
    app = create_app(town.settings, background=False)
    async with app.lifespan(), browser(app) as first, browser(app) as second:
        await let_in(database, first, "officer@example.org")
        await let_in(database, second, "second@example.org")
        closed = await agree(first, second, f"/api/rounds/{OTHER}/close", {"reason": "Everybody has voted."})
        closed.raise_for_status()
        counted = await first.post(f"/api/rounds/{OTHER}/count", json={})
        body = {"outcome_id": counted.json()["outcome_id"]}
        (await agree(first, second, f"/api/rounds/{OTHER}/publish", body)).raise_for_status()
    await database.close()


@dataclass(slots=True)
class Seen:
    """Latencies in milliseconds, and how often each status was answered (0: none)."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def percentile(self, percent: float) -> float:
        """The latency that so many of a hundred did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


class Connections:
    """Connections that stay open, shared by all who ask; at most so many."""

    def __init__(self, host: str, port: int, most: int) -> None:
        self.host, self.port = host, port
        self.free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.places = asyncio.Semaphore(most)

    async def ask(self, data: bytes) -> tuple[int, bytes, bytes]:
        """Status, head and body of the answer; status 0 if it did not come whole."""
        async with self.places:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._ask(data)
            except (OSError, EOFError, TimeoutError, ValueError):
                return 0, b"", b""

    async def _ask(self, data: bytes) -> tuple[int, bytes, bytes]:
        reader, writer = self.free.pop() if self.free else await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(data)
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head[9:12])
            length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
            body = await reader.readexactly(int(length[1])) if length else b""
        except BaseException:
            writer.transport.abort()
            raise
        if (length or status == NOT_MODIFIED) and b"connection: close" not in head.lower():
            self.free.append((reader, writer))
        else:
            writer.close()
        return status, head, body

    def close(self) -> None:
        """Hang up."""
        for _, writer in self.free:
            writer.transport.abort()


def get(host: str, path: str, *, encoding: str = "gzip") -> bytes:
    """A view, as bytes to send."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: {encoding}\r\n\r\n".encode()


async def mix(connections: Connections, town: Town) -> list[tuple[float, str]]:
    """What users look at, with how often: pages, what they load by themselves, and files, which browsers keep."""
    round_, other = f"/api/rounds/{town.slug}", f"/api/rounds/{OTHER}"
    views = [
        (10.0, "/en/"),
        (8.0, f"/en/r/{town.slug}"),
        (6.0, f"/en/r/{town.slug}/vote"),
        (8.0, "/api/rounds"),
        (14.0, round_),
        (14.0, f"{round_}/proposals"),
        *((2.0, f"{round_}/proposals/{number}") for number in town.projects),
        (12.0, f"{round_}/ballot-paper"),
        (6.0, f"{other}/results"),
        (3.0, f"/en/r/{OTHER}/plain/results"),
        (3.0, f"/en/r/{town.slug}/plain/proposals"),
    ]
    files: set[str] = set()
    for _, path in views[:3]:
        _, _, body = await connections.ask(get("soak", path, encoding="identity"))
        files |= set(re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js|svg|json))"', body.decode()))
    views += [(20.0 / len(files), path) for path in sorted(files)] if files else []
    for _, path in views:
        status, _, body = await connections.ask(get("soak", path))
        if status != OK:
            raise SystemExit(f"{path} was answered with {status}: {body[:300]!r}")
    return views


@dataclass
class Soak:
    """One run."""

    town: Town
    server: Server
    seconds: float
    casts: float
    views: float
    ledger: Ledger = field(default_factory=Ledger)
    casting: Seen = field(default_factory=Seen)
    viewing: Seen = field(default_factory=Seen)
    unanswered: int = 0
    memory: list[tuple[float, float, int, int]] = field(default_factory=list)
    processor: float = 0.0
    used: int = 0
    busy: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Let everybody come, and wait until all have been answered."""
        before = _processor(self.server)
        host, _, port = self.server.address.rpartition(":")
        connections = Connections(host, int(port), CONNECTIONS)
        voters = Connections(host, int(port), CONNECTIONS)
        views = await mix(connections, self.town)
        weights, paths = [weight for weight, _ in views], [get("soak", path) for _, path in views]
        chance = random.Random(5)  # noqa: S311  # who comes when, no secrets

        async def view(planned: float) -> None:
            [asked] = chance.choices(paths, weights)
            status, _, _ = await connections.ask(asked)
            self.viewing.statuses[status] += 1
            self.viewing.latencies.append(1_000 * (time.monotonic() - planned))

        async def vote(planned: float) -> None:
            await self._vote(voters, self._attempt(chance), planned)

        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch())
            coming = [
                group.create_task(self._come(self.views, view, random.Random(1))),  # noqa: S311  # as above
                group.create_task(self._come(self.casts, vote, random.Random(2))),  # noqa: S311  # as above
            ]
            await asyncio.gather(*coming)
            watching.cancel()
        self.processor = _processor(self.server) - before
        connections.close()
        voters.close()

    async def _come(self, rate: float, act: Callable[[float], Awaitable[None]], chance: random.Random) -> None:
        """Begin what comes at its planned instant, whatever became of what came before."""
        begun = planned = time.monotonic()
        tasks: set[asyncio.Task[None]] = set()
        while rate and (planned := planned + chance.expovariate(rate)) < begun + self.seconds:
            if (early := planned - time.monotonic()) > 0:
                await asyncio.sleep(early)
            task = asyncio.ensure_future(act(planned))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)

    def _attempt(self, chance: random.Random) -> Attempt:
        codes = self.town.codes
        code = codes[self.used % len(codes)]
        if self.used and (chance.random() < AGAIN or code in self.busy):
            free = [one for one in chance.choices(codes[: self.used], k=20) if one not in self.busy]
            code = free[0] if free else code
        else:
            self.used += 1
        self.busy.add(code)
        choices = tuple(chance.sample(self.town.projects, chance.randint(1, MOST_CHOICES)))
        attempt = Attempt(code, f"{chance.getrandbits(128):032x}", choices)
        attempt.ticket, attempt.browser_random = chance.randbytes(16), chance.randbytes(32)
        return attempt

    async def _vote(self, connections: Connections, attempt: Attempt, planned: float) -> None:
        data, end = request("soak", self.town, attempt), time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.ledger.sending(attempt)
            status, _, body = await connections.ask(data)
            self.casting.statuses[status] += 1
            if status == OK:
                told = _json(body)
                self.ledger.acknowledge(attempt, told["commitment"], told["file"])
                self.casting.latencies.append(1_000 * (time.monotonic() - planned))
                break
            if status not in {0, UNAVAILABLE}:
                self.ledger.refuse(attempt, status)
                break
            await asyncio.sleep(1)
        else:
            self.unanswered += 1
        self.busy.discard(attempt.code)

    async def _watch(self) -> None:
        """Once a second: what the server's processes have of memory (MB), files and threads."""
        begun = time.monotonic()
        while True:
            await asyncio.sleep(1)
            with suppress(OSError, AssertionError):
                self.memory.append((time.monotonic() - begun, *_resources(self.server)))

    def at(self, share: float) -> tuple[float, int, int]:
        """Memory, files and threads at this share of the time: the median of the readings around it."""
        near = [one for one in self.memory if abs(one[0] / self.seconds - share) <= AROUND] or self.memory[-1:]
        return statistics.median(one[1] for one in near), near[-1][2], near[-1][3]


def _json(body: bytes) -> dict[str, str]:
    told: dict[str, str] = json.loads(body)
    return told


def _pids(server: Server) -> list[int]:
    """All processes of the server; its database's are not among them."""
    assert server.process is not None  # noqa: S101  # it runs
    pids = [server.process.pid]
    for pid in pids:
        pids += [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return pids


def _processor(server: Server) -> float:
    """Seconds of the processor that the server has used."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in _pids(server)]
    return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def _resources(server: Server) -> tuple[float, int, int]:
    """Megabytes (10^6) resident, open files and threads of all processes of the server."""
    resident, files, threads = 0.0, 0, 0
    for pid in _pids(server):
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        resident += int(status["VmRSS"].split()[0]) * 1_024 / 1e6
        threads += int(status["Threads"])
        files += len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return resident, files, threads


@contextmanager
def database_of(kind: str) -> Iterator[str | None]:
    """The address of an empty database; None for SQLite in the town's folder."""
    if kind == "sqlite":
        yield None
        return
    cluster = Cluster(durable=True)
    cluster.start()
    try:
        yield new_database(cluster)
    finally:
        cluster.stop()


def table(soak: Soak, kind: str, workers: int, verdict: Verdict) -> str:
    """The figures, as Markdown."""
    marks = [soak.at(mark) for mark in MARKS]
    server, own = 100 * soak.processor / soak.seconds, 100 * time.process_time() / soak.seconds
    drift = 100 * (marks[-1][0] / marks[0][0] - 1)
    good = verdict.good and not soak.unanswered and drift < TARGET_DRIFT
    good = good and max(soak.casting.percentile(95), soak.viewing.percentile(95)) < TARGET_MS
    lines = [
        f"Soak of {soak.seconds / 60:g} minutes on {kind}, processes: {workers}. {machine()}.",
        "",
        "| what | a second | answered | p50 ms | p95 ms | p99 ms | worst ms | 503 | other errors |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, rate, seen in (("casts", soak.casts, soak.casting), ("views", soak.views, soak.viewing)):
        p50, p95, p99, worst = (seen.percentile(percent) for percent in (50, 95, 99, 100))
        wrong = sum(count for status, count in seen.statuses.items() if status not in {OK, NOT_MODIFIED, UNAVAILABLE})
        lines.append(
            f"| {name} | {rate:g} | {seen.statuses[OK]:,} | {p50:.1f} | {p95:.1f} | {p99:.1f} | {worst:.0f} "
            f"| {seen.statuses[UNAVAILABLE]} | {wrong} |"
        )
    lines += [
        "",
        "| at | resident MB | open files | threads |",
        "|---|---|---|---|",
        *(
            f"| {mark:.0%} | {memory:.1f} | {files} | {threads} |"
            for mark, (memory, files, threads) in zip(MARKS, marks, strict=True)
        ),
        "",
        f"The server used {server:.0f} % of a core, and this program, with making the town, {own:.0f} %.",
        f"Memory drift {drift:+.1f} % (target under {TARGET_DRIFT:g} %); {soak.unanswered} casts without an answer.",
        f"The box: {verdict} {'Within' if good else 'NOT within'} the targets (p95 under {TARGET_MS} ms).",
    ]
    return "\n".join(lines)


async def main(arguments: argparse.Namespace, url: str | None, folder: Path) -> str:
    """Build the town, let it vote, and look into the box."""
    seconds = 60 * arguments.minutes
    electors = max(1_000, int(arguments.casts * seconds * (1 - AGAIN) * 1.1))
    town = await build_town(folder / "town", electors, url)
    await publish_another(town)
    server = Server(town, workers=arguments.workers)
    await asyncio.to_thread(server.start)
    soak = Soak(town, server, seconds, arguments.casts, arguments.views)
    try:
        await soak.run()
    finally:
        await asyncio.to_thread(server.stop)
    soak.ledger.server_gone()
    return table(soak, arguments.database, arguments.workers, await examine(town, soak.ledger))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", nargs="?", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--casts", type=float, default=50, help="a second")
    parser.add_argument("--views", type=float, default=500, help="a second")
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    with database_of(asked.database) as address, tempfile.TemporaryDirectory() as made:
        print(asyncio.run(main(asked, address, Path(made))))
