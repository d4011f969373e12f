"""What lies in the box: envelopes that only the poll's key opens, and that look alike whatever was chosen."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.sealing import unseal_ballot
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.errors import SettingsError
from pbvote.keys import Keys, make_keys
from pbvote.keys.polls import make_link, make_seal, path_of, seal_key
from pbvote.outcomes.box import unsealed
from pbvote.rounds.models import Poll, Round
from pbvote.voting.box import BallotBoxIsDamaged
from pbvote.voting.casting import Cast, Stored, cast
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round, open_the_vote
from tests.voting.looking import envelopes

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
    assert all(isinstance(result, Stored) for result in results), results
    return poll


async def box(database: Database, keys: Keys) -> list[tuple[bytes, bytes]]:
    async with database.session(write=False) as db:
        return [found for poll in await db.scalars(select(Poll.id)) for found in await envelopes(db, keys, poll)]


async def test_no_envelope_shows_its_ballot(database: Database, keys: Keys, poll: UUID) -> None:
    found = await box(database, keys)
    encoded = [CanonicalBallot(poll, Form.SET, chosen).encode() for chosen in CHOICES]
    assert len(found) == len(CHOICES)
    assert not [1 for _, sealed in found for content in (poll.bytes, *encoded) if content in sealed]


async def test_all_envelopes_are_equally_long_and_none_is_like_another(
    database: Database, keys: Keys, poll: UUID
) -> None:
    assert poll
    found = await box(database, keys)
    assert len({len(sealed) for _, sealed in found}) == 1
    assert len({sealed for _, sealed in found}) == len({commitment for commitment, _ in found}) == len(CHOICES)


async def test_the_poll_s_key_opens_them(database: Database, keys: Keys, poll: UUID) -> None:
    key = seal_key(keys, poll)
    opened = [unseal_ballot(key, poll, commitment, sealed).ballot() for commitment, sealed in await box(database, keys)]
    assert sorted(ballot.projects for ballot in opened) == sorted(CHOICES)


async def test_the_keys_of_another_installation_do_not(
    database: Database, keys: Keys, clock: SettableClock, poll: UUID, tmp_path: Path
) -> None:
    strangers = replace(make_keys(tmp_path / "strangers", "stranger.example.org"), sign=keys.sign)
    make_link(strangers, poll)
    make_seal(strangers, poll)
    half_known = replace(make_keys(tmp_path / "half", "half.example.org"), sign=keys.sign)
    make_seal(half_known, poll)
    shutil.copy(path_of(keys, poll, "link"), path_of(half_known, poll, "link"))
    clock.advance(days=14)
    await keep_time(database, keys)
    async with database.session(write=False) as db:
        round_ = (await db.scalars(select(Round))).one()
        with pytest.raises(BallotBoxIsDamaged, match="a slot was changed"):
            await unsealed(db, strangers, round_, ())
        with pytest.raises(BallotBoxIsDamaged, match="cannot be opened"):
            await unsealed(db, half_known, round_, ())
        assert len((await unsealed(db, keys, round_, ())).openings) == len(CHOICES)
        path_of(keys, poll, "seal").unlink()
        with pytest.raises(SettingsError, match="seal"):
            await unsealed(db, keys, round_, ())


def test_each_poll_has_a_key_of_its_own(keys: Keys) -> None:
    for number in (1, 2):
        make_seal(keys, UUID(int=number))
    one, other = (seal_key(keys, UUID(int=number)).private_bytes_raw() for number in (1, 2))
    assert len({one, other, keys.sign.private.private_bytes_raw(), keys.ticket, keys.pepper}) == 5
    assert seal_key(keys, UUID(int=1)).private_bytes_raw() == one
