"""Questions to officers: what shows when, who answers, and what is left of one that was taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.keys import Keys
from tests.conftest import SettableClock, browser
from tests.deliberation.talking import SLUG, ask, let_talk, questions, shown, words
from tests.house import let_in, make_codes, make_people, make_round, open_the_vote


@pytest.fixture
async def resident(client: httpx.AsyncClient, database: Database) -> httpx.AsyncClient:
    await make_people(database)
    await make_round(database)
    await let_talk(database)
    return client


@pytest.fixture
async def officer(app: Litestar, resident: httpx.AsyncClient, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    del resident
    async with browser(app) as opened:
        await let_in(database, opened, "officer@example.org")
        yield opened


async def answer(client: httpx.AsyncClient, id_: str, text: str = "The council does.") -> httpx.Response:
    return await client.post(f"/api/rounds/{SLUG}/questions/{id_}/answer", json={"answer": text})


async def inbox(client: httpx.AsyncClient, answered: str = "false") -> list[dict[str, object]]:
    found: list[dict[str, object]] = (
        await client.get(f"/api/rounds/{SLUG}/questions/inbox", params={"answered": answered})
    ).json()["items"]
    return found


async def test_nobody_asks_when_a_round_is_over(
    resident: httpx.AsyncClient, officer: httpx.AsyncClient, database: Database
) -> None:
    assert (await ask(resident, "")).status_code == 400
    assert (await ask(resident, number=99)).status_code == 404
    await let_in(database, officer, "organiser@example.org")
    await officer.post(f"/api/rounds/{SLUG}/cancel", json={"reason": "The money is gone."})
    refused = await ask(resident)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_in_this_phase")
    assert (await questions(resident))["open"] is False


async def test_only_the_forum_answers(
    app: Litestar, resident: httpx.AsyncClient, officer: httpx.AsyncClient, database: Database
) -> None:
    written = (await ask(resident)).json()
    assert (await answer(resident, written["id"])).status_code == 401
    async with browser(app) as elsewhere:
        await let_in(database, elsewhere, "elsewhere@example.org")
        assert (await answer(elsewhere, written["id"])).status_code == 403
        await make_round(database, "castle-hill-2026", forum="castle-hill")
        through = f"/api/rounds/castle-hill-2026/questions/{written['id']}/answer"
        assert (await elsewhere.post(through, json={"answer": "Ha."})).status_code == 404
    assert [one["answer"] for one in await inbox(officer)] == [""]


async def test_a_question_shows_at_once_where_comments_do_and_elsewhere_with_its_answer(
    resident: httpx.AsyncClient, officer: httpx.AsyncClient, database: Database
) -> None:
    await ask(resident, "About the round?")
    await ask(resident, "About a proposal?", number=2)
    await let_talk(database, "off")
    waiting = (await ask(resident, "Quietly?")).json()
    assert waiting["state"] == "waiting"
    assert (shown(await questions(resident)), shown(await questions(resident, 2))) == (
        ["About the round?"],
        ["About a proposal?"],
    )
    assert (await officer.get("/api/officer/talk")).json()["items"][0]["questions"] == 3
    assert (await answer(officer, waiting["id"], "")).status_code == 400
    assert (await answer(officer, waiting["id"], "Yes, see https://example.org/why.")).status_code == 204
    found = (await questions(resident))["items"]
    assert [words(one["parts"]) for one in found] == ["About the round?", "Quietly?"]
    assert [part["href"] for part in found[1]["answer"] if part["href"]] == ["https://example.org/why"]
    assert [one["answer"] for one in await inbox(officer, "true")] == ["Yes, see https://example.org/why."]


async def test_while_voting_is_open_a_question_shows_with_its_answer_alone(
    resident: httpx.AsyncClient,
    officer: httpx.AsyncClient,
    database: Database,
    keys: Keys,
    clock: SettableClock,
) -> None:
    await make_codes(database, keys)
    await open_the_vote(database, keys, clock)
    written = (await ask(resident, "Vote for number 3?")).json()
    assert (written["state"], shown(await questions(resident))) == ("waiting", [])
    assert (await questions(resident))["at_once"] is False
    await answer(officer, written["id"])
    assert shown(await questions(resident)) == ["Vote for number 3?"]


async def test_what_is_hidden_or_taken_back_is_gone(
    resident: httpx.AsyncClient, officer: httpx.AsyncClient, database: Database
) -> None:
    first, second = [(await ask(resident, text)).json() for text in ("Rude Popocatepetl?", "Never mind?")]
    hidden = await officer.post(f"/api/rounds/{SLUG}/questions/{first['id']}/hide", json={"reason": "Rude."})
    assert hidden.status_code == 204
    removal = f"/api/rounds/{SLUG}/questions/{second['id']}/removal"
    assert (await resident.post(removal, json={"key": "0" * 16})).status_code == 403
    assert (await resident.post(removal, json={"key": second["key"]})).status_code == 204
    assert shown(await questions(resident)) == ["hidden: Rude."]
    assert await inbox(officer) == []
    async with database.session(write=False) as db:
        kinds = list(
            await db.scalars(select(AuditEvent.kind).where(AuditEvent.round_id.is_not(None)).order_by(AuditEvent.id))
        )
        told = str(list(await db.scalars(select(AuditEvent.data))))
    assert kinds == ["question_asked", "question_asked", "question_hidden", "question_removed"]
    assert "Popocatepetl" not in told
