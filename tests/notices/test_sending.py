"""The outbox: every message goes out, once if nothing goes wrong, and later if something does."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.notices import sending, service
from pbvote.notices.mailers import ConnectionLost, NeverAgain, TryLater
from pbvote.notices.messages import Message, NotAMessageError
from pbvote.notices.models import Outgoing
from pbvote.notices.sending import send_waiting
from pbvote.notices.service import AT_ONCE, CLAIMED_FOR, MOST_TRIES, WAITS, claim, put
from pbvote.rounds.models import Round
from tests.conftest import SettableClock
from tests.house import make_people, make_round
from tests.notices.smtp import HANG_UP, Post, serving
from tests.notices.test_mailers import PASSWORD, smtp
from tests.roll.test_at_rest import files_of

pytestmark = pytest.mark.new_database

ANN, BOB, CAI = "ann@example.net", "bob@example.net", "cai@example.net"


@dataclass
class Postbox:
    """A mailer without a server: what it took, and what it does instead of taking something."""

    sender: str = "votes@example.org"
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    trouble: dict[str, list[Exception]] = field(default_factory=dict)
    away: int = 0
    connections: int = 0
    entered: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event | None = None

    def connect(self) -> Postbox:
        self.connections += 1
        if self.away:
            self.away -= 1
            raise ConnectionLost("ConnectionRefusedError")
        return self

    def send(self, to: str, message: EmailMessage) -> None:
        self.entered.set()
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.trouble.get(to):
            raise self.trouble[to].pop(0)
        self.taken.append((to, message))

    def close(self) -> None: ...

    @property
    def to(self) -> list[str]:
        return sorted(to for to, _ in self.taken)


@pytest.fixture
async def round_id(database: Database) -> UUID:
    await make_people(database)
    await make_round(database)
    async with database.session(write=False) as db:
        return (await db.scalars(select(Round.id))).one()


async def queue(database: Database, keys: Keys, round_id: UUID, *to: str, until: datetime | None = None) -> None:
    messages = [Message(one, "A vote", "A vote was recorded.", "en", until) for one in to]
    async with database.session(write=True) as db:
        await put(db, keys, round_id, "recorded", messages)


async def waiting(database: Database) -> list[Outgoing]:
    async with database.session(write=False) as db:
        return list(await db.scalars(select(Outgoing)))


async def test_nothing_with_two_lines_in_its_head_gets_in(database: Database, keys: Keys, round_id: UUID) -> None:
    with pytest.raises(NotAMessageError):
        await queue(database, keys, round_id, ANN, f"{BOB}\nBcc: {CAI}")
    assert await waiting(database) == []


async def test_nothing_in_the_outbox_can_be_read(
    database: Database, keys: Keys, round_id: UUID, database_url: str
) -> None:
    kind, *words = (uuid4().hex for _ in range(4))  # words of no other test: they share PostgreSQL's log
    async with database.session(write=True) as db:
        await put(db, keys, round_id, kind, [Message(f"{words[0]}@example.net", words[1], words[2], "en")])
    stored = files_of(database_url)
    assert kind.encode() in stored  # what is stored in plain is found this way
    assert [word for word in words if word.encode() in stored] == []


async def test_a_row_does_not_tell_whether_it_goes_to_anybody(database: Database, keys: Keys, round_id: UUID) -> None:
    await queue(database, keys, round_id, "", ANN, f"{'a' * 64}@{'b.' * 93}x.x")
    assert len({len(row.sealed) for row in await waiting(database)}) == 1
    postbox = Postbox()
    assert await send_waiting(database, keys, postbox) == 2
    assert "" not in postbox.to
    assert await waiting(database) == []


async def test_everything_goes_out_and_nothing_is_left(database: Database, keys: Keys, round_id: UUID) -> None:
    everybody = sorted(f"v{number}@example.net" for number in range(AT_ONCE * 2 + 3))
    await queue(database, keys, round_id, *everybody)
    with serving(Post()) as post:
        assert await send_waiting(database, keys, smtp(post), "Tarnshire Partnership") == len(everybody)
    assert post.addresses == everybody
    assert {message["From"] for _, message in post.received} == {"Tarnshire Partnership <votes@example.org>"}
    assert await waiting(database) == []
    postbox = Postbox()
    assert await send_waiting(database, keys, postbox) == postbox.connections == 0


async def test_what_is_put_off_waits_longer_each_time_and_is_given_up_in_the_end(
    database: Database, keys: Keys, round_id: UUID, clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    await queue(database, keys, round_id, ANN)
    postbox = Postbox(trouble={ANN: [TryLater("refused with 451") for _ in range(MOST_TRIES)]})
    for tries, wait in enumerate(WAITS, start=1):
        assert await send_waiting(database, keys, postbox) == 0
        [row] = await waiting(database)
        assert (row.tries, row.next_try_at) == (tries, clock.moment + wait)
        clock.set(row.next_try_at - timedelta(seconds=1))
        connections = postbox.connections
        await send_waiting(database, keys, postbox)
        assert postbox.connections == connections  # not before its time
        clock.advance(seconds=1)
    assert await send_waiting(database, keys, postbox) == 0
    assert await waiting(database) == []
    assert f"given up after {MOST_TRIES} tries" in caplog.text
    assert ANN not in caplog.text
    assert sum(WAITS, timedelta()) > timedelta(days=2)


async def test_what_nobody_will_ever_take_is_given_up_at_once(
    database: Database, keys: Keys, round_id: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    await queue(database, keys, round_id, ANN, BOB)
    postbox = Postbox(trouble={ANN: [NeverAgain("refused with 550")]})
    assert await send_waiting(database, keys, postbox) == 1
    assert postbox.to == [BOB]
    assert await waiting(database) == []
    assert "given up: refused with 550" in caplog.text
    assert ANN not in caplog.text


async def test_what_came_too_late_is_not_sent(
    database: Database, keys: Keys, round_id: UUID, clock: SettableClock
) -> None:
    await queue(database, keys, round_id, ANN, until=clock.moment + timedelta(minutes=60))
    await queue(database, keys, round_id, BOB, until=clock.moment + timedelta(minutes=61))
    clock.advance(minutes=60)
    postbox = Postbox()
    await send_waiting(database, keys, postbox)
    assert postbox.to == [BOB]
    assert await waiting(database) == []


async def test_a_server_that_is_away_is_asked_once_and_everything_waits(
    database: Database, keys: Keys, round_id: UUID, clock: SettableClock
) -> None:
    await queue(database, keys, round_id, ANN, BOB, CAI)
    postbox = Postbox(away=1)
    assert await send_waiting(database, keys, postbox) == 0
    assert postbox.connections == 1
    assert len(await waiting(database)) == 3
    clock.advance(minutes=1)
    assert await send_waiting(database, keys, postbox) == 3


async def test_a_message_that_breaks_the_connection_holds_up_no_other(
    database: Database, keys: Keys, round_id: UUID, clock: SettableClock
) -> None:
    await queue(database, keys, round_id, ANN, BOB, CAI)
    with serving(Post(answers={"END": [HANG_UP]})) as post:
        assert await send_waiting(database, keys, smtp(post)) == 2
        assert len(await waiting(database)) == 1
        clock.advance(minutes=1)
        assert await send_waiting(database, keys, smtp(post)) == 1
    assert post.addresses == [ANN, BOB, CAI]


async def test_no_password_and_no_address_is_logged(
    database: Database, keys: Keys, round_id: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await queue(database, keys, round_id, ANN)
    with serving(Post(answers={"AUTH": [f"535 {PASSWORD} of {ANN} is wrong"]})) as post:
        assert await send_waiting(database, keys, smtp(post, secret=True)) == 0
    assert "SMTPAuthenticationError 535" in caplog.text
    assert PASSWORD not in caplog.text
    assert ANN not in caplog.text


class Crashed(BaseException):
    """The process is gone, between one line and the next."""


async def test_a_process_that_dies_after_claiming_leaves_the_message_to_others_in_time(
    database: Database, keys: Keys, round_id: UUID, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queue(database, keys, round_id, ANN)

    async def crash(*_: Any) -> bool:
        raise Crashed

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_send_one", crash)
        with pytest.raises(Crashed):
            await send_waiting(database, keys, Postbox())
    postbox = Postbox()
    assert await send_waiting(database, keys, postbox) == 0  # the claim holds
    clock.advance(seconds=CLAIMED_FOR.total_seconds())
    assert await send_waiting(database, keys, postbox) == 1
    assert await waiting(database) == []


async def test_a_process_that_dies_after_sending_sends_the_same_message_id_again(
    database: Database, keys: Keys, round_id: UUID, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queue(database, keys, round_id, ANN)
    postbox = Postbox()

    async def crash(*_: Any) -> None:
        raise Crashed

    with monkeypatch.context() as patch:
        patch.setattr(sending, "done", crash)
        with pytest.raises(Crashed):
            await send_waiting(database, keys, postbox)
    clock.advance(seconds=CLAIMED_FOR.total_seconds())
    assert await send_waiting(database, keys, postbox) == 1
    assert len({message["Message-ID"] for _, message in postbox.taken}) == 1
    assert postbox.to == [ANN, ANN]


async def test_a_server_that_stops_finishes_the_message_it_is_sending(
    database: Database, keys: Keys, round_id: UUID
) -> None:
    await queue(database, keys, round_id, ANN)
    postbox = Postbox(gate=threading.Event())
    assert postbox.gate
    task = asyncio.create_task(send_waiting(database, keys, postbox))
    await asyncio.to_thread(postbox.entered.wait, 10)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    postbox.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert postbox.to == [ANN]
    assert await waiting(database) == []


async def test_several_processes_share_the_work_and_send_nothing_twice(
    database: Database, keys: Keys, round_id: UUID
) -> None:
    everybody = sorted(f"v{number}@example.net" for number in range(AT_ONCE * 4))
    await queue(database, keys, round_id, *everybody)
    postboxes = [Postbox() for _ in range(4)]
    await asyncio.gather(*(send_waiting(database, keys, postbox) for postbox in postboxes))
    assert sorted(to for postbox in postboxes for to in postbox.to) == everybody


@asynccontextmanager
async def two_claims(database: Database, keys: Keys) -> AsyncIterator[tuple[Sequence[str], Sequence[str]]]:
    """What two processes claim, the second of which begins before the first has committed."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> list[str]:
        async with database.session(write=True) as db:
            found = [one.message.to for one in await claim(db, keys)]
            await db.flush()
            begun.set()
            await go_on.wait()
        return found

    async def second() -> list[str]:
        await begun.wait()
        async with database.session(write=True) as db:
            return [one.message.to for one in await claim(db, keys)]

    tasks = [asyncio.create_task(first()), asyncio.create_task(second())]
    await asyncio.wait(tasks, timeout=0.3)  # on PostgreSQL the second is done by then; on SQLite it waits for the first
    go_on.set()
    one, two = await asyncio.gather(*tasks)
    yield one, two


