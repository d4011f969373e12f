"""What a receipt's holder is told, and what nobody is told before the result is out."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from pbvote.ballotbox.canonical import receipt as symbols_of
from pbvote.ballotbox.checkpoints import open_checkpoint
from pbvote.ballotbox.log import ballot_leaf
from pbvote.ballotbox.merkle import is_included, leaf_hash
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.keys.polls import LINK, path_of
from pbvote.symbols import decode, encode, grouped, tidy
from pbvote.voting.batches import waiting_commitments
from pbvote.voting.casting import Stored
from pbvote.voting.timekeeper import enter_batches, keep_time
from tests.ballotlog.logged import cast_all, open_a_vote
from tests.conftest import SettableClock, browser
from tests.house import let_in
from tests.outcomes.counting import count, publish


@pytest.fixture
async def vote(database: Database, keys: Keys, clock: SettableClock) -> tuple[UUID, list[str]]:
    """A vote that is open, and the codes of 22 electors."""
    return await open_a_vote(database, keys, clock, 22)


async def ask(client: httpx.AsyncClient, poll: UUID, symbols: str) -> httpx.Response:
    return await client.get(f"/api/polls/{poll}/receipts/{symbols}")


async def state_of(client: httpx.AsyncClient, poll: UUID, stored: Stored) -> dict[str, Any]:
    answer = await ask(client, poll, stored.receipt.symbols)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def announce_the_result(app: Litestar, database: Database, keys: Keys, clock: SettableClock) -> None:
    clock.advance(days=14)
    await keep_time(database, keys)
    async with AsyncExitStack() as stack:
        officer, second = [await stack.enter_async_context(browser(app)) for _ in range(2)]
        await let_in(database, officer, "officer@example.org")
        await let_in(database, second, "second@example.org")
        done = await publish(officer, second, await count(officer))
        assert done.status_code == 200, done.text


async def test_refuses_what_is_no_receipt(client: httpx.AsyncClient, vote: tuple[UUID, list[str]]) -> None:
    for typed in ("K7QF-2MXR-9CV", "K7QF-2MXR-9CVWX", "K7QF-2MXR-9CVU", "K7QF-2MXR-9CV%C3%A9", "%20"):
        refused = await ask(client, vote[0], typed)
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_receipt"), typed


async def test_an_unknown_receipt_is_not_found_and_the_answer_says_what_to_do(
    client: httpx.AsyncClient, vote: tuple[UUID, list[str]]
) -> None:
    refused = await ask(client, vote[0], "K7QF-2MXR-9CVW")
    assert (refused.status_code, refused.json()["code"]) == (404, "receipt_not_found")
    assert "tell the forum" in refused.json()["detail"]
    assert refused.headers["cache-control"] == "no-store"


async def test_guesses_use_up_an_allowance_and_right_ones_always_work(
    client: httpx.AsyncClient, database: Database, keys: Keys, vote: tuple[UUID, list[str]]
) -> None:
    poll, codes = vote
    [stored] = await cast_all(database, keys, poll, codes[:1])
    guesses = [await ask(client, poll, encode(number, 12)) for number in range(21)]
    assert [answer.status_code for answer in guesses] == [404] * 20 + [429]
    assert (await state_of(client, poll, stored))["state"] == "waiting"


async def test_a_ballot_waits_for_its_batch_and_then_it_is_in_the_box(
    client: httpx.AsyncClient, database: Database, keys: Keys, vote: tuple[UUID, list[str]]
) -> None:
    poll, codes = vote
    first = await cast_all(database, keys, poll, codes[:19])
    told = await state_of(client, poll, first[0])
    assert told == {
        "state": "waiting",
        "commitment": first[0].receipt.commitment.hex(),
        "index": None,
        "size": None,
        "proof": [],
        "checkpoint": None,
    }
    for stored in [*first, *await cast_all(database, keys, poll, codes[19:])]:
        told = await state_of(client, poll, stored)
        assert (told["state"], told["commitment"]) == ("in_the_box", stored.receipt.commitment.hex())
        point = open_checkpoint(told["checkpoint"], keys.sign.verify_key, f"vote.example.org/{poll}")
        leaf = leaf_hash(ballot_leaf(stored.receipt.commitment))
        proof = [bytes.fromhex(one) for one in told["proof"]]
        assert is_included(leaf, told["index"], told["size"], proof, point.root)
        assert point.size == told["size"] == 24


async def test_look_alikes_are_read_as_in_codes_and_neighbours_are_not_found(
    client: httpx.AsyncClient, database: Database, keys: Keys, vote: tuple[UUID, list[str]]
) -> None:
    poll, codes = vote
    stored = await cast_all(database, keys, poll, codes)
    symbols = next(one.receipt.symbols for one in stored if {"0", "1"} & set(one.receipt.symbols))
    found = (await ask(client, poll, symbols)).json()
    for typed in (
        symbols.lower(),
        symbols.replace("-", ""),
        symbols.replace("-", "%20"),
        symbols.replace("0", "O").replace("1", "I"),
        symbols.replace("0", "o").replace("1", "l"),
    ):
        assert (await ask(client, poll, typed)).json() == found
    number = decode(tidy(symbols))
    for neighbour in (number - 1, number + 1):
        assert (await ask(client, poll, grouped(encode(neighbour, 12)))).status_code == 404


async def test_until_the_result_is_out_nobody_learns_who_voted_again(
    app: Litestar,
    client: httpx.AsyncClient,
    database: Database,
    keys: Keys,
    clock: SettableClock,
    vote: tuple[UUID, list[str]],
) -> None:
    poll, codes = vote
    first = await cast_all(database, keys, poll, codes)
    [again] = await cast_all(database, keys, poll, codes[:1], (2,), again="again-")
    assert (await state_of(client, poll, again))["state"] == "waiting"
    clock.advance(days=14)
    await keep_time(database, keys)
    told = [(await state_of(client, poll, stored))["state"] for stored in (*first, again)]
    assert told == ["in_the_box"] * 23
    await announce_the_result(app, database, keys, clock)
    told = [(await state_of(client, poll, stored))["state"] for stored in (*first, again)]
    assert told == ["replaced", *["counted"] * 22]
    path_of(keys, poll, LINK).unlink()  # as after the destruction of keys
    assert (await state_of(client, poll, again))["state"] == "counted"
    assert (await ask(client, poll, "K7QF-2MXR-9CVW")).status_code == 404


async def test_a_ballot_that_moves_while_somebody_asks_is_never_missed(
    client: httpx.AsyncClient,
    database: Database,
    keys: Keys,
    vote: tuple[UUID, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poll, codes = vote
    [stored] = await cast_all(database, keys, poll, codes[:1])

    async def later(*given: Any) -> set[bytes]:
        await cast_all(database, keys, poll, codes[1:])
        await enter_batches(database, keys)
        return await waiting_commitments(*given)

    monkeypatch.setattr("pbvote.receipts.service.waiting_commitments", later)
    assert (await state_of(client, poll, stored))["state"] in {"waiting", "in_the_box"}


async def test_a_receipt_is_one_of_its_own_vote(
    client: httpx.AsyncClient, database: Database, keys: Keys, vote: tuple[UUID, list[str]]
) -> None:
    poll, codes = vote
    stored = (await cast_all(database, keys, poll, codes))[0]
    other = UUID("6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f")
    assert (await ask(client, other, stored.receipt.symbols)).status_code == 404
    assert symbols_of(stored.receipt.commitment) == stored.receipt.symbols
