"""The key of a draft by e-mail: to whoever has it already, few times, and only where the service sends mail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.keys.sealed import Sealer
from pbvote.notices.messages import Message
from pbvote.notices.models import Outgoing
from pbvote.notices.service import OUTBOX
from pbvote.settings import Mail, Settings
from tests.conftest import BASE_URL, SettableClock, browser
from tests.house import make_people, sign_in
from tests.proposals.putting import take_proposals
from tests.proposals.test_drafts import ROUND, begin
from tests.rounds.ready import ORGANISER, SLUG


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With a way out for e-mail."""
    return replace(settings, mail=Mail("votes@example.org", folder=tmp_path / "mail"))


@pytest.fixture
async def resident(
    app: Litestar, client: httpx.AsyncClient, clock: SettableClock, database: Database, keys: Keys
) -> httpx.AsyncClient:
    await make_people(database)
    async with browser(app) as organiser:
        await sign_in(organiser, ORGANISER)
        await take_proposals(organiser, clock, database, keys)
    return client


async def test_the_key_is_sent_to_whoever_has_it_and_three_times_at_most(
    resident: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    key = await begin(resident)

    async def ask(email: str, with_key: str = key) -> httpx.Response:
        return await resident.post(f"{ROUND}/draft/email", json={"email": email}, headers={"proposal-key": with_key})

    assert (await ask("kim@example.org", "0000-0000-0000-0000")).json()["code"] == "wrong_key"
    assert (await ask("kim")).json()["reasons"][0]["code"] == "bad_email"
    assert [(await ask("kim@example.org")).status_code for _ in range(3)] == [202, 202, 202]
    assert (await ask("kim@example.org")).status_code == 429
    async with database.session(write=False) as db:
        rows = list(await db.scalars(select(Outgoing)))
    sealer = Sealer.of(keys.pepper, OUTBOX)
    message = sealer.open(rows[0].id.bytes, rows[0].sealed, Message).trimmed()
    assert (len(rows), message.to) == (3, "kim@example.org")
    assert f"{BASE_URL}/en/r/{SLUG}/mine#{key}" in message.text
    assert "90 days" in message.text


async def test_a_service_without_mail_says_so(resident: httpx.AsyncClient, app: Litestar, settings: Settings) -> None:
    app.state["settings"] = replace(settings, mail=None)
    answer = await resident.post(
        f"{ROUND}/draft/email", json={"email": "kim@example.org"}, headers={"proposal-key": await begin(resident)}
    )
    assert answer.status_code == 404
