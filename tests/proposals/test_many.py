from __future__ import annotations

from time import perf_counter

import httpx
import pytest
from sqlalchemy import insert, select

from pbvote.db import Database, now
from pbvote.proposals.models import Proposal
from pbvote.rounds.models import Round
from tests.house import accepted_proposal, make_forum, make_round
from tests.rounds.ready import SLUG

MANY = 100_000
PATIENCE = 10.0  # seconds; a page takes a tenth of one on an idle machine, and a query for each row would take minutes


@pytest.fixture(autouse=True)
async def many(database: Database) -> None:
    """A round with 100,000 proposals."""
    async with database.session(write=True) as db:
        await make_forum(db)
    await make_round(database, costs=())
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round))).one()
        sample = accepted_proposal(round_.id, 1, 100_00, await now(db))
        row = {column.key: getattr(sample, column.key) for column in Proposal.__table__.columns if column.key != "id"}
        for start in range(1, MANY + 1, 10_000):
            rows = [row | {"number": n, "search_text": f"proposal {n}"} for n in range(start, start + 10_000)]
            await db.execute(insert(Proposal), rows)


@pytest.mark.slow
async def test_a_hundred_thousand_proposals_are_listed_and_searched(client: httpx.AsyncClient) -> None:
    pages = {
        "": (MANY, 1),
        "?page=500&size=200": (MANY, 99_801),
        "?q=99999": (1, 99_999),
        "?q=proposal+9999": (19, 9_999),
        "?status=rejected": (0, None),
    }
    for query, (total, first) in pages.items():
        began = perf_counter()
        listed = (await client.get(f"/api/rounds/{SLUG}/proposals{query}")).json()
        assert perf_counter() - began < PATIENCE, query
        assert (listed["total"], listed["items"][0]["number"] if listed["items"] else None) == (total, first)
