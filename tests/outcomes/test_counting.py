"""Counting: who may, when, how often, and what stops it."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import delete, func, insert, select, update

from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.opening import Opening, padded_size
from pbvote.ballotbox.sealing import seal
from pbvote.ballotlog.models import Log
from pbvote.db import Base, Database, uuid7
from pbvote.keys import Keys
from pbvote.keys.polls import link_key, public_seal_key
from pbvote.outcomes import box, service
from pbvote.outcomes.models import Outcome
from pbvote.proposals.models import Project
from pbvote.publication import making
from pbvote.publication.models import Publication
from pbvote.rounds.models import Poll, Round
from pbvote.voting import uniqueness
from pbvote.voting.hiding import Veil
from pbvote.voting.models import SealedBallot, Slot, WaitingBallot
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, make_round, open_the_vote
from tests.house import make_codes as make_electors
from tests.outcomes.counting import SLUG, count, hold_the_vote, publish

COUNT = f"/api/rounds/{SLUG}/count"


@pytest.fixture
async def house(database: Database) -> None:
    """The people and a round that is about to open its vote."""
    await make_people(database)
    await make_round(database)


async def signed_in(app: Litestar, database: Database, email: str) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(app) as client:
        await let_in(database, client, email)
        yield client


@pytest.fixture
async def officer(app: Litestar, database: Database, house: None) -> AsyncIterator[httpx.AsyncClient]:
    del house
    async for client in signed_in(app, database, "officer@example.org"):
        yield client


@pytest.fixture
async def second(app: Litestar, database: Database, house: None) -> AsyncIterator[httpx.AsyncClient]:
    del house
    async for client in signed_in(app, database, "second@example.org"):
        yield client


async def stored(database: Database, what: type[Base]) -> int:
    async with database.session(write=False) as db:
        return (await db.execute(select(func.count()).select_from(what))).scalar_one()


async def change(database: Database, *statements: Any) -> None:
    """What somebody with the database's password can do."""
    async with database.session(write=True) as db:
        for statement in statements:
            await db.execute(statement)


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_nothing_is_counted_before_the_vote_is_over(
    officer: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    assert problem(await officer.post(COUNT, json={})) == (409, "not_in_this_phase")
    await make_electors(database, keys)
    await open_the_vote(database, keys, clock)
    assert problem(await officer.post(COUNT, json={})) == (409, "not_in_this_phase")
    assert problem(await officer.get(COUNT)) == (404, "not_counted")
    assert await stored(database, Outcome) == 0


async def test_counts_as_soon_as_the_clock_says_that_the_vote_is_over(
    officer: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await make_electors(database, keys)
    await open_the_vote(database, keys, clock)
    clock.advance(days=14)
    answer = await officer.post(COUNT, json={})
    assert (answer.status_code, answer.json()["round"]["phase"]) == (201, "counting")


@pytest.mark.parametrize("who", ["organiser", "clerk", "scrutineer", "elsewhere", "admin"])
async def test_only_an_officer_of_the_forum_counts(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock, house: None, who: str
) -> None:
    del house
    await hold_the_vote(database, keys, clock)
    async for client in signed_in(app, database, f"{who}@example.org"):
        assert problem(await client.post(COUNT, json={})) == (403, "not_allowed")
    async with browser(app) as anybody:
        assert problem(await anybody.post(COUNT, json={})) == (401, "sign_in_needed")
    assert await stored(database, Outcome) == 0


async def test_a_count_says_what_the_ballots_say(
    officer: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await hold_the_vote(database, keys, clock)
    await count(officer)
    result = (await officer.get(COUNT)).json()
    assert result["provisional"]
    assert (result["electors"], result["ballots"], result["blank"]) == (6, 6, 1)
    assert [project["votes"] for project in result["projects"]] == [4, 1, 0, 2]
    assert [project["funded"] for project in result["projects"]] == [True, True, False, True]
    assert (result["round"]["phase"], result["cost"]) == ("counting", 425_00)


async def test_a_second_count_leaves_the_first_and_only_the_newest_can_be_published(
    officer: httpx.AsyncClient, second: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await hold_the_vote(database, keys, clock)
    first = await count(officer)
    clock.advance(minutes=1)
    newer = await count(officer)
    assert (first != newer, await stored(database, Outcome)) == (True, 2)
    assert (await officer.get(COUNT)).json()["outcome_id"] == newer
    stale = await officer.post(f"/api/rounds/{SLUG}/publish", json={"outcome_id": first, "approves": None})
    assert problem(stale) == (409, "outcome_is_stale")
    assert (await publish(officer, second, newer)).status_code == 200


async def test_the_newest_count_is_the_one_that_was_counted_last(
    officer: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await hold_the_vote(database, keys, clock)
    outcome = await count(officer)
    async with database.session(write=True) as db:
        copied = (await db.scalars(select(Outcome))).one()
        values = {column.key: getattr(copied, column.key) for column in Outcome.__table__.columns}
        earlier = values | {"id": uuid7(), "counted_at": copied.counted_at - timedelta(seconds=1)}
        await db.execute(insert(Outcome).values(**earlier))
    assert (await officer.get(COUNT)).json()["outcome_id"] == outcome


async def test_a_changed_ballot_is_found_and_nothing_is_stored(
    officer: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    poll = await hold_the_vote(database, keys, clock)
    async with database.session(write=True) as db:
        ballot = (await db.scalars(select(SealedBallot).limit(1))).one()
        ballot.sealed = ballot.sealed[:33] + CanonicalBallot(poll, Form.SET, (3,)).encode()
    await refuses_to_count(officer, database, "cannot be opened")


async def test_a_lost_ballot_is_found(
    officer: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await hold_the_vote(database, keys, clock)
    async with database.session(write=True) as db:
        await db.delete((await db.scalars(select(SealedBallot).limit(1))).one())
    await refuses_to_count(officer, database, "is missing")


@pytest.mark.parametrize(
    ("ballot", "words"),
    [
        (lambda _: CanonicalBallot(uuid7(), Form.SET, (1,)), "is one of another vote"),
        (lambda poll: CanonicalBallot(poll, Form.SET, (9,)), "lists project 9"),
        (lambda poll: CanonicalBallot(poll, Form.POINTS, (1,), (5,)), "expected no points"),
    ],
)
async def test_a_ballot_that_this_vote_cannot_have_is_found(
    officer: httpx.AsyncClient,
    database: Database,
    keys: Keys,
    clock: SettableClock,
    ballot: Callable[[Any], CanonicalBallot],
    words: str,
) -> None:
    await make_electors(database, keys)
    poll = await open_the_vote(database, keys, clock)
    await change(database, *stuffing(keys, poll, ballot(poll), WaitingBallot))
    clock.advance(days=14)
    await keep_time(database, keys)
    await refuses_to_count(officer, database, words)


async def test_a_ballot_that_is_put_in_after_the_close_is_found(
    officer: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    poll = await hold_the_vote(database, keys, clock)
    await change(database, *stuffing(keys, poll, CanonicalBallot(poll, Form.SET, (1,)), SealedBallot))
    await refuses_to_count(officer, database, "not those that were fixed when voting closed")


def stuffing(keys: Keys, poll: UUID, ballot: CanonicalBallot, where: type[Base]) -> list[Any]:
    """A ballot of nobody on the roll, and the slot that points to it, made by somebody who has the link key."""
    opening = Opening(poll, bytes(32), bytes(32), ballot.encode())
    committed, content = opening.commitment, opening.encode(padded_size(Form.POINTS, 3))
    sealed = seal(public_seal_key(keys, poll), poll, committed, content)
    veil = Veil(link_key(keys, poll), poll)
    waiting_id, pointer = veil.waiting_id(committed), veil.pointer(bytes(32), committed)
    return [
        insert(WaitingBallot).values(
            poll_id=poll, id=waiting_id, hidden=veil.hidden_ballot(waiting_id, committed, sealed)
        )
        if where is WaitingBallot
        else insert(SealedBallot).values(poll_id=poll, commitment=committed, sealed=sealed),
        insert(Slot).values(poll_id=poll, slot=bytes(32), ballot=pointer, locked=False),
    ]


async def refuses_to_count(officer: httpx.AsyncClient, database: Database, words: str) -> None:
    refused = await officer.post(COUNT, json={})
    assert problem(refused) == (409, "ballot_box_is_damaged")
    assert words in refused.json()["detail"]
    assert await stored(database, Outcome) == 0
    assert problem(await officer.get(COUNT)) == (404, "not_counted")


async def test_a_ballot_box_that_changes_after_the_count_is_not_published(
    officer: httpx.AsyncClient, second: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await hold_the_vote(database, keys, clock)
    outcome = await count(officer)
    async with database.session(write=True) as db:
        slot = (await db.scalars(select(Slot).limit(1))).one()
        await db.execute(delete(Slot).where(Slot.slot == slot.slot))
    assert problem(await publish(officer, second, outcome)) == (409, "ballot_box_is_damaged")
    assert await stored(database, Publication) == 0


RULES = {
    "budget": update(Poll).values(budget=1_000_00),
    "rule": update(Poll).values(rule_parameters={"utility": "cost"}),
    "ties": update(Poll).values(ties=["most-votes", "cheapest", "ballot-order"]),
    "cost": update(Project).where(Project.number == 3).values(cost=1_00),
    "reference": update(Project).where(Project.number == 3).values(reference="three"),
    "title": update(Round).values(title="Another title"),
    "eligibility": update(Round).values(eligibility="Everybody"),
    "custody": update(Poll).values(custody="board"),
    "log": update(Log).values(origin="another.example.org/log"),
    "seal": update(Poll).values(config_sha256=None),
}


@pytest.mark.parametrize("what", RULES)
async def test_rules_that_are_not_the_sealed_ones_decide_nothing(
    officer: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock, what: str
) -> None:
    await hold_the_vote(database, keys, clock)
    await change(database, RULES[what])
    assert problem(await officer.post(COUNT, json={})) == (409, "rules_were_changed")
    assert await stored(database, Outcome) == 0


async def test_rules_that_change_after_the_count_are_not_published(
    officer: httpx.AsyncClient, second: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await hold_the_vote(database, keys, clock)
    outcome = await count(officer)
    await change(database, RULES["rule"])
    assert problem(await publish(officer, second, outcome)) == (409, "rules_were_changed")
    assert await stored(database, Publication) == 0


async def test_the_work_is_done_beside_the_event_loop_and_the_election_written_once(
    officer: httpx.AsyncClient,
    second: httpx.AsyncClient,
    database: Database,
    keys: Keys,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[tuple[str, bool]] = []

    def watch(module: Any, name: str) -> None:
        work: Callable[..., object] = getattr(module, name)

        def watched(*arguments: object, **named: object) -> object:
            done.append((name, threading.current_thread() is threading.main_thread()))
            return work(*arguments, **named)

        monkeypatch.setattr(module, name, watched)

    opening = ["_checked", "_opened"]
    for name in opening:
        watch(box, name)
    for name in ("election_of", "tally", "other_counts", "counted_result", "pabulib_file", "fingerprint"):
        watch(service, name)
    writing = ["election_of", "pabulib_file", "fingerprint", "files_of", "result_hashes", "bundle_zip"]
    for name in writing:
        watch(making, name)
    watch(uniqueness, "_strangers")
    await hold_the_vote(database, keys, clock)
    outcome = await count(officer)
    names = ["election_of", "tally", "tally", "other_counts", "counted_result", "pabulib_file", "fingerprint"]
    assert done == [(name, False) for name in [*opening, *names]]
    done.clear()
    assert (await publish(officer, second, outcome)).status_code == 200
    looking = ["_strangers"] * 2  # before asking and before approving
    assert done == [(name, False) for name in [*looking, *opening, *writing, "bundle_zip"]]  # few voted: two bundles
