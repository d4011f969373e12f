"""An app that keeps its public answers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from litestar import Litestar

from pbvote.db import Database
from pbvote.web.reading import Reading
from tests.house import make_people, make_round
from tests.web.reading import hearing


@pytest.fixture
async def reading(app: Litestar, database: Database) -> AsyncIterator[Reading]:
    """What the app keeps, which hears of changes; there is a round."""
    await make_people(database)
    await make_round(database)
    async with hearing(app) as found:
        yield found
