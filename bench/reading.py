"""Public pages from what is kept, against the same pages made anew: requests a second and the processor's time for one.

    python bench/reading.py [--seconds 3] [--clients 8] [sqlite] [postgresql]

The same server, in the same run. "Anew" are the same requests with an `Authorization` header, whose answers are never
kept. Over HTTP the server is the real `pbvote serve` with one process, and the client takes processor time of its own
from the machine; "in the process" is the app alone, without a network. PostgreSQL is a throw-away cluster.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from uuid import UUID

import psycopg
from litestar import Litestar
from litestar.types import HTTPScope, Message
from litestar.types.asgi_types import HTTPReceiveMessage
from sqlalchemy import insert, select

from bench.server import Server, machine, served
from pbvote.app import create_app
from pbvote.db import connect, migrate, uuid7
from pbvote.keys import make_keys, read_keys
from pbvote.proposals.models import Proposal
from pbvote.rounds.models import Round
from pbvote.settings import Settings, read_settings
from tests.conftest import SettableClock, browser
from tests.house import accepted_proposal, let_in, make_people, make_round
from tests.outcomes.counting import SLUG, count, hold_the_vote, publish
from tests.postgres import Cluster

TARGET = 20
PROPOSALS, ROUNDS = 1_000, 30
BIG = "with-1000-proposals"
ANEW = b"authorization: anew\r\n"


@dataclass(frozen=True, slots=True)
class Town:
    """An installation to read: its settings as variables, and its poll with a log."""

    env: dict[str, str]
    poll: UUID

    def pages(self) -> dict[str, str]:
        """What is measured, and its address."""
        return {
            "start page": "/en/",
            "list of rounds": "/api/rounds",
            "round": f"/api/rounds/{SLUG}",
            "1,000 proposals, a page of 50": f"/api/rounds/{BIG}/proposals",
            "1,000 proposals, a page of 200": f"/api/rounds/{BIG}/proposals?size=200",
            "proposal": f"/api/rounds/{BIG}/proposals/500",
            "proposals, without JavaScript": f"/en/r/{BIG}/plain/proposals",
            "result with its reasons": f"/api/rounds/{SLUG}/results",
            "result, without JavaScript": f"/en/r/{SLUG}/plain/results",
            "log": f"/api/polls/{self.poll}/log",
            "plan as a calendar": "/api/plan/dates.ics",
        }


def settings_of(env: dict[str, str]) -> Settings:
    """The settings that the server will have."""
    return read_settings(env | {"PBVOTE_BASE_URL": "https://vote.example.org"})


async def build(folder: Path, url: str) -> Town:
    """A round whose result is published, one with many proposals, and more."""
    env = {
        "PBVOTE_DATA_DIR": str(folder / "data"),
        "PBVOTE_KEYS_DIR": str(folder / "keys"),
        "PBVOTE_DATABASE_URL": url,
        "PBVOTE_PARTNERSHIP": "Bench",
    }
    settings, clock = settings_of(env), SettableClock(datetime.now(UTC) - timedelta(days=25))
    make_keys(settings.keys_dir, settings.name)
    keys = read_keys(settings.keys_dir)
    await migrate(url)
    database = connect(url, clock)
    await make_people(database)
    await make_round(database, costs=[100_00 + 7 * number for number in range(30)], budget=1_000_00)
    poll = await hold_the_vote(database, keys, clock, [(1 + n % 30, 1 + (n * 7 + 1) % 30) for n in range(200)])
    app = create_app(settings, clock, background=False, durable=False)
    async with app.lifespan(), browser(app) as officer, browser(app) as second:
        await let_in(database, officer, "officer@example.org")
        await let_in(database, second, "second@example.org")
        answer = await publish(officer, second, await count(officer))
        answer.raise_for_status()
    clock.set(datetime.now(UTC))
    for number in range(ROUNDS):
        await make_round(database, f"round-{number}", costs=[100_00])
    await make_round(database, BIG, costs=[])
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == BIG))).one()
        sample = accepted_proposal(round_.id, 1, 400_00, clock.moment)
        names = [column.key for column in Proposal.__table__.columns if column.key != "id"]
        row = {name: getattr(sample, name) for name in names} | {
            "description": "Why we want it. " * 60,
            "match_cash": 0,
            "match_kind": 0,
            "match_hours": 0,
            "whole_area": False,
        }
        await db.execute(insert(Proposal), [row | {"id": uuid7(), "number": n + 1} for n in range(PROPOSALS)])
    await database.close()
    return Town(env, poll)


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second, and milliseconds of the server's processor for one."""

    a_second: float
    cpu: float


