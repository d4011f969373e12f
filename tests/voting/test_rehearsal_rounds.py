"""Rehearsal rounds: a copy that counts for nothing, is listed nowhere, and goes on when it is told to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar
from sqlalchemy import select, update

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.proposals.copying import COPIED, LEFT_OUT
from pbvote.proposals.models import Proposal
from pbvote.rounds.models import Round
from tests.conftest import browser
from tests.house import agree_to_open, let_in, make_codes, make_people, make_round
from tests.rounds.ready import OFFICER, ORGANISER, SLUG

COPY = "rehearsal-harbourside-budget-2026"
REHEARSE = f"/api/rounds/{SLUG}/rehearsal-round"


@pytest.fixture
async def organiser(app: Litestar, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """An organiser, and a round in review with four accepted proposals."""
    await make_people(database)
    await make_round(database)
    async with browser(app) as client:
        await let_in(database, client, ORGANISER)
        yield client


async def go_on(client: httpx.AsyncClient, slug: str = COPY) -> httpx.Response:
    return await client.post(f"/api/rounds/{slug}/go-on")


async def test_only_an_organiser_of_the_forum_rehearses_and_only_a_rehearsal_goes_on(
    app: Litestar, organiser: httpx.AsyncClient, database: Database
) -> None:
    for email, making, moving in ((None, 401, 401), (OFFICER, 403, 409), ("elsewhere@example.org", 403, 403)):
        async with browser(app) as somebody:
            if email:
                await let_in(database, somebody, email)
            assert (await somebody.post(REHEARSE)).status_code == making
            assert (await go_on(somebody, SLUG)).status_code == moving
    refused = await go_on(organiser, SLUG)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_a_rehearsal")
    assert (await organiser.post(REHEARSE)).status_code == 201
    again = await organiser.post(f"/api/rounds/{COPY}/rehearsal-round")
    assert (again.status_code, again.json()["code"]) == (409, "rehearsal_of_a_rehearsal")
    early = await go_on(organiser)
    assert (early.status_code, early.json()["code"]) == (409, "not_in_this_phase")  # nobody has opened it


async def test_a_forum_has_a_few_rehearsals_at_a_time(organiser: httpx.AsyncClient) -> None:
    for _ in range(3):
        assert (await organiser.post(REHEARSE)).status_code == 201
    full = await organiser.post(REHEARSE)
    assert (full.status_code, full.json()["code"]) == (409, "too_many_rehearsals")
    assert (await organiser.post(f"/api/rounds/{COPY}/cancel", json={"reason": "We are done."})).status_code == 200
    assert (await organiser.post(REHEARSE)).status_code == 201


async def test_a_rehearsal_has_the_proposals_but_nobody_who_can_be_written_to(
    organiser: httpx.AsyncClient, database: Database
) -> None:
    changes: dict[int, dict[str, Any]] = {2: {"status": "withdrawn"}, 3: {"status": "on_the_ballot"}}
    async with database.session(write=True) as db:
        for number, values in changes.items():
            await db.execute(update(Proposal).where(Proposal.number == number).values(**values))
    made = (await organiser.post(REHEARSE)).json()
    assert (made["slug"], made["title"], made["rehearsal"]) == (COPY, "Rehearsal: Harbourside budget 2026", True)
    assert (made["challenge_days"], made["phase"], made["opened"]) == (0, "draft", None)
    assert made["calendar"]["proposals_open"] is None  # they are over in the round, too
    async with database.session(write=False) as db:
        copy = (await db.scalars(select(Round).where(Round.slug == COPY))).one()
        found = list(await db.scalars(select(Proposal).where(Proposal.round_id == copy.id).order_by(Proposal.number)))
        keys = set(await db.scalars(select(Proposal.key_hash)))
        made_of = (await db.scalars(select(AuditEvent).where(AuditEvent.kind == "rehearsal_made"))).one()
    assert [(one.number, one.status) for one in found] == [(number, "accepted") for number in (1, 3, 4)]
    assert {one.contact_email for one in found} == {""}
    assert {(one.place, one.cost > 0) for one in found} == {("The Meadows", True)}
    assert len(keys) == 4  # the originals share one; each copy has a key that nobody knows
    assert made_of.data == {"of": SLUG}


def test_of_everything_a_proposal_has_it_is_decided_whether_a_copy_has_it() -> None:
    columns = {column.key for column in sa.inspect(Proposal).columns}
    assert set(COPIED) | set(LEFT_OUT) == columns
    assert not {name for name in COPIED if "contact" in name or "email" in name or "key" in name}


async def test_a_rehearsal_goes_from_date_to_date_and_is_listed_nowhere(
    app: Litestar, organiser: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    await organiser.post(REHEARSE)
    assert (await organiser.post(f"/api/rounds/{COPY}/open")).status_code == 200
    async with browser(app) as resident:
        assert [one["slug"] for one in (await resident.get("/api/rounds")).json()["items"]] == [SLUG]
        shown = await resident.get(f"/api/rounds/{COPY}")
        assert (shown.status_code, shown.json()["rehearsal"]) == (200, True)
    assert (await go_on(organiser)).json()["phase"] == "review"  # without a time for proposals
    held = (await go_on(organiser)).json()
    assert held["phase"] == "review"  # held: nobody is on the roll, and no two officers have agreed
    assert (await organiser.get(f"/api/rounds/{COPY}/readiness")).json()["held"]
    await make_codes(database, keys, COPY)
    await agree_to_open(database, COPY)
    assert (await go_on(organiser)).json()["phase"] == "voting"
    assert (await go_on(organiser)).json()["phase"] == "counting"
    waiting = await go_on(organiser)
    assert (waiting.status_code, waiting.json()["code"]) == (409, "not_in_this_phase")  # it must be counted now
    async with database.session(write=False) as db:
        query = select(AuditEvent.data).where(AuditEvent.kind == "rehearsal_went_on").order_by(AuditEvent.id)
        moved = await db.scalars(query)
        assert [one["what"] for one in moved] == ["voting_open", "voting_close"]
