from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.keys import Keys
from tests.conftest import SettableClock, browser
from tests.house import make_people, sign_in
from tests.proposals.putting import CHECKS, decide, submit, take_proposals
from tests.rounds.ready import MONEY, OFFICER, ORGANISER, SLUG, change, codes

PATH = f"/api/rounds/{SLUG}/proposals"
DECISION = {"decision": "rejected", "reason": "No.", "checks": CHECKS, "cost": None, "version": 1}


@pytest.fixture
async def organiser(app: Litestar, database: Database, keys: Keys, clock: SettableClock) -> httpx.AsyncClient:
    """The organiser of a round that takes proposals, and has two."""
    await make_people(database)
    client = browser(app)
    await sign_in(client, ORGANISER)
    await take_proposals(client, clock, database, keys)
    await sign_in(client, ORGANISER)
    for title in ("A bench by the school", "A skate park"):
        assert (await submit(client, title=title)).status_code == 201
    return client


@pytest.fixture
async def officer(client: httpx.AsyncClient, organiser: httpx.AsyncClient) -> httpx.AsyncClient:
    del organiser
    await sign_in(client, OFFICER)
    return client


async def test_only_officers_of_the_forum_decide_and_see_how_to_reach_people(
    app: Litestar, organiser: httpx.AsyncClient
) -> None:
    expected = {
        None: (401, 401),
        "clerk@example.org": (403, 403),
        "scrutineer@example.org": (403, 403),
        "elsewhere@example.org": (403, 403),
        "admin@example.org": (403, 403),
        ORGANISER: (200, 403),
    }
    for email, statuses in expected.items():
        async with browser(app) as somebody:
            if email:
                await sign_in(somebody, email)
            reading = await somebody.get(f"/api/rounds/{SLUG}/review")
            writing = await somebody.post(f"{PATH}/1/decision", json=DECISION)
            assert (reading.status_code, writing.status_code) == statuses, email
            assert ("secret-address" in reading.text) == (reading.status_code == 200)
    assert (await organiser.get(f"{PATH}/1")).json()["status"] == "submitted"


INCOMPLETE: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"reason": " "}, [("reason", "text_missing")]),
    ({"reason": "x" * 1_001}, [("reason", "text_too_long")]),
    ({"checks": {**CHECKS, "feasible": False}}, [("checks", "checks_not_met")]),
    ({"cost": 700_00}, [("cost", "cost_not_asked")]),
    ({"decision": "rejected", "cost": 700_00}, [("cost", "cost_not_asked")]),
    ({"decision": "accepted_with_changes"}, [("cost", "cost_missing")]),
    ({"decision": "accepted_with_changes", "cost": 0}, [("cost", "bad_amount")]),
    ({"decision": "accepted_with_changes", "cost": 249_99}, [("cost", "cost_too_small")]),
    ({"decision": "accepted_with_changes", "cost": 5_000_01}, [("cost", "cost_too_large")]),
    (
        {"reason": "", "checks": dict.fromkeys(CHECKS, False), "decision": "accepted_with_changes", "cost": 1},
        [("reason", "text_missing"), ("checks", "checks_not_met"), ("cost", "cost_too_small")],
    ),
]


async def test_refuses_a_decision_that_is_not_complete_with_every_reason(officer: httpx.AsyncClient) -> None:
    before = (await officer.get(f"{PATH}/1")).json()
    for changes, reasons in INCOMPLETE:
        answer = await decide(officer, 1, **changes)
        assert (answer.status_code, codes(answer)) == (400, reasons), changes
    assert (await officer.get(f"{PATH}/1")).json() == before


async def test_refuses_a_decision_of_another_shape_or_on_nothing(officer: httpx.AsyncClient) -> None:
    for changes in ({"decision": "funded"}, {"checks": {"feasible": True}}, {"status": "accepted"}):
        answer = await decide(officer, 1, **changes)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request_body"), changes
    assert (await decide(officer, 3)).status_code == 404


