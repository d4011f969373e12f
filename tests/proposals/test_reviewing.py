"""What officers record before they decide: checks one by one, costs line by line, the changes they ask for."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.proposals.models import Proposal
from pbvote.proposals.service import enter
from pbvote.proposals.states import Status
from tests.conftest import SettableClock, browser
from tests.house import make_people, sign_in
from tests.proposals.putting import decide, submit, take_proposals
from tests.rounds.ready import OFFICER, ORGANISER, SLUG, codes

REVIEW = f"/api/rounds/{SLUG}/review"
LINES = [
    {"what": "Bench of oak", "amount": 500_00, "basis": "quote"},
    {"what": "Fitting", "amount": 100_00, "basis": "estimate"},
]


@pytest.fixture
async def officer(app: Litestar, database: Database, keys: Keys, clock: SettableClock) -> httpx.AsyncClient:
    """An officer of a round that takes proposals, and has two for 750 pounds each."""
    await make_people(database)
    client = browser(app)
    await sign_in(client, ORGANISER)
    await take_proposals(client, clock, database, keys)
    for title in ("A bench by the school", "A skate park"):
        assert (await submit(client, title=title)).status_code == 201
    await sign_in(client, OFFICER)
    return client


async def version_of(client: httpx.AsyncClient, number: int = 1) -> int:
    return int((await client.get(f"{REVIEW}/{number}")).json()["version"])


async def check(client: httpx.AsyncClient, name: str, number: int = 1, **changes: Any) -> httpx.Response:
    body = {"passes": True, "note": "", "version": await version_of(client, number)}
    return await client.put(f"{REVIEW}/{number}/checks/{name}", json=body | changes)


async def cost(client: httpx.AsyncClient, number: int = 1, **changes: Any) -> httpx.Response:
    body = {"lines": LINES, "others": None, "version": await version_of(client, number)}
    return await client.put(f"{REVIEW}/{number}/costing", json=body | changes)


async def test_only_officers_of_the_forum_record_anything(app: Litestar, officer: httpx.AsyncClient) -> None:
    before = (await officer.get(f"{REVIEW}/1")).json()
    writes: list[tuple[str, str, dict[str, Any]]] = [
        ("PUT", f"{REVIEW}/1/checks/feasible", {"passes": True, "note": "", "version": 1}),
        ("PUT", f"{REVIEW}/1/costing", {"lines": LINES, "others": None, "version": 1}),
        ("POST", f"{REVIEW}/1/changes", {"reason": "Say where.", "version": 1}),
        ("PUT", f"{REVIEW}/1/assignee", {"mine": True}),
    ]
    for email, status in ((None, 401), ("clerk@example.org", 403), ("elsewhere@example.org", 403), (ORGANISER, 403)):
        async with browser(app) as somebody:
            if email:
                await sign_in(somebody, email)
            for method, path, body in writes:
                assert (await somebody.request(method, path, json=body)).status_code == status, (email, path)
    assert (await officer.get(f"{REVIEW}/1")).json() == before


async def test_refuses_what_is_wrong_or_from_an_old_version(officer: httpx.AsyncClient) -> None:
    before = (await officer.get(f"{REVIEW}/1")).json()
    assert codes(await check(officer, "feasible", note="x" * 1_001)) == [("note", "text_too_long")]
    assert (await check(officer, "cheap")).status_code in {400, 404}
    assert (await check(officer, "feasible", version=7)).json()["code"] == "changed_by_somebody_else"
    wrong = [{**LINES[0], "what": " ", "amount": 0}]
    assert codes(await cost(officer, lines=wrong)) == [
        ("lines.0.what", "text_missing"),
        ("lines.0.amount", "bad_amount"),
    ]
    assert codes(await cost(officer, lines=LINES * 51)) == [("lines", "bad_number_of_lines")]
    assert codes(await cost(officer, others=600_00)) == [("others", "others_pay_too_much")]
    assert codes(await cost(officer, others=500_00)) == [("lines", "cost_too_small")]
    assert (await cost(officer, version=7)).json()["code"] == "changed_by_somebody_else"
    assert (await officer.get(f"{REVIEW}/1")).json() == before


async def test_checks_are_recorded_one_by_one_and_the_public_reads_them_with_the_decision(
    officer: httpx.AsyncClient,
) -> None:
    assert (await check(officer, "feasible", passes=False, note=" No room. ")).status_code == 200
    shown = (await check(officer, "feasible", note="There is, behind the hall.")).json()
    [one] = shown["recorded"]
    assert (one["name"], one["passes"], one["note"], one["stale"]) == (
        "feasible", True, "There is, behind the hall.", False,
    )  # fmt: skip
    public = await officer.get(f"/api/rounds/{SLUG}/proposals/1")
    assert public.json()["checks"] == dict.fromkeys(("appropriate", "feasible", "sustainable"))
    assert "behind the hall" not in public.text
    refused = await decide(officer, 1, checks=None)
    assert codes(refused) == [("checks", "checks_not_recorded")]
    assert refused.json()["reasons"][0]["params"] == {"checks": "appropriate, sustainable"}
    for name in ("appropriate", "sustainable"):
        assert (await check(officer, name)).status_code == 200
    assert (await decide(officer, 1, checks=None)).status_code == 200
    public = await officer.get(f"/api/rounds/{SLUG}/proposals/1")
    assert public.json()["checks"] == dict.fromkeys(("appropriate", "feasible", "sustainable"), True)
    assert "behind the hall" not in public.text


async def test_a_rejection_needs_no_more_than_the_check_that_failed(officer: httpx.AsyncClient) -> None:
    await check(officer, "feasible", passes=False)
    assert codes(await decide(officer, 1, checks=None))[0] == ("checks", "checks_not_met")
    assert (await decide(officer, 1, "rejected", checks=None)).status_code == 200
    assert (await officer.get(f"/api/rounds/{SLUG}/proposals/1")).json()["checks"]["feasible"] is False


async def test_the_amount_on_the_ballot_follows_from_the_officers_lines(officer: httpx.AsyncClient) -> None:
    shown = (await cost(officer)).json()
    assert (shown["costing"]["amount"], shown["asked"]["amount"]) == (600_00, 750_00)
    assert [line["what"] for line in shown["costing"]["lines"]] == ["Bench of oak", "Fitting"]
    public = await officer.get(f"/api/rounds/{SLUG}/proposals/1")
    assert public.json()["cost"] == 750_00
    assert "oak" not in public.text
    assert codes(await decide(officer, 1)) == [("decision", "costing_differs")]
    assert codes(await decide(officer, 1, "accepted_with_changes", cost=1_00)) == [("cost", "cost_from_costing")]
    assert (await decide(officer, 1, "accepted_with_changes")).json()["cost"] == 600_00
    assert (await cost(officer, others=50_00)).json()["costing"]["amount"] == 550_00
    assert (await decide(officer, 1, "accepted_with_changes")).json()["cost"] == 550_00
    assert (await cost(officer, lines=[])).json()["costing"] is None
    assert (await decide(officer, 1)).json()["cost"] == 750_00


async def test_changes_are_asked_for_in_public_and_keep_the_vote_from_opening(
    officer: httpx.AsyncClient, app: Litestar
) -> None:
    assert codes(await officer.post(f"{REVIEW}/1/changes", json={"reason": " ", "version": 1})) == [
        ("reason", "text_missing")
    ]
    answer = await officer.post(f"{REVIEW}/1/changes", json={"reason": "Say where it goes.", "version": 1})
    assert answer.status_code == 200, answer.text
    async with browser(app) as anybody:
        public = (await anybody.get(f"/api/rounds/{SLUG}/proposals/1")).json()
    assert (public["status"], public["status_reason"]) == ("changes_requested", "Say where it goes.")
    assert public["history"][-1]["reason"] == "Say where it goes."
    await decide(officer, 2)
    reasons = (await officer.get(f"/api/rounds/{SLUG}/readiness")).json()["reasons"]
    assert ("proposals_undecided", 1) in [(one["code"], one["params"].get("count")) for one in reasons]
    assert (await decide(officer, 1)).status_code == 200, "officers need not wait for an answer"


async def test_what_was_checked_before_a_proposal_was_sent_again_does_not_count(
    officer: httpx.AsyncClient, database: Database, clock: SettableClock
) -> None:
    for name in ("appropriate", "feasible", "sustainable"):
        assert (await check(officer, name)).status_code == 200
    await officer.post(f"{REVIEW}/1/changes", json={"reason": "Say where.", "version": await version_of(officer)})
    assert (await officer.get(f"{REVIEW}/1")).json()["standing"]["waiting"] is None
    clock.advance(hours=1)
    async with database.session(write=True) as db:
        proposal = (await db.scalars(select(Proposal).where(Proposal.number == 1))).one()
        enter(proposal, Status.SUBMITTED, clock.moment, "")
    shown = (await officer.get(f"{REVIEW}/1")).json()
    assert [one["stale"] for one in shown["recorded"]] == [True, True, True]
    assert shown["standing"]["waiting"]["since"]["at"] == "2026-03-09T10:00:00Z"
    assert codes(await decide(officer, 1, checks=None)) == [("checks", "checks_not_recorded")]


async def test_an_officer_takes_a_proposal_on_also_from_another_and_lets_it_go(officer: httpx.AsyncClient) -> None:
    taken = (await officer.put(f"{REVIEW}/1/assignee", json={"mine": True})).json()
    assert (taken["assigned_to"], taken["mine"], taken["version"]) == ("Officer", True, 1)
    await sign_in(officer, "second@example.org")
    assert (await officer.get(f"{REVIEW}/1")).json()["mine"] is False
    assert (await officer.put(f"{REVIEW}/1/assignee", json={"mine": True})).json()["assigned_to"] == "Second"
    assert (await officer.put(f"{REVIEW}/1/assignee", json={"mine": False})).json()["assigned_to"] is None
