"""A roll of 100,000 from a file, and its letters: time and memory, through HTTP, on SQLite and PostgreSQL.

    python bench/roll.py [ROWS] [sqlite|postgresql ...]

PostgreSQL is a throw-away cluster that does not wait for the disk, which is one wait for each of the three steps.
Memory is the highest of the process, server and client together; the client throws the pages away as they come.
"""

from __future__ import annotations

import asyncio
import hashlib
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from pbvote.app import create_app
from pbvote.db import connect, migrate
from pbvote.keys import make_keys
from pbvote.settings import read_settings
from tests.conftest import BASE_URL, browser
from tests.house import let_in, make_people, make_round
from tests.postgres import Cluster

ROUND = "/api/rounds/harbourside-2026"
CSV = {"content-type": "text/csv"}


def roll_file(rows: int) -> bytes:
    """A file as a forum would have it: 100 bytes a line."""
    lines = (
        f"R-{row:06},Ms Ann Example {row},{row % 200} Mill Lane,Harbourside,Tarnmouth,TS1 2AB,Ward {row % 9},"
        f"ann.{row}@example.org"
        for row in range(rows)
    )
    return ("reference,name,address_1,address_2,address_3,address_4,ward,email\n" + "\n".join(lines) + "\n").encode()


def peak() -> int:
    """The highest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def measure(url: str, folder: Path, rows: int) -> None:
    """Look at a file, import it, make its letters."""
    settings = read_settings(
        {
            "PBVOTE_DATA_DIR": str(folder / "data"),
            "PBVOTE_KEYS_DIR": str(folder / "keys"),
            "PBVOTE_DATABASE_URL": url,
            "PBVOTE_BASE_URL": BASE_URL,
        }
    )
    make_keys(settings.keys_dir, settings.name)
    await migrate(settings.database_url)
    database = connect(settings.database_url)
    await make_people(database)
    await make_round(database)
    app = create_app(settings, background=False, durable=False)
    content = roll_file(rows)
    print(f"file: {len(content) / 1e6:.1f} MB; memory before: {peak()} MB")
    async with app.lifespan(), browser(app) as client:
        client.timeout = 3600
        await let_in(database, client, "clerk@example.org")
        with said("look"):
            seen = await client.post(f"{ROUND}/roll-file/look", content=content, headers=CSV)
        assert seen.json()["wrong"] == 0, seen.text  # noqa: S101  # a bench must not measure a refusal
        query = {"label": "Register", "sha256": hashlib.sha256(content).hexdigest()}
        with said("import"):
            batch = await client.post(f"{ROUND}/roll-file", params=query, content=content, headers=CSV)
        assert batch.status_code == 201, batch.text  # noqa: S101,PLR2004  # the same
        with said("letters, asked for over ASGI and thrown away"):
            size = await thrown_away(app, client.cookies, f"{ROUND}/batches/{batch.json()['id']}/letters")
        print(f"PDF: {size / 1e6:.0f} MB")
    await database.close()


@contextmanager
def said(what: str) -> Iterator[None]:
    """Print how long the block took, by the wall and by the processor, and the memory it came to."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    print(f"{what}: {time.perf_counter() - wall:.1f} s, CPU {time.process_time() - cpu:.1f} s, peak {peak()} MB")


async def thrown_away(app: Any, cookies: Any, path: str) -> int:  # noqa: ANN401  # an ASGI application
    """The size of an answer whose parts are not kept; httpx's own transport would collect them."""
    size = 0
    sent, done = False, asyncio.Event()
    head = [
        (b"host", b"vote.example.org"),
        (b"origin", BASE_URL.encode()),
        (b"content-type", b"application/json"),
        (b"cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()),
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": head,
        "client": ("127.0.0.1", 1),
        "server": ("vote.example.org", 443),
    }

    async def receive() -> dict[str, object]:
        nonlocal sent
        if sent:
            await done.wait()
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": b'{"made":0}', "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal size
        if message["type"] == "http.response.start" and message["status"] != 200:  # noqa: PLR2004  # OK
            raise RuntimeError(f"refused with {message['status']}")
        size += len(message.get("body", b""))
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            done.set()

    await app(scope, receive, send)
    return size


async def run(kind: str, rows: int) -> None:
    """Measure on one of the databases."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        if kind == "sqlite":
            await measure(f"sqlite+aiosqlite:///{folder / 'data' / 'pbvote.db'}", folder, rows)
            return
        cluster = Cluster()
        cluster.start()
        try:
            with psycopg.connect(host=str(cluster.folder), user="postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE roll")
            await measure(f"postgresql+psycopg://postgres@/roll?host={cluster.folder}", folder, rows)
        finally:
            cluster.stop()


def main(arguments: list[str]) -> None:
    """Measure on each database in a process of its own, so that memory is its own too."""
    rows = int(arguments[0]) if arguments else 100_000
    if arguments[2:] == ["alone"]:
        asyncio.run(run(arguments[1], rows))
        return
    print(f"{platform.machine()}, Python {platform.python_version()}, {rows:,} rows")
    for kind in arguments[1:] or ["sqlite", "postgresql"]:
        print(f"\n{kind}", flush=True)
        subprocess.run([sys.executable, __file__, str(rows), kind, "alone"], check=True)  # noqa: S603  # ourselves


if __name__ == "__main__":
    main(sys.argv[1:])
