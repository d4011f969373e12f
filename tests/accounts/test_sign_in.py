from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.accounts import service
from pbvote.accounts.models import Account, Login
from pbvote.accounts.service import add_account
from pbvote.db import Database
from tests.conftest import SettableClock, browser
from tests.house import PASSWORD, make_people, sign_in


@pytest.fixture(autouse=True)
async def people(database: Database) -> None:
    await make_people(database)


@pytest.mark.parametrize(("email", "password"), [("officer@example.org", "wrong"), ("nobody@example.org", PASSWORD)])
async def test_refuses_a_wrong_password_and_an_unknown_address_alike(
    client: httpx.AsyncClient, email: str, password: str
) -> None:
    answer = await client.post("/api/login", json={"email": email, "password": password})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:pbvote:problem:sign_in_failed",
        "title": "Sign-in failed",
        "status": 401,
        "detail": "The e-mail address or the password is wrong.",
        "code": "sign_in_failed",
        "reasons": [],
    }
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"email": "a"}',
        b'{"email": 1, "password": "b"}',
        b'{"email":"a","password":"b","more":1}',
        b"\xff",
    ],
)
async def test_refuses_a_body_of_another_shape(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/api/login", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request_body")


async def test_refuses_a_body_that_is_too_large(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/login", json={"email": "a" * 70_000, "password": "b"})
    assert (answer.status_code, answer.json()["code"]) == (413, "request_entity_too_large")


async def test_refuses_a_sign_in_that_another_site_sends(client: httpx.AsyncClient) -> None:
    body = {"email": "officer@example.org", "password": PASSWORD}
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
    ):
        answer = await client.post("/api/login", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "comes_from_another_site")
    same = await client.post("/api/login", json=body, headers={"sec-fetch-site": "same-origin"})
    assert same.status_code == 200


async def test_wrong_passwords_use_up_an_allowance_that_is_not_shared_with_other_requests(
    client: httpx.AsyncClient,
) -> None:
    body = {"email": "officer@example.org", "password": "wrong"}
    codes = [(await client.post("/api/login", json=body)).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2
    assert (await client.get("/api/me")).status_code == 401


async def test_nobody_is_signed_in_without_a_cookie_or_with_a_made_up_one(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/me")).json()["code"] == "sign_in_needed"
    client.cookies.set("__Host-pbvote", "made-up")
    assert (await client.get("/api/me")).json()["code"] == "sign_in_needed"


async def test_signing_in_gives_a_new_token_each_time_and_stores_only_its_hash(
    client: httpx.AsyncClient, database: Database
) -> None:
    await sign_in(client, "officer@example.org")
    first = client.cookies["__Host-pbvote"]
    await sign_in(client, "officer@example.org")
    assert client.cookies["__Host-pbvote"] != first
    async with database.session(write=False) as db:
        stored = set(await db.scalars(select(Login.token_hash)))
        assert len(stored) == 2
        assert first.encode() not in stored


async def test_a_sign_in_ends_after_twelve_hours_and_on_signing_out(app: Litestar, clock: SettableClock) -> None:
    async with browser(app) as one, browser(app) as two:
        await sign_in(one, "officer@example.org")
        await sign_in(two, "officer@example.org")
        assert (await one.post("/api/logout")).status_code == 204
        assert (await one.get("/api/me")).status_code == 401
        clock.advance(hours=11, minutes=59)
        me = (await two.get("/api/me")).json()
        assert me == {
            "name": "Officer",
            "email": "officer@example.org",
            "administrator": False,
            "must_set_up": False,
            "roles": [{"forum": "harbourside", "forum_name": "Harbourside Community Forum", "role": "officer"}],
        }
        clock.advance(minutes=1)
        assert (await two.get("/api/me")).status_code == 401


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/login", json={"email": "officer@example.org", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-pbvote=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


async def test_passwords_are_kept_as_argon2id_with_owasp_parameters(database: Database) -> None:
    async with database.session(write=True) as db:
        await add_account(db, email="new@example.org", name="New", password=PASSWORD, administrator=False)
        stored = await db.scalar(select(Account.password_hash).where(Account.email == "new@example.org"))
    assert stored is not None
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_hashing_a_password_holds_up_nobody_who_writes(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrote = []

    async def slow(password: str, password_hash: str | None) -> bool:
        async with database.session(write=True) as db:  # would wait for ever if the sign-in held the write lock
            await add_account(db, email="new@example.org", name="New", password=PASSWORD, administrator=False)
        wrote.append((password, password_hash is not None))
        return True

    monkeypatch.setattr(service, "matches", slow)
    answer = await client.post("/api/login", json={"email": "officer@example.org", "password": "anything"})
    assert answer.status_code == 200
    assert wrote == [("anything", True)]


async def test_many_wrong_passwords_at_once_get_no_further_than_one_after_the_other(client: httpx.AsyncClient) -> None:
    body = {"email": "officer@example.org", "password": "wrong"}
    answers = await asyncio.gather(*(client.post("/api/login", json=body) for _ in range(30)))
    assert Counter(answer.status_code for answer in answers) == {401: 10, 429: 20}


async def test_signing_in_well_costs_nothing_of_the_allowance(client: httpx.AsyncClient) -> None:
    for _ in range(12):
        await sign_in(client, "officer@example.org")


@pytest.mark.parametrize("email", ["a\u0000b@example.org", "\u202e@example.org", "x" * 10_000])
async def test_an_address_that_nobody_can_have_is_answered_like_any_other(
    client: httpx.AsyncClient, email: str
) -> None:
    answer = await client.post("/api/login", json={"email": email, "password": "wrong"})
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_failed")


async def test_refuses_an_origin_that_cannot_be_read(client: httpx.AsyncClient) -> None:
    body = {"email": "officer@example.org", "password": PASSWORD}
    answer = await client.post("/api/login", json=body, headers={"origin": "http://["})
    assert (answer.status_code, answer.json()["code"]) == (403, "comes_from_another_site")


async def test_refuses_a_body_nested_without_end(client: httpx.AsyncClient) -> None:
    content = b'{"email": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"
    answer = await client.post("/api/login", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request_body")
