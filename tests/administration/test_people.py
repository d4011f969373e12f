"""Invites, roles given and taken, and the last of each: over HTTP, what is refused first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.accounts.models import Account, Invite, RoleGrant
from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.rounds.approvals import Consent, Step, ask_or_approve
from pbvote.rounds.models import Approval, Round
from tests.conftest import SettableClock, browser
from tests.house import PASSWORD, let_in, make_account, make_people, make_round, sign_in, two_officers

People = dict[str, httpx.AsyncClient]
NAMES = ("nobody", "organiser", "officer", "elsewhere", "admin")
NEW = "new@example.org"


@pytest.fixture
async def people(app: Litestar, database: Database) -> AsyncIterator[People]:
    """Browsers of the people of `make_people`, signed in."""
    await make_people(database)
    async with AsyncExitStack() as stack:
        found = {name: await stack.enter_async_context(browser(app)) for name in NAMES}
        for name in NAMES[1:]:
            await let_in(database, found[name], f"{name}@example.org")
        yield found


def invite(email: str = NEW, *roles: tuple[str, str], administrator: bool = False) -> dict[str, object]:
    return {
        "email": email,
        "roles": [{"forum": forum, "role": role} for forum, role in roles],
        "administrator": administrator,
    }


async def link_of(client: httpx.AsyncClient, body: dict[str, object]) -> str:
    """The token of a new link."""
    answer = await client.post("/api/invites", json=body)
    assert answer.status_code == 201, answer.text
    link: str = answer.json()["link"]
    return link.partition("#")[2]


async def id_of(database: Database, email: str) -> str:
    async with database.session(write=False) as db:
        return str((await db.scalars(select(Account.id).where(Account.email == email))).one())


def joining(token: str) -> dict[str, str]:
    return {"token": token, "name": "Newcomer", "password": "a password of their own"}


@pytest.mark.parametrize(
    "body",
    [
        invite(NEW, ("castle-hill", "officer")),
        invite(NEW, ("harbourside", "officer"), ("castle-hill", "officer")),
        invite(NEW, ("harbourside", "officer"), administrator=True),
        invite(administrator=True),
    ],
)
async def test_an_organiser_cannot_invite_to_another_forum_nor_make_administrators(
    people: People, body: dict[str, object], database: Database
) -> None:
    answer = await people["organiser"].post("/api/invites", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    async with database.session(write=False) as db:
        assert list(await db.scalars(select(Invite.id))) == []


async def test_nobody_else_can_invite(people: People) -> None:
    body = invite(NEW, ("harbourside", "officer"))
    codes = {name: (await people[name].post("/api/invites", json=body)).status_code for name in NAMES}
    assert codes == {"nobody": 401, "organiser": 201, "officer": 403, "elsewhere": 403, "admin": 201}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (invite("no address", ("harbourside", "officer")), "bad_email"),
        (invite("a@example.org\r\nBcc: b@example.org", ("harbourside", "officer")), "bad_email"),
        (invite(), "roles_missing"),
    ],
)
async def test_an_invite_needs_an_address_and_a_role(people: People, body: dict[str, object], code: str) -> None:
    answer = await people["admin"].post("/api/invites", json=body)
    assert [reason["code"] for reason in answer.json()["reasons"]] == [code]


async def test_a_link_works_once_for_seven_days_and_for_one_address(
    people: People, database: Database, clock: SettableClock
) -> None:
    nobody = people["nobody"]
    token = await link_of(people["organiser"], invite(NEW, ("harbourside", "clerk")))
    async with database.session(write=False) as db:
        assert token.encode() not in (await db.scalars(select(Invite.token_hash))).one()
    assert (await nobody.post("/api/invites/accept", json=joining("made up"))).status_code == 410
    # bound to its address: whoever is signed in as somebody else gets nothing of it
    answer = await people["officer"].post("/api/invites/join", json={"token": token})
    assert (answer.status_code, answer.json()["code"]) == (409, "invite_is_for_somebody_else")
    # it is no link to a new password
    assert (await nobody.post("/api/invites/reset", json={"token": token, "password": PASSWORD})).status_code == 410
    looked = (await nobody.post("/api/invites/look", json={"token": token})).json()
    assert (looked["email"], looked["has_account"], looked["roles"][0]["role"]) == (NEW, False, "clerk")
    assert (await nobody.post("/api/invites/accept", json=joining(token))).status_code == 204
    me = (await nobody.get("/api/me")).json()
    assert [(role["forum"], role["role"]) for role in me["roles"]] == [("harbourside", "clerk")]
    assert (await people["officer"].post("/api/invites/accept", json=joining(token))).status_code == 410
    late = await link_of(people["organiser"], invite("late@example.org", ("harbourside", "clerk")))
    clock.advance(days=7)
    assert (await nobody.post("/api/invites/look", json={"token": late})).status_code == 410


async def test_of_two_who_use_a_link_at_once_one_joins(app: Litestar, people: People, database: Database) -> None:
    token = await link_of(people["admin"], invite(NEW, ("harbourside", "officer")))
    browsers = [browser(app) for _ in range(3)]
    answers = await asyncio.gather(*(one.post("/api/invites/accept", json=joining(token)) for one in browsers))
    assert [answer.status_code for answer in answers].count(204) == 1
    async with database.session(write=False) as db:
        assert len(list(await db.scalars(select(Account.id).where(Account.email == NEW)))) == 1


async def test_an_account_gets_the_role_by_signing_in_and_never_a_new_password(people: People) -> None:
    token = await link_of(people["admin"], invite("officer@example.org", ("castle-hill", "organiser")))
    answer = await people["nobody"].post("/api/invites/accept", json=joining(token))
    assert (answer.status_code, answer.json()["code"]) == (409, "account_is_there")
    assert (await people["officer"].post("/api/invites/join", json={"token": token})).status_code == 204
    roles = (await people["officer"].get("/api/me")).json()["roles"]
    assert ("castle-hill", "organiser") in {(role["forum"], role["role"]) for role in roles}
    await sign_in(people["nobody"], "officer@example.org")


async def test_a_link_dies_with_the_right_to_make_it(people: People, database: Database) -> None:
    async with database.session(write=True) as db:
        await make_account(db, "second-organiser@example.org", ("harbourside", "organiser"))
    token = await link_of(people["organiser"], invite(NEW, ("harbourside", "organiser")))
    body = {"forum": "harbourside", "role": "organiser"}
    organiser = await id_of(database, "organiser@example.org")
    taken = await people["admin"].post(f"/api/people/{organiser}/roles/take", json=body)
    assert taken.status_code == 204, taken.text
    assert (await people["nobody"].post("/api/invites/accept", json=joining(token))).status_code == 410


async def test_an_invite_is_withdrawn_by_whoever_may_make_it(people: People) -> None:
    token = await link_of(people["organiser"], invite(NEW, ("harbourside", "clerk")))
    listed = (await people["organiser"].get("/api/forums/harbourside/invites")).json()["items"]
    assert [one["email"] for one in listed] == [NEW]
    withdraw = f"/api/invites/{listed[0]['id']}/withdraw"
    assert (await people["elsewhere"].post(withdraw)).status_code == 403
    assert (await people["officer"].post(withdraw)).status_code == 403
    assert (await people["organiser"].post(withdraw)).status_code == 204
    assert (await people["nobody"].post("/api/invites/look", json={"token": token})).status_code == 410


async def test_an_organiser_decides_on_their_own_forum_only(people: People, database: Database) -> None:
    officer, elsewhere = await id_of(database, "officer@example.org"), await id_of(database, "elsewhere@example.org")
    organiser = people["organiser"]

    async def give(account: str, forum: str, role: str = "clerk") -> int:
        return (await organiser.post(f"/api/people/{account}/roles", json={"forum": forum, "role": role})).status_code

    assert await give(officer, "castle-hill") == 403
    assert await give(elsewhere, "harbourside") == 404  # nobody of this forum: that takes an invite
    assert await give(officer, "harbourside", "administrator") == 400
    assert await give(officer, "harbourside") == 204
    for path in ("administrator", "active", "password-link"):
        body = {"administrator": True, "active": False}
        answer = await organiser.post(f"/api/people/{officer}/{path}", json={path: body.get(path)})
        assert answer.status_code == 403, path
    assert (await organiser.get("/api/people")).status_code == 403
    assert (await organiser.get("/api/forums/castle-hill/people")).status_code == 403
    shown = (await organiser.get("/api/forums/harbourside/people")).json()["items"]
    assert {person["email"] for person in shown} == {
        f"{name}@example.org" for name in ("organiser", "officer", "clerk", "scrutineer", "second")
    }


async def test_an_organiser_sees_nobodys_roles_in_other_forums(people: People, database: Database) -> None:
    officer = await id_of(database, "officer@example.org")
    body = {"forum": "castle-hill", "role": "scrutineer"}
    assert (await people["admin"].post(f"/api/people/{officer}/roles", json=body)).status_code == 204

    async def forums(name: str) -> set[str]:
        shown = (await people[name].get("/api/forums/harbourside/people")).json()["items"]
        return {role["forum"] for person in shown for role in person["roles"]}

    assert await forums("organiser") == {"harbourside"}
    assert await forums("admin") == {"harbourside", "castle-hill"}


async def test_the_last_organiser_and_the_last_administrator_stay(people: People, database: Database) -> None:
    organiser, admin = await id_of(database, "organiser@example.org"), await id_of(database, "admin@example.org")
    body = {"forum": "harbourside", "role": "organiser"}
    for path, sent, code in (
        (f"{organiser}/roles/take", body, "last_organiser"),
        (f"{organiser}/active", {"active": False}, "last_organiser"),
        (f"{admin}/administrator", {"administrator": False}, "last_administrator"),
        (f"{admin}/active", {"active": False}, "last_administrator"),
    ):
        answer = await people["admin"].post(f"/api/people/{path}", json=sent)
        assert (answer.status_code, answer.json()["code"]) == (409, code), path
    officer = await id_of(database, "officer@example.org")
    await people["admin"].post(f"/api/people/{officer}/roles", json=body)
    await people["admin"].post(f"/api/people/{officer}/active", json={"active": False})
    # one who cannot sign in is no organiser to rely on
    answer = await people["admin"].post(f"/api/people/{organiser}/roles/take", json=body)
    assert answer.json()["code"] == "last_organiser"


async def test_two_organisers_cannot_remove_each_other(people: People, database: Database) -> None:
    async with database.session(write=True) as db:
        await make_account(db, "other@example.org", ("harbourside", "organiser"))
    ids = [await id_of(database, f"{name}@example.org") for name in ("organiser", "other")]
    body = {"forum": "harbourside", "role": "organiser"}
    answers = await asyncio.gather(*(people["admin"].post(f"/api/people/{one}/roles/take", json=body) for one in ids))
    assert sorted(answer.status_code for answer in answers) == [204, 409]


async def test_taking_a_role_ends_at_once_what_it_allowed(people: People, database: Database) -> None:
    await make_round(database)
    officer = await id_of(database, "officer@example.org")
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round))).one()
        first, _ = await two_officers(db, round_)
        await ask_or_approve(db, round_, Step("pause", "x", reason_needed=False), Consent(), first)
    assert (await people["officer"].get("/api/rounds/harbourside-2026/review")).status_code == 200
    body = {"forum": "harbourside", "role": "officer"}
    assert (await people["organiser"].post(f"/api/people/{officer}/roles/take", json=body)).status_code == 204
    assert (await people["officer"].get("/api/rounds/harbourside-2026/review")).status_code == 403
    async with database.session(write=False) as db:
        assert list(await db.scalars(select(Approval.id))) == []  # nobody can approve what they asked for
        assert list(await db.scalars(select(RoleGrant.role).where(RoleGrant.account_id == first.account_id))) == []


async def test_a_deactivated_account_can_do_nothing(people: People, database: Database) -> None:
    officer = await id_of(database, "officer@example.org")
    assert (await people["admin"].post(f"/api/people/{officer}/active", json={"active": False})).status_code == 204
    assert (await people["officer"].get("/api/me")).status_code == 401
    who = {"email": "officer@example.org", "password": PASSWORD}
    answer = await people["nobody"].post("/api/login", json=who)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_failed")
    assert (await people["admin"].post(f"/api/people/{officer}/password-link")).status_code == 404
    assert (await people["admin"].post(f"/api/people/{officer}/active", json={"active": True})).status_code == 204
    await sign_in(people["nobody"], "officer@example.org")


async def test_a_link_to_a_new_password_works_once_and_ends_every_sign_in(people: People, database: Database) -> None:
    officer = await id_of(database, "officer@example.org")
    first = (await people["admin"].post(f"/api/people/{officer}/password-link")).json()["link"].partition("#")[2]
    second = (await people["admin"].post(f"/api/people/{officer}/password-link")).json()["link"].partition("#")[2]
    nobody = people["nobody"]
    assert (await nobody.post("/api/invites/accept", json=joining(second))).status_code == 410
    assert (await people["officer"].post("/api/invites/join", json={"token": second})).status_code == 410
    body = {"password": "a brand new password"}
    assert (await nobody.post("/api/invites/reset", json={"token": first, **body})).status_code == 410  # void by then
    short = await nobody.post("/api/invites/reset", json={"token": second, "password": "short"})
    assert short.json()["reasons"][0]["code"] == "password_length"
    assert (await nobody.post("/api/invites/reset", json={"token": second, **body})).status_code == 204
    assert (await nobody.post("/api/invites/reset", json={"token": second, **body})).status_code == 410
    assert (await people["officer"].get("/api/me")).status_code == 401
    assert (await nobody.get("/api/me")).status_code == 401  # a link alone signs nobody in
    answer = await nobody.post("/api/login", json={"email": "officer@example.org", **body})
    assert answer.status_code == 200


async def test_what_was_done_is_on_record_without_an_address(people: People, database: Database) -> None:
    token = await link_of(people["admin"], invite(NEW, ("harbourside", "officer"), administrator=True))
    await people["nobody"].post("/api/invites/accept", json=joining(token))
    async with database.session(write=False) as db:
        events = list(await db.scalars(select(AuditEvent).order_by(AuditEvent.id)))
    kinds = [event.kind for event in events]
    assert {"invite_made", "account_added", "administrator_made", "role_granted", "invite_accepted"} <= set(kinds)
    assert not any(NEW in str(event.data) or token in str(event.data) for event in events)


async def test_whoever_may_do_what_is_told_from_the_guards(people: People) -> None:
    answer = (await people["officer"].get("/api/who-may-do-what")).json()
    assert answer["roles"] == ["organiser", "officer", "clerk", "scrutineer"]
    by_what = {deed["what"]: deed for deed in answer["deeds"]}
    invite_ = by_what["Invite somebody to roles in a forum. The link is shown once."]
    assert (invite_["roles"], invite_["administrator"], invite_["area"]) == (["organiser"], True, "invites")
    assert all(deed["what"].endswith(".") for deed in answer["deeds"])
    assert (await people["nobody"].get("/api/who-may-do-what")).status_code == 401
