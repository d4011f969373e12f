"""Closing the vote: what counts is fixed before a ballot is opened, and what changes afterwards is found."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.audit.models import AuditEvent
from pbvote.ballotbox.canonical import Form
from pbvote.ballotbox.opening import Opening, padded_size
from pbvote.ballotbox.sealing import seal
from pbvote.ballotlog.models import LogCheckpoint, LogLeaf
from pbvote.ballotlog.service import LogIsDamaged
from pbvote.db import Database
from pbvote.errors import DomainError
from pbvote.keys import Keys
from pbvote.keys.polls import link_key, public_seal_key
from pbvote.outcomes.models import Outcome
from pbvote.outcomes.service import count
from pbvote.rounds.phases import NotInThisPhase, VotingIsClosed
from pbvote.voting.batches import pointed_commitments
from pbvote.voting.box import BallotBoxIsDamaged
from pbvote.voting.casting import Stored
from pbvote.voting.closing import close_by_the_clock, close_voting
from pbvote.voting.hiding import Veil
from pbvote.voting.models import SealedBallot, Slot
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock
from tests.house import two_officers
from tests.voting.steps import BOTH, WHY, agreed, approve, ask, leaves, round_in, vote, without_guards

VOTED = 4


@pytest.fixture
async def stored(database: Database, keys: Keys, poll: UUID, codes: list[str]) -> list[Stored]:
    """Four voted, and the first of them twice; the vote that was replaced is the first one here."""
    replaced = await vote(database, keys, poll, codes[:1], 3)
    return [*replaced, *await vote(database, keys, poll, codes[:VOTED], 1)]


async def closing(db: AsyncSession, keys: Keys) -> None:
    await close_by_the_clock(db, keys, await round_in(db))


async def counted(database: Database, keys: Keys) -> Outcome:
    async with database.session(write=True) as db:
        round_ = await round_in(db)
        return await count(db, keys, round_, (await two_officers(db, round_))[0])


def fixed(stored: list[Stored]) -> str:
    """What the leaf says of the ballots that count."""
    return hashlib.sha256(b"".join(sorted(one.opening.commitment for one in stored[1:]))).hexdigest()


async def test_a_vote_whose_time_has_not_come_is_not_closed_by_the_clock(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID
) -> None:
    clock.advance(days=13, hours=23, minutes=59)
    await keep_time(database, keys)
    async with database.session(write=True) as db:
        await closing(db, keys)
        assert (await round_in(db)).phase == "voting"
    assert [leaf.type for leaf in await leaves(database, poll)] == ["config", "open"]


async def test_one_officer_does_not_close_the_vote(
    database: Database, keys: Keys, poll: UUID, codes: list[str]
) -> None:
    await ask(database, lambda *rest: close_voting(rest[0], keys, *rest[1:]))
    await vote(database, keys, poll, codes[:1], 1)
    assert [leaf.type for leaf in await leaves(database, poll)] == ["config", "open"]


async def test_two_officers_close_it_and_the_log_says_who_and_what_counts(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, stored: list[Stored]
) -> None:
    clock.advance(days=3)
    await agreed(database, lambda *rest: close_voting(rest[0], keys, *rest[1:]))
    close = (await leaves(database, poll))[-1]
    assert close.fields == {
        "at": "2026-03-06T09:00:00Z",
        "ballots": VOTED + 1,
        "by": BOTH,
        "counted": VOTED,
        "counted_sha256": fixed(stored),
    }
    async with database.session(write=False) as db:
        round_ = await round_in(db)
        events = await db.scalars(select(AuditEvent).where(AuditEvent.kind == "phase_began").order_by(AuditEvent.at))
        assert (round_.phase, list(events)[-1].data["reason"]) == ("counting", WHY)
    outcome = await counted(database, keys)
    assert (outcome.ballots, outcome.electors) == (VOTED, 5)


async def test_what_was_asked_for_cannot_be_done_when_the_clock_was_first(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID
) -> None:
    clock.advance(days=13, hours=23)
    asked = await ask(database, lambda *rest: close_voting(rest[0], keys, *rest[1:]))
    clock.advance(hours=1)
    with pytest.raises(NotInThisPhase):
        await approve(database, lambda *rest: close_voting(rest[0], keys, *rest[1:]), asked.id)
    await keep_time(database, keys)
    assert (await leaves(database, poll))[-1].fields == {
        "at": "2026-03-17T09:00:00Z",
        "ballots": 0,
        "by": [],
        "counted": 0,
        "counted_sha256": hashlib.sha256().hexdigest(),
    }


async def test_whoever_counts_before_the_clerk_of_the_clock_closes_it_first(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, stored: list[Stored]
) -> None:
    clock.advance(days=15)  # nobody has written down that voting is over
    assert (await counted(database, keys)).ballots == VOTED
    await keep_time(database, keys)
    assert [leaf.type for leaf in await leaves(database, poll)].count("close") == 1
    assert ((await leaves(database, poll))[-1].fields or {})["counted_sha256"] == fixed(stored)


async def test_the_pause_is_over_with_the_vote(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, codes: list[str]
) -> None:
    async with database.session(write=True) as db:
        (await round_in(db)).paused_reason = "The storm."
    clock.advance(days=14)
    await keep_time(database, keys)
    async with database.session(write=False) as db:
        assert (await round_in(db)).paused_reason == ""
    with pytest.raises(VotingIsClosed):
        await vote(database, keys, poll, codes[:1], 1)


async def slots(db: AsyncSession, keys: Keys, poll: UUID) -> tuple[bytes, bytes]:
    """Some slot, and the ballot that it points to."""
    return min((await pointed_commitments(db, keys, poll)).items())


async def point_to_the_replaced(db: AsyncSession, keys: Keys, poll: UUID, stored: list[Stored]) -> None:
    """By somebody who has the link key too."""
    slot, _ = await slots(db, keys, poll)
    pointer = Veil(link_key(keys, poll), poll).pointer(slot, stored[0].opening.commitment)
    await db.execute(update(Slot).where(Slot.slot == slot).values(ballot=pointer))


async def swap_pointers(db: AsyncSession, keys: Keys, poll: UUID, stored: list[Stored]) -> None:
    del stored
    slot, _ = await slots(db, keys, poll)
    other = await db.scalar(select(Slot.ballot).where(Slot.slot != slot).limit(1))
    await db.execute(update(Slot).where(Slot.slot == slot).values(ballot=other))


async def remove_slot(db: AsyncSession, keys: Keys, poll: UUID, stored: list[Stored]) -> None:
    del stored
    await db.execute(delete(Slot).where(Slot.slot == (await slots(db, keys, poll))[0]))


async def empty_slot(db: AsyncSession, keys: Keys, poll: UUID, stored: list[Stored]) -> None:
    del stored
    await db.execute(update(Slot).where(Slot.slot == (await slots(db, keys, poll))[0]).values(ballot=b""))


async def swap_envelopes(db: AsyncSession, keys: Keys, poll: UUID, stored: list[Stored]) -> None:
    del keys
    one, other = [await db.get_one(SealedBallot, (poll, ballot.opening.commitment)) for ballot in stored[1:3]]
    one.sealed, other.sealed = other.sealed, one.sealed


async def seal_another_choice(db: AsyncSession, keys: Keys, poll: UUID, stored: list[Stored]) -> None:
    """The envelope is right, and holds another ballot than the commitment is for."""
    opening = stored[1].opening
    other = Opening(poll, opening.server_random, opening.browser_random, stored[0].opening.canonical)
    envelope = seal(public_seal_key(keys, poll), poll, opening.commitment, other.encode(padded_size(Form.SET, 4)))
    await db.execute(update(SealedBallot).where(SealedBallot.commitment == opening.commitment).values(sealed=envelope))


async def remove_ballot(db: AsyncSession, keys: Keys, poll: UUID, stored: list[Stored]) -> None:
    del keys, poll
    await db.execute(delete(SealedBallot).where(SealedBallot.commitment == stored[1].opening.commitment))


Tampering = Callable[[AsyncSession, Keys, UUID, list[Stored]], Awaitable[None]]
BOX: dict[str, tuple[Tampering, str]] = {
    "a slot points to a ballot that was replaced": (point_to_the_replaced, "not those that were fixed"),
    "a slot holds another slot's pointer": (swap_pointers, "a slot was changed"),
    "a slot is gone": (remove_slot, "not those that were fixed"),
    "a slot is empty": (empty_slot, "not those that were fixed"),
    "envelopes are swapped": (swap_envelopes, "cannot be opened"),
    "another choice is sealed": (seal_another_choice, "ballot"),
    "a ballot is gone": (remove_ballot, "is missing"),
}


@pytest.mark.parametrize("what", BOX)
async def test_a_box_that_is_changed_after_the_close_is_not_counted(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, stored: list[Stored], *, what: str
) -> None:
    tamper, words = BOX[what]
    clock.advance(days=14)
    await keep_time(database, keys)
    async with database.session(write=True) as db:
        await tamper(db, keys, poll, stored)
    await refuses_to_count(database, keys, BallotBoxIsDamaged, words)


async def refuses_to_count(database: Database, keys: Keys, error: type[DomainError], words: str) -> None:
    with pytest.raises(error, match=words):
        await counted(database, keys)
    async with database.session(write=False) as db:
        assert await db.scalar(select(func.count()).select_from(Outcome)) == 0
        assert not list(await db.scalars(select(AuditEvent).where(AuditEvent.kind == "counted")))


LOG = {
    "a leaf is changed": update(LogLeaf).where(LogLeaf.number == 2).values(leaf=f"ballot {'0' * 64}"),
    "the close is changed": update(LogLeaf)
    .where(LogLeaf.leaf.startswith("close "))
    .values(leaf=func.replace(LogLeaf.leaf, '"counted":4', '"counted":5')),
    "a leaf is gone": delete(LogLeaf).where(LogLeaf.number == 3),
    "the last leaf is gone": delete(LogLeaf).where(LogLeaf.leaf.startswith("close ")),
    "the last checkpoint is gone": delete(LogCheckpoint).where(LogCheckpoint.size == VOTED + 4),
}


@pytest.mark.parametrize("what", LOG)
async def test_a_log_that_is_changed_after_the_close_is_not_counted_by(
    database: Database, keys: Keys, clock: SettableClock, stored: list[Stored], what: str
) -> None:
    assert stored
    clock.advance(days=14)
    await keep_time(database, keys)
    await without_guards(database)
    async with database.session(write=True) as db:
        await db.execute(LOG[what])
    await refuses_to_count(database, keys, LogIsDamaged, "The ballot log is damaged")


async def test_a_box_that_was_tampered_with_before_the_close_does_not_close(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, stored: list[Stored]
) -> None:
    async with database.session(write=True) as db:
        await swap_pointers(db, keys, poll, stored)
    clock.advance(days=14)
    await keep_time(database, keys)  # logs it, and leaves everything as it is
    await refuses_to_count(database, keys, BallotBoxIsDamaged, "a slot was changed")
    async with database.session(write=False) as db:
        assert (await round_in(db)).phase == "voting"
    assert [leaf.type for leaf in await leaves(database, poll)] == ["config", "open"]


async def test_what_nobody_touched_is_counted(
    database: Database, keys: Keys, clock: SettableClock, stored: list[Stored]
) -> None:
    clock.advance(days=14)
    await keep_time(database, keys)
    await without_guards(database)
    outcome = await counted(database, keys)
    assert (outcome.ballots, len(stored)) == (VOTED, VOTED + 1)
