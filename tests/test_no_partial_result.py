"""One gate for results: before publication no route shows, to anybody, anything that depends on how people voted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from uuid import UUID

import httpx
import pytest
from litestar import Litestar, get
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.app import create_app
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.settings import Settings
from pbvote.voting.casting import Cast, Stored, cast
from pbvote.voting.timekeeper import keep_time
from pbvote.web.access import PUBLIC
from tests.conftest import SettableClock, browser
from tests.house import agree, let_in, make_codes, make_people, make_round, make_two_votes, open_the_vote
from tests.test_access import PARAMETERS, TABLE, VISITORS
from tests.voting.looking import ballots_that_count

SLUG = "harbourside-2026"
# The description of all routes; and how busy the server is, of which tests/operations/test_metrics.py shows the same.
OTHERS = {"GET /api", "GET /api/openapi.json", "GET /api/status"}
GETS = sorted(
    route.removeprefix("GET ").format(**PARAMETERS)
    for route in TABLE
    if route.startswith("GET ") and route not in OTHERS
)
ROUND_PAGES = ("", "/proposals", "/vote", "/results", "/plain/proposals", "/plain/results")
PAGES = ["/en/", "/en/f/harbourside", *(f"/en/r/{SLUG}{page}" for page in ROUND_PAGES)]
# What only a result has.
TELLING = {"votes", "score", "funded", "steps", "winners", "simple_count", "voters_with_a_funded_project"}
OF_A_VOTE = ("results", "results/projects.csv", "turnout", "keys", "turnout-audit", "ballot-paper")
FIRST = [(1,), (1, 2), (1,), (4,), (1, 4)]
SECOND = [(3,), (3, 4), (2,), (2,), (4,)]


async def snapshot(
    clients: dict[str, httpx.AsyncClient], more: Sequence[str] = ()
) -> dict[tuple[str, str], tuple[int, str]]:
    """What every GET route answers to everybody."""
    return {
        (name, url): (answer.status_code, answer.text)
        for name, client in clients.items()
        for url in [*GETS, *PAGES, *more]
        for answer in [await client.get(url, params={"postcode": "TS1 2AB"} if "finder" in url else None)]
    }


def telling(snapshot: dict[tuple[str, str], tuple[int, str]]) -> list[tuple[str, str, str]]:
    """Where a JSON answer has a part that only a result has."""
    found = []
    for (name, url), (_, text) in snapshot.items():
        if not url.startswith("/api") or not text.startswith("{"):
            continue
        waiting = [json.loads(text)]
        while waiting:
            part = waiting.pop()
            if isinstance(part, dict):
                found += [(name, url, key) for key in TELLING & part.keys()]
                waiting += part.values()
            elif isinstance(part, list):
                waiting += part
    return found


async def vote(
    database: Database, keys: Keys, poll: UUID, codes: list[str], choices: Sequence[tuple[int, ...]]
) -> None:
    casts = [
        Cast(code, Choice(choice, None), f"snapshot-{code}-{'-'.join(map(str, choice))}")
        for code, choice in zip(codes, choices, strict=True)
    ]
    async with database.session(write=True) as db:
        results = await cast(db, keys, poll, casts)
    assert all(isinstance(result, Stored) for result in results), results


@pytest.fixture
async def codes(database: Database, keys: Keys) -> list[str]:
    await make_people(database)
    await make_round(database)
    return await make_codes(database, keys, count=len(FIRST))


@pytest.fixture
async def clients(app: Litestar, database: Database, codes: list[str]) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    assert codes
    async with AsyncExitStack() as stack:
        found = {name: await stack.enter_async_context(browser(app)) for name in VISITORS}
        for name, client in found.items():
            if name != "nobody":
                await let_in(database, client, f"{name}@example.org")
        yield found


async def test_while_voting_is_open_no_answer_depends_on_how_people_voted(
    clients: dict[str, httpx.AsyncClient],
    database: Database,
    keys: Keys,
    clock: SettableClock,
    codes: list[str],
) -> None:
    poll = await open_the_vote(database, keys, clock)
    await vote(database, keys, poll, codes, FIRST)
    first = await snapshot(clients)
    await vote(database, keys, poll, codes, SECOND)
    second = await snapshot(clients)
    assert {key for key in first if first[key] != second[key]} == set()
    assert telling(second) == []


async def test_a_route_that_leaks_is_found(
    settings: Settings, database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    poll = await open_the_vote(database, keys, clock)

    @get("/api/forums", guards=[PUBLIC])
    async def leaking(db: NamedDependency[AsyncSession]) -> dict[str, int]:
        ballots = await ballots_that_count(db, keys, poll)
        return {"total": sum(1 for ballot in ballots if 1 in ballot.projects)}

    honest = create_app(settings, clock, background=False)
    app = Litestar([leaking], dependencies={"db": honest.dependencies["db"]}, state=honest.state, openapi_config=None)
    async with app.lifespan(), browser(app) as client:
        await vote(database, keys, poll, codes, FIRST)
        first = await snapshot({"nobody": client})
        await vote(database, keys, poll, codes, SECOND)
        second = await snapshot({"nobody": client})
    assert {url for _, url in first if first["nobody", url] != second["nobody", url]} == {"/api/forums"}
    await honest.state.database.close()


async def test_counting_shows_nothing_to_those_who_do_not_prepare_the_publication(
    clients: dict[str, httpx.AsyncClient],
    database: Database,
    keys: Keys,
    clock: SettableClock,
    codes: list[str],
) -> None:
    poll = await open_the_vote(database, keys, clock)
    await vote(database, keys, poll, codes, FIRST)
    clock.advance(days=14)
    await keep_time(database, keys)
    before = await snapshot(clients)
    assert telling(before) == []
    counted = await clients["officer"].post(f"/api/rounds/{SLUG}/count", json={})
    assert counted.status_code == 201, counted.text
    after = await snapshot(clients)
    changed = {key for key in before if before[key] != after[key]}
    staff = {"officer", "organiser", "scrutineer"}
    # that somebody counted stands in the log of what was done, and nothing of what came of it (`telling`, below)
    logs = {(name, path) for name, path in changed if path.removesuffix("/file").endswith("/log")}
    assert changed - logs == {(name, f"/api/rounds/{SLUG}/count") for name in staff}
    assert {name for name, _, _ in telling(after)} == staff


async def test_before_voting_there_is_nothing_to_tell(clients: dict[str, httpx.AsyncClient]) -> None:
    found = await snapshot(clients)
    assert telling(found) == []
    assert found["nobody", f"/api/rounds/{SLUG}/results"][0] == 404
    assert found["officer", f"/api/rounds/{SLUG}/results/projects.csv"][0] == 404


async def test_publication_opens_the_gate_for_everybody(
    clients: dict[str, httpx.AsyncClient],
    app: Litestar,
    database: Database,
    keys: Keys,
    clock: SettableClock,
    codes: list[str],
) -> None:
    poll = await open_the_vote(database, keys, clock)
    await vote(database, keys, poll, codes, FIRST)
    clock.advance(days=14)
    await keep_time(database, keys)
    outcome = (await clients["officer"].post(f"/api/rounds/{SLUG}/count", json={})).json()["outcome_id"]
    body = {"outcome_id": outcome, "approves": None}
    asked = await clients["officer"].post(f"/api/rounds/{SLUG}/publish", json=body)
    assert (asked.status_code, asked.json()["status"]) == (202, "asked")
    assert telling(await snapshot({"nobody": clients["nobody"]})) == []
    body["approves"] = asked.json()["id"]
    again = await clients["officer"].post(f"/api/rounds/{SLUG}/publish", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "second_officer_needed")
    async with browser(app) as second:
        await let_in(database, second, "second@example.org")
        done = await second.post(f"/api/rounds/{SLUG}/publish", json=body)
    assert (done.status_code, done.json()["status"]) == (200, "done")
    result = (await clients["nobody"].get(f"/api/rounds/{SLUG}/results")).json()
    assert [project["votes"] for project in result["projects"]] == [4, 1, 0, 2]
    refused = await clients["nobody"].get(f"/api/rounds/{SLUG}/results/election.pb")
    assert (refused.status_code, refused.json()["code"]) == (403, "too_few_ballots")


async def test_of_two_votes_each_keeps_its_result_to_itself_until_it_is_published(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await make_people(database)
    await make_two_votes(database)
    codes = await make_codes(database, keys, count=len(FIRST))
    async with browser(app) as nobody, browser(app) as officer, browser(app) as second:
        for client, name in ((officer, "officer"), (second, "second")):
            await let_in(database, client, f"{name}@example.org")
        clients = {"nobody": nobody, "officer": officer}
        one, other = (poll["id"] for poll in (await nobody.get(f"/api/rounds/{SLUG}")).json()["polls"])
        asked = [f"/api/rounds/{SLUG}/{what}?poll={poll}" for what in OF_A_VOTE for poll in (1, 2)]
        asked += [f"/api/polls/{poll}/log{part}" for poll in (one, other) for part in ("", "/events", "/leaves")]

        await open_the_vote(database, keys, clock)
        await vote(database, keys, UUID(one), codes, [(1,), (1, 2), (1,), (2,), (1, 2)])
        clock.advance(days=14)
        await keep_time(database, keys)
        assert telling(await snapshot(clients, asked)) == []
        counted = (await officer.post(f"/api/rounds/{SLUG}/count", json={})).json()["outcome_id"]
        assert telling(await snapshot({"nobody": nobody}, asked)) == []
        done = await agree(officer, second, f"/api/rounds/{SLUG}/publish", {"outcome_id": counted})
        assert done.status_code == 200, done.text
        public = {url for _, url, _ in telling(await snapshot({"nobody": nobody}, asked))}
        assert public == {f"/api/rounds/{SLUG}/results", f"/api/rounds/{SLUG}/results?poll=1"}

        await open_the_vote(database, keys, clock)
        await vote(database, keys, UUID(other), codes, [(1,), (1,), (1,), (1,), (2,)])
        first = await snapshot(clients, asked)
        await vote(database, keys, UUID(other), codes, [(2,), (2,), (1, 2), (2,), (1,)])
        assert {key for key, answer in (await snapshot(clients, asked)).items() if first[key] != answer} == set()
        assert {url for _, url, _ in telling(first)} == public
        clock.advance(days=2)
        await keep_time(database, keys)
        closed = await snapshot({"nobody": nobody}, asked)
        assert {url for _, url, _ in telling(closed)} == public
        assert (await officer.post(f"/api/rounds/{SLUG}/count", json={})).status_code == 201
        again = await snapshot({"nobody": nobody}, asked)
        assert {key for key in closed if closed[key] != again[key]} == set()
