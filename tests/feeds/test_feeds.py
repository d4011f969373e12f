from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from sqlalchemy import select

from pbvote.accounts.models import Account
from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.rounds import PhaseBegan, RoundOpened
from pbvote.audit.service import record
from pbvote.db import Database
from pbvote.feeds.atom import About, Entry, feed_of
from pbvote.feeds.ics import Event, calendar_of
from pbvote.rounds.models import Round
from pbvote.rounds.service import cancel
from tests.conftest import SettableClock, browser
from tests.feeds.reader import read_calendar
from tests.house import let_in, make_people, make_round

SLUG = "harbourside-2026"
ATOM = "{http://www.w3.org/2005/Atom}"
MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FEEDS = [
    f"/api/rounds/{SLUG}/dates.ics",
    f"/api/rounds/{SLUG}/news.atom",
    "/api/forums/harbourside/dates.ics",
    "/api/forums/harbourside/news.atom",
    "/api/plan/dates.ics",
    "/api/plan/news.atom",
    "/api/plan",
    "/en/plan",
]


async def change(database: Database, **values: Any) -> None:
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        for name, value in values.items():
            setattr(round_, name, value)


@pytest.fixture
async def organiser(app: Litestar, database: Database, clock: SettableClock) -> AsyncIterator[httpx.AsyncClient]:
    await make_people(database)
    await make_round(database)
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        assert round_.opened_at
        clock.advance(hours=-1)
        await record(db, PhaseBegan(round_id=round_.id, before="draft", phase="voting"))
        clock.advance(hours=1)
        round_.opened_at += timedelta(days=25)  # the tests' clock stands there: what was before is not told
        await record(db, RoundOpened(round_id=round_.id))
    async with browser(app) as client:
        await let_in(database, client, "organiser@example.org")
        yield client


@pytest.mark.parametrize("hidden", [{"opened_at": None}, {"rehearsal": True}])
async def test_a_draft_and_a_rehearsal_are_in_no_feed(
    database: Database, client: httpx.AsyncClient, organiser: httpx.AsyncClient, hidden: dict[str, Any]
) -> None:
    shown = [(await client.get(path)).text for path in FEEDS]
    assert all("Harbourside budget 2026" in text.replace("\r\n ", "") for text in shown)
    await change(database, **hidden)
    for visitor in (client, organiser):  # not even to those who may see it
        answers = [await visitor.get(path) for path in FEEDS]
        assert [answer.status_code for answer in answers] == [404, 404, 200, 200, 200, 200, 200, 200]
        assert not any("Harbourside budget 2026" in answer.text.replace("\r\n ", "") for answer in answers)
        assert read_calendar(answers[4].content)[1] == []


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    for path in ("/api/rounds/nothing/dates.ics", "/api/forums/%00/news.atom", "/api/plan?forum=nothing"):
        assert (await client.get(path)).status_code == 404
    assert (await client.get("/en/plan?forum=nothing")).status_code == 404
    assert (await client.get("/en/plan/nothing")).status_code == 404


