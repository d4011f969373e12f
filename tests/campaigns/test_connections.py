"""Connections break at each step of a cast: between voter and server, and between server and PostgreSQL.

However often it is sent again, under its key a cast has one receipt, always the same, and one ballot.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from pbvote.db import connect
from pbvote.voting import box
from tests.campaigns.box import examine
from tests.campaigns.crowd import request
from tests.campaigns.cutting import ENDS, Cut, PostgresProxy, over_socket, over_tcp
from tests.campaigns.inside import app_of
from tests.campaigns.ledger import Attempt, Ledger
from tests.campaigns.serving import Server
from tests.campaigns.town import Town, drop_database, new_database
from tests.conftest import browser
from tests.postgres import Cluster
from tests.voting.looking import in_the_box

TWICE = 2  # how often a cast is sent again after its answer was lost
PATIENCE = 20


async def send(host: str, port: int, data: bytes) -> tuple[int, bytes]:
    """The status and the body of the answer; 0 if it did not come whole."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(data)
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
                return int(head.split(b" ", 2)[1]), head + await reader.readexactly(length)
            finally:
                writer.transport.abort()
    except (OSError, EOFError, TimeoutError):
        return 0, b""


@dataclass
class Voters:
    """Voters who send again what got no answer: under the same key, or a new one. `wrong` is what should not be."""

    town: Town
    host: str
    port: int
    new_keys: bool = False
    ledger: Ledger = field(default_factory=Ledger)
    used: int = 0
    wrong: list[str] = field(default_factory=list)
    firsts: Counter[int] = field(default_factory=Counter)

    async def cast(self, place: str, host: str, port: int) -> bytes:
        """Cast through this address once, and then again directly; the first answer that came whole."""
        attempt, receipts, answer = self._attempt(), set(), b""
        self.used += 1
        for again in range(TWICE + 1):
            if again and self.new_keys:
                attempt = Attempt(attempt.code, secrets.token_hex(16), attempt.choices)
            through = (host, port) if not again else (self.host, self.port)
            self.ledger.sending(attempt)
            status, answer = await send(*through, request(f"{through[0]}:{through[1]}", self.town, attempt))
            if not again:
                self.firsts[status] += 1
            if status == httpx.codes.OK:
                told = json.loads(answer.partition(b"\r\n\r\n")[2])
                self.ledger.acknowledge(attempt, told["commitment"], told["file"])
                receipts.add(told["commitment"])
            elif again:
                self.wrong.append(f"{place}: answered {status} when it was sent again")
        if len(receipts) != 1:
            self.wrong.append(f"{place}: {len(receipts)} receipts for one vote")
        return answer

    def _attempt(self) -> Attempt:
        return Attempt(self.town.codes[self.used], secrets.token_hex(16), (1 + self.used % 3,))


def places(whole: bytes, answer: bytes) -> list[tuple[str, Cut]]:
    """Where a cast can break, in words, and the cut there."""
    line, head = whole.index(b"\r\n"), whole.index(b"\r\n\r\n")
    asked = {
        "before anything is sent": 0,
        "after one byte": 1,
        "within the request's line": line // 2,
        "before the end of the request's line": line + 1,
        "after the request's line": line + 2,
        "within the headers": (line + head) // 2,
        "before the end of the headers": head + 3,
        "after the headers": head + 4,
        "within the body": (head + 4 + len(whole)) // 2,
        "before the last byte of the body": len(whole) - 1,
        "after the body": len(whole),
    }
    end = answer.index(b"\r\n\r\n") + 4
    answered = {
        "before the answer": 0,
        "after the answer's first byte": 1,
        "within the answer's headers": end // 2,
        "after the answer's headers": end,
        "within the receipt": (end + len(answer)) // 2,
        "before the last byte of the receipt": len(answer) - 1,
        "after the answer": len(answer),
    }
    return [
        *((place, Cut(asked=count)) for place, count in asked.items()),
        *((place, Cut(answered=count)) for place, count in answered.items()),
    ]


def every_byte(whole: bytes, answer: bytes) -> list[tuple[str, Cut]]:
    """All places there are, one for each byte."""
    return [
        *((f"after byte {count} of the request", Cut(asked=count)) for count in range(len(whole) + 1)),
        *((f"after byte {count} of the answer", Cut(answered=count)) for count in range(len(answer) + 1)),
    ]


async def cut_everywhere(voters: Voters, cuts: Iterable[tuple[str, Cut]]) -> int:
    """A cast is cut at each place, and sent again; how many were cut."""
    count = 0
    async with over_tcp(voters.host, voters.port) as (proxy, host, port):
        for place, cut in cuts:
            proxy.cut = cut
            await voters.cast(place, host, port)
            count += cut.done
    return count


async def first_of(voters: Voters) -> tuple[bytes, bytes]:
    """A cast that nothing happens to: what is sent, and what is answered."""
    sent = request(f"{voters.host}:{voters.port}", voters.town, voters._attempt())
    return sent, await voters.cast("undisturbed", voters.host, voters.port)


async def ballots_in(town: Town) -> tuple[int, int]:
    """How many slots and how many ballots there are."""
    database = connect(town.database_url)
    try:
        return await in_the_box(database)
    finally:
        await database.close()


