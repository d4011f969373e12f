"""What an administrator chooses: looks on every page, how long things are kept, who needs a second step."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.accounts.models import Invite, Login
from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.roll.contacts import add_contacts
from pbvote.roll.models import Addressee, CodeBatch, Contact, Elector
from pbvote.rounds.models import Round
from pbvote.voting.timekeeper import forget_what_nobody_needs
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, make_round
from tests.installation.test_branding import FIXTURES


@pytest.fixture
async def admin(app: Litestar, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    await make_people(database)
    async with browser(app) as opened:
        await let_in(database, opened, "admin@example.org")
        yield opened


def looks(name: str = "", **colours: str) -> dict[str, str]:
    return {"name": name, **dict.fromkeys(("brand", "brand_deep", "brand_tint", "link"), ""), **colours}


async def test_looks_that_cannot_be_read_are_refused_by_the_server(
    admin: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    before = (await client.get("/en/privacy")).text
    answer = await admin.put("/api/branding", json=looks(link="#8a8a8a"))
    assert answer.status_code == 400
    assert {reason["code"] for reason in answer.json()["reasons"]} == {"contrast_too_low"}
    injected = await admin.put("/api/branding", json=looks(brand="#000;} body{}"))
    assert {reason["code"] for reason in injected.json()["reasons"]} == {"bad_colour"}
    assert (await client.get("/en/privacy")).text == before


async def test_every_page_has_the_looks_at_once_from_our_own_origin(
    admin: httpx.AsyncClient, client: httpx.AsyncClient, database: Database
) -> None:
    await make_round(database)
    plain = "/en/r/harbourside-2026/plain/proposals"
    assert "colours.css" not in (await client.get("/en/privacy")).text
    seen = set()
    for fixture, colours in FIXTURES.items():
        answer = await admin.put("/api/branding", json=looks(f"<{fixture}> & co", **colours))
        assert answer.status_code == 200, answer.text
        for address in ("/en/privacy", "/en/o", "/en/a", "/en/nowhere", plain):
            page = (await client.get(address)).text
            assert f"&lt;{fixture}&gt; &amp; co" in page, address
            assert f'<meta name="theme-color" content="{colours["brand"]}">' in page
            assert "\0" not in page
            [sheet] = [part.split('"')[0] for part in page.split('href="') if "colours.css" in part.split('"')[0]]
        css = await client.get(sheet)
        assert f"--brand:{colours['brand']};" in css.text
        assert css.headers["cache-control"] == "public, max-age=31536000, immutable"
        seen.add(sheet)
    assert len(seen) == 3  # a new address for each, so that no cache shows old colours
    await admin.put("/api/branding", json=looks())
    assert "Tarnshire Partnership" in (await client.get("/en/privacy")).text
    assert (await client.get(sheet)).status_code == 404


async def test_numbers_out_of_bounds_are_refused(admin: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    answer = await admin.put("/api/retention", json={"drafts": 1, "sign_ins": 25, "ballots": 1})
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["retention_bounds"] * 2 + ["retention_unknown"]
    assert (await admin.put("/api/retention", json={"drafts": 30})).status_code == 200
    kept = {one["name"]: one["number"] for one in (await client.get("/api/retention")).json()["items"]}
    assert (kept["drafts"], kept["letters"]) == (30, 90)


async def test_the_timekeeper_deletes_what_was_kept_long_enough(
    admin: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await make_round(database)
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round))).one()
        batch = CodeBatch(round_id=round_.id, label="File", size=1, created_at=clock.moment, imported=True)
        db.add(batch)
        await db.flush()
        elector = Elector(round_id=round_.id, batch_id=batch.id)
        db.add(elector)
        await db.flush()
        db.add(Addressee(batch_id=batch.id, position=1, elector_id=elector.id, sealed=b"x"))
        await add_contacts(db, keys, round_.id, [(elector.id, "kim@example.org")])
        round_.voting_open_at = round_.voting_close_at = clock.moment - timedelta(days=29)
    await admin.put("/api/retention", json={"letters": 7, "contacts": 30})
    await admin.post("/api/invites", json={"email": "new@example.org", "roles": [], "administrator": True})

    async def left() -> list[int]:
        columns = (Addressee.position, Contact.email_hash, Invite.id, Login.token_hash)
        async with database.session(write=False) as db:
            return [len(list(await db.scalars(select(column)))) for column in columns]

    await forget_what_nobody_needs(database)
    assert await left() == [1, 1, 1, 1]
    clock.advance(days=1)
    await forget_what_nobody_needs(database)
    assert await left() == [1, 0, 1, 1]
    clock.advance(days=6)
    await forget_what_nobody_needs(database)
    assert await left() == [0, 0, 0, 1]
    clock.advance(days=1_000)
    await forget_what_nobody_needs(database)
    assert await left() == [0, 0, 0, 0]


async def test_whoever_asks_a_second_step_of_others_has_one(admin: httpx.AsyncClient, database: Database) -> None:
    answer = await admin.put("/api/second-step", json={"required": True})
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["own_second_step_first"]
    assert (await admin.put("/api/second-step", json={"required": False})).json() == {"required": False}
    async with database.session(write=False) as db:
        assert "second_step_required" in set(await db.scalars(select(AuditEvent.kind)))
