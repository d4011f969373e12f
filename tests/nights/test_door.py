"""At the door: who came, slips made before voting opens, and nothing that ties a slip to a person."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator

import httpx
import pypdf
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.letters.slips import ON_A_PAGE
from pbvote.nights.models import Guest, Night, SlipBatch
from pbvote.roll.codes import hash_code, read_code
from pbvote.roll.models import CodeBatch, Elector
from tests.conftest import BASE_URL, SettableClock, browser
from tests.house import let_in, make_people, make_round, open_the_vote
from tests.nights.evening import KIM, NIGHT, ROUND, plan_a_night, take_place
from tests.roll.test_letters import CODE


@pytest.fixture
async def clerk(app: Litestar, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A clerk, of a round whose night has three places."""
    await make_people(database)
    await make_round(database)
    async with browser(app) as organiser, browser(app) as opened:
        await let_in(database, organiser, "organiser@example.org")
        await plan_a_night(organiser)
        await let_in(database, opened, "clerk@example.org")
        yield opened


async def slips(clerk: httpx.AsyncClient, count: int) -> pypdf.PdfReader:
    answer = await clerk.post(f"{NIGHT}/slips", json={"count": count})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return pypdf.PdfReader(io.BytesIO(answer.content), strict=True)


async def test_who_came_is_ticked_and_unticked_and_others_are_counted(
    clerk: httpx.AsyncClient, client: httpx.AsyncClient, database: Database
) -> None:
    for name in ("Ann", "Bob", "Cay", "Dee"):
        await take_place(client, name=name)
    door = (await clerk.get(f"{NIGHT}/door")).json()
    assert [(one["name"], one["number"], one["waiting"]) for one in door["guests"]] == [
        ("Ann", 1, None),
        ("Bob", 2, None),
        ("Cay", 3, None),
        ("Dee", None, 1),
    ]
    assert door["guests"][0]["needs"] == KIM["needs"]
    bob = f"{NIGHT}/door/guests/{door['guests'][1]['id']}"
    for _ in range(2):  # twice is once
        assert (await clerk.post(bob, json={"arrived": True})).json()["arrived"] == 1
    door = (await clerk.post(f"{NIGHT}/door/count", json={"walk_ins": 2, "slips": 0})).json()
    assert (door["arrived"], door["walk_ins"]) == (1, 2)
    removed = (await clerk.post(f"{bob}/remove", json={})).json()
    assert [(one["name"], one["number"]) for one in removed["guests"]] == [("Ann", 1), ("Dee", 2), ("Cay", 3)]
    assert (await clerk.post(bob, json={"arrived": True})).status_code == 404
    async with database.session(write=False) as db:
        query = select(AuditEvent.data).where(AuditEvent.kind == "night_door_counted").order_by(AuditEvent.id)
        told = list(await db.scalars(query))
    assert told == [{"arrived": 1, "walk_ins": 0, "slips": 0}, {"arrived": 1, "walk_ins": 2, "slips": 0}]


@pytest.mark.parametrize(
    "body", [{"walk_ins": -1, "slips": 0}, {"walk_ins": 0, "slips": 1}, {"walk_ins": 9999, "slips": 0}]
)
async def test_counts_that_cannot_be_are_refused(clerk: httpx.AsyncClient, body: dict[str, int]) -> None:
    answer = await clerk.post(f"{NIGHT}/door/count", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "counts_do_not_fit")


async def test_slips_have_numbers_and_codes_that_are_on_the_roll(
    clerk: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    pdf = await slips(clerk, ON_A_PAGE + 1)
    more = await slips(clerk, 2)
    assert [len(pdf.pages), len(more.pages)] == [2, 1]
    texts = [page.extract_text() for page in (*pdf.pages, *more.pages)]
    assert re.findall(r"Slip (\d+)", " ".join(texts)) == [str(number) for number in range(1, ON_A_PAGE + 4)]
    codes = [read_code(re.sub(r"\s", "", code)) for text in texts for code in CODE.findall(text)]
    assert len(set(codes)) == ON_A_PAGE + 3
    assert f"{BASE_URL.partition('://')[2]}/en/r/harbourside-2026/vote" in re.sub(r"\s", "", texts[0])
    async with database.session(write=False) as db:
        assert set(await db.scalars(select(Elector.code_hash))) == {hash_code(keys.pepper, code) for code in codes}
        batches = (await db.execute(select(SlipBatch.first, SlipBatch.size, SlipBatch.channel))).all()
    assert [tuple(batch) for batch in sorted(batches)] == [(1, ON_A_PAGE + 1, "door"), (ON_A_PAGE + 2, 2, "door")]


async def test_a_slip_is_handed_out_as_a_number_that_goes_up_and_nothing_else(
    clerk: httpx.AsyncClient, client: httpx.AsyncClient, database: Database
) -> None:
    await take_place(client)
    await slips(clerk, 2)

    async def rows() -> dict[str, list[object]]:
        async with database.session(write=False) as db:
            return {
                model.__tablename__: [tuple(row) for row in await db.execute(select(model.__table__))]
                for model in (Elector, CodeBatch, Guest, SlipBatch)
            }

    before = await rows()
    door = (await clerk.post(f"{NIGHT}/door/count", json={"walk_ins": 0, "slips": 2})).json()
    assert (door["slips_handed"], door["slips_made"]) == (2, 2)
    assert await rows() == before
    refused = await clerk.post(f"{NIGHT}/door/count", json={"walk_ins": 0, "slips": 1})
    assert refused.json()["code"] == "counts_do_not_fit"
    async with database.session(write=False) as db:
        assert list(await db.scalars(select(Night.slips_handed))) == [2]


async def test_slips_are_made_before_voting_opens_and_never_after(
    clerk: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    [code] = CODE.findall((await slips(clerk, 1)).pages[0].extract_text())
    poll = await open_the_vote(database, keys, clock)
    refused = await clerk.post(f"{NIGHT}/slips", json={"count": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_in_this_phase")
    body = {
        "code": re.sub(r"\s", "", code),
        "choices": [1],
        "points": None,
        "idempotency_key": "a-vote-with-the-code-of-a-slip",
    }
    assert (await clerk.put(f"/api/polls/{poll}/ballot", json=body)).status_code == 200
    assert (await clerk.get(f"{ROUND}/screen")).json()["vote"]["voted"] is None
