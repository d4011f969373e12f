"""While a box is open, others write: a large one takes minutes, and nobody's vote may wait for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select, update

from pbvote.ballotlog.models import Log
from pbvote.db import Base, Database
from pbvote.keys import Keys
from pbvote.outcomes import box, service
from pbvote.outcomes.models import Outcome
from pbvote.publication.models import Publication
from pbvote.rounds.models import Round
from tests.conftest import SettableClock, browser
from tests.house import agree, let_in, make_people, make_round, two_officers
from tests.outcomes.counting import SLUG, count, hold_the_vote

COUNT, PUBLISH = f"/api/rounds/{SLUG}/count", f"/api/rounds/{SLUG}/publish"
LONG = 30.0  # seconds in which nobody waits unless something is wrong
Meanwhile = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


@pytest.fixture
async def officers(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock
) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """Two of them, and a vote that is over."""
    await make_people(database)
    await make_round(database)
    await hold_the_vote(database, keys, clock)
    async with browser(app) as first, browser(app) as second:
        await let_in(database, first, "officer@example.org")
        await let_in(database, second, "second@example.org")
        yield first, second


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """`meanwhile(act)`: something happens after the box was read, and before its ballots are unsealed."""

    def arrange(act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        loop, really = asyncio.get_running_loop(), box._opened  # the long part, in its thread

        def opened(*arguments: Any) -> Any:
            assert threading.current_thread() is not threading.main_thread()
            asyncio.run_coroutine_threadsafe(act(), loop).result(LONG)
            return really(*arguments)

        monkeypatch.setattr(box, "_opened", opened)

    return arrange


async def stored(database: Database, what: type[Base]) -> int:
    async with database.session(write=False) as db:
        return (await db.execute(select(func.count()).select_from(what))).scalar_one()


async def write(database: Database, wait: float = LONG) -> None:
    """Somebody else writes something."""

    async def described() -> None:
        async with database.session(write=True) as db:
            await db.execute(update(Round).values(description="Somebody else was here."))

    await asyncio.wait_for(described(), wait)


async def grow_the_log(database: Database) -> None:
    async with database.session(write=True) as db:
        await db.execute(update(Log).values(size=Log.size + 1))


async def test_a_count_of_a_log_that_has_grown_is_not_stored(
    officers: tuple[httpx.AsyncClient, httpx.AsyncClient], database: Database, meanwhile: Meanwhile
) -> None:
    meanwhile(lambda: grow_the_log(database))
    refused = await officers[0].post(COUNT, json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "box_was_touched")
    assert await stored(database, Outcome) == 0


async def test_a_log_that_has_grown_is_not_published(
    officers: tuple[httpx.AsyncClient, httpx.AsyncClient], database: Database, meanwhile: Meanwhile
) -> None:
    outcome = await count(officers[0])
    meanwhile(lambda: grow_the_log(database))
    refused = await agree(*officers, PUBLISH, {"outcome_id": outcome})
    assert (refused.status_code, refused.json()["code"]) == (409, "box_was_touched")
    assert await stored(database, Publication) == 0


async def test_others_write_while_votes_are_counted_and_published(
    app: Litestar, officers: tuple[httpx.AsyncClient, httpx.AsyncClient], meanwhile: Meanwhile
) -> None:
    served: Database = app.state["database"]  # the very one that counting uses
    meanwhile(lambda: write(served))
    outcome = await count(officers[0])
    assert (await agree(*officers, PUBLISH, {"outcome_id": outcome})).status_code == 200


async def test_counted_in_one_transaction_they_would_have_to_wait(
    app: Litestar,
    officers: tuple[httpx.AsyncClient, httpx.AsyncClient],
    keys: Keys,
    meanwhile: Meanwhile,
) -> None:
    del officers
    served: Database = app.state["database"]
    if served.engine.dialect.name != "sqlite":
        pytest.skip("on PostgreSQL only those wait who write the same rows")
    meanwhile(lambda: write(served, wait=0.5))
    async with served.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        officer, _ = await two_officers(db, round_)
        with pytest.raises(TimeoutError):
            await service.count(db, keys, round_, officer)
