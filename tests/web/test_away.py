"""A database that is away for a moment: asked to come again, never told that something broke."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.exc import IntegrityError

from pbvote.db import Database, connect
from pbvote.db.away import is_passing

NOBODY_ANSWERS = "postgresql+psycopg://pbvote@127.0.0.1:1/pbvote"


@pytest.fixture
async def away(app: Litestar) -> AsyncIterator[None]:
    """The app's database does not answer."""
    there: Database = app.state["database"]
    gone = connect(NOBODY_ANSWERS)
    app.state["database"] = gone
    yield
    app.state["database"] = there
    await gone.close()


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize(("method", "path"), [("GET", "/api/forums"), ("GET", "/api/rounds/x"), ("POST", "/api/login")])
async def test_whoever_asks_is_asked_to_try_again(client: httpx.AsyncClient, method: str, path: str) -> None:
    body = {"email": "a@example.org", "password": "x" * 12} if method == "POST" else None
    answer = await client.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "try_again")
    assert int(answer.headers["retry-after"]) > 0
    assert ("not known whether" in answer.json()["detail"]) == (method == "POST")


def test_a_mistake_of_ours_does_not_pass_by_itself() -> None:
    assert not is_passing(IntegrityError("INSERT", None, ValueError("x")))
    assert not is_passing(RuntimeError("x"))
