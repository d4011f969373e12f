from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.proposals.models import Proposal
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, sign_in
from tests.proposals.putting import BENCH, submit, take_proposals
from tests.rounds.ready import ORGANISER, SLUG, codes, make_draft, open_round

PATH = f"/api/rounds/{SLUG}/proposals"


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await make_people(database)


@pytest.fixture
async def organiser(app: Litestar) -> httpx.AsyncClient:
    client = browser(app)
    await sign_in(client, ORGANISER)
    return client


@pytest.fixture
async def resident(
    client: httpx.AsyncClient, organiser: httpx.AsyncClient, clock: SettableClock, database: Database, keys: Keys
) -> httpx.AsyncClient:
    """Somebody without an account, while the round takes proposals."""
    await take_proposals(organiser, clock, database, keys)
    return client


async def proposals(database: Database) -> list[Proposal]:
    async with database.session(write=False) as db:
        return list(await db.scalars(select(Proposal).order_by(Proposal.number)))


async def test_refuses_a_proposal_before_and_after_its_time(
    client: httpx.AsyncClient, organiser: httpx.AsyncClient, clock: SettableClock, database: Database
) -> None:
    assert (await submit(client)).status_code == 404
    await make_draft(organiser, "Other")
    await open_round(organiser)
    answer = await submit(client)
    assert (answer.status_code, answer.json()["code"]) == (409, "proposals_are_not_open")
    clock.advance(days=30)
    answer = await submit(client)
    assert (answer.status_code, answer.json()["code"]) == (409, "proposals_are_not_open")
    assert await proposals(database) == []


async def test_the_time_for_proposals_ends_to_the_second(resident: httpx.AsyncClient, clock: SettableClock) -> None:
    close = clock.moment.replace(month=3, day=30, hour=22, minute=59)
    clock.set(close - timedelta(seconds=1))
    assert (await submit(resident)).status_code == 201
    clock.set(close)
    answer = await submit(resident)
    assert (answer.status_code, answer.json()["code"]) == (409, "proposals_are_closed")


async def test_refuses_a_proposal_with_every_reason_at_once(resident: httpx.AsyncClient, database: Database) -> None:
    answer = await submit(resident, title="", description="x" * 5_001, category="roads", contact_email="kim", lines=[])
    assert (answer.status_code, answer.json()["code"]) == (400, "input_is_wrong")
    assert codes(answer) == [
        ("title", "text_missing"),
        ("description", "text_too_long"),
        ("contact_email", "bad_email"),
        ("category", "unknown_category"),
        ("lines", "bad_number_of_lines"),
    ]
    assert await proposals(database) == []


async def test_refuses_a_proposal_of_another_shape(resident: httpx.AsyncClient, database: Database) -> None:
    line = BENCH["lines"][0]
    shapes: list[dict[str, Any]] = [
        {"cost": 1},
        {"status": "accepted"},
        {"title": None},
        {"lines": [{**line, "amount": "60000"}]},
        {"lines": [{**line, "amount": 600.5}]},
        {"lines": [{**line, "basis": "guess"}]},
        {"lines": [{**line, "more": 1}]},
    ]
    for changes in shapes:
        answer = await submit(resident, **changes)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request_body"), changes
    assert await proposals(database) == []


async def test_the_server_adds_the_costs_up_and_holds_them_against_the_awards(resident: httpx.AsyncClient) -> None:
    for amounts, reason in (([249_99], "cost_too_small"), ([5_000_00, 1], "cost_too_large")):
        lines = [{"what": "Bench", "amount": amount, "basis": "quote"} for amount in amounts]
        assert codes(await submit(resident, lines=lines)) == [("lines", reason)]
    assert (await submit(resident)).status_code == 201
    assert (await resident.get(f"{PATH}/1")).json()["cost"] == 750_00


async def test_one_address_cannot_flood_a_round(resident: httpx.AsyncClient) -> None:
    statuses = [(await submit(resident, title="")).status_code for _ in range(21)]
    assert statuses == [400] * 20 + [429]


async def test_a_proposal_is_public_at_once_without_the_way_to_reach_its_people(
    resident: httpx.AsyncClient, database: Database
) -> None:
    answer = await submit(resident, title="  A bench  ")
    assert (answer.status_code, answer.json()["number"]) == (201, 1)
    shown = (await resident.get(f"{PATH}/1")).json()
    assert shown == {
        "number": 1,
        "title": "A bench",
        "summary": BENCH["summary"],
        "description": BENCH["description"],
        "category": "green-spaces",
        "theme": "parks",
        "place": "School Lane",
        "proposer": "Friends of School Lane",
        "running_costs": "",
        "cost": 750_00,
        "lines": BENCH["lines"],
        "status": "submitted",
        "status_reason": "",
        "project_number": None,
        "checks": {"appropriate": None, "feasible": None, "sustainable": None},
        "decided": None,
        "submitted": shown["submitted"],
        "ask": 750_00,
        "smallest": None,
        "match_cash": 0,
        "match_kind": 0,
        "match_hours": 0,
        "whole_area": False,
        "latitude": None,
        "longitude": None,
        "photo": None,
        "attached": {"photos": [], "documents": []},
        "history": [{"status": "submitted", "reason": "", "when": shown["submitted"], "changed": []}],
    }
    assert shown["submitted"]["at"] == "2026-03-09T09:00:00Z"
    for path in (PATH, f"{PATH}/1", f"{PATH}?q=secret", f"/api/rounds/{SLUG}"):
        assert "secret-address" not in (await resident.get(path)).text
    async with database.session(write=False) as db:
        trail = [str(event.data) for event in await db.scalars(select(AuditEvent))]
    assert "{'number': 1}" in trail
    assert not [data for data in trail if "secret-address" in data]


