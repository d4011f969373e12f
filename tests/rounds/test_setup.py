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
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, browser
from tests.house import make_people, sign_in
from tests.rounds.ready import (
    DATES,
    KNAPSACK,
    MONEY,
    OFFICER,
    ORGANISER,
    SLUG,
    change,
    codes,
    make_draft,
    make_ready,
    open_round,
    pot,
)

ABOUT = {
    "title": "Harbourside budget",
    "description": "Everybody decides.",
    "eligibility": "You live here.",
    "confirmed_by": "the partnership",
    "challenge_days": 30,
    "advisory": False,
}
VOTE = {"poll": 1, "design": KNAPSACK, "rule": {"id": "greedy", "parameters": {}}, "ties": ["cheapest"]}
TALK = {"comments": "checked", "supports": True, "checked_within": 10}
POLLS = {"count": 1, "titles": ["The only vote"]}
PARTS: dict[str, dict[str, Any]] = {
    "about": ABOUT,
    "money": MONEY,
    "dates": DATES,
    "vote": VOTE,
    "talk": TALK,
    "polls": POLLS,
}


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await make_people(database)


@pytest.fixture
async def organiser(client: httpx.AsyncClient) -> httpx.AsyncClient:
    await sign_in(client, ORGANISER)
    return client


async def events(database: Database, kind: str) -> list[dict[str, Any]]:
    async with database.session(write=False) as db:
        rows = await db.scalars(select(AuditEvent).where(AuditEvent.kind == kind).order_by(AuditEvent.id))
        return [row.data for row in rows]


async def test_only_an_organiser_of_the_forum_sets_a_round_up(app: Litestar, organiser: httpx.AsyncClient) -> None:
    await make_draft(organiser)
    writes: list[tuple[str, str, Any]]
    writes = [("PUT", f"/api/rounds/{SLUG}/setup/{part}", {**body, "version": 1}) for part, body in PARTS.items()]
    writes += [("POST", f"/api/rounds/{SLUG}/open", None), ("POST", f"/api/rounds/{SLUG}/cancel", {"reason": "No."})]
    new = {"forum": "harbourside", "template": "city-wide", "title": "Mine"}
    for email, draft, any_forum in ((None, 401, 401), (OFFICER, 403, 403), ("elsewhere@example.org", 404, 403)):
        async with browser(app) as somebody:
            if email:
                await sign_in(somebody, email)
            statuses = {(await somebody.request(method, path, json=body)).status_code for method, path, body in writes}
            assert statuses == {draft}
            assert (await somebody.post("/api/rounds", json=new)).status_code == any_forum
            reading = (await somebody.get(f"/api/rounds/{SLUG}/setup")).status_code
            assert reading == (200 if email == OFFICER else draft)