@asynccontextmanager
async def served(town: Town, *, new_keys: bool = False) -> AsyncIterator[Voters]:
    """The town's server, gone after the block, and its voters."""
    server = Server(town)
    await asyncio.to_thread(server.start)
    try:
        yield Voters(town, "127.0.0.1", server.port, new_keys)
    finally:
        await asyncio.to_thread(server.kill)


async def test_a_cast_cut_anywhere_has_one_receipt_and_one_ballot(town: Town) -> None:
    async with served(town) as voters:
        cuts = places(*await first_of(voters))
        assert await cut_everywhere(voters, cuts) == len(cuts)
    assert voters.wrong == []
    assert voters.firsts[0] >= len(cuts) - 1  # after the whole answer there is nothing to be lost
    assert await ballots_in(town) == (voters.used, voters.used)
    assert str(await examine(town, voters.ledger)) == f"{voters.used} acknowledged, 0 lost, 0 doubled, 0 corrupt."


@pytest.mark.campaign
async def test_a_cast_cut_at_every_byte_has_one_receipt_and_one_ballot(town: Town) -> None:
    async with served(town) as voters:
        whole, answer = await first_of(voters)
        cuts = every_byte(whole, answer)
        step = -(-len(cuts) // (len(town.codes) - 2))  # as many as there are electors
        for start in range(step):  # one after the other, each with the rest of the electors
            voters.used = min(voters.used, 1)
            await cut_everywhere(voters, cuts[start::step])
    assert voters.wrong == []


async def test_with_a_new_key_each_time_there_are_other_receipts_and_more_ballots(
    sqlite_town: Town, tmp_path: Path
) -> None:
    town = sqlite_town.moved(tmp_path / "town")
    async with served(town, new_keys=True) as voters:
        await cut_everywhere(voters, places(*await first_of(voters))[9:])
    assert any("2 receipts for one vote" in one or "3 receipts for one vote" in one for one in voters.wrong)
    slots, ballots = await ballots_in(town)
    assert slots == voters.used
    assert ballots > voters.used


@dataclass
class Behind:
    """An app whose PostgreSQL is behind a proxy, and its voters: what they were answered first, and what is wrong."""

    town: Town
    app: Litestar
    proxy: PostgresProxy
    used: int = 0
    firsts: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    async def cut_at(self, cut: Cut) -> bool:
        """Cast with this cut, and send again; whether the cast came so far that it was cut."""
        code, key, receipts = self.town.codes[self.used], secrets.token_hex(16), set()
        self.used += 1
        body = {"code": code, "choices": [1], "points": None, "idempotency_key": key}
        self.proxy.arm(cut)
        async with browser(self.app) as client:
            for again in range(TWICE + 1):
                answer = await client.put(f"/api/polls/{self.town.poll_id}/ballot", json=body)
                if not again:
                    self.firsts[answer.status_code] += 1
                    done = cut.done
                    cut.done = True
                if answer.status_code == httpx.codes.OK:
                    receipts.add(answer.json()["commitment"])
                elif answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or "retry-after" not in answer.headers:
                    self.wrong.append(f"{cut}: answered {answer.status_code} {answer.text}")
                elif again == TWICE:
                    self.wrong.append(f"{cut}: not answered when it was sent again")
        if len(receipts) != 1:
            self.wrong.append(f"{cut}: {len(receipts)} receipts for one vote")
        return done


@pytest.fixture
async def behind(postgres_town: Town, durable_cluster: Cluster, tmp_path: Path) -> AsyncIterator[Behind]:
    url = new_database(durable_cluster, postgres_town.database_url)
    town = postgres_town.moved(tmp_path / "town", url)
    with tempfile.TemporaryDirectory(dir="/tmp") as short:  # sockets need a short path
        async with over_socket(Path(short), durable_cluster.folder) as proxy:
            through = town.moved(tmp_path / "through", url.replace(str(durable_cluster.folder), short))
            app = app_of(through.settings)
            async with app.lifespan():
                yield Behind(town, app, proxy)
    drop_database(durable_cluster, url)


async def cut_every_message(behind: Behind) -> int:
    """Cut before each message of a cast, and each answer to it; how many casts were cut."""
    count = 0
    for asked in (True, False):
        number = 1
        while await behind.cut_at(Cut(asked=number) if asked else Cut(answered=number)):
            number += 1
        count += number - 1
    return count


async def test_a_cast_cut_off_from_postgresql_at_any_statement_has_one_receipt_and_one_ballot(behind: Behind) -> None:
    behind.proxy.counted = ENDS
    assert await cut_every_message(behind) > 10  # before and after each statement, BEGIN and COMMIT among them
    assert behind.wrong == []
    assert await ballots_in(behind.town) == (behind.used, behind.used)


@pytest.mark.campaign
async def test_a_cast_cut_off_from_postgresql_at_any_message_has_one_receipt_and_one_ballot(behind: Behind) -> None:
    assert await cut_every_message(behind) > 30
    assert behind.wrong == []
    assert await ballots_in(behind.town) == (behind.used, behind.used)


async def test_without_remembering_keys_a_lost_answer_to_the_commit_shows(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def all_are_new(_db: object, _poll: object, ready: Iterable[box.Ready]) -> set[bytes]:
        return {item.key for item in ready}

    monkeypatch.setattr(box, "_use_keys", all_are_new)
    behind.proxy.counted = ENDS
    await cut_every_message(behind)
    assert any("receipts for one vote" in one or "answered 409" in one for one in behind.wrong)
