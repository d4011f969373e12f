"""Public answers that are kept: never somebody's own, never too many, made once, and sent as they should be."""

from __future__ import annotations

import asyncio
import gzip
import random

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from sqlalchemy import text

from pbvote.db import Database
from pbvote.web.access import PUBLIC, access_of
from pbvote.web.caching import KEPT, NOT_KEPT, Kept
from pbvote.web.headers import CONTENT_SECURITY_POLICY
from pbvote.web.reading import MOST_OF_ONE, Reading
from pbvote.web.sign_in import COOKIE
from tests.conftest import browser
from tests.house import let_in, make_round
from tests.outcomes.counting import SLUG
from tests.web.reading import ROUND, Maker, Told, ask, is_kept, opened, until, write

# What is refused: whatever is not for everybody, or not usual


@pytest.mark.parametrize("own", [{"authorization": "Bearer x"}, {"cookie": f"a=b; {COOKIE}=token"}, {"host": "a b"}])
async def test_keeps_nothing_of_anybody_in_particular(reading: Reading, own: dict[str, str]) -> None:
    assert not await is_kept(reading, own=own)
    assert not reading.kept
    maker = Maker(gate=opened())
    await ask(reading, maker)
    assert reading.kept  # and gives them nothing of what is kept for others
    await ask(reading, maker, own=own)
    assert len(maker.asked) == 2


async def test_an_officer_sees_a_draft_and_the_public_does_not(
    reading: Reading, client: httpx.AsyncClient, app: Litestar, database: Database
) -> None:
    await make_round(database, "a-draft")
    async with database.session(write=True) as db:
        await db.execute(text("UPDATE rounds SET opened_at = NULL WHERE slug = 'a-draft'"))
    await until(lambda: reading.version() is not None)
    officer = browser(app)
    await let_in(database, officer, "officer@example.org")
    address = "/api/rounds/a-draft"
    for one, status in ((officer, 200), (client, 404), (officer, 200), (client, 404), (client, 404)):
        answer = await one.get(address)
        assert answer.status_code == status
        assert answer.headers["cache-control"] == ("no-store" if one is officer else "public, no-cache")


@pytest.mark.parametrize(
    "maker",
    [
        Maker(status=500),
        Maker(status=503),
        Maker(status=302),
        Maker(headers=[(b"cache-control", b"no-store")]),
        Maker(headers=[(b"cache-control", b"private, no-cache")]),
        Maker(headers=[(b"set-cookie", b"a=b")]),
        Maker(content=random.Random(1).randbytes(MOST_OF_ONE + 1)),  # noqa: S311  # bytes that do not shrink
    ],
)
async def test_keeps_no_failures_and_nothing_private_or_large(reading: Reading, maker: Maker) -> None:
    maker.gate.set()
    assert not await is_kept(reading, maker=maker)
    assert not reading.kept


@pytest.mark.parametrize(
    "query",
    [
        *(b"made=up", b"page=1&made=up", b"page=1&page=2", b"page=%31", b"q=bench", b"page", b"page=1&", b"%70age=1"),
        b"category=" + b"x" * 200,
    ],
)
async def test_keeps_no_made_up_addresses(reading: Reading, query: bytes) -> None:
    assert not await is_kept(reading, path=f"{ROUND}/proposals", query=query)
    for path in (f"/{ROUND}", f"{ROUND}//", "/api/health", "/api/nothing", "/api/me"):
        assert not await is_kept(reading, path=path)
    assert not reading.kept
    assert await is_kept(reading, path=f"{ROUND}/proposals", query=b"page=1&category=parks")


async def test_what_one_visitor_sends_reaches_no_other(reading: Reading) -> None:
    maker = Maker(gate=opened())
    sent = {"cookie": "a=b", "x_forwarded_for": "192.0.2.1", "if_none_match": '"x"', "proposal_key": "k"}
    await ask(reading, maker, own=sent, accept_encoding="gzip", accept_language="en-GB, cy;q=0.5")
    [scope] = maker.asked
    assert scope["headers"] == [(b"host", b"vote.example.org"), (b"accept-language", b"en")]
    assert scope["client"] is None


