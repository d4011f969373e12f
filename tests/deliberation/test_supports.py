"""Supports: one for each browser, closed in time, and no number of them anywhere while voting is open."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.deliberation import service
from pbvote.deliberation.models import Support
from pbvote.keys import Keys
from pbvote.proposals.models import Proposal
from pbvote.rounds.phases import ALLOWED, Action, Phase
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, browser
from tests.deliberation.talking import SLUG, TOKENS, back, let_talk, said, talk
from tests.house import let_in, make_codes, make_people, make_round, open_the_vote
from tests.test_access import PARAMETERS, TABLE

PUBLIC_GETS = sorted(
    route.removeprefix("GET ").format(**{**PARAMETERS, "number": "3"})
    for route, who in TABLE.items()
    if route.startswith("GET ")
)


@pytest.fixture
async def resident(client: httpx.AsyncClient, database: Database) -> httpx.AsyncClient:
    await make_people(database)
    await make_round(database)
    await let_talk(database)
    return client


async def test_where_there_are_none_nobody_backs_anything(resident: httpx.AsyncClient, database: Database) -> None:
    await let_talk(database, supports=False)
    refused = await back(resident, TOKENS[0])
    assert (refused.status_code, refused.json()["code"]) == (409, "supports_are_closed")
    assert (await talk(resident))["supports"] is None


async def test_what_is_out_is_not_backed(resident: httpx.AsyncClient, database: Database) -> None:
    async with database.session(write=True) as db:
        for proposal, status in zip(
            await db.scalars(select(Proposal).order_by(Proposal.number)), ("rejected", "withdrawn"), strict=False
        ):
            proposal.status = status
    assert [(await back(resident, TOKENS[0], number)).status_code for number in (1, 2, 3)] == [409, 409, 200]
    assert (await back(resident, "0" * 31)).status_code == 409  # the first one; its token is not even looked at
    assert (await back(resident, "0" * 31, 3)).json()["reasons"][0]["code"] == "bad_token"


async def test_a_browser_backs_a_proposal_once_and_can_stop(resident: httpx.AsyncClient, database: Database) -> None:
    counts = [(await back(resident, token)).json()["supports"] for token in (TOKENS[0], TOKENS[0], TOKENS[1])]
    assert counts == [1, 1, 2]
    assert (await back(resident, TOKENS[0], 2)).json() == {"supports": 1}
    assert (await back(resident, TOKENS[0], supports=False)).json() == {"supports": 1}
    assert (await talk(resident))["supports"] == 1
    async with database.session(write=False) as db:
        assert len(set(await db.scalars(select(Support.supporter)))) == 2
        assert (await db.execute(select(func.count(AuditEvent.round_id)))).scalar_one() == 0


async def test_one_browser_is_not_known_again_from_the_table(resident: httpx.AsyncClient, database: Database) -> None:
    await back(resident, TOKENS[0], 1)
    await back(resident, TOKENS[0], 2)
    async with database.session(write=False) as db:
        assert len(set(await db.scalars(select(Support.supporter)))) == 2


def numbers_in(value: Any) -> list[int]:
    """Every whole number of a JSON answer, and of its texts."""
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers_in(part)]
    if isinstance(value, list):
        return [number for part in value for number in numbers_in(part)]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []


async def answers(clients: list[httpx.AsyncClient]) -> dict[tuple[int, str], str]:
    """What every GET route answers to everybody, as far as it is JSON."""
    found = {}
    for place, client in enumerate(clients):
        for url in PUBLIC_GETS:
            if "openapi" in url or url == "/api":
                continue
            answer = await client.get(url, params={"postcode": "TS1 2AB"} if "finder" in url else None)
            if answer.headers.get("content-type", "").startswith("application/json"):
                found[place, url] = answer.text
    return found


def telling(before: dict[tuple[int, str], str], supports_: int) -> set[str]:
    """The addresses whose answers hold that number."""
    return {url for (_, url), text in before.items() if supports_ in numbers_in(json.loads(text))}


async def test_while_voting_is_open_no_number_of_supports_or_comments_stands_anywhere(
    app: Litestar, resident: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    many = 7_919  # a number that nothing else has
    async with database.session(write=True) as db:
        proposal = (await db.scalars(select(Proposal).where(Proposal.number == 3))).one()
        db.add_all(Support(proposal_id=proposal.id, supporter=number.to_bytes(4)) for number in range(many))
    for _ in range(2):
        await said(resident, number=3)
    assert (await talk(resident, 3))["supports"] == many
    await make_codes(database, keys)
    await open_the_vote(database, keys, clock)
    async with browser(app) as officer:
        await let_in(database, officer, "officer@example.org")
        while_open = await answers([resident, officer])
        found = await talk(resident, 3)
        assert (found["supports"], found["count"], found["backing"]) == (None, None, False)
        assert telling(while_open, many) == set()
        refused = await back(resident, TOKENS[0], 3)
        assert (refused.status_code, refused.json()["code"]) == (409, "supports_are_closed")
        listed = json.loads(while_open[0, f"/api/rounds/{SLUG}/proposals"])["items"]
        assert [one["number"] for one in listed] == [1, 2, 3, 4]  # by number, whoever backs them
        clock.advance(days=14)
        await keep_time(database, keys)
        assert telling(await answers([resident, officer]), many) == set()  # while it is being counted, neither


async def test_a_server_that_shows_supports_while_voting_is_open_is_found(
    resident: httpx.AsyncClient,
    database: Database,
    keys: Keys,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control: the phase of voting shows them, and so does the answer."""
    opened = {**ALLOWED, Phase.VOTING: ALLOWED[Phase.VOTING] | {Action.SHOW_SUPPORTS}}
    monkeypatch.setattr(service, "ALLOWED", opened)
    for token in TOKENS[:3]:
        await back(resident, token, 1)
    await make_codes(database, keys)
    await open_the_vote(database, keys, clock)
    found = await talk(resident, 1)
    assert found["supports"] == 3
    assert telling({(0, "here"): json.dumps(found)}, 3) == {"here"}
