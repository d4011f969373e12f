"""Asking for a receipt without JavaScript."""

from __future__ import annotations

from uuid import UUID

import httpx
import pytest

from pbvote.db import Database
from pbvote.keys import Keys
from tests.ballotlog.logged import SLUG, cast_all, open_a_vote
from tests.conftest import SettableClock
from tests.house import make_people, make_round

PATH = f"/en/r/{SLUG}/plain/receipt"


@pytest.fixture
async def vote(database: Database, keys: Keys, clock: SettableClock) -> tuple[UUID, list[str]]:
    return await open_a_vote(database, keys, clock, 22)


async def test_before_the_opening_there_are_no_receipts(client: httpx.AsyncClient, database: Database) -> None:
    await make_people(database)
    await make_round(database)
    assert (await client.get(PATH)).status_code == 200
    answer = await client.post(PATH, data={"symbols": "K7QF-2MXR-9CVW"})
    assert answer.status_code == 404
    assert "Voting has not opened" in answer.text


async def test_what_is_typed_wrong_comes_back_with_what_is_wrong(
    client: httpx.AsyncClient, vote: tuple[UUID, list[str]]
) -> None:
    assert vote
    for typed, status, words in (
        ("", 400, "12 letters and numbers"),
        ('"><script>', 400, "12 letters and numbers"),
        ("K7QF-2MXR-9CVW", 404, "No vote of this round has this receipt"),
    ):
        answer = await client.post(PATH, data={"symbols": typed})
        assert (answer.status_code, words in answer.text) == (status, True)
        assert '"><script>' not in answer.text
    for _ in range(20):
        answer = await client.post(PATH, data={"symbols": "K7QF-2MXR-9CVW"})
    assert answer.status_code == 429


async def test_a_ballot_is_found(
    client: httpx.AsyncClient, database: Database, keys: Keys, vote: tuple[UUID, list[str]]
) -> None:
    poll, codes = vote
    [first] = await cast_all(database, keys, poll, codes[:1])
    answer = await client.post(PATH, data={"symbols": first.receipt.symbols.lower()})
    assert "Your vote is stored" in answer.text
    await cast_all(database, keys, poll, codes[1:])
    answer = await client.post(PATH, data={"symbols": first.receipt.symbols})
    assert (answer.status_code, "Your vote is in the box" in answer.text) == (200, True)
    assert "of 24 in the log" in answer.text
    assert first.receipt.commitment.hex() not in answer.text
    assert answer.headers["cache-control"] == "no-store"
