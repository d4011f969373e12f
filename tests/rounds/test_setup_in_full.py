"""What a round can have besides: two votes, advice, fences, match rules, templates of its forum, a round like it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from tests.conftest import browser
from tests.house import let_in, make_people, make_round
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
    open_round,
    pot,
    round_in,
)

TIES = ["cheapest", "most-votes", "ballot-order"]
SCORE = KNAPSACK | {"kind": "score", "max_points": 5}
QUARTER = {"part": 1, "of": 4, "counts": ["cash"], "hour_value": None, "cap": None}
ABOUT = {"title": "Harbourside", "description": "All of us.", "eligibility": "You live here.", "confirmed_by": ""}
TEMPLATE = {"title": "Ours", "sentence": "As we do it every year."}


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await make_people(database)


@pytest.fixture
async def organiser(client: httpx.AsyncClient, database: Database) -> httpx.AsyncClient:
    await let_in(database, client, ORGANISER)
    return client


async def events(database: Database, kind: str) -> list[dict[str, Any]]:
    async with database.session(write=False) as db:
        rows = await db.scalars(select(AuditEvent).where(AuditEvent.kind == kind).order_by(AuditEvent.id))
        return [row.data for row in rows]


def vote(position: int, design: dict[str, Any], rule: str, **parameters: Any) -> dict[str, Any]:
    return {"poll": position, "design": design, "rule": {"id": rule, "parameters": parameters}, "ties": TIES}


REFUSED: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("polls", {"count": 3, "titles": ["A", "B", "C"]}, [("polls", "bad_polls")]),
    ("polls", {"count": 2, "titles": ["A"]}, [("polls", "bad_polls")]),
    ("polls", {"count": 1, "titles": [" "]}, [("titles.0", "text_missing")]),
    ("talk", {"comments": "off", "supports": False, "checked_within": 0}, [("checked_within", "number_out_of_range")]),
    (
        "about",
        {**ABOUT, "confirmed_by": "x" * 91, "challenge_days": 0, "advisory": False},
        [("confirmed_by", "text_too_long"), ("challenge_days", "number_out_of_range")],
    ),
    (
        "money",
        {**MONEY, "match": {**QUARTER, "part": 4}, "pots": [pot("A", 1, categories=["ponds"])]},
        [("pots.0.categories", "pot_of_unknown_category"), ("match.part", "bad_match_share")],
    ),
    ("vote", vote(1, SCORE, "top", k=3), [("rule", "rule_not_for_this_vote")]),
    ("vote", vote(1, KNAPSACK | {"every": True}, "greedy"), [("design", "limit_has_no_meaning")]),
]


async def test_refuses_what_cannot_be_with_every_reason(organiser: httpx.AsyncClient) -> None:
    before = await make_draft(organiser)
    for part, values, reasons in REFUSED:
        answer = await change(organiser, part, values)
        assert (answer.status_code, codes(answer)) == (400, reasons)
    answer = await change(organiser, "vote", vote(2, SCORE, "top", k=3))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (
        await change(organiser, "talk", {"comments": "loud", "supports": False, "checked_within": 5})
    ).status_code == 400
    assert (await organiser.get(f"/api/rounds/{SLUG}/setup")).json() == before


async def test_a_second_vote_comes_before_the_one_that_decides_and_goes_again(organiser: httpx.AsyncClient) -> None:
    [decides] = (await make_draft(organiser))["polls"]
    answer = await change(organiser, "polls", {"count": 2, "titles": ["Score", "Choose"]})
    first, second = answer.json()["polls"]
    assert (first["title"], first["position"], first["rules"]) == ("Score", 1, ["top"])
    assert (first["rule"]["parameters"]["k"], first["design"]["every"]) == (9, True)
    assert second == decides | {"title": "Choose", "position": 2}
    answer = await change(organiser, "vote", vote(1, SCORE, "top", k=3, utility="points"))
    assert answer.json()["polls"][0]["rule"]["parameters"] == {"k": 3, "utility": "points"}
    assert codes(await change(organiser, "vote", vote(1, SCORE, "top"))) == [("rule", "bad_rule_parameter")]
    conditions = {"prefunded": [], "exclusions": [], "min_votes": 0, "smallest": {}, "reserve": 2}
    refused = await change(organiser, "conditions", {"poll": 1, **conditions})
    assert codes(refused) == [("conditions.reserve", "rule_refuses_condition")]
    assert (await change(organiser, "conditions", {"poll": 2, **conditions})).json()["polls"][1]["conditions"][
        "reserve"
    ] == 2
    answer = await change(organiser, "polls", {"count": 1, "titles": ["The vote"]})
    [left] = answer.json()["polls"]
    assert left == decides | {"conditions": decides["conditions"] | {"reserve": 2}}


async def test_readiness_says_of_which_vote_it_speaks(organiser: httpx.AsyncClient, database: Database) -> None:
    await make_draft(organiser, "Harbourside 2026", "community-forum-budget")
    async with database.session(write=True) as db:
        (await round_in(db)).polls[0].rule_id = "greedy"
    reasons = (await organiser.get(f"/api/rounds/{SLUG}/readiness")).json()["reasons"]
    [wrong] = [reason for reason in reasons if reason["field"] == "rule"]
    assert (wrong["code"], wrong["params"]) == ("rule_not_for_this_vote", {"rule": "greedy", "rules": "top", "poll": 1})


async def test_parts_need_a_rule_that_can_give_them(organiser: httpx.AsyncClient) -> None:
    await make_draft(organiser, "Harbourside 2026", "city-wide")
    assert (await change(organiser, "money", {**MONEY, "part_funding": True})).status_code == 200
    reasons = codes(await organiser.get(f"/api/rounds/{SLUG}/readiness"))
    assert ("part_funding", "rule_funds_no_parts") in reasons
    assert (await change(organiser, "vote", vote(1, KNAPSACK, "greedy"))).status_code == 200
    reasons = codes(await organiser.get(f"/api/rounds/{SLUG}/readiness"))
    assert ("part_funding", "rule_funds_no_parts") not in reasons


async def test_advice_has_no_money_and_its_rule_follows(organiser: httpx.AsyncClient) -> None:
    await make_draft(organiser, "Harbourside 2026", "area-forum-small")
    about = {**ABOUT, "challenge_days": 91}
    setup = (await change(organiser, "about", {**about, "advisory": True})).json()
    [poll] = setup["polls"]
    assert (poll["rule"]["id"], poll["rules"]) == ("priorities", ["priorities"])
    assert ("pots", "advisory_has_money") in codes(await organiser.get(f"/api/rounds/{SLUG}/readiness"))
    assert (await change(organiser, "money", {**MONEY, "pots": []})).status_code == 200
    fields = {field for field, _ in codes(await organiser.get(f"/api/rounds/{SLUG}/readiness"))}
    assert fields == {"voting_open", "voting_close"}
    setup = (await change(organiser, "about", {**about, "advisory": False})).json()
    assert setup["polls"][0]["rule"]["id"] == "greedy"


async def test_everybody_sees_pots_match_and_both_votes_before_the_vote(
    app: Litestar, organiser: httpx.AsyncClient
) -> None:
    await make_draft(organiser, "Harbourside 2026", "community-forum-budget")
    pots = [pot("Police", 5_000_00, categories=["streets-and-safety"], leftover="reserve"), pot("County", 20_000_00)]
    money = {**MONEY, "pots": pots, "match": QUARTER, "part_funding": True}
    assert (await change(organiser, "money", money)).status_code == 200
    small = await change(organiser, "money", {**money, "match": {**QUARTER, "cap": 100_00}})
    assert small.status_code == 200
    readiness = codes(await organiser.get(f"/api/rounds/{SLUG}/readiness"))
    assert ("match", "match_cap_too_small") in readiness
    assert (await change(organiser, "money", money)).status_code == 200
    second = {"second_voting_open": "2026-04-28T19:00", "second_voting_close": "2026-04-28T21:00"}
    assert codes(await change(organiser, "dates", {**DATES, **second, "second_voting_open": "2026-04-20T19:00"})) == [
        ("second_voting_open", "dates_out_of_order")
    ]
    assert (await change(organiser, "dates", {**DATES, **second})).status_code == 200
    assert (await organiser.post(f"/api/rounds/{SLUG}/open")).status_code == 200
    async with browser(app) as resident:
        shown = (await resident.get(f"/api/rounds/{SLUG}")).json()
    assert (shown["pots"], shown["match"], shown["part_funding"]) == (pots, QUARTER, True)
    assert (shown["confirmed_by"], shown["comments"], shown["night"]) == ("the partnership", "open", True)
    assert [(poll["state"], poll["opens"]["local"]) for poll in shown["polls"]] == [
        ("to_come", DATES["voting_open"]),
        ("to_come", second["second_voting_open"]),
    ]
    assert shown["poll"] == shown["polls"][0]


async def test_a_forum_saves_a_template_that_is_offered_to_it_alone(
    app: Litestar, organiser: httpx.AsyncClient, database: Database
) -> None:
    await make_draft(organiser, "Harbourside 2026", "pooled-pot")
    pots = [pot("Police", 1_00, categories=["safety"]), pot("Trust", 2_00, proposals=[7]), pot("County", 3_00)]
    assert (await change(organiser, "money", {**MONEY, "pots": pots, "match": QUARTER})).status_code == 200
    assert (await change(organiser, "dates", DATES)).status_code == 200
    path = f"/api/rounds/{SLUG}/template"
    assert codes(await organiser.post(path, json={"title": "", "sentence": "x" * 141})) == [
        ("title", "text_missing"),
        ("sentence", "text_too_long"),
    ]
    saved = (await organiser.post(path, json=TEMPLATE)).json()
    assert (saved["title"], saved["own"], saved["budget"]) == ("Ours", True, 4_00)
    assert saved["phases"][:2] == [{"phase": "proposals", "days": 22}, {"phase": "review", "days": 13}]
    assert codes(await organiser.post(path, json=TEMPLATE)) == [("title", "template_title_used")]
    listed = (await organiser.get("/api/templates?forum=harbourside")).json()["items"]
    assert ([one["own"] for one in listed], listed[0]) == ([True] + [False] * 8, saved)
    made = await make_draft(organiser, "Harbourside 2027", saved["id"])
    assert made["pots"] == [pots[0], pots[2]]
    assert (made["match"], made["template"], made["rehearsal"]) == (QUARTER, saved["id"], False)
    assert set(made["calendar"].values()) == {None}
    own = f"/api/forums/harbourside/templates/{saved['id']}"
    async with browser(app) as other:
        await let_in(database, other, "elsewhere@example.org")
        assert (await other.get("/api/templates?forum=harbourside")).status_code == 403
        body = {"forum": "castle-hill", "template": saved["id"], "title": "Mine"}
        assert (await other.post("/api/rounds", json=body)).status_code == 404
        assert (await other.delete(own)).status_code == 403
        assert (await other.delete(own.replace("harbourside", "castle-hill"))).status_code == 404
    assert (await organiser.delete(own)).status_code == 204
    assert (await organiser.delete(own)).status_code == 404
    assert len((await organiser.get("/api/templates?forum=harbourside")).json()["items"]) == 8
    told = {"forum": "harbourside", "title": "Ours"}
    assert (await events(database, "template_saved"), await events(database, "template_removed")) == ([told], [told])


async def test_a_round_is_set_up_like_an_earlier_one_of_the_forum(
    organiser: httpx.AsyncClient, database: Database
) -> None:
    opened = await open_round(organiser)
    await make_round(database, "elsewhere-2026", forum="castle-hill")
    like = {"forum": "harbourside", "title": "Again", "clone_of": SLUG}
    for body, status in (
        ({**like, "clone_of": "nothing"}, 404),
        ({**like, "clone_of": "elsewhere-2026"}, 404),
        ({**like, "forum": "castle-hill"}, 403),
        ({**like, "template": "city-wide"}, 400),
        ({"forum": "harbourside", "title": "Again"}, 400),
    ):
        assert (await organiser.post("/api/rounds", json=body)).status_code == status, body
    answer = await organiser.post("/api/rounds", json=like)
    assert answer.status_code == 201, answer.text
    same = (
        "description",
        "eligibility",
        "categories",
        "pots",
        "budget",
        "match",
        "polls",
        "challenge_days",
        "template",
    )
    assert {name: answer.json()[name] for name in same} == {name: opened[name] for name in same}
    assert (answer.json()["slug"], answer.json()["opened"], answer.json()["phase"]) == ("again", None, "draft")
    assert set(answer.json()["calendar"].values()) == {None}


async def test_an_officer_makes_no_template_and_no_rehearsal(
    app: Litestar, organiser: httpx.AsyncClient, database: Database
) -> None:
    await make_draft(organiser)
    async with browser(app) as officer:
        await let_in(database, officer, OFFICER)
        assert (await officer.post(f"/api/rounds/{SLUG}/template", json=TEMPLATE)).status_code == 403
        assert (await officer.post(f"/api/rounds/{SLUG}/rehearsal-round")).status_code == 403
