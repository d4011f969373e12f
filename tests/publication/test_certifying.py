"""The end of a vote over HTTP: its result is certified when the time for challenges is over, its keys are destroyed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.ballotbox.log import read_leaf
from pbvote.ballotlog.models import LogLeaf
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.keys.polls import destroy_poll_keys
from pbvote.roll.contacts import add_contacts, size_of_contacts
from pbvote.roll.models import Elector
from pbvote.roll.service import add_electors
from pbvote.rounds.models import Poll, Round
from tests.conftest import SettableClock, browser
from tests.house import agree, let_in, make_people, make_round
from tests.outcomes.counting import SLUG, count, hold_the_vote, publish

ROUND = f"/api/rounds/{SLUG}"
CERTIFY, DESTROY = f"{ROUND}/certify", f"{ROUND}/destroy-keys"
WINDOW = 91
ASK = {"approves": None}
People = dict[str, httpx.AsyncClient]


@pytest.fixture
async def people(app: Litestar, database: Database, keys: Keys, clock: SettableClock) -> AsyncIterator[People]:
    await make_people(database)
    await make_round(database)
    await hold_the_vote(database, keys, clock)
    async with AsyncExitStack() as stack:
        found = {}
        for name in ("officer", "second", "clerk", "elsewhere"):
            found[name] = await stack.enter_async_context(browser(app))
            await let_in(database, found[name], f"{name}@example.org")
        yield found


@pytest.fixture
async def published(people: People) -> People:
    answer = await publish(people["officer"], people["second"], await count(people["officer"]))
    assert answer.status_code == 200, answer.text
    return people


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def secrets_of(keys: Keys) -> list[str]:
    return sorted(path.suffix for path in (keys.folder / "polls").iterdir())


async def test_nothing_is_certified_before_it_is_published(people: People) -> None:
    assert code_of(await people["officer"].get(f"{ROUND}/certification")) == (404, "results_not_published")
    for path in (CERTIFY, DESTROY):
        assert code_of(await people["officer"].post(path, json=ASK)) == (409, "not_in_this_phase")


async def test_nothing_is_certified_while_it_can_be_challenged(published: People, clock: SettableClock) -> None:
    officer = published["officer"]
    assert code_of(await officer.post(DESTROY, json=ASK)) == (409, "not_certified")
    clock.advance(days=WINDOW, seconds=-1)
    assert (await officer.get(f"{ROUND}/certification")).json()["over"] is False
    assert code_of(await officer.post(CERTIFY, json=ASK)) == (409, "challenges_are_open")
    clock.advance(seconds=1)
    told = (await officer.get(f"{ROUND}/certification")).json()
    assert (told["over"], told["challenges_until"]["at"]) == (True, clock.moment.isoformat().replace("+00:00", "Z"))
    assert (await officer.post(CERTIFY, json=ASK)).status_code == 202


async def test_it_takes_two_officers_of_the_forum_within_a_day(
    published: People, keys: Keys, clock: SettableClock
) -> None:
    clock.advance(days=WINDOW)
    for path in (CERTIFY, DESTROY):
        for who in ("clerk", "elsewhere"):
            assert code_of(await published[who].post(path, json=ASK)) == (403, "not_allowed")
        asked = (await published["officer"].post(path, json=ASK)).json()["id"]
        both = {"approves": asked}
        assert code_of(await published["officer"].post(path, json=both)) == (409, "second_officer_needed")
        assert code_of(await published["elsewhere"].post(path, json=both)) == (403, "not_allowed")
        assert code_of(await published["second"].post(path, json=ASK)) == (409, "asked_already")
        clock.advance(hours=24)
        assert code_of(await published["second"].post(path, json=both)) == (409, "nothing_to_approve")
        assert (await published["officer"].get(f"{ROUND}/keys")).json()["destroyed"] is None
        assert ".link" in secrets_of(keys)
        done = await agree(published["second"], published["officer"], path, {})
        assert done.status_code == 200, done.text
        again = await published["officer"].post(path, json=ASK)
        assert code_of(again) == (409, "not_in_this_phase")


async def test_an_ask_to_certify_is_none_to_destroy(published: People, clock: SettableClock) -> None:
    clock.advance(days=WINDOW)
    assert (await agree(published["officer"], published["second"], CERTIFY, {})).status_code == 200
    items = (await published["officer"].get(f"{ROUND}/approvals")).json()["items"]
    [certified] = [one["id"] for one in items if one["action"] == "certify"]
    await published["officer"].post(DESTROY, json=ASK)
    wrong = await published["second"].post(DESTROY, json={"approves": certified})
    assert code_of(wrong) == (409, "nothing_to_approve")


async def test_the_secrets_are_gone_and_the_log_says_so(
    published: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    clock.advance(days=WINDOW)
    assert secrets_of(keys) == [".link", ".pub", ".seal"]
    for path in (CERTIFY, DESTROY):
        assert (await agree(published["officer"], published["second"], path, {})).status_code == 200
    assert secrets_of(keys) == [".pub"]
    told = (await published["clerk"].get(f"{ROUND}/keys")).json()
    assert told["certified"]["at"] == told["destroyed"]["at"] == clock.moment.isoformat().replace("+00:00", "Z")
    async with database.session(write=False) as db:
        leaves = [read_leaf(leaf.encode()) for leaf in await db.scalars(select(LogLeaf.leaf).order_by(LogLeaf.number))]
    assert [leaf.type for leaf in leaves][-3:] == ["certify", "key-destroyed", "key-destroyed"]
    assert [leaf.fields["by"] for leaf in leaves[-3:] if leaf.fields] == [["Officer", "Second"]] * 3
    assert (await published["officer"].get(f"{ROUND}/results")).status_code == 200


async def test_without_its_keys_a_vote_still_answers(
    published: People, keys: Keys, clock: SettableClock, app: Litestar, database: Database
) -> None:
    async with database.session(write=True) as db:
        code = (await add_electors(db, keys, (await db.scalars(select(Round))).one(), "late", 1, None))[0]
        poll = (await db.scalars(select(Poll.id))).one()
    clock.advance(days=WINDOW)
    for path in (CERTIFY, DESTROY):
        assert (await agree(published["officer"], published["second"], path, {})).status_code == 200
    ballot = {"code": code, "choices": [1], "points": None, "idempotency_key": "long-after-the-close"}
    async with browser(app) as anybody:
        assert code_of(await anybody.put(f"/api/polls/{poll}/ballot", json=ballot)) == (409, "voting_is_closed")
        assert (await anybody.post(f"/api/polls/{poll}/code", json={"code": code})).json() == {"has_voted": False}
        assert (await anybody.post(f"/api/polls/{poll}/ticket")).status_code == 200
        assert (await anybody.get(f"{ROUND}/results/bundle.zip")).status_code == 200
        plain = await anybody.get(f"/en/r/{SLUG}/plain")
        assert plain.status_code == 200
    assert (await published["officer"].get(f"{ROUND}/turnout")).json() == {"electors": 7, "voted": 6}
    for path in ("count", "uniqueness"):
        answer = await published["officer"].get(f"{ROUND}/{path}")
        assert answer.status_code in {200, 409}, answer.text
    again = await published["officer"].post(f"{ROUND}/count", json={})
    assert code_of(again) == (409, "not_in_this_phase")


async def test_keys_that_are_gone_already_are_said_to_be_gone(
    published: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    """The machine stopped between the destruction of the files and the writing of the log."""
    async with database.session(write=False) as db:
        poll = (await db.scalars(select(Poll.id))).one()
    clock.advance(days=WINDOW)
    assert (await agree(published["officer"], published["second"], CERTIFY, {})).status_code == 200
    assert destroy_poll_keys(keys, poll) == ["link", "seal"]
    assert (await agree(published["officer"], published["second"], DESTROY, {})).status_code == 200
    async with database.session(write=False) as db:
        last = await db.scalar(select(LogLeaf.leaf).order_by(LogLeaf.number.desc()).limit(1))
    assert (read_leaf((last or "").encode()).fields or {})["key"] == "link"


async def test_the_addresses_of_voters_are_forgotten_with_the_keys(
    published: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    async with database.session(write=True) as db:
        round_id, elector = (await db.execute(select(Elector.round_id, Elector.id).limit(1))).one()
        await add_contacts(db, keys, round_id, [(elector, "ann@example.org")])
    clock.advance(days=WINDOW)
    for path, left in ((CERTIFY, 1), (DESTROY, 0)):
        assert (await agree(published["officer"], published["second"], path, {})).status_code == 200
        async with database.session(write=False) as db:
            assert await size_of_contacts(db, round_id) == left
