"""Drafts: kept for whoever has their key, opened by nobody else, sent once, and forgotten after 90 days."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.proposals.models import Attachment, Proposal, ProposalChange, ProposalDraft
from pbvote.voting.timekeeper import forget_what_nobody_needs
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, sign_in
from tests.proposals.putting import BENCH, decide, submit, take_proposals
from tests.rounds.ready import ORGANISER, SLUG, codes

ROUND = f"/api/rounds/{SLUG}"
TYPED: dict[str, Any] = {
    "title": "A bench by the school",
    "contact_email": "secret-address@example.org",
    "lines": [{"what": "Bench", "amount": "six hundred", "basis": "quote"}],
}


@pytest.fixture
async def resident(
    app: Litestar, client: httpx.AsyncClient, clock: SettableClock, database: Database, keys: Keys
) -> httpx.AsyncClient:
    """Somebody without an account, while the round takes proposals."""
    await make_people(database)
    async with browser(app) as organiser:
        await sign_in(organiser, ORGANISER)
        await take_proposals(organiser, clock, database, keys)
    return client


async def begin(client: httpx.AsyncClient, **typed: Any) -> str:
    answer = await client.post(f"{ROUND}/drafts", json=TYPED | typed)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


async def opened(client: httpx.AsyncClient, key: str) -> httpx.Response:
    return await client.get(f"{ROUND}/draft", headers={"proposal-key": key})


async def save(client: httpx.AsyncClient, key: str, version: int, **typed: Any) -> httpx.Response:
    return await client.put(
        f"{ROUND}/draft", json={"form": TYPED | typed, "version": version}, headers={"proposal-key": key}
    )


async def send(client: httpx.AsyncClient, key: str, **changes: Any) -> httpx.Response:
    return await client.post(f"{ROUND}/draft/send", json=BENCH | changes, headers={"proposal-key": key})


async def kept(database: Database) -> list[ProposalDraft]:
    async with database.session(write=False) as db:
        return list(await db.scalars(select(ProposalDraft)))


async def test_a_draft_opens_with_its_own_key_only(resident: httpx.AsyncClient) -> None:
    key = await begin(resident)
    other = await begin(resident, title="Another")
    for wrong in ("", "0000", key[:-1], key[::-1], "x" * 60):
        answer = await opened(resident, wrong)
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_key")
        assert (await save(resident, wrong, 1)).status_code == 403
        assert (await send(resident, wrong)).status_code == 403
    assert (await opened(resident, "x" * 61)).status_code == 400
    assert (await resident.get(f"{ROUND}/draft")).status_code == 400
    assert (await opened(resident, f" {key.lower().replace('-', '')} ")).json()["form"]["title"] == TYPED["title"]
    assert (await opened(resident, other)).json()["form"]["title"] == "Another"


async def test_wrong_keys_run_out_and_right_ones_go_on(resident: httpx.AsyncClient) -> None:
    key = await begin(resident)
    statuses = [(await opened(resident, "0000-0000-0000-0000")).status_code for _ in range(21)]
    assert statuses == [403] * 20 + [429]
    assert (await opened(resident, key)).status_code == 200


async def test_no_draft_is_begun_outside_its_time_nor_without_end(
    resident: httpx.AsyncClient, clock: SettableClock
) -> None:
    statuses = [(await resident.post(f"{ROUND}/drafts", json={})).status_code for _ in range(31)]
    assert statuses == [201] * 30 + [429]
    clock.advance(days=60)
    assert (await begin_status(resident)) == 429


async def begin_status(client: httpx.AsyncClient) -> int:
    return (await client.post(f"{ROUND}/drafts", json={})).status_code


async def test_a_draft_begun_in_time_can_be_read_but_not_sent_later(
    resident: httpx.AsyncClient, clock: SettableClock
) -> None:
    key = await begin(resident)
    clock.set(clock.moment.replace(month=3, day=31))
    answer = await resident.post(f"{ROUND}/drafts", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "proposals_are_closed")
    assert (await opened(resident, key)).status_code == 200
    answer = await send(resident, key)
    assert (answer.status_code, answer.json()["code"]) == (409, "proposals_are_closed")


async def test_a_draft_keeps_what_was_typed_and_no_more(resident: httpx.AsyncClient, database: Database) -> None:
    key = await begin(resident)
    for wrong in ({"more": 1}, {"title": 1}, {"lines": [{"what": "a", "amount": 5, "basis": ""}]}):
        assert (await resident.post(f"{ROUND}/drafts", json=TYPED | wrong)).status_code == 400
    answer = await save(resident, key, 1, description="x" * 31_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_much_text")
    assert (await opened(resident, key)).json()["form"]["lines"] == TYPED["lines"]
    [draft] = await kept(database)
    assert b"secret-address" not in draft.sealed
    assert b"bench" not in draft.sealed
    async with database.session(write=False) as db:
        assert not [event for event in await db.scalars(select(AuditEvent)) if "draft" in event.kind]


async def test_two_windows_do_not_overwrite_each_other(resident: httpx.AsyncClient) -> None:
    key = await begin(resident)
    assert (await save(resident, key, 1, title="First window")).json()["version"] == 2
    answer = await save(resident, key, 1, title="Second window")
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_by_somebody_else")
    assert (await opened(resident, key)).json()["form"]["title"] == "First window"
    assert (await save(resident, key, 2, title="Second window")).status_code == 200


async def test_a_draft_is_refused_with_every_reason_and_stays(resident: httpx.AsyncClient, database: Database) -> None:
    key = await begin(resident)
    answer = await send(resident, key, title="", ask=800_00, smallest=1, latitude=1)
    assert codes(answer) == [
        ("title", "text_missing"),
        ("place", "bad_point"),
        ("ask", "ask_over_cost"),
    ]
    assert len(await kept(database)) == 1


async def test_a_draft_becomes_a_proposal_under_the_same_key_once(
    resident: httpx.AsyncClient, database: Database
) -> None:
    key = await begin(resident)
    place = {"latitude": 54_572_000, "longitude": -1_234_000}
    answer = await send(resident, key, ask=700_00, match_cash=50_00, match_hours=12, **place)
    assert answer.json() == {"number": 1, "key": key}
    assert (await send(resident, key)).status_code == 403
    assert await kept(database) == []
    shown = (await resident.get(f"{ROUND}/proposals/1")).json()
    expected = {"cost": 700_00, "ask": 700_00, "match_cash": 50_00, "match_hours": 12, "smallest": None, **place}
    assert {name: shown[name] for name in expected} == expected
    mine = await resident.post(f"{ROUND}/mine", json={"key": key})
    assert mine.json() == {"number": 1, "changing": False}
    withdrawn = await resident.post(f"{ROUND}/proposals/1/withdraw", json={"key": key})
    assert withdrawn.json()["status"] == "withdrawn"


async def test_a_resident_answers_a_request_for_changes(
    app: Litestar, resident: httpx.AsyncClient, database: Database
) -> None:
    key = (await submit(resident)).json()["key"]
    wrong = await resident.post(f"{ROUND}/proposals/1/change", json={"key": "0000-0000-0000-0000"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_key")
    async with browser(app) as officer:
        await let_in(database, officer, "officer@example.org")
        asked = await officer.post(f"{ROUND}/review/1/changes", json={"reason": "Say where.", "version": 1})
        assert asked.status_code == 200, asked.text
    draft = (await resident.post(f"{ROUND}/proposals/1/change", json={"key": key})).json()
    assert (draft["number"], draft["form"]["lines"][0]["amount"]) == (1, "600")
    again = (await resident.post(f"{ROUND}/proposals/1/change", json={"key": key})).json()
    assert again == draft
    assert (await resident.post(f"{ROUND}/mine", json={"key": key})).json() == {"number": 1, "changing": True}
    lines = [{"what": "Bench of oak", "amount": 900_00, "basis": "quote"}]
    assert (await send(resident, key, place="School Lane 4", lines=lines)).json() == {"number": 1, "key": key}
    shown = (await resident.get(f"{ROUND}/proposals/1")).json()
    assert (shown["status"], shown["place"], shown["cost"], shown["lines"]) == (
        "submitted",
        "School Lane 4",
        900_00,
        lines,
    )
    changed = [(step["status"], step["changed"]) for step in shown["history"]]
    assert changed == [("submitted", []), ("changes_requested", []), ("submitted", ["lines", "place"])]
    async with database.session(write=False) as db:
        before = (await db.scalars(select(ProposalChange.before).order_by(ProposalChange.position.desc()))).first()
    assert before == {"place": "School Lane", "lines": BENCH["lines"]}
    async with browser(app) as second:
        await let_in(database, second, "second@example.org")
        assert (await decide(second, 1)).status_code == 200
    late = await resident.post(f"{ROUND}/proposals/1/change", json={"key": key})
    assert (late.status_code, late.json()["code"]) == (409, "cannot_be_changed_now")


async def test_drafts_are_forgotten_after_ninety_days_and_what_is_public_stays(
    resident: httpx.AsyncClient, database: Database, clock: SettableClock
) -> None:
    await begin(resident)
    key = (await submit(resident)).json()["key"]
    await resident.post(f"{ROUND}/proposals/1/change", json={"key": key})
    drafts = await kept(database)
    async with database.session(write=True) as db:
        proposal = (await db.scalars(select(Proposal))).one()
        old, anew = sorted(drafts, key=lambda draft: draft.proposal_id is not None)
        for draft_id, proposal_id in ((old.id, None), (anew.id, proposal.id)):
            values = {"kind": "pdf", "words": "a.pdf", "content": b"a", "size": 1}
            db.add(Attachment(draft_id=draft_id, proposal_id=proposal_id, **values))
    clock.advance(days=89)
    await forget_what_nobody_needs(database)
    assert len(await kept(database)) == 2
    clock.advance(days=2)
    await forget_what_nobody_needs(database)
    assert await kept(database) == []
    async with database.session(write=False) as db:
        [attachment] = await db.scalars(select(Attachment))
    assert (attachment.proposal_id, attachment.draft_id) == (proposal.id, None)
