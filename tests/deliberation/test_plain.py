"""Comments without JavaScript: what was typed stands there as it was typed, and links say what they are."""

from __future__ import annotations

import httpx
import pytest
from litestar import Litestar

from pbvote.db import Database
from pbvote.deliberation import finding
from tests.conftest import browser
from tests.deliberation.talking import SLUG, ask, let_talk, said
from tests.house import let_in, make_people, make_round

PAGE = f"/en/r/{SLUG}/plain/comments"
ATTACK = '<script>alert(1)</script> https://evil.example/"><img src=x> {{ 7 * 7 }}'


async def test_a_proposal_s_comments_and_questions_are_read(
    app: Litestar, client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_people(database)
    await make_round(database)
    await let_talk(database)
    assert (await client.get(PAGE, params={"number": "99"})).status_code == 404
    first = await said(client, ATTACK)
    await said(client, "A reply.", parent=first["id"])
    gone = await said(client, "Something bad.")
    await ask(client, "Who mows it?", 1)
    async with browser(app) as officer:
        await let_in(database, officer, "officer@example.org")
        await officer.post(f"/api/rounds/{SLUG}/comments/{gone['id']}/hide", json={"reason": "It is <rude>."})
    page = await client.get(PAGE, params={"number": "1"})
    assert page.status_code == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <a href=" in page.text
    assert '<a href="https://evil.example/" rel="nofollow ugc noopener">https://evil.example/</a>' in page.text
    assert "{{ 7 * 7 }}" in page.text
    assert "<img" not in page.text
    assert "Hidden by an officer: It is &lt;rude&gt;." in page.text
    assert "Something bad" not in page.text
    assert "Who mows it?" in page.text
    monkeypatch.setattr(finding, "AT_ONCE", 1)
    app.state["reading"].forget()
    page = await client.get(PAGE, params={"number": "1"})
    assert f"after={first['id']}" in page.text
    assert "Hidden by" not in page.text
