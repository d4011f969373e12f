"""A vote that is open, and its codes."""

from __future__ import annotations

from uuid import UUID

import pytest

from pbvote.db import Database
from pbvote.keys import Keys
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round, open_the_vote


@pytest.fixture
async def codes(database: Database, keys: Keys) -> list[str]:
    await make_people(database)
    await make_round(database)
    return await make_codes(database, keys)


@pytest.fixture
async def poll(database: Database, keys: Keys, clock: SettableClock, codes: list[str]) -> UUID:
    assert codes
    return await open_the_vote(database, keys, clock)


@pytest.fixture
def open_codes(codes: list[str], poll: UUID) -> list[str]:
    """The codes of a vote that is open."""
    assert poll
    return codes
