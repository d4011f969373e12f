from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from tests.conftest import browser
from tests.house import let_in, make_people

SQUARE = '{"type": "Polygon", "coordinates": [[[-1.2, 54.5], [-1.1, 54.5], [-1.1, 54.6], [-1.2, 54.5]]]}'
TEXTS: dict[str, Any] = {
    "description": "By the harbour.",
    "contact_email": "forum@example.org",
    "contact_phone": "",
    "people": [{"name": " Pat Morgan ", "role": "chair"}],
    "version": 1,
}
BANDS = [
    {"least": 5_000, "amount": 15_000_00, "funder": " County "},
    {"least": 0, "amount": 12_500_00, "funder": "County"},
    {"least": 20_000, "amount": 20_000_00, "funder": "County"},
]


@pytest.fixture
async def visitors(app: Litestar, database: Database) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    await make_people(database)
    async with browser(app) as admin, browser(app) as organiser, browser(app) as elsewhere:
        clients = {"admin": admin, "organiser": organiser, "elsewhere": elsewhere}
        for name, client in clients.items():
            await let_in(database, client, f"{name}@example.org")
        yield clients


async def test_organisers_change_the_texts_of_their_own_forum_alone(
    visitors: dict[str, httpx.AsyncClient], database: Database
) -> None:
    path = "/api/forums/harbourside/texts"
    refused = await visitors["elsewhere"].put(path, json=TEXTS)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    wrong = TEXTS | {"contact_email": "kim", "people": [{"name": "", "role": "chair"}]}
    answer = await visitors["organiser"].put(path, json=wrong)
    assert [reason["field"] for reason in answer.json()["reasons"]] == ["contact_email", "people.0.name"]
    many = await visitors["organiser"].put(path, json=TEXTS | {"people": TEXTS["people"] * 13})
    assert [reason["code"] for reason in many.json()["reasons"]] == ["too_many_people"]
    answer = await visitors["organiser"].put(path, json=TEXTS)
    assert (answer.json()["people"], answer.json()["version"]) == ([{"name": "Pat Morgan", "role": "chair"}], 2)
    late = await visitors["organiser"].put(path, json=TEXTS)
    assert (late.status_code, late.json()["code"]) == (409, "changed_by_somebody_else")
    async with database.session(write=False) as db:
        [event] = await db.scalars(select(AuditEvent).where(AuditEvent.kind == "forum_changed"))
    assert event.data["part"] == "texts"


async def test_an_administrator_changes_all_of_a_forum(visitors: dict[str, httpx.AsyncClient]) -> None:
    admin = visitors["admin"]
    forum = (await admin.get("/api/forums/harbourside")).json()
    names = ("name", "kind", "description", "population", "contact_email", "contact_phone", "timezone", "language")
    body = {name: forum[name] for name in names} | {"version": 1, "wards": ["Quay"], "postcodes": ["TS1 2 = Quay"]}
    body["postcodes"] += ["ts9"]
    changed = (await admin.put("/api/forums/harbourside", json=body)).json()
    assert changed["areas"] == [{"prefix": "TS1 2", "ward": "Quay"}, {"prefix": "TS9", "ward": ""}]
    found = (await admin.get("/api/forum-finder?postcode=ts12ab")).json()["matches"]
    assert [match["ward"] for match in found if match["forum"]["slug"] == "harbourside"] == ["Quay"]
    fewer = body | {"postcodes": ["TS9"], "version": 2}
    assert (await admin.put("/api/forums/harbourside", json=fewer)).json()["postcodes"] == ["TS9"]
    found = (await admin.get("/api/forum-finder?postcode=ts12ab")).json()["matches"]
    assert [match["forum"]["slug"] for match in found] == ["castle-hill"]


async def test_a_boundary_comes_on_the_map_and_off_it(visitors: dict[str, httpx.AsyncClient]) -> None:
    admin, path = visitors["admin"], "/api/forums/harbourside/boundary"
    assert (await admin.get(f"{path}.geojson")).status_code == 404
    bad = await admin.put(f"{path}?version=1", content=b'{"type": "Point"}')
    assert (bad.status_code, bad.json()["code"], bad.json()["reasons"][0]["code"]) == (
        400,
        "not_a_boundary",
        "boundary_type",
    )
    assert (await admin.put(f"{path}?version=1", content=b" " * (2 * 1024 * 1024 + 2))).status_code == 413
    done = await admin.put(f"{path}?version=1", content=SQUARE.encode())
    assert done.json()["boundary"]["type"] == "MultiPolygon"
    whole = await admin.get(f"{path}.geojson")
    assert whole.headers["content-type"] == "application/geo+json"
    assert whole.json()["coordinates"][0][0][0] == [-1.2, 54.5]
    assert (await admin.delete(f"{path}?version=2")).json()["boundary"] is None


async def test_a_round_begins_with_the_money_of_its_forums_band(visitors: dict[str, httpx.AsyncClient]) -> None:
    admin, organiser = visitors["admin"], visitors["organiser"]
    body = {"forum": "harbourside", "template": "community-forum-budget", "title": "Before"}
    assert (await organiser.post("/api/rounds", json=body)).json()["pots"] == []
    twice = await admin.put("/api/population-bands", json={"bands": [*BANDS, BANDS[0] | {"amount": 0, "least": -1}]})
    assert {reason["field"] for reason in twice.json()["reasons"]} == {"bands.3.least", "bands.3.amount"}
    twice = await admin.put("/api/population-bands", json={"bands": [BANDS[0], BANDS[0]]})
    assert [reason["code"] for reason in twice.json()["reasons"]] == ["band_twice"]
    kept = await admin.put("/api/population-bands", json={"bands": BANDS})
    assert [band["least"] for band in kept.json()["bands"]] == [0, 5_000, 20_000]
    made = (await organiser.post("/api/rounds", json=body | {"title": "After"})).json()
    assert [(pot["funder"], pot["amount"]) for pot in made["pots"]] == [("County", 15_000_00)]
    advice = body | {"template": "service-priorities", "title": "Advice"}
    assert (await organiser.post("/api/rounds", json=advice)).json()["pots"] == []
    small = body | {"template": "area-forum-small", "title": "Small"}
    assert (await organiser.post("/api/rounds", json=small)).json()["budget"] == 2_000_00
