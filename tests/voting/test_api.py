from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.roll.codes import new_code
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, make_round, open_the_vote

SLUG = "harbourside-2026"


def body(code: str, choices: list[int], **changes: object) -> dict[str, Any]:
    return {"code": code, "choices": choices, "points": None, "idempotency_key": "a-key-of-this-test-1", **changes}


@pytest.mark.parametrize(
    "change",
    [
        {"choices": ["1"]},
        {"choices": [1.0]},
        {"choices": [1.5]},
        {"choices": [True]},
        {"choices": None},
        {"choices": 1},
        {"points": ["1"]},
        {"cost": 100},
        {"code": 1},
        {"idempotency_key": None},
    ],
    ids=str,
)
async def test_refuses_a_ballot_of_another_shape_and_keeps_the_earlier_one(
    client: httpx.AsyncClient, poll: UUID, codes: list[str], change: dict[str, object]
) -> None:
    good = await client.put(f"/api/polls/{poll}/ballot", json=body(codes[0], [1]))
    refused = await client.put(f"/api/polls/{poll}/ballot", json={**body(codes[0], [3]), **change})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_request_body")
    again = await client.put(f"/api/polls/{poll}/ballot", json=body(codes[0], [1]))
    assert again.json()["receipt"] == good.json()["receipt"]


async def test_a_number_with_a_fraction_of_nothing_is_refused_as_it_stands(
    client: httpx.AsyncClient, poll: UUID, codes: list[str]
) -> None:
    text = f'{{"code": "{codes[0]}", "choices": [1.0], "points": null, "idempotency_key": "a-key-of-this-test-1"}}'
    refused = await client.put(f"/api/polls/{poll}/ballot", content=text, headers={"content-type": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_request_body")


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ([2, 3], ["ballot_over_budget"]),
        ([9], ["unknown_project"]),
        ([1, 1], ["doubled_project"]),
        ([-1], ["unknown_project"]),
    ],
)
async def test_refuses_a_ballot_that_breaks_the_design_with_every_reason(
    client: httpx.AsyncClient, poll: UUID, codes: list[str], choices: list[int], expected: list[str]
) -> None:
    refused = await client.put(f"/api/polls/{poll}/ballot", json=body(codes[0], choices))
    assert (refused.status_code, refused.json()["code"]) == (422, "ballot_is_not_valid")
    assert [reason["code"] for reason in refused.json()["reasons"]] == expected
    assert (await client.post(f"/api/polls/{poll}/code", json={"code": codes[0]})).json() == {"has_voted": False}


async def test_refuses_a_used_key_with_other_choices(client: httpx.AsyncClient, poll: UUID, codes: list[str]) -> None:
    await client.put(f"/api/polls/{poll}/ballot", json=body(codes[0], [1]))
    refused = await client.put(f"/api/polls/{poll}/ballot", json=body(codes[0], [2]))
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_reused")


async def test_refuses_a_ballot_after_the_close(
    client: httpx.AsyncClient, poll: UUID, codes: list[str], clock: SettableClock
) -> None:
    clock.advance(days=14)
    refused = await client.put(f"/api/polls/{poll}/ballot", json=body(codes[0], [1]))
    assert (refused.status_code, refused.json()["code"]) == (409, "voting_is_closed")


async def test_wrong_codes_use_up_an_allowance_and_right_ones_always_work(
    client: httpx.AsyncClient, poll: UUID, codes: list[str]
) -> None:
    wrong = [await client.post(f"/api/polls/{poll}/code", json={"code": new_code()}) for _ in range(21)]
    assert [answer.status_code for answer in wrong] == [404] * 20 + [429]
    assert wrong[-1].headers["retry-after"] == "3"
    assert (await client.post(f"/api/polls/{poll}/code", json={"code": codes[0]})).status_code == 200
    assert (await client.put(f"/api/polls/{poll}/ballot", json=body(codes[0], [1]))).status_code == 200


async def test_unknown_polls_and_rounds_are_not_found(client: httpx.AsyncClient, poll: UUID, codes: list[str]) -> None:
    assert poll
    other = "6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f"
    assert (await client.put(f"/api/polls/{other}/ballot", json=body(codes[0], [1]))).status_code == 404
    assert (await client.put("/api/polls/no-uuid/ballot", json=body(codes[0], [1]))).status_code == 404
    assert (await client.post(f"/api/polls/{other}/ticket")).status_code == 404
    assert (await client.post(f"/api/polls/{other}/code", json={"code": codes[0]})).status_code == 404
    assert (await client.get("/api/rounds/unknown/ballot-paper")).status_code == 404


