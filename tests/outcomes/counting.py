"""What tests of counting and publishing share: a vote that is over, and the officers who count it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import httpx

from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.voting.casting import Cast, Stored, cast
from pbvote.voting.timekeeper import keep_time
from tests.house import Clock, agree, make_codes, open_the_vote

SLUG = "harbourside-2026"
CHOICES = [(1,), (1, 2), (1,), (4,), (1, 4), ()]


async def hold_the_vote(
    database: Database, keys: Keys, clock: Clock, choices: Sequence[tuple[int, ...]] = CHOICES
) -> UUID:
    """Let electors vote like this in a round that is in review, and let the vote end; the id of its poll."""
    codes = await make_codes(database, keys, count=len(choices))
    poll = await open_the_vote(database, keys, clock)
    casts = [
        Cast(code, Choice(choice, None), f"one-of-many-casts-{index}")
        for index, (code, choice) in enumerate(zip(codes, choices, strict=True))
    ]
    async with database.session(write=True) as db:
        results = await cast(db, keys, poll, casts)
    assert all(isinstance(result, Stored) for result in results), results
    clock.advance(days=14)
    await keep_time(database, keys)
    return poll


async def count(officer: httpx.AsyncClient) -> str:
    """Count; the id of the outcome."""
    answer = await officer.post(f"/api/rounds/{SLUG}/count", json={})
    assert answer.status_code == 201, answer.text
    outcome: str = answer.json()["outcome_id"]
    return outcome


async def publish(officer: httpx.AsyncClient, second: httpx.AsyncClient, outcome: str) -> httpx.Response:
    """Ask with the first officer; the answer to the second one."""
    return await agree(officer, second, f"/api/rounds/{SLUG}/publish", {"outcome_id": outcome})
