"""A vote in the middle of it, and databases of either kind to restore it into."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from pbvote.ballotbox.receipts import Receipt
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.settings import Settings
from pbvote.voting.batches import enter_waiting
from pbvote.voting.casting import Cast, Stored, cast
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round, open_the_vote

ELECTORS = 60


@dataclass
class Vote:
    poll: UUID
    codes: Sequence[str]
    receipts: list[Receipt]


async def begin_a_vote(database: Database, keys: Keys, clock: SettableClock) -> Vote:
    """25 ballots in the log, and three that wait for their batch."""
    await make_people(database)
    await make_round(database)
    codes = await make_codes(database, keys, count=ELECTORS)
    vote = Vote(await open_the_vote(database, keys, clock), codes, [])
    await vote_with(database, keys, vote, 0, 25)
    await enter(database, keys, vote.poll)
    await vote_with(database, keys, vote, 25, 28)
    return vote


async def vote_with(database: Database, keys: Keys, vote: Vote, first: int, last: int) -> None:
    async with database.session(write=True) as db:
        casts = [
            Cast(vote.codes[place], Choice((1 + place % 4,), None), f"a-key-of-its-own-{place:03}")
            for place in range(first, last)
        ]
        stored = await cast(db, keys, vote.poll, casts)
    for one in stored:
        assert isinstance(one, Stored)
        vote.receipts.append(one.receipt)


async def enter(database: Database, keys: Keys, poll: UUID) -> None:
    async with database.session(write=True) as db:
        await enter_waiting(db, keys, poll)


def elsewhere(settings: Settings, folder: Path, url: str = "") -> Settings:
    """Settings of another machine with the same keys: SQLite in a new folder, or the database at `url`."""
    return replace(settings, data_dir=folder, database_url=url or f"sqlite+aiosqlite:///{folder}/pbvote.db")


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
