from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.accounts.models import Account
from pbvote.accounts.roles import Actor
from pbvote.accounts.service import account_with, who_is
from pbvote.accounts.service import sign_in as sign_in_account
from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.errors import DomainError, InputIsWrong, NotAllowed, SecondOfficerNeeded
from pbvote.rounds.approvals import (
    OPEN_FOR,
    AskedAlready,
    Consent,
    NothingToApprove,
    Step,
    approvals_waiting,
    approved,
    ask_or_approve,
    names_of_the_two,
)
from pbvote.rounds.models import Approval, Round
from tests.conftest import SettableClock, browser
from tests.house import PASSWORD, make_people, make_round, sign_in
from tests.rounds.ready import OFFICER, ORGANISER, SECOND, SLUG

WHY = "The storm closed the library."
CLOSE = Step("close_voting", SLUG)
OPEN = Step("open_voting", SLUG)


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await make_people(database)
    await make_round(database)


async def actor(database: Database, email: str) -> Actor:
    account = await account_with(database, email, PASSWORD)
    async with database.session(write=True) as db:
        token, _ = await sign_in_account(db, account.id)
        found = await who_is(db, token)
    assert found is not None
    return found


async def call(  # what is asked for or approved, by whom
    database: Database, who: Actor, step: Step = CLOSE, *, approves: UUID | None = None, reason: str = WHY
) -> Approval:
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        return await ask_or_approve(db, round_, step, Consent(approves, reason), who)


async def outcome(database: Database, who: Actor, approves: UUID | None = None) -> str:
    try:
        return "approved" if (await call(database, who, approves=approves)).approved_at else "asked"
    except DomainError as error:
        return error.code


async def all_approvals(database: Database) -> list[Approval]:
    async with database.session(write=False) as db:
        return list(await db.scalars(select(Approval).order_by(Approval.id)))


async def test_the_one_who_asked_cannot_approve(database: Database) -> None:
    officer = await actor(database, OFFICER)
    asked = await call(database, officer)
    for approves in (None, asked.id):
        with pytest.raises(SecondOfficerNeeded):
            await call(database, officer, approves=approves)
    [kept] = await all_approvals(database)
    assert (kept.id, kept.approved_at) == (asked.id, None)


@pytest.mark.parametrize(
    "email", ["elsewhere@example.org", "clerk@example.org", "scrutineer@example.org", "admin@example.org"]
)
async def test_nobody_asks_or_approves_without_a_role_for_it_in_the_forum(database: Database, email: str) -> None:
    asked = await call(database, await actor(database, OFFICER))
    stranger = await actor(database, email)
    for approves in (None, asked.id):
        with pytest.raises(NotAllowed):
            await call(database, stranger, approves=approves)
    assert [approval.approved_at for approval in await all_approvals(database)] == [None]


async def test_nothing_is_approved_by_asking_for_the_same(database: Database) -> None:
    await call(database, await actor(database, OFFICER))
    with pytest.raises(AskedAlready):
        await call(database, await actor(database, SECOND))
    assert [approval.approved_at for approval in await all_approvals(database)] == [None]


async def test_what_was_not_asked_for_cannot_be_approved(database: Database) -> None:
    second = await actor(database, SECOND)
    with pytest.raises(NothingToApprove):
        await call(database, second, approves=uuid4())
    await call(database, await actor(database, OFFICER))
    with pytest.raises(NothingToApprove):
        await call(database, second, approves=uuid4())
    assert [approval.approved_at for approval in await all_approvals(database)] == [None]


async def test_an_ask_of_another_round_cannot_be_approved(database: Database) -> None:
    officer, second = await actor(database, OFFICER), await actor(database, SECOND)
    await make_round(database, "harbourside-2027")
    async with database.session(write=True) as db:
        other = (await db.scalars(select(Round).where(Round.slug == "harbourside-2027"))).one()
        elsewhere = await ask_or_approve(db, other, CLOSE, Consent(None, WHY), officer)
    with pytest.raises(NothingToApprove):
        await call(database, second, approves=elsewhere.id)


async def test_a_second_officer_approves_within_a_day(database: Database, clock: SettableClock) -> None:
    officer, second = await actor(database, OFFICER), await actor(database, SECOND)
    asked = await call(database, officer)
    assert (asked.approved_at, asked.reason) == (None, WHY)
    clock.advance(hours=23, minutes=59)
    given = await call(database, second, approves=asked.id, reason="")
    assert (given.id, given.asked_by, given.approved_by) == (asked.id, officer.account_id, second.account_id)
    assert (given.approved_at, given.reason) == (clock.moment, WHY)
    async with database.session(write=False) as db:
        query = select(AuditEvent).where(AuditEvent.kind.in_(("approval_asked", "approval_given")))
        events = {event.kind: event for event in await db.scalars(query)}
    assert events["approval_asked"].data == {"action": "close_voting", "subject": SLUG, "reason": WHY}
    assert events["approval_given"].actor_id == second.account_id


async def test_what_is_approved_is_done_and_cannot_be_approved_again(database: Database) -> None:
    officer, second = await actor(database, OFFICER), await actor(database, SECOND)
    asked = await call(database, officer)
    await call(database, second, approves=asked.id)
    with pytest.raises(NothingToApprove):
        await call(database, await actor(database, ORGANISER), approves=asked.id)
    async with database.session(write=False) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        found = await approved(db, round_, "close_voting", SLUG)
        assert found is not None
        assert (found.id, await names_of_the_two(db, found)) == (asked.id, ["Officer", "Second"])
        assert await approved(db, round_, "close_voting", "another") is None
        assert await approved(db, round_, "publish", SLUG) is None