async def test_numbers_are_given_once_each_even_at_once(resident: httpx.AsyncClient, database: Database) -> None:
    answers = await asyncio.gather(*(submit(resident, title=f"Idea {number}") for number in range(12)))
    assert sorted(answer.json()["number"] for answer in answers) == list(range(1, 13))
    assert len({answer.json()["key"] for answer in answers}) == 12
    assert [proposal.number for proposal in await proposals(database)] == list(range(1, 13))


async def test_a_proposal_is_withdrawn_with_its_key_only(resident: httpx.AsyncClient, database: Database) -> None:
    key = (await submit(resident)).json()["key"]
    other = (await submit(resident)).json()["key"]
    for wrong in (other, "", key[:-1], key[::-1], "\x00", "\u0660" * 16):
        answer = await resident.post(f"{PATH}/1/withdraw", json={"key": wrong})
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_key")
    assert (await resident.post(f"{PATH}/3/withdraw", json={"key": key})).status_code == 404
    typed = f" {key.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
    answer = await resident.post(f"{PATH}/1/withdraw", json={"key": typed})
    assert (answer.status_code, answer.json()["status"]) == (200, "withdrawn")
    assert [step["status"] for step in answer.json()["history"]] == ["submitted", "withdrawn"]
    again = await resident.post(f"{PATH}/1/withdraw", json={"key": key})
    assert (again.status_code, again.json()["code"]) == (409, "not_from_this_status")
    assert [proposal.status for proposal in await proposals(database)] == ["withdrawn", "submitted"]
    assert (await submit(resident)).json()["number"] == 3


async def test_only_the_hash_of_a_key_is_stored(resident: httpx.AsyncClient, database: Database) -> None:
    key = (await submit(resident)).json()["key"]
    assert [len(group) for group in key.split("-")] == [4, 4, 4, 4]
    [proposal] = await proposals(database)
    assert len(proposal.key_hash) == 32
    columns = {column.name: getattr(proposal, column.name) for column in Proposal.__table__.columns}
    assert key not in str(columns)
    assert key.replace("-", "") not in str(columns)


async def test_proposals_are_found_whatever_case_accent_or_sign(resident: httpx.AsyncClient) -> None:
    titles = [
        "Caf\u00e9 at the Mill",
        "100% solar roof",
        "Snake_case garden",
        "\u0141\u00f3d\u017a square",
        "Skate park",
    ]
    for title in titles:
        assert (await submit(resident, title=title)).status_code == 201
    found = {
        "CAFE": [1],
        "caf\u00e9": [1],
        "mill caf\u00e9": [1],
        "%": [2],
        "_": [3],
        "0% sol": [2],
        "\\": [],
        "\u0142\u00d3D\u0179": [4],
        "school lane": [1, 2, 3, 4, 5],
        "secret-address": [],
        "'; drop table proposals": [],
        "a\x00b": [],
        "  ": [1, 2, 3, 4, 5],
        "x" * 5_000: [],
    }
    for query, numbers in found.items():
        listed = (await resident.get(PATH, params={"q": query})).json()
        assert ([card["number"] for card in listed["items"]], listed["total"]) == (numbers, len(numbers)), query


async def test_proposals_are_filtered_and_come_in_pages(resident: httpx.AsyncClient) -> None:
    for category in ("green-spaces", "heritage", "green-spaces", "green-spaces"):
        await submit(resident, category=category)
    listed = (await resident.get(f"{PATH}?category=green-spaces&size=2")).json()
    assert ([card["number"] for card in listed["items"]], listed["total"]) == ([1, 3], 3)
    listed = (await resident.get(f"{PATH}?category=green-spaces&size=2&page=2")).json()
    assert [card["number"] for card in listed["items"]] == [4]
    assert (await resident.get(f"{PATH}?status=submitted&category=heritage")).json()["total"] == 1
    for nothing in ("status=rejected", "category=roads", "category=%00", "category="):
        assert (await resident.get(f"{PATH}?{nothing}")).json()["total"] == 0
    for path in (f"{PATH}/5", f"{PATH}/0", f"{PATH}/99999999999999999999", f"{PATH}/one"):
        assert (await resident.get(path)).status_code == 404
    assert (await resident.get(f"{PATH}?status=lost")).status_code == 400


async def test_officers_and_organisers_add_proposals_until_voting_opens_and_others_cannot(
    app: Litestar, resident: httpx.AsyncClient, clock: SettableClock, database: Database
) -> None:
    assert (await submit(resident)).status_code == 201
    clock.set(clock.moment.replace(month=3, day=31))
    assert (await submit(resident)).status_code == 409
    async with browser(app) as officer, browser(app) as organiser, browser(app) as clerk:
        await let_in(database, officer, "officer@example.org")
        await let_in(database, organiser, "organiser@example.org")
        await let_in(database, clerk, "clerk@example.org")
        assert (await submit(officer, title="A bench that came on paper")).json()["number"] == 2
        assert (await submit(organiser, title="A bench by telephone")).json()["number"] == 3
        assert (await submit(clerk)).status_code == 409
