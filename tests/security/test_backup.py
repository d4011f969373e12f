"""A copy of the database, without the keys, reads no ballot and ties none to anybody."""

from __future__ import annotations

import hashlib
import hmac
from itertools import chain, combinations
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from pbvote.ballotbox.canonical import CanonicalBallot, Form, commitment
from pbvote.ballotbox.envelope import WrongBallotError
from pbvote.ballotbox.sealing import unseal_ballot
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys, make_keys
from pbvote.keys.polls import link_key, make_link, make_seal, seal_key
from pbvote.roll.models import Elector
from pbvote.voting.batches import enter_waiting
from pbvote.voting.casting import Cast, Stored, cast, slot_of
from pbvote.voting.hiding import NotHiddenHereError, Veil
from pbvote.voting.models import SealedBallot, Slot
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round, open_the_vote

pytestmark = pytest.mark.new_database

ELECTORS = 40


@pytest.fixture
async def poll(database: Database, keys: Keys, clock: SettableClock) -> UUID:
    """A vote in which everybody has voted, in the middle of it."""
    await make_people(database)
    await make_round(database)
    codes = await make_codes(database, keys, count=ELECTORS)
    poll = await open_the_vote(database, keys, clock)
    async with database.session(write=True) as db:
        casts = [Cast(code, Choice((4,), None), f"before-the-backup-{number:02}") for number, code in enumerate(codes)]
        assert all(isinstance(one, Stored) for one in await cast(db, keys, poll, casts))
        await enter_waiting(db, keys, poll)
    return poll


async def readable(database: Database, keys: Keys, poll: UUID) -> int:
    """Ballots that these keys open, or that a guess of their content fits."""
    key = seal_key(keys, poll)
    numbers = range(1, 5)
    sets = chain.from_iterable(combinations(numbers, size) for size in range(5))
    guesses = [CanonicalBallot(poll, Form.SET, chosen).encode() for chosen in sets]
    guessed = {commitment(ballot, nonce) for ballot in guesses for nonce in (b"", bytes(32))}
    count = 0
    async with database.session(write=False) as db:
        for row in await db.scalars(select(SealedBallot)):
            try:
                unseal_ballot(key, poll, row.commitment, row.sealed)
                count += 1
            except WrongBallotError:
                count += row.commitment in guessed
    return count


async def linked(database: Database, keys: Keys, poll: UUID) -> int:
    """Electors whose slot these keys find, and whose ballot it shows."""
    link = link_key(keys, poll)
    veil, count = Veil(link, poll), 0
    async with database.session(write=False) as db:
        slots = {slot.slot: slot.ballot for slot in await db.scalars(select(Slot))}
        known = set(await db.scalars(select(SealedBallot.commitment)))
        for elector in await db.scalars(select(Elector.id)):
            plain = hashlib.sha256(poll.bytes + elector.bytes).digest()
            unkeyed = hmac.digest(b"", poll.bytes + elector.bytes, hashlib.sha256)
            for slot in {slot_of(link, poll, elector), plain, unkeyed} & slots.keys():
                try:
                    count += veil.pointed(slot, slots[slot]) in known
                except NotHiddenHereError:
                    continue
    return count


async def test_a_backup_without_its_keys_tells_nothing(database: Database, poll: UUID, tmp_path: Path) -> None:
    async with database.session(write=False) as db:
        sealed = (await db.execute(sa.text("SELECT count(*) FROM sealed_ballots"))).scalar_one()
    assert sealed == ELECTORS
    others = make_keys(tmp_path / "other-keys", "other.example.org")
    make_link(others, poll)
    make_seal(others, poll)
    assert await readable(database, others, poll) == 0
    assert await linked(database, others, poll) == 0


async def test_a_backup_with_its_keys_tells_everything(database: Database, keys: Keys, poll: UUID) -> None:
    """The negative control, and the reason why keys and backups are kept apart."""
    assert await readable(database, keys, poll) == ELECTORS
    assert await linked(database, keys, poll) == ELECTORS
