"""Public answers that are kept: never somebody's own, never older than what changed, and never too many."""

from __future__ import annotations

import asyncio
import gzip
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.types import HTTPScope, Message, Receive, Scope, Send
from sqlalchemy import select, text

from pbvote.app import create_app
from pbvote.db import Database
from pbvote.db.changes import ServerChanges
from pbvote.keys import Keys
from pbvote.proposals.models import Proposal
from pbvote.settings import Settings
from pbvote.web.access import PUBLIC, access_of
from pbvote.web.caching import KEPT, NOT_KEPT, Kept
from pbvote.web.headers import CONTENT_SECURITY_POLICY
from pbvote.web.reading import MOST_AGE, MOST_OF_ONE, Reading
from pbvote.web.sign_in import COOKIE
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, make_round, sign_in
from tests.outcomes.counting import SLUG, count, hold_the_vote, publish

ROUND = f"/api/rounds/{SLUG}"
ANEW = {"authorization": "none"}  # means nothing to us but that the answer is not for everybody


@asynccontextmanager
async def hearing(app: Litestar) -> AsyncIterator[Reading]:
    """The app's reading while it hears of changes."""
    reading: Reading = app.state["reading"]
    following = asyncio.create_task(reading.changes.follow())
    await until(lambda: reading.version() is not None)
    try:
        yield reading
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def until(true: Callable[[], bool]) -> None:
    """Wait for what takes a moment."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  # what is waited for sets no event
            await asyncio.sleep(0.001)


@pytest.fixture
async def reading(app: Litestar, database: Database) -> AsyncIterator[Reading]:
    """What the app keeps, which hears of changes; there is a round."""
    await make_people(database)
    await make_round(database)
    async with hearing(app) as found:
        yield found


@dataclass
class Told:
    """What a client was sent."""

    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message["body"]


@dataclass
class Maker:
    """Stands for the rest of the app: it says how often it was asked, and waits while the gate is closed."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    content: bytes = b""
    asked: list[Scope] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        self.asked.append(scope)
        number = len(self.asked)
        self.arrived.set()
        await self.gate.wait()
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        body = self.content or b"made %d" % number
        await send({"type": "http.response.body", "body": body, "more_body": False})


def opened() -> asyncio.Event:
    """A gate that stands open."""
    gate = asyncio.Event()
    gate.set()
    return gate


async def nothing() -> Any:
    """What a client sends that sends nothing more."""
    await asyncio.Event().wait()


async def ask(
    reading: Reading,
    maker: Maker,
    path: str = ROUND,
    query: bytes = b"",
    own: Mapping[str, str] | None = None,
    **headers: str,
) -> Told:
    """Ask for an address as it comes from a server, with headers whose names have underscores here."""
    told = Told()
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in {**headers, **(own or {})}.items()]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": sent, "state": {}}
    await reading.answer(cast("HTTPScope", scope), nothing, told.send, maker)
    return told


async def is_kept(reading: Reading, *, maker: Maker | None = None, **asked: Any) -> bool:
    """Whether a second request is answered with what the first one was."""
    maker = maker or Maker(gate=opened())
    for _ in range(2):
        await ask(reading, maker, **asked)
    return len(maker.asked) == 1


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


async def write(database: Database, title: str = "Another title") -> None:
    """Change what the public reads."""
    async with database.session(write=True) as db:
        (await db.scalars(select(Proposal).where(Proposal.number == 1))).one().title = title


# Never older than what changed


@pytest.mark.parametrize("blind", [False, True])
async def test_an_answer_from_before_a_commit_is_not_kept_after_it(
    reading: Reading, app: Litestar, monkeypatch: pytest.MonkeyPatch, *, blind: bool
) -> None:
    """The race: read before the commit, stored after everybody was told. Blind, as the control, the fault shows."""
    assert reading.version() is not None
    if blind:
        monkeypatch.setattr(Reading, "version", lambda _: (1, 1))

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await inner(scope, receive, send)
        await write(app.state["database"], "Written meanwhile")

    inner = app.asgi_handler
    address = f"{ROUND}/proposals/1"
    client = browser(app)
    app.asgi_handler = slow
    try:
        stale = (await client.get(address)).json()["title"]
    finally:
        app.asgi_handler = inner
    assert stale == "Proposal 1"
    assert ((await client.get(address)).json()["title"] == "Written meanwhile") is not blind


async def test_reads_what_was_written_at_once_and_what_is_quiet_changes_nothing(
    reading: Reading, app: Litestar, client: httpx.AsyncClient
) -> None:
    database: Database = app.state["database"]
    address = f"{ROUND}/proposals/1"
    for number in range(20):
        await write(database, f"Title {number}")
        assert (await client.get(address)).json()["title"] == f"Title {number}"
    version = reading.version()
    async with database.session(write=True, quiet=True) as db:
        await db.execute(text("UPDATE rounds SET version = version"))
    for writes in (False, True):  # what is open for writing, and writes nothing, has not changed anything
        async with database.session(write=writes) as db:
            await db.execute(text("SELECT title FROM rounds"))
    assert reading.version() == version
    with suppress(ZeroDivisionError):
        async with database.session(write=True) as db:
            await db.execute(text("UPDATE rounds SET version = version"))
            raise ZeroDivisionError
    assert reading.version() == version


async def test_signing_in_changes_nothing_public(reading: Reading, client: httpx.AsyncClient) -> None:
    version = reading.version()
    await sign_in(client, "officer@example.org")
    assert (await client.post("/api/logout")).status_code == 204
    assert reading.version() == version