async def over_http(server: Server, path: str, headers: bytes, clients: int, seconds: float) -> Rate:
    """Some clients with connections that stay open, each with one request at a time."""
    request = b"GET %s HTTP/1.1\r\nhost: bench\r\naccept-encoding: gzip\r\n%s\r\n" % (path.encode(), headers)
    await client(server.port, request, time.perf_counter() + seconds / 5)  # warm
    before, began = server.cpu(), time.perf_counter()
    done = sum(await asyncio.gather(*(client(server.port, request, began + seconds) for _ in range(clients))))
    took, used = time.perf_counter() - began, server.cpu() - before
    return Rate(done / took, used / done * 1_000)


async def client(port: int, request: bytes, until: float) -> int:
    """Ask until then; how often it was answered with 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    done = 0
    while time.perf_counter() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"not 200: {head!r}")  # figures of a refusal would be no figures
        lines = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:] if line)
        await reader.readexactly(int(lines[b"content-length"]))
        done += 1
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return done


async def in_process(app: Litestar, path: str, headers: bytes, seconds: float) -> Rate:
    """One request after the other, straight to the app."""
    name, _, query = path.partition("?")
    sent = [(b"host", b"bench"), (b"accept-encoding", b"gzip")] + ([(b"authorization", b"anew")] if headers else [])

    async def nothing() -> HTTPReceiveMessage:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] != http.client.OK:
            raise SystemExit(f"{path} was answered with {message['status']}")

    async def ask() -> None:
        scope: dict[str, object] = {
            "type": "http",
            "method": "GET",
            "path": name,
            "raw_path": name.encode(),
            "root_path": "",
        }
        scope |= {"query_string": query.encode(), "headers": sent, "client": ("192.0.2.1", 1), "server": ("bench", 80)}
        scope |= {"scheme": "http", "http_version": "1.1", "asgi": {"version": "3.0"}, "extensions": {}, "state": {}}
        await app(cast("HTTPScope", scope), nothing, send)

    await ask()
    done, before, began = 0, time.process_time(), time.perf_counter()
    while time.perf_counter() - began < seconds:
        await ask()
        done += 1
    took, used = time.perf_counter() - began, time.process_time() - before
    return Rate(done / took, used / done * 1_000)


async def figures(town: Town, clients: int, seconds: float) -> list[str]:
    """The rows of one database."""
    rows = []
    app = create_app(settings_of(town.env), background=False, durable=False)
    with served(town.env) as server:
        server.wait_for("/api/health")
        http = {
            path: [await over_http(server, path, own, clients, seconds) for own in (ANEW, b"")]
            for path in town.pages().values()
        }
    async with app.lifespan():
        listening = asyncio.create_task(app.state["database"].changes.follow())
        await asyncio.sleep(1)
        for what, path in town.pages().items():
            inside = [await in_process(app, path, own, seconds) for own in (ANEW, b"")]
            cells = [
                text
                for anew, kept in (http[path], inside)
                for text in (
                    f"{anew.a_second:,.0f}",
                    f"{kept.a_second:,.0f}",
                    f"{anew.cpu:.2f}",
                    f"{kept.cpu:.3f}",
                    f"{anew.cpu / kept.cpu:.0f}x",
                )
            ]
            rows.append(f"| {what} | " + " | ".join(cells) + " |")
        listening.cancel()
    return rows


@contextmanager
def database(name: str, folder: Path) -> Iterator[str]:
    """The address of an empty database."""
    if name == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / 'data' / 'pbvote.db'}"
        return
    cluster = Cluster(durable=True)
    cluster.start()
    try:
        with psycopg.connect(host=str(cluster.folder), user="postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE bench")
        yield f"postgresql+psycopg://postgres@/bench?host={cluster.folder}"
    finally:
        cluster.stop()


async def main() -> None:
    """Print a table for each database."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    options = parser.parse_args()
    print(f"# Reading what is kept\n\n{machine()}. {options.clients} clients over HTTP, {options.seconds:g} s each.")
    print(f"The target is {TARGET}x; the ratio is that of the processor's time for one request.")
    for name in options.databases:
        print(f"\n## {name}\n")
        print("| page | HTTP anew/s | kept/s | CPU ms anew | kept | ratio ", end="")
        print("| in the process anew/s | kept/s | CPU ms anew | kept | ratio |")
        print("|---|" + "---:|" * 10)
        with tempfile.TemporaryDirectory() as folder, database(name, Path(folder)) as url:
            for row in await figures(await build(Path(folder), url), options.clients, options.seconds):
                print(row, flush=True)


asyncio.run(main())
