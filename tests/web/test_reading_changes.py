"""Public answers that are kept: never older than what changed, in one process or in two."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.types import Receive, Scope, Send
from sqlalchemy import text

from pbvote.app import create_app
from pbvote.db import Database
from pbvote.db.changes import ServerChanges
from pbvote.keys import Keys
from pbvote.settings import Settings
from pbvote.web.reading import MOST_AGE, Reading
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, make_round, sign_in
from tests.outcomes.counting import SLUG, count, hold_the_vote, publish
from tests.web.reading import ROUND, Maker, ask, hearing, is_kept, opened, until, write

ANEW = {"authorization": "none"}  # means nothing to us but that the answer is not for everybody


# Never older than what changed


@pytest.mark.parametrize("blind", [False, True])
async def test_an_answer_from_before_a_commit_is_not_kept_after_it(
    reading: Reading, app: Litestar, monkeypatch: pytest.MonkeyPatch, *, blind: bool
) -> None:
    """The race: read before the commit, stored after everybody was told. Blind, as the control, the fault shows."""
    assert reading.version() is not None
    if blind:
        monkeypatch.setattr(Reading, "version", lambda _: (1, 1))

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await inner(scope, receive, send)
        await write(app.state["database"], "Written meanwhile")

    inner = app.asgi_handler
    address = f"{ROUND}/proposals/1"
    client = browser(app)
    app.asgi_handler = slow
    try:
        stale = (await client.get(address)).json()["title"]
    finally:
        app.asgi_handler = inner
    assert stale == "Proposal 1"
    assert ((await client.get(address)).json()["title"] == "Written meanwhile") is not blind


async def test_reads_what_was_written_at_once_and_what_is_quiet_changes_nothing(
    reading: Reading, app: Litestar, client: httpx.AsyncClient
) -> None:
    database: Database = app.state["database"]
    address = f"{ROUND}/proposals/1"
    for number in range(20):
        await write(database, f"Title {number}")
        assert (await client.get(address)).json()["title"] == f"Title {number}"
    version = reading.version()
    async with database.session(write=True, quiet=True) as db:
        await db.execute(text("UPDATE rounds SET version = version"))
    for writes in (False, True):  # what is open for writing, and writes nothing, has not changed anything
        async with database.session(write=writes) as db:
            await db.execute(text("SELECT title FROM rounds"))
    assert reading.version() == version
    with suppress(ZeroDivisionError):
        async with database.session(write=True) as db:
            await db.execute(text("UPDATE rounds SET version = version"))
            raise ZeroDivisionError
    assert reading.version() == version


async def test_signing_in_changes_nothing_public(reading: Reading, client: httpx.AsyncClient) -> None:
    version = reading.version()
    await sign_in(client, "officer@example.org")
    assert (await client.post("/api/logout")).status_code == 204
    assert reading.version() == version


async def test_phases_follow_the_clock(reading: Reading, client: httpx.AsyncClient, clock: SettableClock) -> None:
    maker = Maker(gate=opened())
    assert await is_kept(reading, maker=maker)
    clock.advance(seconds=MOST_AGE * 0.9)
    await ask(reading, maker)
    assert len(maker.asked) == 1
    clock.advance(seconds=MOST_AGE * 0.1)
    await ask(reading, maker)
    assert len(maker.asked) == 2
    clock.advance(seconds=-60)
    await ask(reading, maker)
    assert len(maker.asked) == 3
    address = "/api/rounds"
    before = (await client.get(address)).json()
    clock.advance(days=30)
    assert (await client.get(address)).json() != before


async def test_no_result_is_read_before_its_publication_and_no_old_word_after_it(
    app: Litestar, client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await make_people(database)
    await make_round(database)
    pages = (f"{ROUND}/results", f"/en/r/{SLUG}/plain/results")
    async with hearing(app):
        await hold_the_vote(database, keys, clock)
        officer, second = browser(app), browser(app)
        await let_in(database, officer, "officer@example.org")
        await let_in(database, second, "second@example.org")
        outcome = await count(officer)
        for page in pages * 2:
            assert (await client.get(page)).status_code == 404
        assert (await publish(officer, second, outcome)).status_code == 200
        for page in pages * 2:
            answer = await client.get(page)
            assert answer.status_code == 200
            assert "max-age" not in answer.headers["cache-control"]


# Two processes


async def test_another_process_hears_of_it(
    reading: Reading, app: Litestar, settings: Settings, clock: SettableClock
) -> None:
    other = create_app(settings, clock, background=False, durable=False)
    theirs: Reading = other.state["reading"]
    theirs.on, theirs.age = True, lambda: 0.0
    address = f"{ROUND}/proposals/1"
    async with other.lifespan(), hearing(other), browser(other) as client:
        for number in range(5):
            known = theirs.version()
            await client.get(address)
            assert theirs.kept
            await write(app.state["database"], f"Title {number}")
            await until(lambda known=known: theirs.version() != known)  # type: ignore[misc]  # within milliseconds
            assert (await client.get(address)).json()["title"] == f"Title {number}"
    assert reading.version() is not None


async def test_nothing_that_is_kept_is_used_while_nobody_listens(reading: Reading, app: Litestar) -> None:
    changes = reading.changes
    if not isinstance(changes, ServerChanges):
        pytest.skip("an SQLite file is asked itself, each time")
    maker = Maker(gate=opened())
    assert await is_kept(reading, maker=maker)
    known = reading.version()
    database: Database = app.state["database"]
    cut = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'")
    async with database.session(write=False) as db:
        await db.execute(cut.execution_options(autocommit=True))
    await until(lambda: not changes.listening)
    assert reading.version() is None
    await ask(reading, maker)
    await ask(reading, maker)
    assert len(maker.asked) == 3
    await until(lambda: changes.listening)  # again, and what was known before is not trusted any more
    assert reading.version() != known
    await ask(reading, maker)
    assert len(maker.asked) == 4


# Whatever happens


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_is_read_is_what_would_be_made_anew(
    reading: Reading, app: Litestar, client: httpx.AsyncClient, clock: SettableClock, seed: int
) -> None:
    """Random writes, steps of the clock and reads: after each write's answer, both say the same."""
    dice = random.Random(seed)  # noqa: S311  # a sequence that can be had again
    people = [browser(app) for _ in range(2)]
    await let_in(app.state["database"], people[0], "admin@example.org")
    await let_in(app.state["database"], people[1], "organiser@example.org")
    for step in range(25):
        happened = await happens(dice, people, app, clock)
        for address in dice.sample(ADDRESSES, 3):
            for language in ("en", "cy"):
                for _ in range(2):
                    kept = await client.get(address, headers={"accept-language": language})
                    anew = await client.get(address, headers={"accept-language": language, **ANEW})
                    told = (seed, step, happened, address)
                    assert (kept.status_code, kept.text, told) == (anew.status_code, anew.text, told)
    assert reading.kept