async def test_an_ask_runs_out_after_a_day_and_is_asked_anew(database: Database, clock: SettableClock) -> None:
    officer, second = await actor(database, OFFICER), await actor(database, SECOND)
    first = await call(database, officer)
    clock.advance(seconds=OPEN_FOR / timedelta(seconds=1))
    with pytest.raises(NothingToApprove):
        await call(database, second, approves=first.id)
    anew = await call(database, second)
    assert (anew.id != first.id, anew.approved_at, anew.asked_by) == (True, None, second.account_id)
    with pytest.raises(NothingToApprove):
        await call(database, officer, approves=first.id)
    assert (await call(database, officer, approves=anew.id)).approved_by == officer.account_id


async def test_an_approval_is_for_one_action_on_one_subject(database: Database) -> None:
    officer, second = await actor(database, OFFICER), await actor(database, SECOND)
    asked = await call(database, officer)
    for other in (Step("publish", SLUG), Step("close_voting", "another")):
        with pytest.raises(NothingToApprove):
            await call(database, second, other, approves=asked.id)
        assert (await call(database, second, other)).approved_at is None
    assert (await call(database, second, approves=asked.id)).approved_at is not None


@pytest.mark.parametrize("reason", ["", " ", "a\x00", "a" * 1_001])
async def test_refuses_a_reason_that_cannot_be_shown(database: Database, reason: str) -> None:
    with pytest.raises(InputIsWrong):
        await call(database, await actor(database, OFFICER), reason=reason)
    assert await all_approvals(database) == []


async def test_a_step_that_says_it_all_by_itself_needs_no_reason(database: Database) -> None:
    step = Step("publish", "the newest count", reason_needed=False)
    assert (await call(database, await actor(database, OFFICER), step, reason="")).reason == ""


async def test_of_two_who_approve_at_once_one_approves(database: Database) -> None:
    emails = (OFFICER, SECOND, ORGANISER)
    officer, second, organiser = [await actor(database, email) for email in emails]
    asked = await call(database, officer)
    both = (outcome(database, second, asked.id), outcome(database, organiser, asked.id))
    assert sorted(await asyncio.gather(*both)) == ["approved", "nothing_to_approve"]
    assert len([approval for approval in await all_approvals(database) if approval.approved_at]) == 1


async def test_of_two_who_ask_at_once_one_has_asked(database: Database) -> None:
    officer, second = await actor(database, OFFICER), await actor(database, SECOND)
    results = await asyncio.gather(outcome(database, officer), outcome(database, second))
    assert sorted(results) == ["asked", "asked_already"]
    assert [approval.approved_at for approval in await all_approvals(database)] == [None]


async def test_one_who_asks_twice_at_once_has_asked_once(database: Database) -> None:
    officer = await actor(database, OFFICER)
    results = await asyncio.gather(*(outcome(database, officer) for _ in range(4)))
    assert sorted(results) == ["asked", *["second_officer_needed"] * 3]


async def test_what_was_asked_in_a_first_vote_no_longer_waits_in_the_second(
    client: httpx.AsyncClient, database: Database
) -> None:
    officer, second = await actor(database, OFFICER), await actor(database, SECOND)
    await call(database, second, OPEN, approves=(await call(database, officer, OPEN)).id)
    await call(database, officer)
    await sign_in(client, OFFICER)

    async def seen() -> tuple[list[tuple[int, str, str]], list[int]]:
        items = (await client.get(f"/api/rounds/{SLUG}/approvals")).json()["items"]
        async with database.session(write=False) as db:
            waiting = await approvals_waiting(db, list(await db.scalars(select(Round.id))))
        return [(item["poll"], item["action"], item["status"]) for item in items], list(waiting.values())

    assert await seen() == ([(1, "close_voting", "asked"), (1, "open_voting", "done")], [1])
    async with database.session(write=True) as db:
        (await db.scalars(select(Round).where(Round.slug == SLUG))).one().current = 2
    assert await seen() == ([(1, "open_voting", "done")], [])


async def test_approvals_are_listed_with_names_until_they_run_out(
    app: Litestar, client: httpx.AsyncClient, database: Database, clock: SettableClock
) -> None:
    asked = await call(database, await actor(database, OFFICER))
    await sign_in(client, "scrutineer@example.org")
    [item] = (await client.get(f"/api/rounds/{SLUG}/approvals")).json()["items"]
    assert item["expires"]["at"] == "2026-03-03T09:00:00Z"
    assert {key: item[key] for key in ("id", "action", "status", "asked_by", "approved_by")} == {
        "id": str(asked.id),
        "action": "close_voting",
        "status": "asked",
        "asked_by": "Officer",
        "approved_by": None,
    }
    await call(database, await actor(database, SECOND), approves=asked.id)
    await call(database, await actor(database, SECOND), Step("publish", SLUG))
    items = (await client.get(f"/api/rounds/{SLUG}/approvals")).json()["items"]
    assert {(item["action"], item["status"], item["approved_by"]) for item in items} == {
        ("publish", "asked", None),
        ("close_voting", "done", "Second"),
    }
    clock.advance(days=2)
    await sign_in(client, "scrutineer@example.org")
    [item] = (await client.get(f"/api/rounds/{SLUG}/approvals")).json()["items"]
    assert item["status"] == "done"
    async with browser(app) as clerk:
        await sign_in(clerk, "clerk@example.org")
        assert (await clerk.get(f"/api/rounds/{SLUG}/approvals")).status_code == 403


async def test_accounts_behind_approvals_are_not_shown_to_other_forums(app: Litestar, database: Database) -> None:
    async with browser(app) as elsewhere:
        await sign_in(elsewhere, "elsewhere@example.org")
        assert (await elsewhere.get(f"/api/rounds/{SLUG}/approvals")).status_code == 403
    async with database.session(write=False) as db:
        assert len(list(await db.scalars(select(Account)))) == 7
