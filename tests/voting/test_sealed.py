"""What lies in the box: envelopes that only the poll's key opens, and that look alike whatever was chosen."""

from __future__ import annotations

import secrets
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.sealing import unseal_ballot
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys, seal_key
from pbvote.outcomes.election import BallotBoxIsDamaged
from pbvote.outcomes.service import ballots_of
from pbvote.voting.casting import Cast, cast
from pbvote.voting.models import SealedBallot
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round, open_the_vote

CHOICES = ((), (1,), (2, 4), (1,))


@pytest.fixture
async def poll(database: Database, keys: Keys, clock: SettableClock) -> UUID:
    await make_people(database)
    await make_round(database)
    codes = await make_codes(database, keys)
    poll = await open_the_vote(database, keys, clock)
    async with database.session(write=True) as db:
        casts = [Cast(code, Choice(chosen, None), secrets.token_urlsafe(16)) for code, chosen in zip(codes, CHOICES)]  # noqa: B905  more codes than choices
        results = await cast(db, keys, poll, casts)
    assert all(isinstance(result, str) for result in results), results
    return poll


async def box(database: Database) -> list[tuple[bytes, bytes]]:
    async with database.session(write=False) as db:
        return [(ballot.commitment, ballot.sealed) for ballot in await db.scalars(select(SealedBallot))]


async def test_no_envelope_shows_its_ballot(database: Database, poll: UUID) -> None:
    found = await box(database)
    encoded = [CanonicalBallot(poll, Form.SET, chosen).encode() for chosen in CHOICES]
    assert len(found) == len(CHOICES)
    assert not [1 for _, sealed in found for content in (poll.bytes, *encoded) if content in sealed]


async def test_all_envelopes_are_equally_long_and_none_is_like_another(database: Database, poll: UUID) -> None:
    assert poll
    found = await box(database)
    assert len({len(sealed) for _, sealed in found}) == 1
    assert len({sealed for _, sealed in found}) == len({commitment for commitment, _ in found}) == len(CHOICES)


async def test_the_poll_s_key_opens_them(database: Database, keys: Keys, poll: UUID) -> None:
    key = seal_key(keys, poll)
    opened = [unseal_ballot(key, poll, commitment, sealed).ballot() for commitment, sealed in await box(database)]
    assert sorted(ballot.projects for ballot in opened) == sorted(CHOICES)


async def test_the_keys_of_another_installation_do_not(database: Database, keys: Keys, poll: UUID) -> None:
    strangers = replace(keys, seal=secrets.token_bytes(32))
    async with database.session(write=False) as db:
        with pytest.raises(BallotBoxIsDamaged, match="cannot be opened"):
            await ballots_of(db, strangers, poll)
        assert len(await ballots_of(db, keys, poll)) == len(CHOICES)


def test_each_poll_has_a_key_of_its_own(keys: Keys) -> None:
    one, other = (seal_key(keys, UUID(int=number)).private_bytes_raw() for number in (1, 2))
    assert len({one, other, keys.seal}) == 3
    assert seal_key(keys, UUID(int=1)).private_bytes_raw() == one
