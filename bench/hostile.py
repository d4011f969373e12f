"""What casting notices of hostile clients: the time of a cast's answer alone, and beside each kind of attack.

    .venv/bin/python -m bench.hostile [--seconds 15] [--rate 40] [--database sqlite|postgresql] [--control]

One real server; a crowd casts at a steady rate, alone and beside each attack, which comes from a process of its own
that uses the same machine. Each attack's p95 is compared with that of the crowd alone just before and just after it.
The attackers come from addresses of their own (they speak as a trusted proxy does). Prints a Markdown table.

`--control` takes the bounds away: uvicorn's own protocol, no bounds on work, wrong codes answered and readers let in as
they come, passwords in threads like all others.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pbvote.roll.codes import new_code
from tests.campaigns.crowd import Figures, Habits, crowd
from tests.campaigns.ledger import Ledger
from tests.campaigns.serving import Server
from tests.campaigns.town import Town, build_town, new_database
from tests.postgres import Cluster

ROOT = Path(__file__).parents[1]
ELECTORS, CLIENTS = 2_000, 16
CONTROL = """
import pbvote.accounts.passwords as passwords, pbvote.web.pressure as pressure, pbvote.serving.protocol as protocol
import pbvote.web.readers as readers
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
passwords.AT_ONCE, passwords.MOST_WAITING, passwords._step_back = 16, 10**6, lambda: None
free = pressure.Bound(10**6, 10**6, 10**6, 1)
pressure.BOUNDS.update({kind: free for kind in pressure.BOUNDS})
pressure.HELD, readers.Readers.alone = frozenset(), True
protocol.patient = lambda *arguments: HttpToolsProtocol
"""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to attack."""

    host: str
    port: int
    poll: str


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Attack = Callable[[Target, Counter[str]], Awaitable[None]]


def main() -> None:
    """Read the command line; measure, or attack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--rate", type=float, default=40.0)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--only", choices=list(ATTACKS), action="append")
    parser.add_argument("--control", action="store_true")
    parser.add_argument("--attack", nargs=4, metavar=("KIND", "HOST", "PORT", "POLL"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.attack:
        kind, host, port, poll = chosen.attack
        asyncio.run(attack(kind, Target(host, int(port), poll), chosen.seconds))
        return
    folder = Path(tempfile.mkdtemp(prefix="pbvote-hostile-", dir="/tmp"))
    cluster = Cluster(durable=True) if chosen.database == "postgresql" else None
    try:
        if cluster:
            cluster.start()
        url = new_database(cluster) if cluster else None
        town = asyncio.run(build_town(folder / "town", ELECTORS, url))
        measure(town, chosen)
    finally:
        if cluster:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def measure(town: Town, chosen: argparse.Namespace) -> None:
    """The crowd alone and beside each attack, in turn; prints as it goes."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
    print(
        f"{chosen.rate:.0f} casts/s offered, {chosen.seconds:.0f} s each, {chosen.database}"
        f"{', without the bounds (control)' if chosen.control else ''}; {platform.machine()}, {os.cpu_count()} cores, "
        f"{datetime.now(UTC):%Y-%m-%d}, {commit}\n"
    )
    print("| beside | casts stored | p50 ms | p95 ms | p95 against alone | what the attackers got |")
    print("|---|---:|---:|---:|---:|---|")
    env = {"PBVOTE_TRUSTED_PROXIES": "127.0.0.1"}
    if chosen.control:
        (town.folder / "control").mkdir()
        (town.folder / "control" / "sitecustomize.py").write_text(CONTROL)
        env["PYTHONPATH"] = str(town.folder / "control")
    with Server(town, env=env) as server:
        asyncio.run(cast_for(server, town, chosen.rate, 3.0))  # warm up
        before = asyncio.run(cast_for(server, town, chosen.rate, chosen.seconds))
        print(row("nothing", before, None, ""))
        for kind in chosen.only or ATTACKS:
            beside, told = attacked(server, town, kind, chosen)
            after = asyncio.run(cast_for(server, town, chosen.rate, chosen.seconds))
            alone = (before.percentile(95) + after.percentile(95)) / 2
            print(row(kind, beside, alone, told), flush=True)
            before = after
        print(row("nothing", before, None, ""))


