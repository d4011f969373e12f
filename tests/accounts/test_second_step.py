"""The second step of signing in, one's password and one's sign-ins: what is refused first."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select, update

from pbvote.accounts.codes import code_of, step_at
from pbvote.accounts.models import Account, Login, RecoveryCode, SecondStep
from pbvote.accounts.second_step import remove_for
from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.errors import NotFound
from pbvote.installation.service import SECOND_STEP, choose
from tests.conftest import SettableClock, browser
from tests.house import PASSWORD, make_people, sign_in

OFFICER = "officer@example.org"
WHO = {"email": OFFICER, "password": PASSWORD}


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await make_people(database)


@pytest.fixture
async def other(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A second browser."""
    async with browser(app) as opened:
        yield opened


class Phone:
    """An app for one-time codes."""

    def __init__(self, secret: str, clock: SettableClock) -> None:
        self.secret = base64.b32decode(secret.replace(" ", "") + "=" * (-len(secret.replace(" ", "")) % 8))
        self.clock = clock

    def code(self, off: int = 0) -> str:
        return code_of(self.secret, step_at(self.clock.moment) + off)


async def set_up(client: httpx.AsyncClient, clock: SettableClock, code: str = "") -> tuple[Phone, list[str]]:
    answer = await client.post("/api/me/second-step", json={"password": PASSWORD, "code": code})
    assert answer.status_code == 200, answer.text
    phone = Phone(answer.json()["secret"], clock)
    confirmed = await client.post("/api/me/second-step/confirm", json={"code": phone.code()})
    assert confirmed.status_code == 200, confirmed.text
    clock.advance(seconds=30)
    return phone, confirmed.json()["codes"]


async def enter(client: httpx.AsyncClient, code: str) -> tuple[int, str]:
    answer = await client.post("/api/login/code", json={"code": code})
    return answer.status_code, answer.json().get("code", "")


async def test_a_password_alone_opens_nothing_where_a_code_is_asked_for(
    client: httpx.AsyncClient, other: httpx.AsyncClient, clock: SettableClock
) -> None:
    await sign_in(client, OFFICER)
    phone, _ = await set_up(client, clock)
    answer = await other.post("/api/login", json=WHO)
    assert answer.json() == {"code_needed": True}
    half = other.cookies["__Host-pbvote"]
    assert (await other.get("/api/me")).status_code == 401
    assert (await other.get("/api/officer/rounds")).status_code == 401
    assert (await other.post("/api/me/sign-out-everywhere")).status_code == 401
    assert await enter(other, phone.code()) == (200, "")
    assert (await other.get("/api/me")).status_code == 200
    assert other.cookies["__Host-pbvote"] != half  # nobody who knew the first cookie is signed in
    other.cookies.set("__Host-pbvote", half)
    assert (await other.get("/api/me")).status_code == 401
    assert (await enter(other, phone.code(1)))[0] == 401


async def test_no_code_works_twice_nor_an_old_one_nor_a_code_without_the_password(
    client: httpx.AsyncClient, other: httpx.AsyncClient, clock: SettableClock
) -> None:
    await sign_in(client, OFFICER)
    phone, _ = await set_up(client, clock)
    assert (await enter(other, phone.code()))[0] == 401
    await other.post("/api/login", json=WHO)
    # the code that confirmed the app, half a minute ago, and codes from before and after
    assert await enter(other, phone.code(-1)) == (400, "one_time_code_is_wrong")
    assert await enter(other, phone.code(3)) == (400, "one_time_code_is_wrong")
    code = phone.code()
    assert await enter(other, code) == (200, "")
    await client.post("/api/login", json=WHO)
    assert await enter(client, code) == (400, "one_time_code_is_wrong")
    clock.advance(seconds=30)
    assert await enter(client, phone.code()) == (200, "")


async def test_one_of_many_at_once_has_the_code(app: Litestar, client: httpx.AsyncClient, clock: SettableClock) -> None:
    await sign_in(client, OFFICER)
    phone, _ = await set_up(client, clock)
    browsers = [browser(app) for _ in range(3)]
    for one in browsers:
        await one.post("/api/login", json=WHO)
    answers = await asyncio.gather(*(enter(one, phone.code()) for one in browsers))
    assert sorted(status for status, _ in answers) == [200, 400, 400]


