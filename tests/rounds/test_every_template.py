"""A round of each template: nothing is missing but dates, money where it is the organiser's to enter, and the roll."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from pbvote.db import Database, now
from pbvote.rounds.templates import Template, all_templates
from pbvote.voting.opening import reasons_against_asking
from tests.conftest import SettableClock
from tests.house import accepted_proposal, let_in, make_people
from tests.rounds.ready import DATES, MONEY, ORGANISER, change, codes, make_draft, pot, round_in

SECOND_VOTE = {"second_voting_open": "2026-04-28T19:00", "second_voting_close": "2026-04-28T21:00"}
ENTERED = {"community-forum-budget", "community-first", "match-25", "city-wide"}  # the money is


@pytest.fixture
async def organiser(client: httpx.AsyncClient, database: Database) -> httpx.AsyncClient:
    await make_people(database)
    await let_in(database, client, ORGANISER)
    return client


@pytest.mark.parametrize("one", all_templates(), ids=lambda one: one.id)
async def test_a_round_of_each_template_lacks_dates_money_and_a_roll_and_nothing_else(
    organiser: httpx.AsyncClient, database: Database, clock: SettableClock, one: Template
) -> None:
    made = await make_draft(organiser, "A round", one.id)
    slug = made["slug"]
    missing = {field for field, _ in codes(await organiser.get(f"/api/rounds/{slug}/readiness"))}
    second = set(SECOND_VOTE) if len(one.polls) == 2 else set()
    assert missing == {"voting_open", "voting_close", *second, *(["pots"] if one.id in ENTERED else [])}
    if one.id in ENTERED:
        money = {name: made[name] for name in MONEY} | {"pots": [pot("County", 500_000_00)]}
        assert (await change(organiser, "money", money, slug)).status_code == 200
    dates: dict[str, Any] = DATES | (SECOND_VOTE if second else {})
    assert (await change(organiser, "dates", dates, slug)).status_code == 200
    assert (await organiser.post(f"/api/rounds/{slug}/open")).status_code == 200
    async with database.session(write=True) as db:
        round_ = await round_in(db, slug)
        for number in range(1, 13):
            proposal = accepted_proposal(round_.id, number, one.smallest_award or 1_000_00, await now(db))
            proposal.category = one.categories[number % len(one.categories)].id
            db.add(proposal)
    clock.advance(days=31)
    async with database.session(write=True) as db:
        reasons = await reasons_against_asking(db, await round_in(db, slug))
    assert [reason.code for reason in reasons] == ["roll_is_empty"]