async def test_the_ballot_paper_is_there_from_the_opening_on_with_the_frozen_costs(
    client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    assert codes
    early = await client.get(f"/api/rounds/{SLUG}/ballot-paper")
    assert (early.status_code, early.json()["code"]) == (409, "voting_is_not_open")
    await open_the_vote(database, keys, clock)
    paper = (await client.get(f"/api/rounds/{SLUG}/ballot-paper")).json()
    assert (paper["budget"], paper["currency"]) == (500_00, "GBP")
    assert [project["cost"] for project in paper["projects"]] == [100_00, 250_00, 400_00, 75_00]


async def test_two_officers_close_the_vote_early_and_one_cannot(
    app: Litestar, client: httpx.AsyncClient, database: Database, poll: UUID, codes: list[str]
) -> None:
    await let_in(database, client, "officer@example.org")
    path, reason = f"/api/rounds/{SLUG}/close", {"reason": "The hall is empty.", "approves": None}
    silent = await client.post(path, json={"reason": " ", "approves": None})
    assert (silent.status_code, silent.json()["reasons"][0]["field"]) == (400, "reason")
    asked = await client.post(path, json=reason)
    assert asked.status_code == 202
    assert (asked.json()["mine"], asked.json()["reason"]) == (True, "The hall is empty.")
    alone = await client.post(path, json=reason)
    assert (alone.status_code, alone.json()["code"]) == (409, "second_officer_needed")
    assert (await client.put(f"/api/polls/{poll}/ballot", json=body(codes[0], [1]))).status_code == 200
    async with browser(app) as second:
        await let_in(database, second, "second@example.org")
        waiting = (await second.get(f"/api/rounds/{SLUG}/approvals")).json()["items"]
        assert [(item["mine"], item["reason"], item["action"]) for item in waiting if item["status"] == "asked"] == [
            (False, "The hall is empty.", "close_voting")
        ]
        twice = await second.post(path, json=reason)
        assert (twice.status_code, twice.json()["code"]) == (409, "asked_already")
        done = await second.post(path, json={"reason": "", "approves": asked.json()["id"]})
        assert (done.status_code, done.json()["status"]) == (200, "done")
    late = await client.put(f"/api/polls/{poll}/ballot", json=body(codes[1], [1]))
    assert (late.status_code, late.json()["code"]) == (409, "voting_is_closed")


async def test_an_approval_that_was_asked_for_a_day_ago_is_asked_for_anew(
    app: Litestar, client: httpx.AsyncClient, database: Database, clock: SettableClock, poll: UUID
) -> None:
    assert poll
    await let_in(database, client, "officer@example.org")
    path, reason = f"/api/rounds/{SLUG}/close", {"reason": "The hall is empty.", "approves": None}
    asked = (await client.post(path, json=reason)).json()["id"]
    clock.advance(hours=24)
    async with browser(app) as second:
        await let_in(database, second, "second@example.org")
        late = await second.post(path, json={**reason, "approves": asked})
        assert (late.status_code, late.json()["code"]) == (409, "nothing_to_approve")
        assert (await second.post(path, json=reason)).status_code == 202


async def test_a_round_that_is_not_ready_is_held_and_says_why(
    client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await make_people(database)
    await make_round(database, costs=())
    clock.advance(days=1)
    await keep_time(database, keys)
    await let_in(database, client, "organiser@example.org")
    readiness = (await client.get(f"/api/rounds/{SLUG}/readiness")).json()
    assert (readiness["next"], readiness["held"]) == ("voting", True)
    assert {reason["code"] for reason in readiness["reasons"]} == {"nothing_accepted", "roll_is_empty"}
    assert (await client.get(f"/api/rounds/{SLUG}")).json()["phase"] == "review"


async def test_codes_cannot_be_made_once_voting_is_open(
    client: httpx.AsyncClient, database: Database, poll: UUID
) -> None:
    assert poll
    await let_in(database, client, "clerk@example.org")
    refused = await client.post(f"/api/rounds/{SLUG}/codes", json={"label": "Friends", "count": 3})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_in_this_phase")


@pytest.mark.parametrize("label", ["", "a\u0000b", "a\u202eb", "x" * 81])
async def test_refuses_a_batch_name_that_is_not_plain_text(
    client: httpx.AsyncClient, database: Database, codes: list[str], label: str
) -> None:
    assert codes
    await let_in(database, client, "clerk@example.org")
    refused = await client.post(f"/api/rounds/{SLUG}/codes", json={"label": label, "count": 3})
    assert (refused.status_code, refused.json()["reasons"][0]["field"]) == (400, "label")
