"""The audit log: whose events somebody sees, paging that never skips or repeats, and files that are safe to open."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, get_origin
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.administration.log import FORMULA, safe_cell, whole_file, without_personal_data
from pbvote.audit.events import Event
from pbvote.audit.events.results import Published
from pbvote.audit.events.rounds import RoundChanged
from pbvote.audit.models import AuditEvent
from pbvote.audit.reading import Place, Wanted, events, kinds
from pbvote.audit.service import record
from pbvote.db import Database, uuid7
from pbvote.rounds.models import Round
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, make_round

People = dict[str, httpx.AsyncClient]
NAMES = ("officer", "clerk", "elsewhere", "admin")
SOMETHING: dict[Any, Any] = {UUID: uuid7(), str: "x", bool: True, int: 1, list: [], dict: {}}
OURS, THEIRS = "harbourside-2026", "castle-hill-2026"


@pytest.fixture
async def people(app: Litestar, database: Database) -> AsyncIterator[People]:
    """Two forums with a round each, and eleven events in either round, five of one moment."""
    await make_people(database)
    await make_round(database, OURS)
    await make_round(database, THEIRS, forum="castle-hill")
    async with AsyncExitStack() as stack:
        found = {name: await stack.enter_async_context(browser(app)) for name in NAMES}
        for name in NAMES:
            await let_in(database, found[name], f"{name}@example.org")
        yield found


async def tell(database: Database, clock: SettableClock, count: int = 11) -> None:
    """Events in both rounds by turns."""
    for at in range(count):
        async with database.session(write=True) as db:
            rounds = list(await db.scalars(select(Round).order_by(Round.slug)))
            for round_ in rounds:
                change = {"at": at, "contact_email": "hall@example.org"}
                await record(db, RoundChanged(round_id=round_.id, part=round_.slug, change=change))
        if at > 5:
            clock.advance(seconds=1)


async def test_staff_of_a_forum_see_their_own_rounds_and_nobody_elses(
    people: People, database: Database, clock: SettableClock
) -> None:
    await tell(database, clock)
    for path in ("/api/forums/castle-hill/log", "/api/forums/castle-hill/log/file", "/api/log", "/api/log/file"):
        assert (await people["officer"].get(path)).status_code == 403, path
    # not by the name of the round, nor through one's own forum
    for query in ({"round": THEIRS}, {"round": "no-such-round"}):
        answer = await people["officer"].get("/api/forums/harbourside/log", params=query)
        assert answer.status_code == 404
    assert (await people["clerk"].get("/api/forums/harbourside/log")).status_code == 403
    seen = (await people["officer"].get("/api/forums/harbourside/log", params={"size": 200})).json()["items"]
    assert {event["round"] for event in seen} == {OURS}
    assert THEIRS not in (await people["officer"].get("/api/forums/harbourside/log/file")).text
    everything = (await people["admin"].get("/api/log", params={"size": 200})).json()["items"]
    assert {event["round"] for event in everything} == {OURS, THEIRS, ""}  # sign-ins and roles are of no round


@pytest.mark.parametrize("size", [1, 3, 7])
async def test_pages_follow_each_other_without_a_gap(
    people: People, database: Database, clock: SettableClock, size: int
) -> None:
    await tell(database, clock)
    seen: list[str] = []
    query: dict[str, str | int] = {"size": size, "kind": "round_changed"}
    while True:
        page = (await people["admin"].get("/api/log", params=query)).json()
        seen += [event["id"] for event in page["items"]]
        if not page["next"]:
            break
        query["after"] = page["next"]
        if len(seen) == size:  # what is new meanwhile does not push anything onto the next page
            await tell(database, clock, 1)
    async with database.session(write=False) as db:
        rows = list(await db.scalars(select(AuditEvent).where(AuditEvent.kind == "round_changed")))
    ordered = sorted(rows, key=lambda row: (row.at, row.id), reverse=True)
    assert seen == [str(row.id) for row in ordered if str(row.id) in set(seen)]
    assert len(seen) == 22


async def test_events_are_found_by_round_person_kind_and_day(
    people: People, database: Database, clock: SettableClock
) -> None:
    await tell(database, clock)
    clock.advance(days=2)
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == OURS))).one()
        who = uuid7()
        await record(db, Published(actor_id=who, round_id=round_.id, outcome_id=uuid7(), number=1))

    async def count(**query: str) -> int:
        answer = await people["admin"].get("/api/log", params={"size": 200, **query})
        assert answer.status_code == 200, answer.text
        return len(answer.json()["items"])

    assert await count(round=OURS) == 12
    assert await count(forum="harbourside", kind="published") == 1
    assert await count(person=str(who)) == 1
    assert await count(person=str(who), round=THEIRS) == 0
    assert await count(since="2026-03-04", round=OURS) == 1
    assert await count(until="2026-03-03", round=OURS) == 11
    for query in ({"kind": "no_kind"}, {"since": "yesterday"}, {"until": "9999-12-31"}, {"after": "x"}):
        assert (await people["admin"].get("/api/log", params=query)).status_code == 400, query
    assert (await people["admin"].get("/api/log", params={"person": "nobody"})).status_code == 404


def example(kind: type[Event], round_id: UUID) -> Event:
    """An event of this kind, with nothing in whatever may be empty."""
    fields = {field.name: field.type for field in msgspec.structs.fields(kind) if field.required}
    return kind(
        **{name: SOMETHING.get(get_origin(type_) or type_) for name, type_ in fields.items()}, round_id=round_id
    )


async def test_events_of_every_kind_can_be_read_also_where_they_tell_of_nobody(
    people: People, database: Database
) -> None:
    every = Event.__subclasses__()
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == OURS))).one()
        for kind in every:
            await record(db, example(kind, round_.id))
    for name in kinds():
        answer = await people["admin"].get("/api/log", params={"kind": name, "round": OURS})
        assert answer.status_code == 200, (name, answer.text)
        assert [event["whom"] for event in answer.json()["items"]] == [""], name
    for who, address in (("admin", "/api/log/file"), ("officer", "/api/forums/harbourside/log")):
        assert (await people[who].get(address)).status_code == 200, address
    assert len(kinds()) == len(every) > 90


@pytest.mark.usefixtures("people")
async def test_many_rounds_are_read_as_one_log(database: Database, clock: SettableClock) -> None:
    await tell(database, clock)
    async with database.session(write=False) as db:
        rounds = list(await db.scalars(select(Round.id)))
        alone = await events(db, Wanted(kind="round_changed"), None, 10)
        among = await events(db, Wanted(rounds=[*(uuid7() for _ in range(450)), *rounds]), None, 10)
    assert [event.id for event in among] == [event.id for event in alone]


async def test_files_have_everything_and_no_address(
    people: People, database: Database, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(database, clock)
    monkeypatch.setattr("pbvote.administration.log.AT_ONCE", 4)
    async with database.session(write=True) as db:
        await record(db, RoundChanged(part='=HYPERLINK("x")', change={"title": "+1, \n @you"}))
    answer = await people["admin"].get("/api/log/file", params={"kind": "round_changed"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 23
    assert not any(cell.startswith(FORMULA) for row in rows for cell in row.values())
    lines = (await people["admin"].get("/api/log/file", params={"kind": "round_changed", "format": "jsonl"})).text
    read = [json.loads(line) for line in lines.splitlines()]
    assert [row["at"] for row in read] == [row["at"] for row in rows]
    assert read[0]["data"] == {"part": '=HYPERLINK("x")', "change": {"title": "+1, \n @you"}}
    assert "hall@example.org" not in answer.text + lines
    assert "hall@example.org" not in (await people["admin"].get("/api/log")).text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert safe_cell("plain") == "plain"


def test_what_tells_of_people_is_left_out_however_deep() -> None:
    told = {"a": [{"email": "x@example.org"}], "people": [{"name": "Kim"}], "number": 1, "phone": ""}
    assert without_personal_data(told) == {
        "a": [{"email": "(left out)"}],
        "people": "(left out)",
        "number": 1,
        "phone": "",
    }


def test_every_event_is_a_kind() -> None:
    assert {"signed_in", "role_taken", "published"} <= set(kinds())
    assert "event" not in kinds()


def test_a_place_is_read_as_it_was_written() -> None:
    place = Place(SettableClock().moment + timedelta(microseconds=7), uuid7())
    assert Place.read(place.text()) == place
    assert [
        Place.read(text) for text in ("", "x_y", "2026-03-02T09:00:00_00", "0001-01-01T00:00:00+00:00_" + "0" * 32)
    ] == [None] * 4


@pytest.mark.usefixtures("people")
async def test_nobody_waits_for_a_file(database: Database, clock: SettableClock) -> None:
    await tell(database, clock, 2)
    pieces = whole_file(database, Wanted(kind="round_changed"), "jsonl")
    first = await anext(pieces)
    async with database.session(write=True) as db:  # between two pieces nothing is locked
        await record(db, RoundChanged(part="x", change={}))
    assert first.count(b"\n") == 4
    await pieces.aclose()