async def test_wrong_codes_are_counted_for_the_account_wherever_they_come_from(
    client: httpx.AsyncClient, other: httpx.AsyncClient, clock: SettableClock, database: Database
) -> None:
    await sign_in(client, OFFICER)
    phone, _ = await set_up(client, clock)
    for one in (client, other):  # asking for the password again does not begin anew
        await one.post("/api/login", json=WHO)
    tried = [await enter(one, "000000") for one in (client, client, client, other, other, other)]
    assert tried == [(400, "one_time_code_is_wrong")] * 5 + [(429, "too_many_wrong_codes")]
    assert await enter(other, phone.code()) == (429, "too_many_wrong_codes")
    held = await other.post("/api/login/code", json={"code": phone.code()})
    assert held.headers["retry-after"] == "900", "as the description says of every 429"
    async with database.session(write=False) as db:
        assert "second_step_held" in set(await db.scalars(select(AuditEvent.kind)))
    clock.advance(minutes=16)
    await other.post("/api/login", json=WHO)
    assert await enter(other, phone.code()) == (200, "")


async def test_a_sign_in_does_not_wait_for_its_code_for_ever(client: httpx.AsyncClient, clock: SettableClock) -> None:
    await sign_in(client, OFFICER)
    phone, _ = await set_up(client, clock)
    await client.post("/api/login", json=WHO)
    clock.advance(minutes=10)
    assert (await enter(client, phone.code()))[0] == 401


async def test_recovery_codes_work_once_each_and_are_stored_as_hashes(
    client: httpx.AsyncClient, clock: SettableClock, database: Database
) -> None:
    await sign_in(client, OFFICER)
    _, codes = await set_up(client, clock)
    async with database.session(write=False) as db:
        stored = b"".join(await db.scalars(select(RecoveryCode.code_hash)))
    assert not any(code.encode() in stored for code in codes)
    for expected in ((200, ""), (400, "one_time_code_is_wrong")):
        await client.post("/api/login", json=WHO)
        assert await enter(client, codes[0].lower()) == expected
    await client.post("/api/login", json=WHO)
    assert await enter(client, codes[1]) == (200, "")
    assert (await client.get("/api/me/second-step")).json() == {"on": True, "required": False, "recovery_codes": 8}


async def test_whoever_sits_at_an_open_browser_cannot_change_how_its_owner_signs_in(
    client: httpx.AsyncClient, clock: SettableClock
) -> None:
    await sign_in(client, OFFICER)
    wrong = {"password": "not their password", "code": ""}
    assert (await client.post("/api/me/second-step", json=wrong)).json()["code"] == "password_is_wrong"
    phone, _ = await set_up(client, clock)
    for path in ("second-step", "second-step/stop", "second-step/recovery-codes"):
        refused = await client.post(f"/api/me/{path}", json={"password": PASSWORD, "code": ""})
        assert refused.json()["code"] == "one_time_code_is_wrong", path
    moved, _ = await set_up(client, clock, phone.code())
    await client.post("/api/login", json=WHO)
    assert await enter(client, phone.code()) == (400, "one_time_code_is_wrong")
    assert await enter(client, moved.code()) == (200, "")
    clock.advance(seconds=30)
    stopped = await client.post("/api/me/second-step/stop", json={"password": PASSWORD, "code": moved.code()})
    assert stopped.status_code == 204
    assert (await client.post("/api/login", json=WHO)).json() == {"code_needed": False}


async def test_the_secret_is_sealed_at_rest(
    client: httpx.AsyncClient, clock: SettableClock, database: Database
) -> None:
    await sign_in(client, OFFICER)
    phone, _ = await set_up(client, clock)
    async with database.session(write=False) as db:
        sealed = (await db.scalars(select(SecondStep.sealed))).one()
    assert sealed is not None
    assert phone.secret not in sealed
    assert base64.b64encode(phone.secret) not in sealed
    # in another row it does not open
    async with database.session(write=True) as db:
        other_id = (await db.scalars(select(Account.id).where(Account.email == "second@example.org"))).one()
        await db.execute(update(SecondStep).values(account_id=other_id))
    await client.post("/api/login", json={"email": "second@example.org", "password": PASSWORD})
    assert (await enter(client, phone.code()))[0] == 500