async def test_a_flood_of_addresses_stays_within_its_bytes_and_drops_the_oldest(reading: Reading) -> None:
    maker = Maker(gate=opened(), content=b"x" * 2_000)
    reading.most_bytes = 50_000
    for page in range(300):
        await ask(reading, maker, path="/api/rounds", query=b"page=%d" % page)
        await ask(reading, maker)  # what is asked for all the time
        assert reading.size == sum(answer.size for answer in reading.kept.values()) <= 50_000
    assert len(maker.asked) == 301
    assert 2 < len(reading.kept) < 20


# One makes it, and the others wait


async def test_many_who_ask_at_once_make_one_do_it(reading: Reading) -> None:
    maker = Maker()
    waiting = [asyncio.create_task(ask(reading, maker)) for _ in range(50)]
    await maker.arrived.wait()
    waiting[0].cancel()  # the one who began it goes away
    await asyncio.sleep(0)
    maker.gate.set()
    told = [one for one in await asyncio.gather(*waiting, return_exceptions=True) if isinstance(one, Told)]
    assert len(told) == 49
    assert {one.body for one in told} == {b"made 1"}
    assert not reading.flights


async def test_nobody_is_given_what_turns_out_to_be_anothers(reading: Reading) -> None:
    maker = Maker(headers=[(b"set-cookie", b"a=b")])
    waiting = [asyncio.create_task(ask(reading, maker)) for _ in range(5)]
    await maker.arrived.wait()
    maker.gate.set()
    assert sorted(one.body for one in await asyncio.gather(*waiting)) == [b"made %d" % n for n in range(1, 6)]


async def test_who_asks_after_a_change_does_not_wait_for_an_answer_from_before(reading: Reading, app: Litestar) -> None:
    maker = Maker()
    before = asyncio.create_task(ask(reading, maker))
    await maker.arrived.wait()
    await write(app.state["database"])
    after = asyncio.create_task(ask(reading, maker))
    await until(lambda: len(maker.asked) == 2)
    maker.gate.set()
    assert ((await before).body, (await after).body) == (b"made 1", b"made 2")


# How it is sent


async def test_is_sent_compressed_and_only_once(reading: Reading, client: httpx.AsyncClient) -> None:
    address = f"{ROUND}/proposals"
    plain = await client.get(address, headers={"accept-encoding": "identity"})
    packed = await client.get(address, headers={"accept-encoding": "gzip, br"})
    assert reading.kept
    assert plain.content == packed.content
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert plain.headers["etag"] != packed.headers["etag"]
    for answer in (plain, packed):
        assert answer.headers["vary"] == "accept-language, accept-encoding"
        again = await client.get(
            address,
            headers={
                "accept-encoding": "gzip" if answer is packed else "identity",
                "if-none-match": answer.headers["etag"],
            },
        )
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert again.headers["cache-control"] == answer.headers["cache-control"] == "public, no-cache"
    other = await client.get(address, headers={"if-none-match": '"something"'})
    assert (other.status_code, other.content) == (200, plain.content)
    maker = Maker(gate=opened(), content=b"words " * 500)
    told = await ask(reading, maker, path="/api/plan", accept_encoding="gzip")
    assert gzip.decompress(told.body) == maker.content


async def test_each_language_has_its_own(reading: Reading) -> None:
    reading.languages = ("en", "cy")
    maker = Maker(gate=opened())
    for language, made in (("en", 1), ("cy", 2), ("cy-GB, en;q=0.1", 2), ("fr", 1), ("en-GB", 1)):
        assert (await ask(reading, maker, accept_language=language)).body == b"made %d" % made
    page = Maker(gate=opened())
    for language in ("en", "cy"):
        assert (await ask(reading, page, path=f"/en/r/{SLUG}/plain/proposals", accept_language=language)).body == (
            b"made 1"
        )


async def test_every_public_route_is_kept_or_says_why_not(app: Litestar) -> None:
    marked = 0
    for route in app.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else []:
            if "GET" not in handler.http_methods or access_of(handler) is not PUBLIC:
                assert KEPT not in handler.opt
                continue
            mark, reason = handler.opt.get(KEPT), handler.opt.get(NOT_KEPT)
            assert (mark is None) is not (reason is None), route.path
            marked += mark is not None
            if mark is not None:
                assert isinstance(mark, Kept)
                known = handler.parsed_fn_signature.parameters
                assert mark.query <= set(known), route.path
                assert "key" not in known
            else:
                assert len(str(reason)) > 10
    assert marked > 25
