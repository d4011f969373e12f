from __future__ import annotations

import httpx
import pytest
from litestar import Litestar

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.web.headers import CONTENT_SECURITY_POLICY
from tests.conftest import SettableClock
from tests.house import let_in, make_codes, make_people, make_round, open_the_vote


@pytest.mark.parametrize("path", ["/en/", "/en/nothing/here", "/api/health", "/api/nothing", "/api/me"])
async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["strict-transport-security"].startswith("max-age=")


async def test_answers_of_the_api_are_not_kept_unless_they_say_so(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/health")).headers["cache-control"] == "no-store"


async def test_what_everybody_may_read_is_compressed_and_what_holds_secrets_is_not(
    app: Litestar, client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    assert app
    await make_people(database)
    await make_round(database, costs=[100] * 30)
    await make_codes(database, keys)
    await let_in(database, client, "clerk@example.org")
    codes = await client.post("/api/rounds/harbourside-2026/codes", json={"label": "Letters", "count": 100})
    assert codes.status_code == 201
    assert "content-encoding" not in codes.headers
    await open_the_vote(database, keys, clock)
    paper = await client.get("/api/rounds/harbourside-2026/ballot-paper")
    assert paper.headers["content-encoding"] == "gzip"
