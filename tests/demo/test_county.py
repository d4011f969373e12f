"""A county's Decision Nights, a few of them: every one from its template to the published second vote."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx

from pbvote.db import Database
from pbvote.demo.county import PROPOSALS, VOTERS, build_county, read_county, shares
from pbvote.keys import Keys


def test_the_county_has_the_figures_of_leicestershire() -> None:
    plan = read_county()
    forums = len(plan.forums)
    assert forums == 25
    assert [amount for _, amount in plan.bands] == [12_500_00, 15_000_00, 20_000_00]
    reached = {max(amount for least, amount in plan.bands if least <= people) for _, people in plan.forums}
    assert reached == {12_500_00, 15_000_00, 20_000_00}
    assert sum(shares(PROPOSALS, forums)) == 271
    assert sum(shares(VOTERS, forums)) == 1_370
    assert max(shares(PROPOSALS, forums)) <= len(plan.ideas)


async def test_nights_are_run_to_the_published_result_of_their_second_vote(
    database: Database, keys: Keys, client: httpx.AsyncClient
) -> None:
    figures = await build_county(database, keys, datetime(2026, 11, 21, 12, 0, tzinfo=UTC), forums=2)
    assert (figures.forums, figures.proposals, figures.voters) == (2, 22, 110)
    assert 0 < figures.awarded <= figures.budget
    rounds = (await client.get("/api/rounds")).json()["items"]
    assert {one["phase"] for one in rounds} == {"published"}
    for one in rounds:
        first = (await client.get(f"/api/rounds/{one['slug']}/results?poll=1")).json()
        last = (await client.get(f"/api/rounds/{one['slug']}/results")).json()
        assert (first["rule"]["id"], last["rule"]["id"]) == ("top", "greedy")
        best = {project["title"] for project in first["projects"] if project["funded"]}
        assert best == {project["title"] for project in last["projects"]}
        assert len(best) == 9
