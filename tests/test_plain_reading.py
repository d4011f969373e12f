"""Proposals and results without JavaScript: before there is anything to read, page by page, and after publication."""

from __future__ import annotations

from typing import Any

import html5lib
import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.rounds.models import Round
from pbvote.voting.casting import Cast, cast
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, browser
from tests.house import agree, let_in, make_codes, make_people, make_round, open_the_vote

SLUG = "harbourside-2026"
PATH = f"/en/r/{SLUG}/plain"


async def read(client: httpx.AsyncClient, address: str, status: int = 200) -> Any:
    """The page at an address, which a browser has nothing to put right in."""
    answer = await client.get(address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "set-cookie" not in answer.headers
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.text)


def text_of(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())


def rows(page: Any) -> list[list[str]]:
    return [[text_of(cell) for cell in row] for body in page.iter("tbody") for row in body.iter("tr")]


@pytest.fixture
async def codes(database: Database, keys: Keys) -> list[str]:
    await make_people(database)
    await make_round(database)
    return await make_codes(database, keys)


@pytest.mark.parametrize("query", ["?page=0", "?page=-1", "?page=x", "?page=2", "?page=9999999999"])
async def test_there_is_no_such_page_of_the_list(client: httpx.AsyncClient, codes: list[str], query: str) -> None:
    assert codes
    answer = await client.get(f"{PATH}/proposals{query}")
    assert answer.status_code in {400, 404}
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_every_proposal_is_there_with_its_cost_state_and_reason(
    client: httpx.AsyncClient, database: Database
) -> None:
    await make_people(database)
    await make_round(database, costs=[100_50] * 51)
    first = await read(client, f"{PATH}/proposals")
    cards = [text_of(card) for card in first.iter("li") if card.get("id", "").startswith("no-")]
    assert len(cards) == 50
    assert "£100.50" in cards[0]
    assert "Accepted" in cards[0]
    assert "What the council says: It can be done for this cost." in cards[0]
    assert "Page 1 of 2" in text_of(first)
    [further] = [link.get("href") for link in first.iter("a") if text_of(link) == "Next"]
    second = await read(client, further)
    assert "Proposal 51" in text_of(second)
    assert "hall@example.org" not in text_of(second)


async def test_before_publication_the_result_is_not_there_and_says_when_it_will_be(
    client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    assert codes
    early = text_of(await read(client, f"{PATH}/results", 404))
    assert "Voting opens on Tuesday 3 March 2026 at 09:00." in early
    await open_the_vote(database, keys, clock)
    assert "Voting is still open. They will be published on" in text_of(await read(client, f"{PATH}/results", 404))
    clock.advance(days=14)
    assert "The votes are being counted." in text_of(await read(client, f"{PATH}/results", 404))


async def test_a_cancelled_round_says_why(client: httpx.AsyncClient, database: Database, codes: list[str]) -> None:
    assert codes
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round))).one()
        round_.phase, round_.cancelled_reason = "cancelled", "The money is gone."
    for address, status in ((PATH, 200), (f"{PATH}/results", 404)):
        assert "The money is gone." in text_of(await read(client, address, status))


async def test_the_published_result_has_every_project_with_votes_outcome_and_why(
    app: Litestar,
    client: httpx.AsyncClient,
    database: Database,
    keys: Keys,
    clock: SettableClock,
    codes: list[str],
) -> None:
    poll = await open_the_vote(database, keys, clock)
    choices = [(1,), (1, 2), (1,), (4,), ()]
    casts = [Cast(code, Choice(choice, None), f"a-key-of-{code}") for code, choice in zip(codes, choices, strict=True)]
    async with database.session(write=True) as db:
        await cast(db, keys, poll, casts)
    clock.advance(days=14)
    await keep_time(database, keys)
    async with browser(app) as officer, browser(app) as second:
        await let_in(database, officer, "officer@example.org")
        await let_in(database, second, "second@example.org")
        outcome = (await officer.post(f"/api/rounds/{SLUG}/count", json={})).json()["outcome_id"]
        await agree(officer, second, f"/api/rounds/{SLUG}/publish", {"outcome_id": outcome})
    page = await read(client, f"{PATH}/results")
    assert "3 proposals will be funded" in text_of(page)
    assert "£425 of £500 will be spent." in text_of(page)
    projects = [row for row in rows(page) if row[-1] in {"Funded", "Not funded"}]
    assert [(row[1], row[3].split()[-1], row[4]) for row in projects] == [
        ("£100", "3", "Funded"),
        ("£250", "1", "Funded"),
        ("£75", "1", "Funded"),
        ("£400", "0", "Not funded"),
    ]
    assert projects[3][0] == "Proposal 3 Nobody voted for it."
    files = [link.get("href") for link in page.iter("a") if "download" in link.attrib]
    assert files == [f"/api/rounds/{SLUG}/results/{name}" for name in ("bundle.zip", "projects.csv", "result.json")]
    ballot = await read(client, PATH)
    assert f"{PATH}/results" in [link.get("href") for link in ballot.iter("a")]