async def test_what_one_process_is_claiming_no_other_can_claim(database: Database, keys: Keys, round_id: UUID) -> None:
    await queue(database, keys, round_id, ANN, BOB)
    async with two_claims(database, keys) as (first, second):
        assert sorted(first) == [ANN, BOB]
        assert second == []


async def test_without_locks_and_claims_messages_would_go_out_twice(
    database: Database, keys: Keys, round_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Select, "with_for_update", lambda self, **_: self)
    monkeypatch.setattr(service, "CLAIMED_FOR", timedelta())
    await queue(database, keys, round_id, ANN, BOB)
    async with two_claims(database, keys) as (first, second):
        assert sorted(first) == sorted(second) == [ANN, BOB]


async def test_what_other_keys_have_sealed_is_left_alone_and_holds_up_nothing(
    database: Database, keys: Keys, round_id: UUID
) -> None:
    await queue(database, keys, round_id, ANN, BOB)
    [row, _] = await waiting(database)
    async with database.session(write=True) as db:
        await spoil(db, row.id)
    postbox = Postbox()
    assert await send_waiting(database, keys, postbox) == 1
    assert len(await waiting(database)) == 1


async def spoil(db: AsyncSession, id_: UUID) -> None:
    row = await db.get_one(Outgoing, id_)
    row.sealed = bytes(len(row.sealed))
