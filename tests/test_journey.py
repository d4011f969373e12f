"""One round from opening to the last pound, as the people in it live it, over HTTP and by the clock."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from litestar import Litestar

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.tally import read_pabulib, tally
from pbvote.verify import OK, verify
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, browser
from tests.house import agree, let_in, make_people
from tests.rounds.ready import pot

PEOPLE = ("resident", "organiser", "officer", "second", "clerk")
IDEAS = [
    ("Benches on the sea front", 295_000),
    ("Orchard", 300_000),
    ("Community fridge", 160_000),
    ("A bridge", 90_000),
]


@pytest.fixture
async def people(app: Litestar, database: Database) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    await make_people(database)
    async with AsyncExitStack() as stack:
        found = {name: await stack.enter_async_context(browser(app)) for name in PEOPLE}
        for name, client in found.items():
            if name != "resident":
                await let_in(database, client, f"{name}@example.org")
        yield found


async def ask(client: httpx.AsyncClient, method: str, path: str, body: object = None, status: int = 200) -> Any:
    answer = await client.request(method, path, json=body)
    assert answer.status_code == status, (method, path, answer.status_code, answer.text)
    return answer.json()


async def test_a_round_from_opening_to_the_last_pound(
    people: dict[str, httpx.AsyncClient], database: Database, keys: Keys, clock: SettableClock
) -> None:
    organiser, resident = people["organiser"], people["resident"]
    slug = await the_organiser_sets_a_round_up(organiser)
    await time_comes(clock, database, keys, datetime(2026, 3, 9, 9, 0, tzinfo=UTC))
    key = await residents_propose(resident, slug)
    await time_comes(clock, database, keys, datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    await officers_decide(people, slug, key)
    codes = (await ask(people["clerk"], "POST", f"/api/rounds/{slug}/codes", {"label": "Letters", "count": 40}, 201))[
        "codes"
    ]
    await officers_agree_to_open(people, slug)
    await time_comes(clock, database, keys, datetime(2026, 5, 4, 9, 0, tzinfo=UTC))
    await residents_vote(resident, slug, codes)
    await time_comes(clock, database, keys, datetime(2026, 5, 25, 23, 0, tzinfo=UTC))
    result = await officers_count_and_publish(people, slug)
    await anybody_counts_again(resident, slug, result)
    await ask(organiser, "POST", f"/api/rounds/{slug}/begin-delivery")
    done = await ask(organiser, "POST", f"/api/rounds/{slug}/finish")
    assert done["phase"] == "closed"


async def time_comes(clock: SettableClock, database: Database, keys: Keys, moment: datetime) -> None:
    clock.set(moment)
    await keep_time(database, keys)


async def the_organiser_sets_a_round_up(organiser: httpx.AsyncClient) -> str:
    new = {"forum": "harbourside", "template": "match-25", "title": "Harbourside budget 2026"}
    setup = await ask(organiser, "POST", "/api/rounds", new, 201)
    path = f"/api/rounds/{setup['slug']}"
    missing = await ask(organiser, "POST", f"{path}/open", status=409)
    assert missing["code"] == "not_ready"
    assert {reason["field"] for reason in missing["reasons"]} >= {"pots", "voting_open", "voting_close"}
    money = {
        "pots": [pot("Tarnshire", 700_000)],
        "smallest_award": None,
        "largest_award": 500_000,
        "match": None,
        "part_funding": False,
    }
    setup = await ask(organiser, "PUT", f"{path}/setup/money", {**money, "version": setup["version"]})
    dates = {
        "proposals_open": "2026-03-09T09:00",
        "proposals_close": "2026-03-31T23:59",
        "voting_open": "2026-05-04T09:00",
        "voting_close": "2026-05-25T23:59",
        "results": "2026-06-01T12:00",
    }
    twice = {**dates, "proposals_close": "2026-03-29T01:30", "version": setup["version"]}
    refused = await ask(organiser, "PUT", f"{path}/setup/dates", twice, 400)
    assert [reason["code"] for reason in refused["reasons"]] == ["time_does_not_exist"]
    await ask(organiser, "PUT", f"{path}/setup/dates", {**dates, "version": setup["version"]})
    stale = await ask(organiser, "PUT", f"{path}/setup/dates", {**dates, "version": setup["version"]}, 409)
    assert stale["code"] == "changed_by_somebody_else"
    assert (await ask(organiser, "POST", f"{path}/open"))["opened"] is not None
    slug: str = setup["slug"]
    return slug


async def residents_propose(resident: httpx.AsyncClient, slug: str) -> str:
    found = await ask(resident, "GET", "/api/forum-finder?postcode=ts12ab")
    assert {match["forum"]["slug"] for match in found["matches"]} == {"harbourside", "castle-hill"}
    key = ""
    for title, cost in IDEAS:
        draft = {
            "title": title,
            "summary": "What it is, in a sentence.",
            "description": "What it is, in a few more.",
            "category": "green-spaces",
            "place": "The Meadows",
            "proposer": "Mill Lane Hall committee",
            "contact_email": "hall@example.org",
            "running_costs": "",
            "lines": [{"what": "Everything", "amount": cost, "basis": "quote"}],
        }
        key = (await ask(resident, "POST", f"/api/rounds/{slug}/proposals", draft, 201))["key"]
    listed = await ask(resident, "GET", f"/api/rounds/{slug}/proposals")
    assert [item["title"] for item in listed["items"]] == [title for title, _ in IDEAS]
    assert "hall@example.org" not in str(listed)
    return key


async def officers_decide(people: dict[str, httpx.AsyncClient], slug: str, key: str) -> None:
    checks = {"appropriate": True, "feasible": True, "sustainable": True}
    accept = {"decision": "accepted", "reason": "It can be done.", "checks": checks, "cost": None, "version": 1}
    for number in (1, 3):
        await ask(people["officer"], "POST", f"/api/rounds/{slug}/proposals/{number}/decision", accept)
    dearer = {**accept, "decision": "accepted_with_changes", "cost": 310_000}
    await ask(people["officer"], "POST", f"/api/rounds/{slug}/proposals/2/decision", dearer)
    held = await ask(people["organiser"], "GET", f"/api/rounds/{slug}/readiness")
    assert {reason["code"] for reason in held["reasons"]} == {"proposals_undecided", "roll_is_empty"}
    wrong = await people["resident"].post(f"/api/rounds/{slug}/proposals/4/withdraw", json={"key": "0" * len(key)})
    assert wrong.status_code == 403
    withdrawn = await ask(people["resident"], "POST", f"/api/rounds/{slug}/proposals/4/withdraw", {"key": key})
    assert withdrawn["status"] == "withdrawn"


async def officers_agree_to_open(people: dict[str, httpx.AsyncClient], slug: str) -> None:
    path = f"/api/rounds/{slug}"
    held = await ask(people["organiser"], "GET", f"{path}/readiness")
    assert {reason["code"] for reason in held["reasons"]} == {"opening_not_approved"}
    agreed = await agree(people["officer"], people["second"], f"{path}/open-voting", {})
    assert (agreed.status_code, agreed.json()["status"]) == (200, "done")
    ready = await ask(people["organiser"], "GET", f"{path}/readiness")
    assert (ready["next"], ready["reasons"]) == ("voting", [])


async def residents_vote(resident: httpx.AsyncClient, slug: str, codes: list[str]) -> None:
    paper = await ask(resident, "GET", f"/api/rounds/{slug}/ballot-paper")
    assert [(project["number"], project["cost"]) for project in paper["projects"]] == [
        (1, 295_000),
        (2, 310_000),
        (3, 160_000),
    ]
    path = f"/api/polls/{paper['poll_id']}"
    receipts = set()
    for index, code in enumerate(codes[:35]):
        assert (await ask(resident, "POST", f"{path}/code", {"code": code})) == {"has_voted": False}
        choices = [[1, 2], [2, 3], [3]][index % 3]
        ballot = {"code": code, "choices": choices, "points": None, "idempotency_key": f"the-vote-of-{index:04}"}
        receipts.add((await ask(resident, "PUT", f"{path}/ballot", ballot))["receipt"])
    over = {"code": codes[0], "choices": [1, 2, 3], "points": None, "idempotency_key": "the-vote-that-is-over"}
    refused = await ask(resident, "PUT", f"{path}/ballot", over, 422)
    assert [reason["code"] for reason in refused["reasons"]] == ["ballot_over_budget"]
    assert len(receipts) == 35


async def officers_count_and_publish(people: dict[str, httpx.AsyncClient], slug: str) -> dict[str, Any]:
    path = f"/api/rounds/{slug}"
    assert await ask(people["officer"], "GET", f"{path}/turnout") == {"electors": 40, "voted": 35}
    counted = await ask(people["officer"], "POST", f"{path}/count", {}, status=201)
    assert counted["provisional"]
    assert (await ask(people["officer"], "GET", f"{path}/uniqueness"))["sound"]
    body = {"outcome_id": counted["outcome_id"]}
    await ask(people["officer"], "POST", f"{path}/publish", {**body, "approves": None}, 202)
    waiting = await ask(people["second"], "GET", f"{path}/approvals")
    assert [(item["action"], item["status"], item["asked_by"]) for item in waiting["items"]] == [
        ("publish", "asked", "Officer"),
        ("open_voting", "done", "Officer"),
    ]
    await ask(people["second"], "POST", f"{path}/publish", {**body, "approves": waiting["items"][0]["id"]})
    result: dict[str, Any] = await ask(people["resident"], "GET", f"{path}/results")
    return result


async def anybody_counts_again(resident: httpx.AsyncClient, slug: str, result: dict[str, Any]) -> None:
    funded = [project["number"] for project in result["projects"] if project["funded"]]
    assert result["cost"] <= result["budget"] == 700_000
    assert result["ballots"] == 35
    bundle = await resident.get(f"/api/rounds/{slug}/results/bundle.zip")
    report = verify(bundle.content)
    assert (report.code, report.wrong) == (OK, ())
    file = await resident.get(f"/api/rounds/{slug}/results/election.pb")
    election = read_pabulib(io.BytesIO(file.content)).election
    parameters = {name: value for name, value in result["rule"]["parameters"].items() if name != "ties"}
    again = tally(election, result["rule"]["id"], parameters)
    assert sorted(again.funded) == [str(number) for number in funded]
    table = (await resident.get(f"/api/rounds/{slug}/results/projects.csv")).text
    assert table.count("\n") == 4
    proposals = (await ask(resident, "GET", f"/api/rounds/{slug}/proposals"))["items"]
    statuses = {item["number"]: item["status"] for item in proposals}
    assert {number for number, status in statuses.items() if status == "funded"} == set(funded)
