"""A list of 10,000 proposals: how long the server takes for a page of it, for everybody and for officers.

    python bench/listing.py [PROPOSALS] [sqlite|postgresql ...]

Through the whole server, as HTTP without a network: signing in, SQL, JSON. The figures are the median and the worst of
several pages, and the seconds of the processor for one. PostgreSQL is a throw-away cluster that does not wait for the
disk.
"""

from __future__ import annotations

import asyncio
import platform
import statistics
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import psycopg
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.models import Account
from pbvote.app import create_app
from pbvote.db import Database, connect, migrate, now, uuid7
from pbvote.keys import make_keys
from pbvote.proposals.models import CostLine, Proposal, ProposalChange
from pbvote.proposals.review_models import Assignment, Costing
from pbvote.rounds.models import Round
from pbvote.settings import Settings, read_settings
from tests.conftest import BASE_URL, browser
from tests.house import accepted_proposal, let_in, make_people, make_round
from tests.postgres import Cluster

TIMES = 9
TARGET = 100  # milliseconds
STATUSES = ("submitted", "submitted", "accepted", "accepted_with_changes", "rejected", "changes_requested", "merged")
WORDS = ("bench", "playground", "crossing", "orchard", "library", "choir", "bridge", "shelter", "pond")
ROUND = "/api/rounds/harbourside-2026"


def rows_of(sample: Proposal, moment: datetime, size: int) -> list[dict[str, object]]:
    """Proposals with the long texts that real ones have, in all states."""
    base = {column.key: getattr(sample, column.key) for column in Proposal.__table__.columns if column.key != "id"}
    rows = []
    for number in range(1, size + 1):
        status, word = STATUSES[number % len(STATUSES)], WORDS[number % len(WORDS)]
        title = f"A {word} for ward {number % 40}, number {number}"
        rows.append(
            base
            | {
                "id": uuid7(),
                "number": number,
                "title": title,
                "description": f"Why we want a {word}. " * 60,
                "search_text": f"{title.lower()} why we want a {word}. " * 20,
                "status": status,
                "waiting_since": moment - timedelta(hours=number % 400) if status == "submitted" else None,
                "match_cash": 0,
                "match_kind": 0,
                "match_hours": 0,
                "whole_area": False,
            }
        )
    return rows


async def fill(db: AsyncSession, size: int) -> None:
    """The proposals with their lines and histories; officers have costed a third and look after a quarter of them."""
    moment = await now(db)
    round_ = (await db.scalars(select(Round))).one()
    officer = (await db.scalars(select(Account).where(Account.email == "officer@example.org"))).one()
    rows = rows_of(accepted_proposal(round_.id, 1, 400_00, moment), moment, size)
    ids = [row["id"] for row in rows]
    by = {"made_by": officer.id, "made_at": moment}
    line = {"what": "Bench", "amount": 200_00, "basis": "quote"}
    tables = {
        Proposal: rows,
        CostLine: [{"proposal_id": one, "position": at, **line} for one in ids for at in range(3)],
        ProposalChange: [
            {"proposal_id": one, "position": at, "at": moment, "status": "submitted", "reason": ""}
            for one in ids
            for at in range(3)
        ],
        Costing: [{"proposal_id": one, "lines": [line], "others": 0, "amount": 200_00, **by} for one in ids[::3]],
        Assignment: [{"proposal_id": one, "account_id": officer.id} for one in ids[::4]],
    }
    for table, values in tables.items():
        for start in range(0, len(values), 5_000):
            await db.execute(insert(table), values[start : start + 5_000])


async def one(client: httpx.AsyncClient, what: str, path: str) -> None:
    """Print how long a page takes."""
    took, before = [], time.process_time()
    for _ in range(TIMES):
        began = time.perf_counter()
        answer = await client.get(ROUND + path)
        took.append((time.perf_counter() - began) * 1_000)
        answer.raise_for_status()  # figures of a refusal would be no figures
    cpu = (time.process_time() - before) * 1_000 / TIMES
    median = statistics.median(took)
    verdict = "" if median < TARGET else f"   over {TARGET} ms"
    print(f"  {what:<52} {median:7.1f} ms, worst {max(took):7.1f} ms, CPU {cpu:6.1f} ms{verdict}")


async def pages(client: httpx.AsyncClient, size: int) -> None:
    """Every kind of page, the first and a deep one."""
    last = size // 50
    for what, path in {
        "public list": "/proposals",
        "public list, last page": f"/proposals?page={last}",
        "public list, page of 200": "/proposals?size=200",
        "public list, one status": "/proposals?status=accepted",
        "public list, one category": "/proposals?category=parks",
        "public list, search": "/proposals?q=playground+ward",
        "public list, search for nothing": "/proposals?q=submarine",
        "queue, what has waited longest": "/queue?status=submitted",
        "queue, everything, last page": f"/queue?page={last}",
        "queue, overdue": "/queue?overdue=true",
        "queue, mine and not costed": "/queue?mine=true&uncosted=true",
        "queue, search": "/queue?q=playground+ward",
        "queue, by number": "/queue?sort=number",
        "the proposals before and after one": f"/queue/{size // 2}/neighbours?status=submitted",
        "one proposal for officers": f"/review/{size // 2}",
    }.items():
        await one(client, what, path)


async def measure(url: str, kind: str, folder: Path, size: int) -> None:
    """Fill a database and page through it."""
    settings = settings_of(url, folder)
    make_keys(settings.keys_dir, settings.name)
    await migrate(settings.database_url)
    database: Database = connect(settings.database_url)
    await make_people(database)
    await make_round(database, costs=())
    async with database.session(write=True) as db:
        await fill(db, size)
    async with database.session(write=True) as db:
        await db.execute(text("ANALYZE"))
    app = create_app(settings, background=False, durable=False)
    print(f"{kind}: {size:,} proposals")
    async with app.lifespan(), browser(app) as client:
        await let_in(database, client, "officer@example.org")
        await pages(client, size)
    await database.close()


def settings_of(url: str, folder: Path) -> Settings:
    """The settings of a server in a folder of its own."""
    return read_settings(
        {
            "PBVOTE_DATA_DIR": str(folder / "data"),
            "PBVOTE_KEYS_DIR": str(folder / "keys"),
            "PBVOTE_DATABASE_URL": url,
            "PBVOTE_BASE_URL": BASE_URL,
        }
    )


def main(size: int, kinds: list[str]) -> None:
    """Measure on each database."""
    print(f"Python {platform.python_version()}, {platform.machine()}")
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder:
            if kind == "sqlite":
                asyncio.run(measure(f"sqlite+aiosqlite:///{folder}/data/bench.db", kind, Path(folder), size))
                continue
            cluster = Cluster()
            cluster.start()
            try:
                with psycopg.connect(host=str(cluster.folder), user="postgres", autocommit=True) as connection:
                    connection.execute("CREATE DATABASE bench")
                url = f"postgresql+psycopg://postgres@/bench?host={cluster.folder}"
                asyncio.run(measure(url, kind, Path(folder), size))
            finally:
                cluster.stop()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    counts = [int(argument) for argument in arguments if argument.isdigit()]
    main(counts[0] if counts else 10_000, [one for one in arguments if not one.isdigit()] or ["sqlite", "postgresql"])