async def test_an_organiser_elsewhere_is_refused_once_the_round_is_public(
    app: Litestar, organiser: httpx.AsyncClient
) -> None:
    await open_round(organiser)
    async with browser(app) as elsewhere:
        await sign_in(elsewhere, "elsewhere@example.org")
        assert (await elsewhere.get(f"/api/rounds/{SLUG}/setup")).status_code == 403
        answer = await elsewhere.put(f"/api/rounds/{SLUG}/setup/about", json={**ABOUT, "version": 4})
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"forum": "nowhere", "template": "city-wide", "title": "A"}, 404, "not_found"),
        ({"forum": "\x00", "template": "city-wide", "title": "A"}, 404, "not_found"),
        ({"forum": "harbourside", "template": "lottery", "title": "A"}, 404, "not_found"),
        ({"forum": "castle-hill", "template": "city-wide", "title": "A"}, 403, "not_allowed"),
        ({"forum": "harbourside", "template": "city-wide", "title": " "}, 400, "input_is_wrong"),
        ({"forum": "harbourside", "template": "city-wide", "title": "x" * 91}, 400, "input_is_wrong"),
        ({"forum": "harbourside", "template": "city-wide"}, 400, "bad_request_body"),
        ({"forum": "harbourside", "template": "city-wide", "title": "A", "budget": 1}, 400, "bad_request_body"),
    ],
)
async def test_refuses_a_round_that_cannot_be_made(
    organiser: httpx.AsyncClient, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await organiser.post("/api/rounds", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_draft_begins_with_everything_that_its_template_says(
    organiser: httpx.AsyncClient, database: Database
) -> None:
    made = await make_draft(organiser, "Small things, 2026!", "area-forum-small")
    assert (made["slug"], made["phase"], made["opened"], made["version"]) == ("small-things-2026", "draft", None, 1)
    assert made["forum"] == {"slug": "harbourside", "name": "Harbourside Community Forum", "kind": "community"}
    assert (made["budget"], made["pots"]) == (2_000_00, [pot("Area Forum", 2_000_00)])
    [vote] = made["polls"]
    assert vote["rule"] == {"id": "greedy", "parameters": {"utility": "votes", "skip": True, "threshold": 0}}
    assert (vote["design"], vote["position"], vote["title"]) == (KNAPSACK, 1, "The vote")
    assert {"id": "streets", "name": "Streets and pavements", "theme": "streets"} in made["categories"]
    assert set(made["calendar"].values()) == {None}
    assert made["my_roles"] == ["organiser"]
    equal_shares = next(rule for rule in made["rules"] if rule["id"] == "equal-shares")
    assert equal_shares["title"] == "Equal shares"
    completion = {
        "name": "completion",
        "choices": ["none", "add1", "add1u"],
        "default": "none",
        "kind": "choice",
        "least": None,
    }
    assert completion in equal_shares["parameters"]
    kinds = {one["name"]: (one["kind"], one["least"], one["default"]) for one in equal_shares["parameters"]}
    assert kinds["step"] == ("money", 1, 100)
    assert kinds["max_steps"] == ("number", 1, 1_000_000)
    assert kinds["comparison"] == ("switch", None, False)
    assert kinds["eligibility"] == ("fraction", None, "none")
    assert [rule["id"] for rule in made["rules"]] == [
        "greedy",
        "greedy-per-cost",
        "equal-shares",
        "phragmen",
        "maximin-support",
        "max-welfare",
        "top",
        "priorities",
    ]
    assert vote["rules"] == [rule["id"] for rule in made["rules"]][:6]
    [best] = [one for rule in made["rules"] if rule["id"] == "top" for one in rule["parameters"] if one["name"] == "k"]
    assert best["default"] is None
    assert await events(database, "round_made") == [{"slug": "small-things-2026", "template": "area-forum-small"}]
    assert (await organiser.get("/api/rounds/small-things-2026/setup")).json() == made


async def test_rounds_of_the_same_title_get_slugs_of_their_own_even_at_once(organiser: httpx.AsyncClient) -> None:
    made = await asyncio.gather(*(make_draft(organiser) for _ in range(6)))
    assert {round_["slug"] for round_ in made} == {SLUG} | {f"{SLUG}-{number}" for number in range(2, 7)}


@pytest.mark.parametrize("part", PARTS)
async def test_a_change_from_an_old_version_is_refused(organiser: httpx.AsyncClient, part: str) -> None:
    await make_draft(organiser)
    for version in (0, 2):
        answer = await organiser.put(f"/api/rounds/{SLUG}/setup/{part}", json={**PARTS[part], "version": version})
        assert (answer.status_code, answer.json()["code"]) == (409, "changed_by_somebody_else")


async def test_of_two_changes_at_once_one_is_refused(organiser: httpx.AsyncClient) -> None:
    await make_draft(organiser)
    bodies = [{**ABOUT, "title": f"Title {number}", "version": 1} for number in range(4)]
    answers = await asyncio.gather(*(organiser.put(f"/api/rounds/{SLUG}/setup/about", json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    [won] = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await organiser.get(f"/api/rounds/{SLUG}/setup")).json() == won


async def test_each_part_is_changed_and_told_to_the_audit_trail(
    organiser: httpx.AsyncClient, database: Database
) -> None:
    await make_draft(organiser)
    for version, (part, body) in enumerate(PARTS.items(), start=2):
        answer = await change(organiser, part, body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["version"] == version
    setup = answer.json()
    assert {key: setup[key] for key in ABOUT} == ABOUT
    assert {key: setup[key] for key in MONEY} == MONEY
    assert setup["budget"] == 25_000_00
    assert {key: setup[key] for key in TALK} == TALK
    assert {name: instant["local"] for name, instant in setup["calendar"].items() if instant} == DATES
    assert setup["calendar"]["proposals_close"]["at"] == "2026-03-30T22:59:00Z"
    [vote] = setup["polls"]
    assert vote["rule"] == {"id": "greedy", "parameters": {"utility": "votes", "skip": True, "threshold": 0}}
    assert (vote["title"], vote["ties"]) == ("The only vote", ["cheapest"])
    told = await events(database, "round_changed")
    assert [event["part"] for event in told] == list(PARTS)
    assert told[1]["change"] == MONEY


async def test_pots_can_become_fewer_and_more(organiser: httpx.AsyncClient) -> None:
    await make_draft(organiser)
    for count in (3, 1, 2, 0, 2):
        pots = [pot(f"Funder {number} of {count}", number) for number in range(1, count + 1)]
        answer = await change(organiser, "money", {**MONEY, "pots": pots})
        assert answer.json()["pots"] == pots
        assert (await organiser.get(f"/api/rounds/{SLUG}/setup")).json()["pots"] == pots


REFUSED: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    (
        "about",
        {"title": "", "description": "a\x00"},
        [("title", "text_missing"), ("description", "text_not_plain")],
    ),
    (
        "money",
        {
            "pots": [pot(" ", 0), pot("A", 10**12 + 1)],
            "smallest_award": 0,
            "largest_award": -1,
        },
        [
            ("pots.0.funder", "text_missing"),
            ("pots.0.amount", "bad_amount"),
            ("pots.1.amount", "bad_amount"),
            ("smallest_award", "bad_amount"),
            ("largest_award", "bad_amount"),
            ("smallest_award", "awards_out_of_order"),
        ],
    ),
    ("money", {"pots": [pot("A", 1)] * 21}, [("pots", "too_many_pots")]),
    (
        "dates",
        {"proposals_open": "soon", "results": "2026-03-29T01:30"},
        [("proposals_open", "bad_date"), ("results", "time_does_not_exist")],
    ),
    ("dates", {"voting_close": "2026-10-25T01:30"}, [("voting_close", "time_happens_twice")]),
    (
        "vote",
        {"design": {**KNAPSACK, "min_choices": 0}, "rule": {"id": "lottery", "parameters": {}}, "ties": ["lot"]},
        [("design", "min_choices_too_small"), ("rule", "unknown_rule"), ("ties", "bad_ties")],
    ),
    ("vote", {"rule": {"id": "greedy", "parameters": {"utility": "points"}}}, [("rule", "bad_rule_parameter")]),
]


async def test_refuses_a_change_with_every_reason_at_once(organiser: httpx.AsyncClient) -> None:
    before = await make_draft(organiser)
    for part, values, reasons in REFUSED:
        answer = await change(organiser, part, PARTS[part] | values)
        assert (answer.status_code, answer.json()["code"]) == (400, "input_is_wrong")
        assert codes(answer) == reasons
    assert (await organiser.get(f"/api/rounds/{SLUG}/setup")).json() == before


async def test_refuses_a_change_of_another_shape(organiser: httpx.AsyncClient) -> None:
    before = await make_draft(organiser)
    shapes: list[tuple[str, dict[str, Any]]] = [
        ("money", {"pots": [pot("A", "1")]}),
        ("money", {"pots": [pot("A", 1.0)]}),
        ("money", {"pots": [pot("A", True)]}),
        ("money", {"smallest_award": "250"}),
        ("vote", {"design": {"kind": "lottery"}}),
        ("vote", {"design": {**KNAPSACK, "budget": 1}}),
        ("dates", {"voting_open": 5}),
        ("about", {"slug": "mine"}),
    ]
    for part, values in shapes:
        answer = await change(organiser, part, PARTS[part] | values)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request_body"), values
    assert (await organiser.get(f"/api/rounds/{SLUG}/setup")).json() == before


async def test_a_round_that_is_not_ready_is_not_opened_and_says_why(
    organiser: httpx.AsyncClient, clock: SettableClock
) -> None:
    await make_draft(organiser)
    await change(organiser, "about", {**ABOUT, "description": "", "eligibility": ""})
    answer = await organiser.post(f"/api/rounds/{SLUG}/open")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")
    assert codes(answer) == [
        ("description", "text_missing"),
        ("eligibility", "text_missing"),
        ("pots", "pots_missing"),
        ("voting_open", "date_missing"),
        ("voting_close", "date_missing"),
    ]
    await change(organiser, "about", ABOUT)
    await change(organiser, "money", {**MONEY, "pots": [pot("A", 4_000_00)]})
    await change(organiser, "dates", {**DATES, "proposals_close": None})
    clock.advance(days=8)
    await sign_in(organiser, ORGANISER)
    answer = await organiser.post(f"/api/rounds/{SLUG}/open")
    assert codes(answer) == [
        ("largest_award", "award_over_budget"),
        ("proposals_close", "date_missing"),
        ("proposals_open", "date_in_the_past"),
    ]


async def test_an_opened_round_is_public_and_stays_ready(
    app: Litestar, organiser: httpx.AsyncClient, database: Database
) -> None:
    opened = await open_round(organiser)
    assert (opened["phase"], opened["opened"]["at"], opened["version"]) == ("draft", "2026-03-02T09:00:00Z", 4)
    assert await events(database, "round_opened") == [{}]
    async with browser(app) as resident:
        assert (await resident.get(f"/api/rounds/{SLUG}")).status_code == 200
    again = await organiser.post(f"/api/rounds/{SLUG}/open")
    assert (again.status_code, again.json()["code"]) == (409, "not_in_this_phase")
    for part, values, reason in (
        ("about", {**ABOUT, "description": " "}, ("description", "text_missing")),
        ("money", {**MONEY, "pots": []}, ("pots", "pots_missing")),
        ("dates", {**DATES, "voting_close": None, "results": None}, ("voting_close", "date_missing")),
        ("dates", {**DATES, "proposals_open": "2026-03-02T08:59"}, ("proposals_open", "date_in_the_past")),
    ):
        answer = await change(organiser, part, values)
        assert (answer.status_code, codes(answer)) == (400, [reason])
    assert (await change(organiser, "dates", {**DATES, "results": None})).status_code == 200


async def test_what_has_begun_is_no_longer_moved(
    organiser: httpx.AsyncClient, clock: SettableClock, database: Database, keys: Keys
) -> None:
    await open_round(organiser)
    clock.advance(days=8)
    await keep_time(database, keys)
    await sign_in(organiser, ORGANISER)
    answer = await change(organiser, "dates", {**DATES, "proposals_open": "2026-03-20T09:00"})
    assert codes(answer) == [("proposals_open", "date_has_passed")]
    assert (await change(organiser, "dates", {**DATES, "proposals_close": "2026-03-31T12:00"})).status_code == 200
    clock.advance(days=22)
    await sign_in(organiser, ORGANISER)
    answer = await change(organiser, "dates", {**DATES, "proposals_close": "2026-04-10T12:00"})
    assert codes(answer) == [("proposals_close", "date_has_passed")]
    moved = {**DATES, "proposals_close": "2026-03-31T12:00", "voting_open": "2026-04-14T09:00"}
    assert (await change(organiser, "dates", moved)).json()["phase"] == "review"


async def test_a_round_that_is_held_can_be_moved_on(
    organiser: httpx.AsyncClient, clock: SettableClock, database: Database, keys: Keys
) -> None:
    await open_round(organiser)
    clock.advance(days=8)
    await keep_time(database, keys)
    clock.advance(days=40)
    await keep_time(database, keys)
    await sign_in(organiser, ORGANISER)
    card = (await organiser.get(f"/api/rounds/{SLUG}")).json()
    assert (card["phase"], card["held"], card["next_date"]) == ("review", True, None)
    later = {"voting_open": "2026-04-25T09:00", "voting_close": "2026-05-09T23:59", "results": "2026-05-16T12:00"}
    assert (await change(organiser, "dates", {**DATES, **later})).status_code == 200
    card = (await organiser.get(f"/api/rounds/{SLUG}")).json()
    assert (card["held"], card["next_date"]["what"]) == (False, "voting_open")


async def test_dates_are_shown_as_they_were_typed(organiser: httpx.AsyncClient) -> None:
    ready = await make_ready(organiser)
    assert ready["calendar"]["voting_close"] == {
        "at": "2026-04-27T22:59:00Z",
        "day": "Monday 27 April 2026",
        "date": "27 April 2026",
        "time": "23:59",
        "local": "2026-04-27T23:59",
    }
