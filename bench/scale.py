"""How the cost of a vote grows with the number of its ballots: `python -m bench.scale [--sizes N,N,...] [ADDRESS ...]`.

For each size a new database and a new vote, in a process of its own: every elector casts a ballot (a hundred in a
transaction, as under load; batches enter the log meanwhile), then the lists that officers and witnesses look at, the
close, the count, the publication, and the check of the bundle by `pbvote verify`. Printed: processor seconds, the most
memory, and how steep each grows: the slope of log(cost) over log(ballots), 1 where twice as many cost twice as much.
ADDRESS is the SQLAlchemy address of an empty PostgreSQL database; `{}` in it stands for the size.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import platform
import random
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotlog.proofs import Logs, newest
from pbvote.ballots.design import Choice
from pbvote.db import Database, connect, migrate
from pbvote.errors import DomainError
from pbvote.keys import Keys, make_keys
from pbvote.outcomes.service import count, latest
from pbvote.publication.models import PublicationFile
from pbvote.publication.service import Candidate, prepare, publish
from pbvote.roll.service import add_electors
from pbvote.rounds.approvals import Consent
from pbvote.rounds.models import Round
from pbvote.voting.casting import Cast, cast
from pbvote.voting.service import turnout
from pbvote.voting.timekeeper import enter_batches, keep_time
from tests.house import make_people, make_round, open_the_vote, two_officers

SIZES = (10_000, 100_000, 1_000_000)
AT_ONCE, BATCH_EVERY = 100, 5_000
PROJECTS, BUDGET = 40, 100_000_00
STEPS = ("cast", "list", "close", "count", "publish", "verify")
TWO_DECIMALS = 100  # below it
SLUG = "harbourside-2026"


class Clock:
    """Real days do not pass in a bench."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    async def __call__(self, db: AsyncSession) -> datetime:
        """The time as it was set."""
        del db
        return self.moment

    def advance(self, **difference: float) -> None:
        """Move it."""
        self.moment += timedelta(**difference)


class Costs(dict[str, float]):
    """Processor seconds by step, those of child processes too."""

    @asynccontextmanager
    async def of(self, step: str) -> AsyncIterator[None]:
        """Measure a step."""
        own, began = _cpu(), time.perf_counter()
        yield
        self[step] = _cpu() - own
        self[f"{step}, by the clock"] = time.perf_counter() - began


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


