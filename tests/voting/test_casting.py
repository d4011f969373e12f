from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import func, select

from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.errors import DomainError
from pbvote.keys import Keys
from pbvote.roll.codes import BadCode, new_code
from pbvote.roll.service import NotOnTheRoll
from pbvote.rounds.phases import VotingIsClosed, VotingIsNotOpen
from pbvote.voting.box import IdempotencyKeyReused, SlotIsLocked
from pbvote.voting.casting import BallotIsNotValid, Cast, Stored, cast, has_voted
from pbvote.voting.models import CastKey, Slot
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock
from tests.house import agree_to_open
from tests.voting.looking import choices_that_count, in_the_box

SLUG = "harbourside-2026"


def ballot(code: str, *projects: int, key: str = "") -> Cast:
    return Cast(code, Choice(projects, None), key or f"key-of-sixteen-{code[:4]}-{'-'.join(map(str, projects))}")


async def put(database: Database, keys: Keys, poll: UUID, *casts: Cast) -> list[str | DomainError]:
    """Cast ballots: for each the receipt's text, or why it was refused."""
    async with database.session(write=True) as db:
        results = await cast(db, keys, poll, casts)
    return [result.receipt.text() if isinstance(result, Stored) else result for result in results]


def columns_of(connection: sa.Connection, table: str) -> list[Any]:
    return list(sa.inspect(connection).get_columns(table))


