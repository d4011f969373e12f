"""How many ballots a second get into the box durably: one a transaction, against a hundred a transaction.

Run: .venv/bin/python bench/casting.py [SQLAlchemy address of an empty PostgreSQL database]
Prints ratios within one run; the absolute figures are those of the machine that it names.
"""

from __future__ import annotations

import asyncio
import os
import platform
import secrets
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from pbvote.ballots.design import Choice
from pbvote.db import Database, connect, migrate
from pbvote.demo.build import build
from pbvote.errors import DomainError
from pbvote.keys import Keys, make_keys
from pbvote.roll.service import add_electors
from pbvote.rounds.models import Round
from pbvote.voting.casting import Cast, cast

BALLOTS = 1_000
OPEN_ROUND = "harbourside-budget-2026"


async def main(url: str, keys: Keys) -> None:
    """Fill the database with the demo, then measure."""
    await migrate(url)
    database = connect(url)
    await build(database, keys, datetime.now(UTC))
    single = await measure(database, keys, at_once=1)
    grouped = await measure(database, keys, at_once=100)
    name = database.engine.dialect.name
    print(f"| {name} | {single:,.0f} | {grouped:,.0f} | {grouped / single:.1f} |")
    await database.close()


async def measure(database: Database, keys: Keys, *, at_once: int) -> float:
    """Durable ballots a second, `at_once` in a transaction."""
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == OPEN_ROUND))).one()
        codes = await add_electors(db, keys, round_, f"bench {at_once}", BALLOTS, None)
        poll_id = round_.poll.id
    started = time.perf_counter()
    for start in range(0, BALLOTS, at_once):
        casts = [Cast(code, Choice((1, 2), None), secrets.token_urlsafe(16)) for code in codes[start : start + at_once]]
        async with database.session(write=True) as db:
            results = await cast(db, keys, poll_id, casts)
        if any(isinstance(result, DomainError) for result in results):
            raise SystemExit(f"a ballot was refused: {results}")
    return BALLOTS / (time.perf_counter() - started)


if __name__ == "__main__":
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| database | ballots/s, one a transaction | ballots/s, 100 a transaction | ratio |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        own_keys = make_keys(Path(folder) / "keys", "bench.example.org")
        asyncio.run(main(f"sqlite+aiosqlite:///{folder}/data/pbvote.db", own_keys))
        for address in sys.argv[1:]:
            asyncio.run(main(address, own_keys))
