from __future__ import annotations

from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.pool import QueuePool

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.errors import InputIsWrong
from pbvote.forums.editing import NewForum, add_forum

MILL_LANE: dict[str, Any] = {"slug": "mill-lane", "name": "Mill Lane Community Forum", "contact_phone": "01632 960 100"}


async def add(database: Database, **values: Any) -> None:
    async with database.session(write=True) as db:
        await add_forum(db, NewForum(**(MILL_LANE | values)))


async def add_several(database: Database) -> None:
    await add(database, slug="town", name="Town", postcodes=("ts1",))
    await add(database, slug="quay", name="Quay", postcodes=("TS1 2", "ts1 3"))
    await add(database, slug="north", name="North Area", kind="area", postcodes=("TS1", "TS2"))
    await add(database, slug="far", name="Far", postcodes=("TS12", "TS1 9ZZ"))
    await add(database, slug="climate", name="Climate", kind="interest")


async def test_refuses_what_cannot_be_found(client: httpx.AsyncClient) -> None:
    refused = {
        "/api/forums/nowhere": (404, "not_found"),
        "/api/forums/%00": (404, "not_found"),
        "/api/forums/Mill%20Lane": (404, "not_found"),
        "/api/forum-finder": (400, "bad_postcode"),
        "/api/forum-finder?postcode=": (400, "bad_postcode"),
        "/api/forum-finder?postcode=TS1": (400, "bad_postcode"),
        "/api/forum-finder?postcode=%00": (400, "bad_postcode"),
        "/api/forums?page=0": (400, "bad_parameter"),
        "/api/forums?page=one": (400, "bad_parameter"),
        "/api/forums?page=99999999999999999999": (400, "bad_parameter"),
        "/api/forums?size=201": (400, "bad_parameter"),
    }
    answers = {path: await client.get(path) for path in refused}
    assert {path: (answer.status_code, answer.json()["code"]) for path, answer in answers.items()} == refused
    assert {answer.headers["content-type"] for answer in answers.values()} == {"application/problem+json"}


async def test_a_refused_number_leaves_no_session_open(app: Litestar, client: httpx.AsyncClient) -> None:
    for path in ("/api/forums?page=0", "/api/rounds?phase=x", "/api/rounds/x/proposals?status=x&size=0"):
        assert (await client.get(path)).status_code == 400
    pool = app.state.database.engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedout() == 0


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"slug": ""}, ["slug"]),
        ({"slug": "Mill Lane"}, ["slug"]),
        ({"slug": "mill--lane"}, ["slug"]),
        ({"slug": "x" * 61}, ["slug"]),
        ({"name": " "}, ["name"]),
        ({"kind": "club"}, ["kind"]),
        ({"population": 0}, ["population"]),
        ({"timezone": "Mars/Olympus"}, ["timezone"]),
        ({"language": "english"}, ["language"]),
        ({"contact_email": "kim"}, ["contact_email"]),
        ({"kind": "interest", "postcodes": ("TS1",)}, ["postcodes"]),
        ({"postcodes": ("TS1", "nowhere")}, ["postcodes"]),
        ({"postcodes": ("TS1 = Old Town", "ts1=Quayside")}, ["postcodes"]),
        ({"wards": ("Quayside", "x" * 61)}, ["wards.1"]),
        ({"slug": "-", "name": "", "timezone": "", "description": "\x00"}, ["name", "description", "timezone", "slug"]),
    ],
)
async def test_refuses_a_forum_and_says_everything_at_once(
    database: Database, values: dict[str, Any], fields: list[str]
) -> None:
    with pytest.raises(InputIsWrong) as error:
        await add(database, **values)
    assert [reason.field for reason in error.value.reasons] == fields


async def test_refuses_a_slug_that_is_used_and_keeps_the_rest_of_the_transaction(database: Database) -> None:
    await add(database)
    async with database.session(write=True) as db:
        with pytest.raises(InputIsWrong) as error:
            await add_forum(db, NewForum(**MILL_LANE))
        await add_forum(db, NewForum(**(MILL_LANE | {"slug": "mill-lane-2"})))
    assert [reason.code for reason in error.value.reasons] == ["slug_used"]


async def test_a_forum_is_shown_as_it_was_added(database: Database, client: httpx.AsyncClient) -> None:
    await add(
        database,
        population=9_400,
        postcodes=("ts1 2", "TS12", "ts12ab = Quay"),
        wards=("Old Town ",),
        contact_email="forum@example.org",
    )
    answer = await client.get("/api/forums/mill-lane")
    assert answer.json() == {
        "slug": "mill-lane",
        "name": "Mill Lane Community Forum",
        "kind": "community",
        "description": "",
        "population": 9_400,
        "postcodes": ["TS1 2", "TS1 2AB", "TS12"],
        "contact_email": "forum@example.org",
        "contact_phone": "01632 960 100",
        "timezone": "Europe/London",
        "areas": [
            {"prefix": "TS1 2", "ward": ""},
            {"prefix": "TS1 2AB", "ward": "Quay"},
            {"prefix": "TS12", "ward": ""},
        ],
        "wards": ["Old Town", "Quay"],
        "people": [],
        "language": "en",
        "version": 1,
        "boundary": None,
        "band": None,
    }
    async with database.session(write=False) as db:
        [event] = await db.scalars(select(AuditEvent))
    assert (event.kind, event.data) == ("forum_added", {"slug": "mill-lane"})


async def test_forums_are_listed_by_name_in_pages(database: Database, client: httpx.AsyncClient) -> None:
    await add_several(database)
    first = (await client.get("/api/forums?size=3")).json()
    second = (await client.get("/api/forums?size=3&page=2")).json()
    assert [forum["name"] for forum in first["items"]] == ["Climate", "Far", "North Area"]
    assert [forum["name"] for forum in second["items"]] == ["Quay", "Town"]
    assert (first["total"], second["page"], second["size"]) == (5, 2, 3)
    assert (await client.get("/api/forums?page=9")).json()["items"] == []


@pytest.mark.parametrize(
    ("typed", "written", "matches"),
    [
        ("ts1 2ab", "TS1 2AB", [("quay", "TS1 2"), ("north", "TS1")]),
        ("TS14AB", "TS1 4AB", [("north", "TS1"), ("town", "TS1")]),
        ("TS1 9ZZ", "TS1 9ZZ", [("far", "TS1 9ZZ"), ("north", "TS1")]),
        ("TS122AB", "TS12 2AB", [("far", "TS12")]),
        ("TS2 2AB", "TS2 2AB", [("north", "TS2")]),
        ("EC1A 1BB", "EC1A 1BB", []),
    ],
)
async def test_a_postcode_finds_its_forums_and_says_why(
    database: Database, client: httpx.AsyncClient, typed: str, written: str, matches: list[tuple[str, str]]
) -> None:
    await add_several(database)
    found = (await client.get("/api/forum-finder", params={"postcode": typed})).json()
    assert found["postcode"] == written
    assert [(match["forum"]["slug"], match["because"]) for match in found["matches"]] == matches
