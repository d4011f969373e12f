"""From waiting into the log: in batches of 20 and more, in the order of commitments, and once each."""

from __future__ import annotations

import logging
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import func, select, update

from pbvote.ballotbox.checkpoints import open_checkpoint
from pbvote.ballotbox.log import BATCH
from pbvote.ballotbox.merkle import leaf_hash, root_of
from pbvote.ballotlog.models import Log, LogCheckpoint
from pbvote.ballotlog.service import LogIsDamaged, leaves_of
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.voting import timekeeper
from pbvote.voting.batches import enter_waiting, polls_with_a_batch, waiting_commitments
from pbvote.voting.box import BallotBoxIsDamaged, TicketWasUsed
from pbvote.voting.casting import Cast, Stored, cast
from pbvote.voting.models import SealedBallot, WaitingBallot
from pbvote.voting.timekeeper import enter_batches, keep_time
from tests.conftest import SettableClock
from tests.house import agree_to_open, make_codes, make_people, make_round, open_the_vote
from tests.voting.looking import choices_that_count, in_the_box
from tests.voting.steps import leaves, round_in, vote

pytestmark = pytest.mark.new_database

BEFORE = 2  # the leaves `config` and `open`


@pytest.fixture
async def codes(database: Database, keys: Keys) -> list[str]:
    await make_people(database)
    await make_round(database)
    return await make_codes(database, keys, count=60)


@pytest.fixture
async def poll(database: Database, keys: Keys, clock: SettableClock, codes: list[str]) -> UUID:
    assert codes
    return await open_the_vote(database, keys, clock)


async def enter(database: Database, keys: Keys, poll: UUID) -> int:
    async with database.session(write=True) as db:
        return await enter_waiting(db, keys, poll)


async def waiting(database: Database) -> int:
    async with database.session(write=False) as db:
        return await db.scalar(select(func.count()).select_from(WaitingBallot)) or 0


async def logged(database: Database, poll: UUID) -> list[bytes]:
    """The commitments in the log, in its order."""
    return [leaf.commitment for leaf in await leaves(database, poll) if leaf.type == "ballot"]


async def sizes(database: Database, keys: Keys, poll: UUID) -> list[int]:
    """The sizes of the checkpoints, each of which is signed for the log as it was then."""
    async with database.session(write=False) as db:
        hashes = [leaf_hash(leaf) for leaf in await leaves_of(db, poll)]
        log = (await db.scalars(select(Log))).one()
        notes = await db.scalars(select(LogCheckpoint.note).order_by(LogCheckpoint.size))
        points = [open_checkpoint(note, keys.sign.verify_key, log.origin) for note in notes]
    assert [point.root for point in points] == [root_of(hashes[: point.size]) for point in points]
    assert (log.size, points[-1].size) == (len(hashes), len(hashes))
    return [point.size for point in points]


async def test_fewer_than_twenty_wait(database: Database, keys: Keys, poll: UUID, codes: list[str]) -> None:
    await vote(database, keys, poll, codes[: BATCH - 1], 1)
    async with database.session(write=False) as db:
        assert await polls_with_a_batch(db) == []
    await enter_batches(database, keys)
    assert await enter(database, keys, poll) == 0
    assert (await waiting(database), await logged(database, poll)) == (BATCH - 1, [])
    assert await sizes(database, keys, poll) == [BEFORE]