async def test_phases_follow_the_clock(reading: Reading, client: httpx.AsyncClient, clock: SettableClock) -> None:
    maker = Maker(gate=opened())
    assert await is_kept(reading, maker=maker)
    clock.advance(seconds=MOST_AGE * 0.9)
    await ask(reading, maker)
    assert len(maker.asked) == 1
    clock.advance(seconds=MOST_AGE * 0.1)
    await ask(reading, maker)
    assert len(maker.asked) == 2
    clock.advance(seconds=-60)
    await ask(reading, maker)
    assert len(maker.asked) == 3
    address = "/api/rounds"
    before = (await client.get(address)).json()
    clock.advance(days=30)
    assert (await client.get(address)).json() != before


async def test_no_result_is_read_before_its_publication_and_no_old_word_after_it(
    app: Litestar, client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await make_people(database)
    await make_round(database)
    pages = (f"{ROUND}/results", f"/en/r/{SLUG}/plain/results")
    async with hearing(app):
        await hold_the_vote(database, keys, clock)
        officer, second = browser(app), browser(app)
        await let_in(database, officer, "officer@example.org")
        await let_in(database, second, "second@example.org")
        outcome = await count(officer)
        for page in pages * 2:
            assert (await client.get(page)).status_code == 404
        assert (await publish(officer, second, outcome)).status_code == 200
        for page in pages * 2:
            answer = await client.get(page)
            assert answer.status_code == 200
            assert "max-age" not in answer.headers["cache-control"]


# Two processes


async def test_another_process_hears_of_it(
    reading: Reading, app: Litestar, settings: Settings, clock: SettableClock
) -> None:
    other = create_app(settings, clock, background=False, durable=False)
    theirs: Reading = other.state["reading"]
    theirs.on, theirs.age = True, lambda: 0.0
    address = f"{ROUND}/proposals/1"
    async with other.lifespan(), hearing(other), browser(other) as client:
        for number in range(5):
            known = theirs.version()
            await client.get(address)
            assert theirs.kept
            await write(app.state["database"], f"Title {number}")
            await until(lambda known=known: theirs.version() != known)  # type: ignore[misc]  # within milliseconds
            assert (await client.get(address)).json()["title"] == f"Title {number}"
    assert reading.version() is not None


async def test_nothing_that_is_kept_is_used_while_nobody_listens(reading: Reading, app: Litestar) -> None:
    changes = reading.changes
    if not isinstance(changes, ServerChanges):
        pytest.skip("an SQLite file is asked itself, each time")
    maker = Maker(gate=opened())
    assert await is_kept(reading, maker=maker)
    known = reading.version()
    database: Database = app.state["database"]
    cut = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'")
    async with database.session(write=False) as db:
        await db.execute(cut.execution_options(autocommit=True))
    await until(lambda: not changes.listening)
    assert reading.version() is None
    await ask(reading, maker)
    await ask(reading, maker)
    assert len(maker.asked) == 3
    await until(lambda: changes.listening)  # again, and what was known before is not trusted any more
    assert reading.version() != known
    await ask(reading, maker)
    assert len(maker.asked) == 4


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


# Whatever happens


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_is_read_is_what_would_be_made_anew(
    reading: Reading, app: Litestar, client: httpx.AsyncClient, clock: SettableClock, seed: int
) -> None:
    """Random writes, steps of the clock and reads: after each write's answer, both say the same."""
    dice = random.Random(seed)  # noqa: S311  # a sequence that can be had again
    people = [browser(app) for _ in range(2)]
    await let_in(app.state["database"], people[0], "admin@example.org")
    await let_in(app.state["database"], people[1], "organiser@example.org")
    for step in range(25):
        happened = await happens(dice, people, app, clock)
        for address in dice.sample(ADDRESSES, 3):
            for language in ("en", "cy"):
                for _ in range(2):
                    kept = await client.get(address, headers={"accept-language": language})
                    anew = await client.get(address, headers={"accept-language": language, **ANEW})
                    told = (seed, step, happened, address)
                    assert (kept.status_code, kept.text, told) == (anew.status_code, anew.text, told)
    assert reading.kept


ADDRESSES = [
    *("/api/rounds", ROUND, f"{ROUND}/proposals", f"{ROUND}/proposals/1", f"{ROUND}/proposals/1/comments"),
    *("/api/plan", "/api/forums/harbourside", "/api/retention", "/en/", f"/en/r/{SLUG}", "/en/plan"),
    *(f"/en/r/{SLUG}/plain/proposals", f"{ROUND}/results", f"{ROUND}/ballot-paper", f"{ROUND}/dates.ics"),
]


async def happens(dice: random.Random, people: list[httpx.AsyncClient], app: Litestar, clock: SettableClock) -> str:
    """Something that changes what the public reads, or nothing."""
    what, number = dice.choice(["words", "looks", "retention", "title", "clock", "nothing"]), dice.randrange(10**6)
    administrator, organiser = people
    if what == "words":
        forum = (await organiser.get("/api/forums/harbourside")).json()
        await organiser.put("/api/forums/harbourside/texts", json={"description": f"{number}", **_version(forum)})
    elif what == "looks":
        now = (await administrator.get("/api/branding")).json()
        colours = {name: value for name, value in now.items() if isinstance(value, str) and value.startswith("#")}
        await administrator.put("/api/branding", json={"name": f"Partnership {number}", **colours})
    elif what == "retention":
        await administrator.put("/api/retention", json={"drafts": 30 + number % 30})
    elif what == "title":
        await write(app.state["database"], f"Title {number}")
    elif what == "clock":
        clock.advance(seconds=dice.choice([0.5, 2, 3_600, 86_400]))
    return what


def _version(forum: dict[str, Any]) -> dict[str, Any]:
    return {"version": forum["version"]} if "version" in forum else {}
