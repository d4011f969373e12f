"""Putting somebody on the roll while voting is open: two officers, both of whom name the newcomer."""

from __future__ import annotations

from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.verify import verify
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_codes, make_people, make_round, open_the_vote
from tests.outcomes.counting import SLUG, count, publish

LATE = f"/api/rounds/{SLUG}/roll/late-registrations"
NEWCOMER = {"reference": "R-99", "evidence": "photo-id", "reason": "moved here in May"}


@pytest.fixture
async def officers(app: Litestar, database: Database, keys: Keys) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
    await make_people(database)
    await make_round(database)
    await make_codes(database, keys, count=3)
    first, second = browser(app), browser(app)
    await let_in(database, first, "officer@example.org")
    await let_in(database, second, "second@example.org")
    return first, second


async def test_one_officer_alone_registers_nobody(
    officers: tuple[httpx.AsyncClient, httpx.AsyncClient], database: Database, keys: Keys, clock: SettableClock
) -> None:
    first, second = officers
    early = await first.post(LATE, json={**NEWCOMER, "approves": None})
    assert early.status_code == 409  # before voting opens one officer does it, by the other address
    await open_the_vote(database, keys, clock)
    asked = await first.post(LATE, json={**NEWCOMER, "approves": None})
    assert (asked.status_code, asked.json()["code"]) == (200, None)
    own = await first.post(LATE, json={**NEWCOMER, "approves": asked.json()["approval"]["id"]})
    assert own.json()["code"] == "second_officer_needed"
    for other in ({"reference": "R-98"}, {"evidence": "letter"}):
        body = {**NEWCOMER, **other, "approves": asked.json()["approval"]["id"]}
        assert (await second.post(LATE, json=body)).json()["code"] == "nothing_to_approve"


async def test_who_was_registered_by_two_votes_and_the_log_says_so(
    client: httpx.AsyncClient,
    officers: tuple[httpx.AsyncClient, httpx.AsyncClient],
    database: Database,
    keys: Keys,
    clock: SettableClock,
) -> None:
    first, second = officers
    poll: UUID = await open_the_vote(database, keys, clock)
    asked = (await first.post(LATE, json={**NEWCOMER, "approves": None})).json()["approval"]["id"]
    code = (await second.post(LATE, json={**NEWCOMER, "approves": asked})).json()["code"]
    again = await first.post(LATE, json={**NEWCOMER, "approves": None})
    assert again.json()["code"] == "already_on_the_roll"
    body = {"code": code, "choices": [1], "points": None, "idempotency_key": "the-newcomers-own-vote"}
    assert (await client.put(f"/api/polls/{poll}/ballot", json=body)).status_code == 200
    leaves = (await client.get(f"/api/polls/{poll}/log/leaves")).text
    assert '"added":1' in leaves
    assert "moved here in May" in leaves
    close = {"reason": "everybody has voted"}
    asked = (await first.post(f"/api/rounds/{SLUG}/close", json={**close, "approves": None})).json()["id"]
    assert (await second.post(f"/api/rounds/{SLUG}/close", json={**close, "approves": asked})).status_code == 200
    assert (await publish(first, second, await count(first))).status_code == 200
    bundle = await client.get(f"/api/rounds/{SLUG}/results/bundle.zip")
    report = verify(bundle.content)
    assert report.code == 0, report.wrong
    assert "1 of 4 electors voted." in [finding.sentence for finding in report.findings]