ADDRESSES = [
    *("/api/rounds", ROUND, f"{ROUND}/proposals", f"{ROUND}/proposals/1", f"{ROUND}/proposals/1/comments"),
    *("/api/plan", "/api/forums/harbourside", "/api/retention", "/en/", f"/en/r/{SLUG}", "/en/plan"),
    *(f"/en/r/{SLUG}/plain/proposals", f"{ROUND}/results", f"{ROUND}/ballot-paper", f"{ROUND}/dates.ics"),
]


async def happens(dice: random.Random, people: list[httpx.AsyncClient], app: Litestar, clock: SettableClock) -> str:
    """Something that changes what the public reads, or nothing."""
    what, number = dice.choice(["words", "looks", "retention", "title", "clock", "nothing"]), dice.randrange(10**6)
    administrator, organiser = people
    if what == "words":
        forum = (await organiser.get("/api/forums/harbourside")).json()
        await organiser.put("/api/forums/harbourside/texts", json={"description": f"{number}", **_version(forum)})
    elif what == "looks":
        now = (await administrator.get("/api/branding")).json()
        colours = {name: value for name, value in now.items() if isinstance(value, str) and value.startswith("#")}
        await administrator.put("/api/branding", json={"name": f"Partnership {number}", **colours})
    elif what == "retention":
        await administrator.put("/api/retention", json={"drafts": 30 + number % 30})
    elif what == "title":
        await write(app.state["database"], f"Title {number}")
    elif what == "clock":
        clock.advance(seconds=dice.choice([0.5, 2, 3_600, 86_400]))
    return what


def _version(forum: dict[str, Any]) -> dict[str, Any]:
    return {"version": forum["version"]} if "version" in forum else {}
