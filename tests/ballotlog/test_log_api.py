"""The log over HTTP: what it refuses, and that its proofs prove what they say."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar

from pbvote.ballotbox.checkpoints import Checkpoint, cosign, open_checkpoint, sign, verify_cosignature
from pbvote.ballotbox.log import ballot_leaf, event_leaf, read_leaf
from pbvote.ballotbox.merkle import Tree, is_consistent, is_included, leaf_hash
from pbvote.ballotbox.notes import KeyType, SigningKey, read_key
from pbvote.ballotlog.feed import NAMESPACE
from pbvote.ballotlog.models import LogCheckpoint, LogLeaf
from pbvote.ballotlog.proofs import MOST_LOGS, KnownLog, Logs, newest, place_of
from pbvote.ballotlog.service import leaves_of
from pbvote.db import Database
from pbvote.keys import Keys
from tests.ballotlog.logged import SLUG, add_leaves, cast_all, open_a_vote, witness_key
from tests.conftest import BASE_URL, SettableClock, browser
from tests.house import let_in, make_people, make_round

NOBODY = UUID("6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f")
ROUTES = (
    "",
    "/checkpoint",
    "/checkpoints",
    "/feed",
    "/events",
    "/leaves",
    "/inclusion?index=0",
    "/consistency?first=0",
)
BEYOND = [
    ("/inclusion", "bad_request"),
    ("/inclusion?index=-1", "bad_parameter"),
    ("/inclusion?index=one", "bad_parameter"),
    ("/inclusion?index=47", "not_in_the_log"),
    ("/inclusion?index=20&size=20", "not_in_the_log"),
    ("/inclusion?index=0&size=0", "not_in_the_log"),
    ("/inclusion?index=0&size=48", "not_in_the_log"),
    (f"/inclusion?index={2**53 - 1}", "not_in_the_log"),
    (f"/inclusion?index=0&size={2**70}", "bad_parameter"),
    ("/consistency", "bad_request"),
    ("/consistency?first=48", "not_in_the_log"),
    ("/consistency?first=20&second=10", "not_in_the_log"),
    ("/consistency?first=0&second=48", "not_in_the_log"),
    ("/consistency?first=-1&second=1", "bad_parameter"),
    ("/leaves?start=48", "not_in_the_log"),
    (f"/leaves?start={2**53 - 1}", "not_in_the_log"),
    ("/leaves?limit=0", "bad_parameter"),
    ("/leaves?limit=10001", "bad_parameter"),
    ("/checkpoints?limit=0", "bad_parameter"),
    ("/checkpoints?limit=201", "bad_parameter"),
    ("/checkpoints?offset=-1", "bad_parameter"),
    (f"/checkpoints?offset={2**70}", "bad_parameter"),
]
ATOM = {"a": NAMESPACE}


@pytest.fixture
async def poll(database: Database, keys: Keys, clock: SettableClock) -> UUID:
    """A log of 47 entries: its configuration, the opening, and two batches of 20 and 25."""
    poll, codes = await open_a_vote(database, keys, clock, 45)
    await cast_all(database, keys, poll, codes[:20])
    await cast_all(database, keys, poll, codes[20:])
    return poll


async def asked(client: httpx.AsyncClient, poll: UUID, path: str) -> Any:
    answer = await client.get(f"/api/polls/{poll}/log{path}")
    assert answer.status_code == 200, answer.text
    return answer.json() if "json" in answer.headers["content-type"] else answer.text


async def test_there_is_no_log_of_an_unknown_poll_or_before_the_opening(
    client: httpx.AsyncClient, database: Database
) -> None:
    await make_people(database)
    await make_round(database)
    async with database.session(write=False) as db:
        own = (await db.execute(sa.text("SELECT id FROM polls"))).scalar_one()
    for route in ROUTES:
        for poll in (NOBODY, own):
            answer = await client.get(f"/api/polls/{poll}/log{route}")
            assert (answer.status_code, answer.json()["code"]) in {(404, "not_found"), (404, "no_log_yet")}, route


async def test_refuses_sizes_and_numbers_that_the_log_does_not_have(client: httpx.AsyncClient, poll: UUID) -> None:
    for route, code in BEYOND:
        answer = await client.get(f"/api/polls/{poll}/log{route}")
        assert (answer.status_code, answer.json()["code"], route) == (400, code, route)
        assert answer.json()["detail"]


async def test_the_log_is_what_was_signed_and_every_proof_proves_it(client: httpx.AsyncClient, poll: UUID) -> None:
    shown = await asked(client, poll, "")
    key = read_key(shown["log_key"])
    point = open_checkpoint(shown["checkpoint"], key, shown["origin"])
    assert (point.size, point.root.hex(), shown["ballots"]) == (shown["size"], shown["root"], 45)
    assert shown["origin"] == f"vote.example.org/{poll}"
    assert shown["round"] == {"slug": SLUG, "title": "Harbourside budget 2026"}
    leaves = (await asked(client, poll, "/leaves")).encode().splitlines()
    tree = Tree(map(leaf_hash, leaves))
    assert (len(leaves), tree.root()) == (47, point.root)
    for index in range(47):
        proof = await asked(client, poll, f"/inclusion?index={index}")
        assert (proof["index"], proof["size"], proof["leaf"].encode()) == (index, 47, leaves[index])
        assert is_included(leaf_hash(leaves[index]), index, 47, [*map(bytes.fromhex, proof["proof"])], point.root)
    for first, second in [(0, 47), (1, 47), (2, 22), (22, 47), (21, 46), (47, 47), (3, None)]:
        proof = await asked(client, poll, f"/consistency?first={first}" + (f"&second={second}" if second else ""))
        assert (proof["first"], proof["second"]) == (first, second or 47)
        roots = (tree.root(first), tree.root(second))
        assert is_consistent(first, second or 47, roots, [*map(bytes.fromhex, proof["proof"])])


async def test_a_log_that_grows_is_followed(
    client: httpx.AsyncClient, app: Litestar, database: Database, keys: Keys, clock: SettableClock
) -> None:
    poll, codes = await open_a_vote(database, keys, clock, 41)
    early = await asked(client, poll, "")
    await cast_all(database, keys, poll, codes[:19])
    assert (await asked(client, poll, ""))["size"] == early["size"] == 2
    await cast_all(database, keys, poll, codes[19:])
    late = await asked(client, poll, "")
    assert (late["size"], late["ballots"]) == (43, 41)
    proof = await asked(client, poll, "/consistency?first=2&second=43")
    roots = (bytes.fromhex(early["root"]), bytes.fromhex(late["root"]))
    assert is_consistent(2, 43, roots, [*map(bytes.fromhex, proof["proof"])])
    assert len(app.state["logs"].known[poll].tree) == 43


async def test_what_memory_holds_is_never_trusted(client: httpx.AsyncClient, app: Litestar, poll: UUID) -> None:
    shown = await asked(client, poll, "")
    logs: Logs = app.state["logs"]
    wrong = KnownLog()
    wrong.extend([ballot_leaf(bytes([number]) * 32) for number in range(60)])
    logs.known[poll] = wrong
    proof = await asked(client, poll, "/inclusion?index=5")
    root = bytes.fromhex(shown["root"])
    assert is_included(leaf_hash(proof["leaf"].encode()), 5, 47, [*map(bytes.fromhex, proof["proof"])], root)
    assert len(logs.known[poll].tree) == 47


async def test_a_log_that_was_not_signed_like_that_gives_no_proofs(
    client: httpx.AsyncClient, database: Database, keys: Keys, poll: UUID
) -> None:
    shown = await asked(client, poll, "")
    rogue = sign(Checkpoint(shown["origin"], 48, bytes(32)), keys.sign)
    async with database.session(write=True) as db:
        db.add(LogLeaf(poll_id=poll, number=47, leaf="ballot " + "00" * 32))
        db.add(LogCheckpoint(poll_id=poll, size=48, note=rogue))
    for route in ("", "/inclusion?index=0", "/consistency?first=0", "/events"):
        answer = await client.get(f"/api/polls/{poll}/log{route}")
        assert (answer.status_code, answer.json()["code"]) == (409, "log_is_damaged")


async def test_a_ballot_is_found_in_its_log_by_the_index(database: Database, poll: UUID) -> None:
    logs, asked = Logs(), set[str]()
    async with database.session(write=False) as db:
        point = (await newest(db, poll)).point
        log = await logs.of(db, point, poll)
        leaves = await leaves_of(db, poll)
        sa.event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *said: asked.add(said[2]))
        for number, leaf in enumerate(leaves[2:], start=2):
            commitment = bytes.fromhex(leaf.decode().removeprefix("ballot "))
            assert await place_of(db, log, poll, commitment, point.size) == number
            assert await place_of(db, log, poll, commitment, number) is None, "the log was not that long yet"
            assert await place_of(db, log, uuid4(), commitment, point.size) is None
        assert await place_of(db, log, poll, bytes(32), point.size) is None
        [query] = asked
        if database.engine.dialect.name == "sqlite":  # PostgreSQL reads so short a table whole, and rightly
            plan = await db.execute(sa.text(f"EXPLAIN QUERY PLAN {query.replace('?', ':leaf')}"), {"leaf": "ballot 00"})
            assert [row.detail for row in plan] == ["SEARCH log_leaves USING INDEX ix_log_leaves_leaf (leaf=?)"]


async def test_a_place_that_the_database_alone_says_is_not_believed(database: Database, poll: UUID) -> None:
    stranger = bytes(31) + b"1"
    async with database.session(write=True) as db:
        point = (await newest(db, poll)).point
        log = await Logs().of(db, point, poll)
        db.add(LogLeaf(poll_id=poll, number=-5, leaf=ballot_leaf(stranger).decode()))
        await db.flush()
        assert await place_of(db, log, poll, stranger, point.size) is None


async def test_few_logs_are_kept_in_memory(database: Database) -> None:
    logs = Logs()
    empty = Checkpoint("somebody/else", 0, Tree().root())
    async with database.session(write=False) as db:
        for number in range(MOST_LOGS + 2):
            await logs.of(db, empty, UUID(int=number))
    assert [other.int for other in logs.known] == list(range(2, MOST_LOGS + 2))


async def test_leaves_come_in_pages_that_never_change_once_they_are_full(client: httpx.AsyncClient, poll: UUID) -> None:
    whole = await client.get(f"/api/polls/{poll}/log/leaves")
    assert whole.headers["content-type"] == "text/plain; charset=utf-8"
    parts = [await client.get(f"/api/polls/{poll}/log/leaves?start={start}&limit=20") for start in (0, 20, 40, 47)]
    assert "".join(part.text for part in parts) == whole.text
    assert ["immutable" in part.headers["cache-control"] for part in parts] == [True, True, False, False]


async def test_what_may_be_kept_by_caches(client: httpx.AsyncClient, poll: UUID) -> None:
    kept = {
        route: (await client.get(f"/api/polls/{poll}/log{route}")).headers["cache-control"]
        for route in (*ROUTES, "/inclusion?index=0&size=47", "/consistency?first=0&second=2")
    }
    assert {route for route, how in kept.items() if "immutable" in how} == set(kept) - set(ROUTES)
    assert all(how == "public, max-age=10" for how in kept.values() if "immutable" not in how)


async def test_events_are_told_with_their_times_and_ballots_without_any(
    client: httpx.AsyncClient, clock: SettableClock, poll: UUID
) -> None:
    found = await asked(client, poll, "/events")
    assert [(event["number"], event["type"]) for event in found["items"]] == [(0, "config"), (1, "open")]
    config, opened = found["items"]
    assert config["at"] is None
    assert opened["at"]["at"] == clock.moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert opened["fields"]["by"] == ["Officer", "Second"]
    leaves = (await asked(client, poll, "/leaves")).encode().splitlines()
    assert {read_leaf(leaf).type for leaf in leaves[2:]} == {"ballot"}
    assert found["size"] == 47


async def test_checkpoints_come_newest_first_in_pages(client: httpx.AsyncClient, poll: UUID, keys: Keys) -> None:
    pages = [await asked(client, poll, f"/checkpoints?offset={offset}&limit=2") for offset in (0, 2)]
    assert [[item["size"] for item in page["items"]] for page in pages] == [[47, 22], [2]]
    assert all(page["total"] == 3 for page in pages)
    newest = await asked(client, poll, "/checkpoint")
    assert newest == pages[0]["items"][0]["note"]
    assert open_checkpoint(newest, keys.sign.verify_key, f"vote.example.org/{poll}").size == 47


async def test_the_feed_is_atom_with_absolute_links_and_no_time_of_a_ballot(
    client: httpx.AsyncClient, poll: UUID, clock: SettableClock
) -> None:
    opened = clock.moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    clock.advance(hours=5)
    answer = await client.get(f"/api/polls/{poll}/log/feed")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)  # noqa: S314  # our own
    address = f"{BASE_URL}/api/polls/{poll}/log/feed"
    assert feed.findtext("a:id", namespaces=ATOM) == address
    links = {link.get("rel"): link.get("href") for link in feed.findall("a:link", ATOM)}
    assert links == {"self": address, "alternate": f"{BASE_URL}/en/r/{SLUG}/log"}
    assert feed.findtext("a:author/a:name", namespaces=ATOM)
    entries = feed.findall("a:entry", ATOM)
    assert [entry.findtext("a:id", namespaces=ATOM) for entry in entries] == [f"{address}#{n}" for n in (47, 22, 2)]
    for element in (feed, *entries):
        assert element.findtext("a:title", namespaces=ATOM)
        assert element.findtext("a:updated", namespaces=ATOM) == opened
    assert entries[0].findtext("a:content", namespaces=ATOM) == await asked(client, poll, "/checkpoint")


# Witnesses


async def name_witness(client: httpx.AsyncClient, key: SigningKey) -> httpx.Response:
    return await client.post(f"/api/rounds/{SLUG}/witnesses", json={"key": key.verify_key.text})


NO_WITNESS_KEYS = [
    "",
    "example.org/witness",
    witness_key().verify_key.text[:-4] + "AAA=",
    SigningKey("example.org/log", KeyType.NOTE, witness_key().private).verify_key.text,
]


async def test_refuses_what_is_no_witness_key(client: httpx.AsyncClient, database: Database, poll: UUID) -> None:
    assert poll
    await let_in(database, client, "organiser@example.org")
    for key in NO_WITNESS_KEYS:
        refused = await client.post(f"/api/rounds/{SLUG}/witnesses", json={"key": key})
        assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (400, "bad_witness_key"), key


async def test_two_witnesses_cannot_have_one_name(client: httpx.AsyncClient, database: Database, poll: UUID) -> None:
    assert poll
    await let_in(database, client, "scrutineer@example.org")
    assert (await name_witness(client, witness_key())).status_code == 201
    assert (await name_witness(client, witness_key())).status_code == 201  # the very same changes nothing
    refused = await name_witness(client, witness_key(seed=8))
    assert (refused.status_code, refused.json()["reasons"][0]["code"]) == (400, "witness_not_added")
    named = (await client.get(f"/api/rounds/{SLUG}/witnesses")).json()["items"]
    assert [(one["name"], one["key"]) for one in named] == [("example.org/witness", witness_key().verify_key.text)]


async def test_only_witnesses_who_are_named_countersign_and_only_what_the_log_signed(
    app: Litestar, client: httpx.AsyncClient, database: Database, keys: Keys, poll: UUID
) -> None:
    note, path = await asked(client, poll, "/checkpoint"), f"/api/polls/{poll}/log/cosignatures"
    forged = cosign(
        sign(Checkpoint(f"vote.example.org/{poll}", 47, bytes(32)), keys.sign), witness_key(), 1_772_000_000
    )
    stranger = cosign(note, witness_key(), 1_772_000_000)
    async with browser(app) as organiser:
        await let_in(database, organiser, "organiser@example.org")
        await name_witness(organiser, witness_key("example.org/other", seed=9))
        refused = [await client.post(path, json={"note": text}) for text in (stranger, note, "nonsense")]
        await name_witness(organiser, witness_key())
    broken = stranger.replace(stranger.splitlines()[-1][-12:], "A" * 11 + "=")
    refused += [await client.post(path, json={"note": text}) for text in (forged, broken)]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(422, "not_a_witness")] * 5
    assert (await asked(client, poll, ""))["witnesses"] == []


async def test_a_witness_countersigns_and_everybody_sees_it(
    app: Litestar, client: httpx.AsyncClient, database: Database, poll: UUID
) -> None:
    key = witness_key()
    async with browser(app) as organiser:
        await let_in(database, organiser, "organiser@example.org")
        await name_witness(organiser, key)
    early = (await asked(client, poll, "/checkpoints"))["items"][1]["note"]
    for note, time in ((early, 1_772_000_000), (await asked(client, poll, "/checkpoint"), 1_772_000_060)):
        done = await client.post(f"/api/polls/{poll}/log/cosignatures", json={"note": cosign(note, key, time)})
        assert (done.status_code, done.json()["witnesses"]) == (200, [key.name])
    shown = await asked(client, poll, "")
    [seen] = shown["witnesses"]
    assert (seen["name"], seen["key"], seen["size"]) == (key.name, key.verify_key.text, 47)
    assert seen["seen"]["at"] == "2026-02-25T06:14:20Z"
    assert verify_cosignature(shown["checkpoint"], key.verify_key) == 1_772_000_060
    assert shown["checkpoint"] == await asked(client, poll, "/checkpoint")
    assert [item["witnesses"] for item in (await asked(client, poll, "/checkpoints"))["items"]] == [[key.name]] * 2 + [
        []
    ]
    line = shown["checkpoint"].splitlines()[-1].split()[-1]
    assert len(base64.b64decode(line)) == 4 + 8 + 64


async def test_wrong_signatures_use_up_an_allowance(client: httpx.AsyncClient, poll: UUID) -> None:
    path = f"/api/polls/{poll}/log/cosignatures"
    answers = [await client.post(path, json={"note": "nonsense"}) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [422] * 20 + [429]


async def test_an_event_is_followed_too(
    client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock, poll: UUID
) -> None:
    clock.advance(hours=3)
    leaf = event_leaf("pause", at=clock.moment, by=["Officer", "Second"], reason="A power cut.")
    await add_leaves(database, keys, poll, [leaf])
    found = await asked(client, poll, "/events")
    assert (found["size"], found["items"][-1]["number"], found["items"][-1]["type"]) == (48, 47, "pause")
    assert found["items"][-1]["fields"]["reason"] == "A power cut."