async def test_a_date_keeps_its_name_when_it_moves(
    database: Database, client: httpx.AsyncClient, organiser: httpx.AsyncClient, clock: SettableClock
) -> None:
    await change(database, title="Paths, parks; and \\ more", results_at=datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    first = await client.get(f"/api/rounds/{SLUG}/dates.ics")
    assert first.headers["content-type"] == "text/calendar; charset=utf-8"
    own, before = read_calendar(first.content)
    assert own["NAME"] == "Paths, parks; and \\ more"
    assert [event["SUMMARY"].partition(":")[0] for event in before] == [
        "Ideas open",
        "Ideas close",
        "Voting opens",
        "Voting closes",
        "Results",
    ]
    clock.advance(hours=1)
    dates = dict.fromkeys(("second_voting_open", "second_voting_close"))
    setup = (await organiser.get(f"/api/rounds/{SLUG}/setup")).json()
    dates |= {name: when and when["local"] for name, when in setup["calendar"].items()}
    moved = dates | {"results": "2026-04-10T12:30", "version": setup["version"]}
    answer = await organiser.put(f"/api/rounds/{SLUG}/setup/dates", json=moved)
    assert answer.status_code == 200, answer.text
    _, after = read_calendar((await client.get(f"/api/rounds/{SLUG}/dates.ics")).content)
    assert [event["UID"] for event in after] == [event["UID"] for event in before]
    assert {int(new["SEQUENCE"]) - int(old["SEQUENCE"]) for new, old in zip(after, before, strict=True)} == {1}
    assert all(new["LAST-MODIFIED"] > old["LAST-MODIFIED"] for new, old in zip(after, before, strict=True))
    assert after[-1]["DTSTART"] == "20260410T113000Z"  # summer time in the forum
    assert after[-1]["URL"] == f"https://vote.example.org/en/r/{SLUG}"


async def test_a_cancelled_round_cancels_its_dates_and_says_why(
    database: Database, client: httpx.AsyncClient, organiser: httpx.AsyncClient
) -> None:
    del organiser
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        account = (await db.scalars(select(Account).where(Account.email == "organiser@example.org"))).one()
        roles = frozenset({(round_.forum_id, Role.ORGANISER)})
        await cancel(db, round_, "The hall burnt down.", Actor(account.id, "", "", administrator=False, roles=roles))
    _, events = read_calendar((await client.get("/api/plan/dates.ics")).content)
    assert {event["STATUS"] for event in events} == {"CANCELLED"}
    assert (await client.get("/api/plan")).json()["items"] == []
    assert "Harbourside budget 2026" not in (await client.get("/en/plan")).text
    feed = ET.fromstring((await client.get("/api/forums/harbourside/news.atom")).content)  # noqa: S314  # our own
    titles = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    assert titles == ["Cancelled: Harbourside budget 2026", "New round: Harbourside budget 2026"]
    assert "The hall burnt down." in str(feed.findtext(f"{ATOM}entry/{ATOM}content"))


async def test_news_are_an_atom_feed_with_the_dates_on_the_forums_clocks(
    client: httpx.AsyncClient, organiser: httpx.AsyncClient
) -> None:
    del organiser
    answer = await client.get("/api/plan/news.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = ET.fromstring(answer.content)  # noqa: S314  # our own
    assert feed.tag == f"{ATOM}feed"
    assert feed.findtext(f"{ATOM}id") == "https://vote.example.org/api/plan/news.atom"
    assert {link.get("rel") for link in feed.findall(f"{ATOM}link")} == {"self", "alternate"}
    [entry] = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}{name}") for name in ("title", "updated", "published")] == [
        "New round: Harbourside budget 2026",
        "2026-03-02T09:00:00Z",
        "2026-03-02T09:00:00Z",
    ]
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", str(entry.findtext(f"{ATOM}id")))
    assert "Voting opens: Tuesday 3 March 2026, 09:00" in str(entry.findtext(f"{ATOM}content"))


async def test_the_plan_goes_by_month_and_by_forum(client: httpx.AsyncClient, organiser: httpx.AsyncClient) -> None:
    del organiser
    page = await client.get("/en/plan")
    assert re.findall(r"<h2 id=[^>]+>([^<]+)<", page.text) == ["March 2026"]
    assert 'Voting opens: <a href="/en/r/harbourside-2026">' in page.text
    assert "Ideas open" not in page.text  # a month ago
    assert "No dates are set" in (await client.get("/en/plan?forum=castle-hill")).text
    items = (await client.get("/api/plan", params={"forum": "harbourside"})).json()["items"]
    assert [item["what"] for item in items[:3]] == ["proposals_open", "proposals_close", "voting_open"]
    assert (await client.get("/api/plan", params={"forum": "castle-hill"})).json()["items"] == []


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=200)


@given(TEXT, TEXT)
def test_any_text_comes_back_from_a_calendar_and_a_feed(first: str, second: str) -> None:
    event = Event(
        uid=UUID(int=7),
        at=MOMENT,
        summary=first,
        description=second,
        url="https://vote.example.org/en/r/x",
        place=second,
        sequence=0,
        created=MOMENT,
        changed=MOMENT,
        cancelled=False,
    )
    own, [read] = read_calendar(calendar_of(first, "https://vote.example.org/x", [event]))
    assert (own["NAME"], read["SUMMARY"], read["DESCRIPTION"]) == (first, first, second)


def test_no_character_of_xml_is_lost() -> None:
    about = About(title="A & <b>", author="x", address="https://a.example/", page="https://a.example/p", language="en")
    entry = Entry(id=UUID(int=7), at=MOMENT, title='"<&>', content="1\n2", url="https://a.example/?a&b", author="y")
    feed = ET.fromstring(feed_of(about, [entry]))  # noqa: S314  # our own
    assert feed.findtext(f"{ATOM}title") == "A & <b>"
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == '"<&>'