async def one_vote(url: str, folder: Path, ballots: int) -> Costs:
    """A whole vote, step by step."""
    clock, keys, costs = Clock(), make_keys(folder / "keys", "bench.example.org"), Costs()
    await migrate(url)
    database = connect(url, clock)
    await make_people(database)
    chance = random.Random(ballots)  # noqa: S311  # the same votes in each run
    await make_round(database, costs=[chance.randrange(500_00, 20_000_00) for _ in range(PROJECTS)], budget=BUDGET)
    async with database.session(write=True) as db:
        codes = await add_electors(db, keys, await _round(db), "letters", ballots, None)
    poll_id = await open_the_vote(database, keys, clock)
    async with costs.of("cast"):
        await _cast_all(database, keys, poll_id, codes, chance)
    async with costs.of("list"):
        await _look_at_lists(database, poll_id)
    clock.advance(days=15)
    async with costs.of("close"):
        await keep_time(database, keys)
    async with costs.of("count"), database.session(write=True) as db:
        await count(db, keys, await _round(db), (await two_officers(db, await _round(db)))[0])
    async with costs.of("publish"):
        await _publish(database, keys)
    bundle = folder / "bundle.zip"
    async with database.session(write=False) as db:
        bundle.write_bytes(
            (await db.scalars(select(PublicationFile.content).where(PublicationFile.name == "bundle.zip"))).one()
        )
    await database.close()
    async with costs.of("verify"):
        await asyncio.to_thread(_verify, bundle)
    costs["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return costs


async def _cast_all(database: Database, keys: Keys, poll_id: UUID, codes: Sequence[str], chance: random.Random) -> None:
    for start in range(0, len(codes), AT_ONCE):
        casts = [
            Cast(code, Choice(tuple(chance.sample(range(1, PROJECTS + 1), 4)), None), secrets.token_urlsafe(16))
            for code in codes[start : start + AT_ONCE]
        ]
        async with database.session(write=True) as db:
            results = await cast(db, keys, poll_id, casts)
        if refused := [result for result in results if isinstance(result, DomainError)]:
            raise SystemExit(f"a ballot was refused: {refused[0]}")
        if start % BATCH_EVERY == 0:
            await enter_batches(database, keys)


async def _look_at_lists(database: Database, poll_id: UUID) -> None:
    async with database.session(write=False) as db:
        round_ = await _round(db)
        await turnout(db, round_, None, (await two_officers(db, round_))[0])
        point = (await newest(db, poll_id)).point
        await Logs().of(db, point, poll_id)  # what a witness or a receipt's check asks for, from scratch


async def _publish(database: Database, keys: Keys) -> None:
    asked: UUID | None = None
    for place in (0, 1):
        async with database.session(write=True) as db:
            round_ = await _round(db)
            officers = await two_officers(db, round_)
            outcome = await latest(db, round_, officers[place])
            consent = Consent(asked)
            prepared = await prepare(db, keys, round_, Candidate(outcome.id), consent, officers[place])
            approval = await publish(db, keys, round_, prepared, consent, officers[place])
            asked = approval.id


def _verify(bundle: Path) -> None:
    command = [sys.executable, "-m", "pbvote", "verify", str(bundle)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own program


async def _round(db: AsyncSession) -> Round:
    return (await db.scalars(select(Round).where(Round.slug == SLUG))).one()


def _measured(address: str, size: int) -> Costs:
    """One vote in a process of its own, so that its memory is its own."""
    with tempfile.TemporaryDirectory() as folder:
        url = address.format(size) if address else f"sqlite+aiosqlite:///{folder}/data/pbvote.db"
        command = [sys.executable, "-m", "bench.scale", "--one", str(size), "--folder", folder, url]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603  # this program
        return Costs(json.loads(done.stdout))


def _table(name: str, sizes: Sequence[int], found: Sequence[Costs]) -> None:
    print(f"\n{name}: processor seconds of the application\n")
    print("| step | " + " | ".join(f"{size:,}" for size in sizes) + " | slope |")
    print("|---" * (len(sizes) + 2) + "|")
    rows = [(step, [costs[step] for costs in found]) for step in STEPS]
    rows.append(("all", [sum(costs[step] for step in STEPS) for costs in found]))
    each = [costs["cast"] / size * 1e6 for costs, size in zip(found, sizes, strict=True)]
    rows.append(("cast, microseconds for each", each))
    waited = [f"{step}, by the clock" for step in ("close", "count", "publish")]
    rows.extend((step, [costs[step] for costs in found]) for step in waited)
    rows.append(("most memory, MB", [costs["memory"] for costs in found]))
    for step, values in rows:
        shown = " | ".join(f"{value:,.2f}" if value < TWO_DECIMALS else f"{value:,.0f}" for value in values)
        print(f"| {step} | {shown} | {_slope(sizes, values):.2f} |")


def _slope(sizes: Sequence[int], values: Sequence[float]) -> float:
    """From the smallest to the largest."""
    grown = math.log(sizes[-1] / sizes[0])
    return math.log(values[-1] / values[0]) / grown if grown else math.nan


def main() -> None:
    """Measure every size on SQLite and on each address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--one", type=int)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("addresses", nargs="*")
    asked = parser.parse_args()
    if asked.one:
        json.dump(asyncio.run(one_vote(asked.addresses[0], asked.folder, asked.one)), sys.stdout)
        return
    sizes = [int(size) for size in asked.sizes.split(",")]
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603  # as it stands
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, {datetime.now(UTC):%Y-%m-%d}, commit {commit.stdout.strip()}")
    for address in ["", *asked.addresses]:
        name = "PostgreSQL" if address else "SQLite"
        _table(name, sizes, [_measured(address, size) for size in sizes])


if __name__ == "__main__":
    main()
