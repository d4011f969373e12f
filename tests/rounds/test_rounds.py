from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.rounds.models import Round
from pbvote.rounds.phases import NotInThisPhase, Phase
from pbvote.rounds.service import begin, follow_calendar, rounds_due
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, browser
from tests.house import make_people, sign_in
from tests.rounds.ready import MONEY, OFFICER, ORGANISER, SLUG, change, make_draft, open_round


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await make_people(database)


@pytest.fixture
async def organiser(client: httpx.AsyncClient) -> httpx.AsyncClient:
    await sign_in(client, ORGANISER)
    return client


async def enter(database: Database, *phases: Phase, slug: str = SLUG) -> None:
    async with database.session(write=True) as db:
        for phase in phases:
            round_ = (await db.scalars(select(Round).where(Round.slug == slug))).one()
            await begin(db, round_, phase)


async def began(database: Database) -> list[tuple[str, str, str]]:
    async with database.session(write=False) as db:
        query = select(AuditEvent).where(AuditEvent.kind == "phase_began").order_by(AuditEvent.id)
        return [(row.data["before"], row.data["phase"], row.data["reason"]) for row in await db.scalars(query)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_refuses_what_is_not_there_or_not_public(client: httpx.AsyncClient) -> None:
    refused = {
        "/api/rounds/nothing": 404,
        "/api/rounds/%00": 404,
        "/api/rounds/nothing/proposals": 404,
        "/api/rounds?phase=later": 400,
        "/api/rounds?page=-1": 400,
        "/api/templates": 401,
        "/api/officer/rounds": 401,
        "/api/rounds/nothing/setup": 401,
        "/api/rounds/nothing/approvals": 401,
    }
    answers = {path: await client.get(path) for path in refused}
    assert {path: answer.status_code for path, answer in answers.items()} == refused
    assert {path: answer.json()["status"] for path, answer in answers.items()} == refused


async def test_a_draft_is_seen_by_those_who_work_for_the_forum_and_nobody_else(
    app: Litestar, organiser: httpx.AsyncClient
) -> None:
    await make_draft(organiser)
    seen = {}
    for email in (None, "elsewhere@example.org", "admin@example.org", "clerk@example.org", "scrutineer@example.org"):
        async with browser(app) as somebody:
            if email:
                await sign_in(somebody, email)
            paths = (f"/api/rounds/{SLUG}", f"/api/rounds/{SLUG}/proposals")
            seen[email] = {(await somebody.get(path)).status_code for path in paths}
            assert (await somebody.get("/api/rounds")).json()["items"] == []
    assert [seen[email] for email in seen] == [{404}, {404}, {404}, {200}, {200}]


async def test_the_public_reads_everything_but_who_works_on_it(app: Litestar, organiser: httpx.AsyncClient) -> None:
    await open_round(organiser)
    async with browser(app) as resident:
        shown = (await resident.get(f"/api/rounds/{SLUG}")).json()
        [card] = (await resident.get("/api/rounds")).json()["items"]
    assert {key: shown[key] for key in card} == card
    assert card["budget"] == 25_000_00
    assert card["next_date"] == {"what": "proposals_open", "when": card["calendar"]["proposals_open"]}
    assert shown["contact"] == {"email": "forum@example.org", "phone": "01632 960 123"}
    assert shown["pots"] == MONEY["pots"]
    assert shown["poll"]["rule"]["id"] == "equal-shares"
    assert shown["poll"]["design"]["kind"] == "knapsack"
    assert {"version", "template", "my_roles"} & set(shown) == set()


async def test_the_clock_ends_phases_without_anybody_writing(
    organiser: httpx.AsyncClient, clock: SettableClock, database: Database
) -> None:
    await open_round(organiser)
    await enter(database, Phase.PROPOSALS)
    seen: list[Any] = []
    for moment in ("2026-03-30T22:58:59+00:00", "2026-03-30T22:59:00+00:00"):
        clock.set(at(moment))
        shown = (await organiser.get(f"/api/rounds/{SLUG}")).json()
        listed = {
            phase: [item["phase"] for item in (await organiser.get(f"/api/rounds?phase={phase}")).json()["items"]]
            for phase in ("proposals", "review")
        }
        seen.append((shown["phase"], shown["next_date"]["what"], listed))
    assert seen == [
        ("proposals", "proposals_close", {"proposals": ["proposals"], "review": []}),
        ("review", "voting_open", {"proposals": [], "review": ["review"]}),
    ]


async def test_the_list_of_a_phase_agrees_with_the_clock(
    organiser: httpx.AsyncClient, clock: SettableClock, database: Database
) -> None:
    await open_round(organiser)
    await open_round(organiser, "Other")
    await enter(database, Phase.PROPOSALS, Phase.REVIEW, Phase.VOTING, slug="other")
    for moment in ("2026-03-01T00:00+00:00", "2026-04-01T00:00+00:00", "2026-05-01T00:00+00:00"):
        clock.set(at(moment))
        every = (await organiser.get("/api/rounds")).json()["items"]
        for phase in Phase:
            listed = (await organiser.get(f"/api/rounds?phase={phase.value}")).json()
            assert listed["items"] == [card for card in every if card["phase"] == phase]
            assert listed["total"] == len(listed["items"])


async def test_rounds_are_listed_newest_first_by_forum_and_in_pages(
    organiser: httpx.AsyncClient, clock: SettableClock
) -> None:
    for title in ("One", "Two", "Three"):
        await open_round(organiser, title)
        clock.advance(minutes=1)
    listed = (await organiser.get("/api/rounds?size=2")).json()
    assert ([card["slug"] for card in listed["items"]], listed["total"]) == (["three", "two"], 3)
    assert [card["slug"] for card in (await organiser.get("/api/rounds?size=2&page=2")).json()["items"]] == ["one"]
    assert (await organiser.get("/api/rounds?forum=harbourside")).json()["total"] == 3
    for forum in ("castle-hill", "nowhere", "%00", ""):
        assert (await organiser.get(f"/api/rounds?forum={forum}")).json()["total"] == 0


async def test_officers_list_the_rounds_of_their_forums_only(app: Litestar, organiser: httpx.AsyncClient) -> None:
    await make_draft(organiser)
    [item] = (await organiser.get("/api/officer/rounds")).json()["items"]
    assert (item["slug"], item["version"], item["waiting_proposals"], item["my_roles"]) == (SLUG, 1, 0, ["organiser"])
    async with browser(app) as elsewhere:
        await sign_in(elsewhere, "elsewhere@example.org")
        assert (await elsewhere.get("/api/officer/rounds")).json()["total"] == 0
        assert len((await elsewhere.get("/api/templates")).json()["items"]) == 8


async def test_a_phase_is_entered_only_where_it_follows(organiser: httpx.AsyncClient, database: Database) -> None:
    await open_round(organiser)
    for phase in (Phase.DRAFT, Phase.VOTING, Phase.COUNTING, Phase.PUBLISHED, Phase.DELIVERY, Phase.CLOSED):
        with pytest.raises(NotInThisPhase):
            await enter(database, phase)
    await enter(database, Phase.PROPOSALS)
    with pytest.raises(NotInThisPhase):
        await enter(database, Phase.PROPOSALS)
    assert await began(database) == [("draft", "proposals", "")]


async def test_the_calendar_takes_a_round_from_opening_to_review(
    organiser: httpx.AsyncClient, clock: SettableClock, database: Database, keys: Keys
) -> None:
    await open_round(organiser)
    await keep_time(database, keys)
    assert await began(database) == []
    clock.set(at("2026-03-09T09:00:00+00:00"))
    await keep_time(database, keys)
    await keep_time(database, keys)
    clock.set(at("2026-03-30T22:59:00+00:00"))
    await keep_time(database, keys)
    assert await began(database) == [
        ("draft", "proposals", "by the calendar"),
        ("proposals", "review", "by the calendar"),
    ]


async def test_a_draft_that_nobody_opened_waits(
    organiser: httpx.AsyncClient, clock: SettableClock, database: Database
) -> None:
    await make_draft(organiser)
    clock.advance(days=400)
    async with database.session(write=True) as db:
        assert await rounds_due(db) == []
        round_ = (await db.scalars(select(Round))).one()
        assert (await follow_calendar(db, round_)).phase == Phase.DRAFT


async def test_a_round_without_a_time_for_proposals_goes_to_review_when_it_is_opened(
    organiser: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    await make_draft(organiser)
    await change(organiser, "money", MONEY)
    dates = {"proposals_open": None, "proposals_close": None, "results": None}
    vote = {"voting_open": "2026-04-13T09:00", "voting_close": "2026-04-27T23:59"}
    assert (await change(organiser, "dates", {**dates, **vote})).status_code == 200
    assert (await organiser.post(f"/api/rounds/{SLUG}/open")).status_code == 200
    await keep_time(database, keys)
    assert (await organiser.get(f"/api/rounds/{SLUG}")).json()["phase"] == "review"


@pytest.mark.parametrize("reason", ["", " ", "a\x00", "x" * 1_001])
async def test_refuses_to_cancel_without_a_reason_that_can_be_read(organiser: httpx.AsyncClient, reason: str) -> None:
    await open_round(organiser)
    answer = await organiser.post(f"/api/rounds/{SLUG}/cancel", json={"reason": reason})
    assert (answer.status_code, answer.json()["reasons"][0]["field"]) == (400, "reason")


async def test_a_cancelled_round_says_why_and_stays_cancelled(
    app: Litestar, organiser: httpx.AsyncClient, database: Database
) -> None:
    await open_round(organiser)
    answer = await organiser.post(f"/api/rounds/{SLUG}/cancel", json={"reason": " The money was withdrawn. "})
    assert (answer.status_code, answer.json()["phase"]) == (200, "cancelled")
    async with browser(app) as resident:
        shown = (await resident.get(f"/api/rounds/{SLUG}")).json()
    assert (shown["phase"], shown["cancelled_reason"], shown["next_date"]) == (
        "cancelled",
        "The money was withdrawn.",
        None,
    )
    again = await organiser.post(f"/api/rounds/{SLUG}/cancel", json={"reason": "Once more."})
    assert (again.status_code, again.json()["code"]) == (409, "not_in_this_phase")
    assert await began(database) == [("draft", "cancelled", "The money was withdrawn.")]


async def test_delivery_begins_after_publication_and_ends_the_round(
    app: Litestar, organiser: httpx.AsyncClient, database: Database
) -> None:
    await open_round(organiser)
    async with browser(app) as officer:
        await sign_in(officer, OFFICER)
        for path in ("begin-delivery", "finish"):
            assert (await officer.post(f"/api/rounds/{SLUG}/{path}")).status_code == 409
        await enter(database, Phase.PROPOSALS, Phase.REVIEW, Phase.VOTING, Phase.COUNTING, Phase.PUBLISHED)
        assert (await officer.post(f"/api/rounds/{SLUG}/finish")).status_code == 409
        assert (await officer.post(f"/api/rounds/{SLUG}/begin-delivery")).json()["phase"] == "delivery"
        assert (await officer.post(f"/api/rounds/{SLUG}/finish")).json()["phase"] == "closed"
        assert (await officer.post(f"/api/rounds/{SLUG}/finish")).status_code == 409
    answer = await organiser.post(f"/api/rounds/{SLUG}/cancel", json={"reason": "Too late."})
    assert answer.status_code == 409
    async with browser(app) as clerk:
        await sign_in(clerk, "clerk@example.org")
        assert (await clerk.post(f"/api/rounds/{SLUG}/finish")).status_code == 403