def attacked(server: Server, town: Town, kind: str, chosen: argparse.Namespace) -> tuple[Figures, str]:
    """The crowd beside an attack of another process."""
    arguments = ["--attack", kind, "127.0.0.1", str(server.port), str(town.poll_id)]
    arguments += ["--seconds", str(chosen.seconds + 4)]
    with subprocess.Popen(  # noqa: S603  # this very program
        [sys.executable, "-m", "bench.hostile", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        words = process.stdout or sys.stdin
        words.readline()  # it has begun
        figures = asyncio.run(cast_for(server, town, chosen.rate, chosen.seconds))
        return figures, words.readline().strip()


async def cast_for(server: Server, town: Town, rate: float, seconds: float) -> Figures:
    """Cast at this rate for so long."""
    ledger = Ledger()
    habits = Habits(rate=rate, own_random=0.0)
    return await crowd([server.address], town, ledger, CLIENTS, int(rate * seconds), habits=habits)


def row(name: str, figures: Figures, alone: float | None, told: str) -> str:
    """A line of the table."""
    ratio = f"{figures.percentile(95) / alone:.2f}" if alone else ""
    p50, p95 = (f"{1_000 * figures.percentile(percent):.1f}" for percent in (50, 95))
    return f"| {name} | {figures.acknowledged} | {p50} | {p95} | {ratio} | {told} |"


async def attack(kind: str, target: Target, seconds: float) -> None:
    """Attack for so long; say when it has begun, and what came of it."""
    got: Counter[str] = Counter()
    print("begun", flush=True)
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await ATTACKS[kind](target, got)
    print(", ".join(f"{what}: {count:,}" for what, count in got.most_common()) or "nothing", flush=True)


def requests_of(make: Callable[[Target], bytes], connections: int) -> Attack:
    """So many connections that send one request after the other, as fast as they are answered."""

    async def one(target: Target, got: Counter[str]) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection(target.host, target.port)
                while True:
                    writer.write(make(target))
                    got[await _answer(reader)] += 1
            except (OSError, asyncio.IncompleteReadError, ValueError):
                got["cut off"] += 1
                await asyncio.sleep(0.05)

    async def all_of_them(target: Target, got: Counter[str]) -> None:
        await asyncio.gather(*(one(target, got) for _ in range(connections)))

    return all_of_them


def slowly(begin: bytes, drip: bytes, connections: int) -> Attack:
    """So many connections that begin something, send a byte a second, and begin anew when they are closed."""

    async def one(target: Target, got: Counter[str]) -> None:
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection(target.host, target.port)
                writer.write(begin)
                got["opened"] += 1
                while not reader.at_eof():
                    writer.write(drip)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(reader.read(1_000), 1.0)
                writer.close()
            got["closed by the server"] += 1
            await asyncio.sleep(0.1)

    async def all_of_them(target: Target, got: Counter[str]) -> None:
        await asyncio.gather(*(one(target, got) for _ in range(connections)))

    return all_of_them


async def _answer(reader: asyncio.StreamReader) -> str:
    """The status of an answer, which is read to its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = head.split(" ", 2)[1]
    if "\r\ncontent-length: " in head:
        await reader.readexactly(int(head.split("\r\ncontent-length: ")[1].split("\r\n")[0]))
    elif "transfer-encoding: chunked" in head:
        while (size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)) > 0:
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    return status


def _request(target: Target, method: str, path: str, body: bytes = b"") -> bytes:
    """A request from an address that nobody has used before."""
    somewhere = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"  # noqa: S311  # no secret
    head = f"{method} {path} HTTP/1.1\r\nHost: {target.host}:{target.port}\r\nX-Forwarded-For: {somewhere}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _sign_in(target: Target) -> bytes:
    # Of nobody: it is checked against a hash that takes as long as a real one; those of the made-up town take less.
    body = {"email": "nobody@example.org", "password": "a wrong password indeed"}
    return _request(target, "POST", "/api/login", json.dumps(body).encode())


def _wrong_code(target: Target) -> bytes:
    if random.getrandbits(1):  # half of them look, half cast
        return _request(target, "POST", f"/api/polls/{target.poll}/code", json.dumps({"code": new_code()}).encode())
    body = {"code": new_code(), "choices": [1], "points": None, "ticket": None, "browser_random": None}
    body |= {"idempotency_key": f"{random.getrandbits(64):016x}"}  # no secret
    return _request(target, "PUT", f"/api/polls/{target.poll}/ballot", json.dumps(body).encode())


def _browse(target: Target) -> bytes:
    slug = "harbourside-2026"
    paths = ["/en/", f"/en/r/{slug}", f"/en/r/{slug}/plain", "/api/rounds", f"/api/rounds/{slug}"]
    paths += [f"/api/rounds/{slug}/proposals", f"/api/rounds/{slug}/proposals?q=a{random.randrange(10**6)}"]  # noqa: S311
    return _request(target, "GET", random.choice(paths))  # noqa: S311  # no secret


def _big_body(target: Target) -> bytes:
    return _request(target, "PUT", f"/api/polls/{target.poll}/ballot", b"x" * 2_000_000)


ATTACKS: dict[str, Attack] = {
    "200 sign-ins at once": requests_of(_sign_in, 200),
    "wrong codes, 32 at once": requests_of(_wrong_code, 32),
    "browsing, 64 at once": requests_of(_browse, 64),
    "slow headers, 500 connections": slowly(b"GET / HTTP/1.1\r\nx: ", b"x", 500),
    "slow bodies, 500 connections": slowly(
        b"POST /api/login HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n", b"x", 500
    ),
    "silent connections, 500": slowly(b"", b"", 500),
    "bodies of 2 MB, 8 at once": requests_of(_big_body, 8),
}


if __name__ == "__main__":
    main()