async def test_refuses_before_opening_and_from_the_closing_instant_on(
    database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    await agree_to_open(database)
    clock.advance(hours=23, minutes=59)
    await keep_time(database, keys)
    async with database.session(write=False) as db:
        poll_id = (await db.execute(sa.text("SELECT id FROM polls"))).scalar_one()
    poll = poll_id if isinstance(poll_id, UUID) else UUID(poll_id)
    with pytest.raises(VotingIsNotOpen):
        await put(database, keys, poll, ballot(codes[0], 1))
    clock.advance(minutes=1)
    await keep_time(database, keys)
    clock.advance(days=13, hours=23, minutes=59, seconds=59)
    assert isinstance((await put(database, keys, poll, ballot(codes[0], 1)))[0], str)
    clock.advance(seconds=1)  # nobody has written down that voting is over, and yet it is
    with pytest.raises(VotingIsClosed):
        await put(database, keys, poll, ballot(codes[1], 1))
    assert await choices_that_count(database, keys, poll) == [(1,)]


async def test_refuses_codes_that_are_mistyped_or_of_nobody(database: Database, keys: Keys, poll: UUID) -> None:
    mistyped, unknown = await put(database, keys, poll, ballot("K7QF", 1), ballot(new_code(), 1))
    assert isinstance(mistyped, BadCode)
    assert isinstance(unknown, NotOnTheRoll)
    assert await choices_that_count(database, keys, poll) == []


async def test_an_invalid_ballot_leaves_the_earlier_one_as_it_was(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    await put(database, keys, poll, ballot(codes[0], 1, 4))
    [refused] = await put(database, keys, poll, ballot(codes[0], 2, 3))
    assert isinstance(refused, BallotIsNotValid)
    assert [reason.code for reason in refused.reasons] == ["ballot_over_budget"]
    assert await choices_that_count(database, keys, poll) == [(1, 4)]


async def test_the_last_ballot_of_an_elector_counts_and_the_earlier_ones_stay_untied(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    first, second = ballot(codes[0], 1), ballot(codes[0], 3)
    receipts = [*await put(database, keys, poll, first), *await put(database, keys, poll, second)]
    assert len(set(receipts)) == 2
    assert await choices_that_count(database, keys, poll) == [(3,)]
    assert await in_the_box(database) == (1, 2)


async def test_two_voters_with_the_same_choice_have_different_receipts(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    receipts = await put(database, keys, poll, *(ballot(code, 1) for code in codes))
    assert len(set(receipts)) == len(codes)
    assert all(isinstance(receipt, str) for receipt in receipts)


async def test_the_same_key_with_the_same_content_gives_the_same_receipt_and_no_second_ballot(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    again = ballot(codes[0], 1, key="one-key-for-both-of-them")
    assert await put(database, keys, poll, again) == await put(database, keys, poll, again)
    assert len(set(await put(database, keys, poll, again, again))) == 1
    assert await in_the_box(database) == (1, 1)


async def test_a_late_retry_does_not_bring_back_a_ballot_that_was_replaced(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    early = ballot(codes[0], 1)
    await put(database, keys, poll, early)
    await put(database, keys, poll, ballot(codes[0], 3))
    await put(database, keys, poll, early)
    assert await choices_that_count(database, keys, poll) == [(3,)]


async def test_a_used_key_with_other_choices_or_another_code_is_refused(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    key = "one-key-for-all-of-them"
    await put(database, keys, poll, ballot(codes[0], 1, key=key))
    for other in (ballot(codes[0], 3, key=key), ballot(codes[1], 1, key=key)):
        [refused] = await put(database, keys, poll, other)
        assert isinstance(refused, IdempotencyKeyReused)
    assert await choices_that_count(database, keys, poll) == [(1,)]


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with a space in it"])
async def test_refuses_a_key_of_another_shape(
    database: Database, keys: Keys, poll: UUID, codes: list[str], key: str
) -> None:
    [refused] = await put(database, keys, poll, Cast(codes[0], Choice((1,), None), key))
    assert isinstance(refused, BallotIsNotValid)


async def test_a_locked_slot_keeps_its_ballot_and_nothing_is_left_of_the_refused_one(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    await put(database, keys, poll, ballot(codes[0], 1))
    async with database.session(write=True) as db:
        await db.execute(sa.update(Slot).values(locked=True))
    refused, taken = await put(database, keys, poll, ballot(codes[0], 3), ballot(codes[1], 4))
    assert isinstance(refused, SlotIsLocked)
    assert isinstance(taken, str)
    assert await choices_that_count(database, keys, poll) == [(1,), (4,)]
    assert await in_the_box(database) == (2, 2)
    async with database.session(write=False) as db:
        assert (await db.execute(select(func.count()).select_from(CastKey))).scalar_one() == 2


async def test_one_bad_ballot_in_a_batch_does_not_hold_up_the_others(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    casts = [ballot(codes[0], 1), ballot(codes[1], 9), ballot(codes[2], 2), ballot("bad", 1), ballot(codes[0], 4)]
    results = await put(database, keys, poll, *casts)
    assert [isinstance(result, str) for result in results] == [True, False, True, False, True]
    assert await choices_that_count(database, keys, poll) == [(2,), (4,)]


async def test_casting_writes_nothing_on_the_electors_side_and_no_time(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    async def everything_else() -> dict[str, object]:
        async with database.session(write=False) as db:
            names = await db.run_sync(lambda session: sa.inspect(session.connection()).get_table_names())
            box = {"slots", "waiting_ballots", "cast_keys"}
            return {
                name: (await db.execute(sa.text(f"SELECT * FROM {name}"))).all()  # noqa: S608  # our own table names
                for name in sorted(set(names) - box)
            }

    before = await everything_else()
    await put(database, keys, poll, *(ballot(code, 1) for code in codes))
    assert await everything_else() == before
    async with database.session(write=False) as db:
        for name in ("slots", "waiting_ballots", "sealed_ballots", "cast_keys"):
            connection = await db.connection()
            columns = await connection.run_sync(columns_of, name)
            assert not [column for column in columns if isinstance(column["type"], sa.DateTime | sa.Date | sa.Time)]


async def test_whether_somebody_has_voted_is_told_to_the_holder_of_the_code_only(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    await put(database, keys, poll, ballot(codes[0], 1))
    async with database.session(write=False) as db:
        assert await has_voted(db, keys, poll, codes[0].lower())
        assert not await has_voted(db, keys, poll, codes[1])
        with pytest.raises(NotOnTheRoll):
            await has_voted(db, keys, poll, new_code())


async def test_closing_waits_for_a_ballot_that_is_being_cast_and_lets_none_in_after(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    async with database.session(write=True) as db:
        [first] = await cast(db, keys, poll, [ballot(codes[0], 1)])
        clock.advance(days=14)
        closing = asyncio.create_task(keep_time(database, keys))
        done, _ = await asyncio.wait({closing}, timeout=0.5)
        assert not done, "the close went past a ballot that was not committed yet"
    await closing
    assert isinstance(first, Stored)
    with pytest.raises(VotingIsClosed):
        await put(database, keys, poll, ballot(codes[1], 1))
    assert await choices_that_count(database, keys, poll) == [(1,)]


async def test_a_retry_after_the_close_gets_the_receipt_and_nobody_else_does(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    in_time = ballot(codes[0], 1)
    receipt = await put(database, keys, poll, in_time)
    clock.advance(days=14)
    assert await put(database, keys, poll, in_time) == receipt
    for late in (ballot(codes[0], 3), ballot(codes[0], 3, key=in_time.key), ballot(codes[1], 1, key=in_time.key)):
        with pytest.raises(VotingIsClosed):
            await put(database, keys, poll, late)
    again, refused = await put(database, keys, poll, in_time, ballot(codes[1], 1))
    assert [again] == receipt
    assert isinstance(refused, VotingIsClosed)
    assert await choices_that_count(database, keys, poll) == [(1,)]
