"""“A vote was recorded for you”: whom it is sent to and when, and what it does not tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from litestar import Litestar
from sqlalchemy import delete, select, text, update

from pbvote.ballotbox.log import BATCH
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.keys.polls import destroy_poll_keys, link_key
from pbvote.keys.sealed import Sealer
from pbvote.notices import recorded
from pbvote.notices.messages import Message
from pbvote.notices.models import Outgoing
from pbvote.notices.recorded import queue_recorded
from pbvote.notices.service import OUTBOX
from pbvote.notices.writing import Writer
from pbvote.roll.codes import hash_code
from pbvote.roll.contacts import add_contacts
from pbvote.roll.models import Elector
from pbvote.rounds.models import Poll
from pbvote.voting.casting import Cast, Stored, cast, slot_of
from pbvote.voting.models import Slot
from pbvote.voting.timekeeper import enter_batches, keep_time
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round, open_the_vote

pytestmark = pytest.mark.new_database

WITHOUT = 5  # as many electors cannot be written to


@dataclass(frozen=True)
class Vote:
    """An open vote: the codes, and the addresses of those who have one."""

    database: Database
    keys: Keys
    writer: Writer
    poll: UUID
    codes: Sequence[str]

    def email(self, number: int) -> str:
        return f"voter{number}@example.net"

    async def cast(self, *numbers: int, project: int = 1) -> None:
        for number in numbers:
            sent = Cast(self.codes[number], Choice((project,), None), uuid4().hex)
            async with self.database.session(write=True) as db:
                [result] = await cast(db, self.keys, self.poll, [sent])
            assert isinstance(result, Stored)

    async def batch(self) -> None:
        await enter_batches(self.database, self.keys)

    async def tell(self) -> list[str]:
        """Whom the outbox is filled for; it is emptied."""
        queued = await queue_recorded(self.database, self.keys, self.writer)
        messages = await self.messages()
        assert len(messages) == queued
        async with self.database.session(write=True) as db:
            await db.execute(delete(Outgoing))
        return sorted(message.to for message in messages)

    async def messages(self) -> list[Message]:
        sealer = Sealer.of(self.keys.pepper, OUTBOX)
        async with self.database.session(write=False) as db:
            rows = list(await db.scalars(select(Outgoing)))
        return [sealer.open(row.id.bytes, row.sealed, Message).trimmed() for row in rows]

    async def elector(self, number: int) -> UUID:
        hashed = hash_code(self.keys.pepper, self.codes[number])
        async with self.database.session(write=False) as db:
            return (await db.scalars(select(Elector.id).where(Elector.code_hash == hashed))).one()


@pytest.fixture
async def vote(app: Litestar, database: Database, keys: Keys, clock: SettableClock) -> Vote:
    await make_people(database)
    await make_round(database)
    codes = await make_codes(database, keys, count=BATCH + 2 * WITHOUT)
    poll = await open_the_vote(database, keys, clock)
    made = Vote(database, keys, app.state["writer"], poll, codes)
    electors = [(await made.elector(number), made.email(number)) for number in range(len(codes) - WITHOUT)]
    async with database.session(write=True) as db:
        [round_id] = await db.scalars(select(Poll.round_id))
        await add_contacts(db, keys, round_id, electors)
    return made


async def test_nobody_is_told_before_a_batch_is_in_the_log(vote: Vote) -> None:
    await vote.cast(*range(BATCH - 1))
    await vote.batch()
    assert await vote.tell() == []


async def test_everybody_of_a_batch_who_can_be_written_to_is_told_once(vote: Vote) -> None:
    voters = range(WITHOUT, BATCH + 2 * WITHOUT)
    await vote.cast(*voters)
    await vote.batch()
    assert await vote.tell() == sorted(vote.email(number) for number in voters[:-WITHOUT])
    assert await vote.tell() == []


async def test_a_vote_that_is_replaced_is_told_of_again_and_no_other(vote: Vote) -> None:
    await vote.cast(*range(BATCH))
    await vote.batch()
    await vote.tell()
    for _ in range(BATCH):
        await vote.cast(3)
    assert await vote.tell() == []  # the new one waits for its batch
    await vote.batch()
    assert await vote.tell() == [vote.email(3)]


async def test_a_vote_that_is_replaced_while_people_are_told_comes_with_its_own_batch(
    vote: Vote, monkeypatch: pytest.MonkeyPatch
) -> None:
    await vote.cast(*range(BATCH))
    await vote.batch()
    async with vote.database.session(write=False) as db:
        seen = await recorded._unnoticed(db, vote.keys, vote.poll)
    await vote.cast(0)

    async def as_seen(*_: object) -> dict[bytes, bytes]:
        return seen

    with monkeypatch.context() as patch:
        patch.setattr(recorded, "_unnoticed", as_seen)
        assert await vote.tell() == sorted(vote.email(number) for number in range(1, BATCH))
    await vote.cast(*[1] * (BATCH - 1))
    await vote.batch()
    assert await vote.tell() == [vote.email(0), vote.email(1)]


async def test_a_vote_that_was_voided_is_not_told_of(vote: Vote) -> None:
    await vote.cast(*range(BATCH))
    await vote.batch()
    slot = slot_of(link_key(vote.keys, vote.poll), vote.poll, await vote.elector(0))
    async with vote.database.session(write=True) as db:
        await db.execute(update(Slot).where(Slot.slot == slot).values(ballot=b""))
    assert vote.email(0) not in await vote.tell()


async def test_the_last_ones_are_told_when_voting_closes(vote: Vote, clock: SettableClock) -> None:
    await vote.cast(0, 1)
    clock.advance(days=15)
    await keep_time(vote.database, vote.keys)
    assert await vote.tell() == [vote.email(0), vote.email(1)]


async def test_nobody_can_be_told_once_the_keys_are_destroyed(vote: Vote) -> None:
    await vote.cast(*range(BATCH))
    await vote.batch()
    async with vote.database.session(write=True) as db:
        [poll] = await db.scalars(select(Poll))
        poll.keys_destroyed_at = poll.rehearsed_at
    destroy_poll_keys(vote.keys, vote.poll)
    assert await vote.tell() == []


async def test_the_message_says_that_a_vote_was_recorded_and_nothing_of_the_vote(vote: Vote) -> None:
    await vote.cast(*range(BATCH), project=3)
    await vote.batch()
    await queue_recorded(vote.database, vote.keys, vote.writer)
    messages = await vote.messages()
    assert {message.subject for message in messages} == {"A vote was recorded for you: Harbourside budget 2026"}
    assert {message.text for message in messages} == {
        (
            "A vote was recorded for you in “Harbourside budget 2026”.\n\n"
            "If it was not you who voted, please turn to forum@example.org, 01632 960 123.\n\n"
            "Harbourside Community Forum, Tarnshire Partnership\n"
        )
    }


async def test_the_outbox_holds_no_elector_and_no_ballot(vote: Vote) -> None:
    await vote.cast(*range(BATCH))
    await vote.batch()
    await queue_recorded(vote.database, vote.keys, vote.writer)
    async with vote.database.session(write=False) as db:
        rows = list(await db.scalars(select(Outgoing)))
        slots = list(await db.scalars(select(Slot)))
    assert {row.kind for row in rows} == {"recorded"}
    assert len({row.next_try_at for row in rows}) == len({len(row.sealed) for row in rows}) == 1
    electors = [await vote.elector(number) for number in range(BATCH)]
    said = [secret for slot in slots for secret in (slot.slot, slot.ballot)] + [elector.bytes for elector in electors]
    assert not any(secret in row.sealed or secret == row.id.bytes for row in rows for secret in said)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # which says who wrote a row
async def test_telling_is_one_write_for_all_of_a_batch(vote: Vote) -> None:
    await vote.cast(*range(BATCH))
    assert len(await writers(vote)) == BATCH
    await vote.batch()
    await queue_recorded(vote.database, vote.keys, vote.writer)
    assert len(await writers(vote)) == 1


async def writers(vote: Vote) -> set[str]:
    """The transactions that wrote the slots."""
    async with vote.database.session(write=False) as db:
        return set(await db.scalars(text("SELECT xmin::text FROM slots")))