async def test_setting_up_ends_every_other_sign_in_and_renews_this_one(
    client: httpx.AsyncClient, other: httpx.AsyncClient, clock: SettableClock
) -> None:
    await sign_in(client, OFFICER)
    await sign_in(other, OFFICER)
    before = client.cookies["__Host-pbvote"]
    await set_up(client, clock)
    assert client.cookies["__Host-pbvote"] != before
    assert (await client.get("/api/me")).status_code == 200
    assert (await other.get("/api/me")).status_code == 401


async def test_where_codes_are_required_nothing_works_before_they_are_set_up(
    client: httpx.AsyncClient, clock: SettableClock, database: Database
) -> None:
    await sign_in(client, OFFICER)
    async with database.session(write=True) as db:
        await choose(db, SECOND_STEP, {"required": True})
    refused = await client.get("/api/officer/rounds")
    assert (refused.status_code, refused.json()["code"]) == (403, "set_up_your_second_step")
    me = (await client.get("/api/me")).json()
    assert (me["must_set_up"], me["roles"], me["administrator"]) == (True, [], False)
    phone, _ = await set_up(client, clock)
    assert (await client.get("/api/officer/rounds")).status_code == 200
    body = {"password": PASSWORD, "code": phone.code()}
    assert (await client.post("/api/me/second-step/stop", json=body)).json()["code"] == "second_step_is_required"


async def test_a_command_lets_somebody_in_who_has_lost_everything(
    client: httpx.AsyncClient, clock: SettableClock, database: Database
) -> None:
    await sign_in(client, OFFICER)
    await set_up(client, clock)
    async with database.session(write=True) as db:
        with pytest.raises(NotFound):
            await remove_for(db, "second@example.org")
        await remove_for(db, OFFICER)
    assert (await client.post("/api/login", json=WHO)).json() == {"code_needed": False}
    async with database.session(write=False) as db:
        assert list(await db.scalars(select(RecoveryCode.account_id))) == []


async def test_a_new_password_ends_every_other_sign_in(client: httpx.AsyncClient, other: httpx.AsyncClient) -> None:
    await sign_in(client, OFFICER)
    await sign_in(other, OFFICER)
    before = client.cookies["__Host-pbvote"]
    body = {"password": "not their password", "new_password": "another long password"}
    assert (await client.post("/api/me/password", json=body)).json()["code"] == "password_is_wrong"
    short = {"password": PASSWORD, "new_password": "short"}
    assert (await client.post("/api/me/password", json=short)).json()["reasons"][0]["code"] == "password_length"
    body["password"] = PASSWORD
    assert (await client.post("/api/me/password", json=body)).status_code == 204
    assert (await client.get("/api/me")).status_code == 200
    assert client.cookies["__Host-pbvote"] != before
    assert (await other.get("/api/me")).status_code == 401
    assert (await other.post("/api/login", json=WHO)).status_code == 401


async def test_a_stolen_cookie_is_worth_nothing_after_signing_out_everywhere(
    app: Litestar, client: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    await sign_in(client, OFFICER)
    await sign_in(other, OFFICER)
    stolen = other.cookies["__Host-pbvote"]
    listed = (await client.get("/api/me/sign-ins")).json()["items"]
    assert [one["this"] for one in listed].count(True) == 1
    assert len(listed) == 2
    assert (await client.post("/api/me/sign-out-everywhere")).status_code == 204
    async with browser(app) as thief:
        thief.cookies.set("__Host-pbvote", stolen)
        assert (await thief.get("/api/me")).status_code == 401
        assert (await thief.get("/api/me/sign-ins")).status_code == 401


async def test_a_sign_in_lasts_as_long_as_was_chosen(
    client: httpx.AsyncClient, clock: SettableClock, database: Database
) -> None:
    async with database.session(write=True) as db:
        await choose(db, "retention", {"sign_ins": 2})
    await sign_in(client, OFFICER)
    clock.advance(hours=2)
    assert (await client.get("/api/me")).status_code == 401
    async with database.session(write=False) as db:
        assert len(list(await db.scalars(select(Login.token_hash)))) == 1
