"""Everything at once: people cast and vote again, clerks replace codes, officers void ballots and close the vote.

Two hundred electors, sixteen operations each, all shuffled together over HTTP. Each elector has one ballot that counts
at most, nothing is taken after the close, whatever was acknowledged is in the log, and no answer is an error of ours.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.bundle_files import read_bundle
from pbvote.ballotlog.service import leaves_of
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.publication.files import BUNDLE
from pbvote.publication.models import PublicationFile
from pbvote.roll.codes import hash_code
from pbvote.roll.importing import hash_reference
from pbvote.roll.models import Elector
from pbvote.rounds.models import Round
from pbvote.verify import verify
from pbvote.voting import closing
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_codes, make_people, make_round, open_the_vote

ELECTORS, OPERATIONS, AT_ONCE = 200, 16, 48
SLUG = "harbourside-2026"
ROUND = f"/api/rounds/{SLUG}"
CHOICES: tuple[list[int], ...] = ([1], [2], [1, 2], [3], [1, 4], [])
EXPECTED = {200, 202, 404, 409}
CAST, REPLACE, VOID, CLOSE = "cast", "replace", "void", "close"


@dataclass
class Storm:
    """Who is in it, and what came of it."""

    poll: UUID
    codes: list[str]
    nobody: httpx.AsyncClient
    clerk: httpx.AsyncClient
    officer: httpx.AsyncClient
    second: httpx.AsyncClient
    statuses: Counter[int] = field(default_factory=Counter)
    promised: dict[str, int] = field(default_factory=dict)
    closed: bool = False
    late: int = 0

    async def cast(self, number: int, sent: int) -> None:
        """A ballot of an elector, with the code that works as far as anybody knows."""
        after = self.closed
        body = {"code": self.codes[number], "choices": CHOICES[sent % len(CHOICES)], "points": None}
        key = f"mixed-{number:03}-{sent:03}-storm"
        home = {"x-forwarded-for": f"10.0.{number // 250}.{number % 250}"}
        answer = await self.nobody.put(
            f"/api/polls/{self.poll}/ballot", json={**body, "idempotency_key": key}, headers=home
        )
        self.statuses[answer.status_code] += 1
        if answer.status_code == 200:
            self.promised[answer.json()["commitment"]] = number
            self.late += after

    async def replace(self, number: int) -> None:
        answer = await self.clerk.post(f"{ROUND}/replacement-code", json={"reference": f"R{number}"})
        self.statuses[answer.status_code] += 1
        if answer.status_code == 200:
            self.codes[number] = answer.json()["code"]

    async def void(self, number: int) -> None:
        await self._two("void", {"whose": f"R{number}", "reason": "it was somebody else"})

    async def close(self) -> None:
        self.closed = await self._two("close", {"reason": "the hall is closing"})

    async def _two(self, step: str, body: dict[str, str]) -> bool:
        asked = await self.officer.post(f"{ROUND}/{step}", json={**body, "approves": None})
        self.statuses[asked.status_code] += 1
        if asked.status_code != 202:
            return False
        done = await self.second.post(f"{ROUND}/{step}", json={**body, "approves": asked.json()["id"]})
        self.statuses[done.status_code] += 1
        return done.status_code == 200


async def rage(storm: Storm, electors: int) -> None:
    """Every operation of everybody, shuffled together, many at a time; the close comes when most has been sent."""
    chance = random.Random(23)  # noqa: S311  # an order of arrival, the same in each run
    kinds = [CAST] * (OPERATIONS - 2) + [REPLACE, VOID]
    work = [(kind, number, sent) for number in range(electors) for sent, kind in enumerate(kinds)]
    chance.shuffle(work)
    work.insert(len(work) * 9 // 10, (CLOSE, 0, 0))
    waiting = asyncio.Semaphore(AT_ONCE)

    async def one(kind: str, number: int, sent: int) -> None:
        async with waiting:
            match kind:
                case "cast":
                    await storm.cast(number, sent)
                case "replace":
                    await storm.replace(number)
                case "void":
                    await storm.void(number)
                case _:
                    await storm.close()

    async with asyncio.TaskGroup() as group:
        for operation in work:
            group.create_task(one(*operation))


async def prepared(app: Litestar, database: Database, keys: Keys, clock: SettableClock, electors: int) -> Storm:
    """A vote that is open, with electors whom the forum knows by a reference."""
    await make_people(database)
    await make_round(database)
    codes = await make_codes(database, keys, count=electors)
    async with database.session(write=True) as db:
        await give_references(db, keys, codes)
    poll = await open_the_vote(database, keys, clock)
    app.state.limiter.trusted_proxies = frozenset({"127.0.0.1"})
    storm = Storm(poll, codes, browser(app), browser(app), browser(app), browser(app))
    for client, name in ((storm.clerk, "clerk"), (storm.officer, "officer"), (storm.second, "second")):
        await let_in(database, client, f"{name}@example.org")
    return storm


async def give_references(db: AsyncSession, keys: Keys, codes: list[str]) -> None:
    round_ = (await db.scalars(select(Round))).one()
    for number, code in enumerate(codes):
        found = (Elector.round_id == round_.id, Elector.code_hash == hash_code(keys.pepper, code))
        await db.execute(
            update(Elector).where(*found).values(reference_hash=hash_reference(keys, round_.id, f"R{number}"))
        )


async def lost(database: Database, storm: Storm) -> int:
    """Acknowledged ballots that are not in the log."""
    async with database.session(write=False) as db:
        leaves = await leaves_of(db, storm.poll)
    logged = {leaf.decode()[7:] for leaf in leaves if leaf.startswith(b"ballot ")}
    return len(storm.promised.keys() - logged)


async def published(database: Database, storm: Storm) -> bytes:
    """Count and publish: the bundle."""
    counted = await storm.officer.post(f"{ROUND}/count", json={})
    assert counted.status_code == 201, counted.text
    body = {"outcome_id": counted.json()["outcome_id"]}
    asked = await storm.officer.post(f"{ROUND}/publish", json={**body, "approves": None})
    done = await storm.second.post(f"{ROUND}/publish", json={**body, "approves": asked.json()["id"]})
    assert done.status_code == 200, done.text
    async with database.session(write=False) as db:
        return (await db.scalars(select(PublicationFile.content).where(PublicationFile.name == BUNDLE))).one()


@pytest.mark.slow
async def test_one_ballot_each_whatever_happens_at_once(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock
) -> None:
    storm = await prepared(app, database, keys, clock, ELECTORS)
    await rage(storm, ELECTORS)
    assert set(storm.statuses) <= EXPECTED, storm.statuses
    assert storm.closed
    assert storm.late == 0
    assert storm.statuses[200] > ELECTORS * OPERATIONS // 2
    assert await lost(database, storm) == 0
    data = await published(database, storm)
    report = verify(data)
    assert report.code == 0, report.wrong
    bundle = read_bundle(data)
    assert bundle.ballots is not None
    voters = defaultdict(list)
    for ballot in bundle.ballots.counted:
        voters[storm.promised[ballot.commitment.hex()]].append(ballot)
    assert len(voters) > ELECTORS // 2
    assert all(len(ballots) == 1 for ballots in voters.values())


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # on SQLite the transaction is the lock
async def test_without_the_lock_of_the_round_a_ballot_comes_after_the_close(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: whoever closes does not wait for those who are casting, and takes its time."""

    async def without_waiting(db: AsyncSession, round_: Round) -> Round:
        del db
        return round_

    honest = closing._seal_the_box

    async def slowly(db: AsyncSession, keys: Keys, round_: Round, by: list[str]) -> None:
        await honest(db, keys, round_, by)
        [late] = [await storm.nobody.put(f"/api/polls/{storm.poll}/ballot", json=ballot(storm.codes[0]))]
        assert late.status_code == 200
        storm.promised[late.json()["commitment"]] = 0

    storm = await prepared(app, database, keys, clock, 5)
    monkeypatch.setattr(closing, "lock", without_waiting)
    monkeypatch.setattr("pbvote.rounds.approvals.lock", without_waiting)
    monkeypatch.setattr(closing, "_seal_the_box", slowly)
    await storm.close()
    assert await lost(database, storm) == 1


def ballot(code: str) -> dict[str, object]:
    return {"code": code, "choices": [1], "points": None, "idempotency_key": "comes-after-the-close"}