async def test_a_decision_from_an_old_version_changes_nothing(officer: httpx.AsyncClient) -> None:
    assert (await decide(officer, 1)).json()["version"] == 2
    for version in (1, 3):
        answer = await decide(officer, 1, "rejected", version=version)
        assert (answer.status_code, answer.json()["code"]) == (409, "changed_by_somebody_else")
    assert (await officer.get(f"{PATH}/1")).json()["status"] == "accepted"


async def test_of_two_officers_who_decide_at_once_one_is_told(officer: httpx.AsyncClient) -> None:
    decisions = ("accepted", "rejected", "accepted", "rejected")
    answers = await asyncio.gather(*(decide(officer, 1, decision, version=1) for decision in decisions))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len((await officer.get(f"{PATH}/1")).json()["history"]) == 2


async def test_a_decision_is_public_with_its_reason_and_its_checks(
    officer: httpx.AsyncClient, database: Database, clock: SettableClock
) -> None:
    clock.advance(hours=2)
    checks = {"appropriate": True, "feasible": False, "sustainable": True}
    answer = await decide(officer, 2, "rejected", reason=" There is no room. ", checks=checks)
    assert answer.status_code == 200
    assert (answer.json()["contact_email"], answer.json()["version"]) == ("secret-address@example.org", 2)
    shown = (await officer.get(f"{PATH}/2")).json()
    assert (shown["status"], shown["status_reason"]) == ("rejected", "There is no room.")
    assert (shown["checks"], shown["decided"]["at"]) == (checks, "2026-03-09T11:00:00Z")
    step = {"status": "rejected", "reason": "There is no room.", "when": shown["decided"], "changed": []}
    assert shown["history"][1] == step
    async with database.session(write=False) as db:
        [event] = await db.scalars(select(AuditEvent).where(AuditEvent.kind == "proposal_decided"))
    assert event.data == {"number": 2, "decision": "rejected", "reason": "There is no room.", "cost": 750_00}


async def test_officers_decide_again_and_the_cost_follows(officer: httpx.AsyncClient) -> None:
    steps = [
        ("accepted_with_changes", 700_00, 700_00),
        ("accepted", None, 750_00),
        ("accepted_with_changes", 800_00, 800_00),
        ("rejected", None, 750_00),
    ]
    for decision, cost, becomes in steps:
        answer = await decide(officer, 1, decision, cost=cost)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["status"], answer.json()["cost"]) == (decision, becomes)
    assert len((await officer.get(f"{PATH}/1")).json()["history"]) == 5


async def test_a_proposal_whose_awards_have_changed_is_not_accepted_as_it_is(
    officer: httpx.AsyncClient, organiser: httpx.AsyncClient
) -> None:
    assert (await change(organiser, "money", {**MONEY, "largest_award": 600_00})).status_code == 200
    assert codes(await decide(officer, 1)) == [("cost", "cost_too_large")]
    assert (await decide(officer, 1, "accepted_with_changes", cost=600_00)).status_code == 200
    assert (await decide(officer, 2, "rejected")).status_code == 200


async def test_what_was_withdrawn_is_not_decided(officer: httpx.AsyncClient) -> None:
    key = (await submit(officer)).json()["key"]
    assert (await officer.post(f"{PATH}/3/withdraw", json={"key": key})).status_code == 200
    answer = await decide(officer, 3)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_from_this_status")


async def test_officers_see_what_waits(officer: httpx.AsyncClient) -> None:
    [item] = (await officer.get("/api/officer/rounds")).json()["items"]
    assert item["waiting_proposals"] == 2
    await decide(officer, 2)
    waiting = (await officer.get(f"/api/rounds/{SLUG}/review?status=submitted")).json()
    assert ([item["number"] for item in waiting["items"]], waiting["total"]) == ([1], 1)
    assert (await officer.get(f"/api/rounds/{SLUG}/review?size=1&page=2")).json()["items"][0]["number"] == 2
    assert (await officer.get("/api/officer/rounds")).json()["items"][0]["waiting_proposals"] == 1


async def test_review_goes_on_after_proposals_close(officer: httpx.AsyncClient, clock: SettableClock) -> None:
    clock.advance(days=25)
    await sign_in(officer, OFFICER)
    assert (await officer.get(f"/api/rounds/{SLUG}")).json()["phase"] == "review"
    assert (await decide(officer, 1)).status_code == 200