async def test_a_changed_ballot_stops_the_batch_and_nothing_of_it_is_moved(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    await vote(database, keys, poll, codes[:BATCH], 1)
    async with database.session(write=True) as db:
        one = (await db.scalars(select(WaitingBallot).limit(1))).one()
        one.hidden = one.hidden[:-1] + bytes([one.hidden[-1] ^ 1])
    with pytest.raises(BallotBoxIsDamaged, match="waits for its batch was changed"):
        await enter(database, keys, poll)
    assert (await waiting(database), await logged(database, poll)) == (BATCH, [])


async def test_nothing_enters_a_log_that_is_not_the_signed_one(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    await vote(database, keys, poll, codes[:BATCH], 1)
    async with database.session(write=True) as db:
        await db.execute(update(Log).values(nodes=bytes(32)))
    with pytest.raises(LogIsDamaged):
        await enter(database, keys, poll)
    assert await waiting(database) == BATCH


async def test_one_damaged_vote_does_not_hold_up_another(
    database: Database,
    keys: Keys,
    clock: SettableClock,
    codes: list[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await make_round(database, "harbourside-2027")
    others = await make_codes(database, keys, "harbourside-2027", count=BATCH)
    await agree_to_open(database, "harbourside-2027")
    damaged = await open_the_vote(database, keys, clock)
    async with database.session(write=False) as db:
        sound = (await round_in(db, "harbourside-2027")).poll.id
    await vote(database, keys, damaged, codes[:BATCH], 1)
    await vote(database, keys, sound, others, 1)
    async with database.session(write=True) as db:
        await db.execute(update(WaitingBallot).where(WaitingBallot.poll_id == damaged).values(hidden=bytes(64)))

    async def the_damaged_one_first(db: object) -> list[UUID]:
        del db
        return [damaged, sound]

    monkeypatch.setattr(timekeeper, "polls_with_a_batch", the_damaged_one_first)
    with caplog.at_level(logging.ERROR):
        await enter_batches(database, keys)
    assert (len(await logged(database, damaged)), len(await logged(database, sound))) == (0, BATCH)
    assert f"{damaged} failed: BallotBoxIsDamaged" in caplog.text


async def test_twenty_enter_in_the_order_of_commitments_and_the_log_is_signed(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    stored = await vote(database, keys, poll, codes[:BATCH], 1, at_once=False)
    async with database.session(write=False) as db:
        assert await waiting_commitments(db, keys, poll) == {one.opening.commitment for one in stored}
        assert await polls_with_a_batch(db) == [poll]
    await enter_batches(database, keys)
    cast_in_order = [one.opening.commitment for one in stored]
    assert await logged(database, poll) == sorted(cast_in_order)
    assert cast_in_order != sorted(cast_in_order)
    assert (await waiting(database), await in_the_box(database)) == (0, (BATCH, BATCH))
    assert await choices_that_count(database, keys, poll) == [(1,)] * BATCH
    assert await sizes(database, keys, poll) == [BEFORE, BEFORE + BATCH]
    assert await enter(database, keys, poll) == 0


async def test_each_batch_is_in_order_by_itself_and_has_its_own_checkpoint(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    batches = []
    for electors in (codes[:25], codes[25:55]):
        stored = await vote(database, keys, poll, electors, 1)
        await enter_batches(database, keys)
        batches.append(sorted(one.opening.commitment for one in stored))
    assert await logged(database, poll) == [*batches[0], *batches[1]]
    assert await sizes(database, keys, poll) == [BEFORE, BEFORE + 25, BEFORE + 55]


async def test_at_the_close_all_that_wait_enter(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    stored = await vote(database, keys, poll, codes[:3], 1)
    clock.advance(days=14)
    await keep_time(database, keys)
    assert await logged(database, poll) == sorted(one.opening.commitment for one in stored)
    assert (await leaves(database, poll))[-1].type == "close"
    assert await sizes(database, keys, poll) == [BEFORE, BEFORE + 3, BEFORE + 4]


async def test_a_vote_that_is_replaced_while_it_waits_is_in_the_log_as_well(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    stored = [
        *await vote(database, keys, poll, codes[:BATCH], 1),
        *await vote(database, keys, poll, codes[:1], 3),
    ]
    await enter_batches(database, keys)
    assert await logged(database, poll) == sorted(one.opening.commitment for one in stored)
    assert await choices_that_count(database, keys, poll) == [*[(1,)] * (BATCH - 1), (3,)]


async def test_what_is_in_the_log_does_not_enter_again(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    sent = Cast(codes[0], Choice((1,), None), "the-first-one-of-all", bytes(16), bytes(32))
    async with database.session(write=True) as db:
        [first] = await cast(db, keys, poll, [sent])
    await vote(database, keys, poll, codes[1:BATCH], 1)
    await enter_batches(database, keys)
    other_key = Cast(codes[0], sent.choice, "another-one-of-theirs", bytes(16), bytes(32))
    somebody_else = Cast(codes[1], sent.choice, "one-of-somebody-else", bytes(16), bytes(32))
    async with database.session(write=True) as db:
        again, refused, stolen = await cast(db, keys, poll, [sent, other_key, somebody_else])
    assert isinstance(first, Stored)
    assert isinstance(again, Stored)
    assert again.receipt == first.receipt
    assert isinstance(refused, TicketWasUsed)
    assert isinstance(stolen, TicketWasUsed)
    assert (await waiting(database), len(await logged(database, poll))) == (0, BATCH)
    assert await choices_that_count(database, keys, poll) == [(1,)] * BATCH


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_the_rows_of_a_batch_were_written_at_one_stroke_and_in_order(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    """What PostgreSQL keeps of each row: the transaction that wrote it (xmin), and its place (ctid)."""
    await vote(database, keys, poll, codes[:BATCH], 1, at_once=False)
    told_while_waiting = await system_columns(database, WaitingBallot.__tablename__, "id")
    assert len({xmin for _, xmin in told_while_waiting}) == BATCH, "the test would not see an order of writing"
    await enter_batches(database, keys)
    told = await system_columns(database, SealedBallot.__tablename__, "commitment")
    assert len({xmin for _, xmin in told}) == 1
    assert [commitment for commitment, _ in told] == await logged(database, poll)


async def system_columns(database: Database, table: str, column: str) -> list[tuple[bytes, str]]:
    query = f"SELECT {column}, xmin::text FROM {table} ORDER BY ctid"  # noqa: S608  # our own names
    async with database.session(write=False) as db:
        return [(bytes(value), xmin) for value, xmin in await db.execute(sa.text(query))]


async def test_while_voting_is_open_no_table_names_a_ballot_that_waits(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    stored = await vote(database, keys, poll, codes[:5], 1)
    async with database.session(write=False) as db:
        names = await db.run_sync(lambda session: sa.inspect(session.connection()).get_table_names())
        told = [
            repr(tuple(row))
            for name in names
            for row in await db.execute(sa.text(f"SELECT * FROM {name}"))  # noqa: S608  # our own names
        ]
    secrets = [one.opening.commitment for one in stored]
    assert len(told) > len(codes)
    assert not [secret for secret in secrets for row in told if repr(secret)[2:-1] in row or secret.hex() in row]
