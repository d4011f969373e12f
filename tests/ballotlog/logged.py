"""Votes whose ballots have entered the log, for tests of what watches it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pbvote.ballotbox.notes import KeyType, SigningKey
from pbvote.ballotlog.service import append
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.voting.casting import Cast, Stored, cast
from pbvote.voting.timekeeper import enter_batches
from tests.house import Clock, make_codes, make_people, make_round, open_the_vote

SLUG = "harbourside-2026"
BATCH = 20


async def open_a_vote(database: Database, keys: Keys, clock: Clock, electors: int) -> tuple[UUID, list[str]]:
    """A poll that is open, and the codes of its electors."""
    await make_people(database)
    await make_round(database)
    codes = await make_codes(database, keys, count=electors)
    return await open_the_vote(database, keys, clock), codes


async def cast_all(
    database: Database, keys: Keys, poll: UUID, codes: Sequence[str], choice: tuple[int, ...] = (1,), again: str = ""
) -> list[Stored]:
    """Let everybody vote, and enter what waits if it is enough for a batch."""
    casts = [Cast(code, Choice(choice, None), f"one-of-many-casts-{again}{code[:9]}") for code in codes]
    async with database.session(write=True) as db:
        results = await cast(db, keys, poll, casts)
    stored = [result for result in results if isinstance(result, Stored)]
    assert len(stored) == len(codes), results
    await enter_batches(database, keys)
    return stored


async def add_leaves(database: Database, keys: Keys, poll: UUID, leaves: Sequence[bytes]) -> None:
    """Append leaves as the service does, and sign."""
    async with database.session(write=True) as db:
        await append(db, keys, poll, leaves)


def witness_key(name: str = "example.org/witness", seed: int = 7) -> SigningKey:
    """A witness' key, the same for the same seed."""
    return SigningKey(name, KeyType.COSIGNATURE, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))
