"""A round with two votes, through HTTP: the first chooses what the second one gives money to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.ballotbox.checking import Kept
from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.proposals.models import Proposal
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.phases import VotingIsClosed, VotingIsNotOpen
from pbvote.verify import OK, verify
from pbvote.voting.casting import Cast, Stored, cast
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, browser
from tests.house import agree, agree_to_open, let_in, make_codes, make_people, make_two_votes
from tests.outcomes.counting import SLUG, count, publish

ROUND = f"/api/rounds/{SLUG}"
FIRST = [(1, 2), (1, 4), (1, 2), (2,), (4, 1), (3,)] * 6
SECOND = [(1,), (2,), (2,), (1, 2), (2,), ()] * 6
ASK = {"approves": None}
People = dict[str, httpx.AsyncClient]


@pytest.fixture
async def people(app: Litestar, database: Database) -> AsyncIterator[People]:
    await make_people(database)
    await make_two_votes(database)
    async with AsyncExitStack() as stack:
        found = {"nobody": await stack.enter_async_context(browser(app))}
        for name in ("organiser", "officer", "second", "scrutineer"):
            found[name] = await stack.enter_async_context(browser(app))
            await let_in(database, found[name], f"{name}@example.org")
        yield found


@pytest.fixture
async def codes(database: Database, keys: Keys, people: People) -> list[str]:
    assert people
    return await make_codes(database, keys, count=len(FIRST))


async def polls_of(database: Database) -> list[UUID]:
    async with database.session(write=False) as db:
        return list(await db.scalars(select(Poll.id).order_by(Poll.position)))


async def let_vote(
    database: Database, keys: Keys, poll: UUID, codes: Sequence[str], choices: Sequence[tuple[int, ...]]
) -> list[Stored]:
    casts = [
        Cast(code, Choice(choice, None), f"one-of-many-casts-{index}")
        for index, (code, choice) in enumerate(zip(codes, choices, strict=True))
    ]
    async with database.session(write=True) as db:
        results = await cast(db, keys, poll, casts)
    assert all(isinstance(result, Stored) for result in results), results
    return [result for result in results if isinstance(result, Stored)]


async def phase(people: People) -> str:
    told: str = (await people["nobody"].get(ROUND)).json()["phase"]
    return told


async def hold_first(database: Database, keys: Keys, clock: SettableClock, codes: Sequence[str]) -> list[Stored]:
    await agree_to_open(database)
    clock.advance(days=1)
    await keep_time(database, keys)
    stored = await let_vote(database, keys, (await polls_of(database))[0], codes, FIRST)
    clock.advance(days=14)
    await keep_time(database, keys)
    return stored


async def hold_second(database: Database, keys: Keys, clock: SettableClock, codes: Sequence[str]) -> list[Stored]:
    await agree_to_open(database)
    clock.advance(days=1)
    await keep_time(database, keys)
    stored = await let_vote(database, keys, (await polls_of(database))[1], codes, SECOND)
    clock.advance(days=2)
    await keep_time(database, keys)
    return stored


async def publish_it(people: People) -> dict[str, Any]:
    answer = await publish(people["officer"], people["second"], await count(people["officer"]))
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = (await people["nobody"].get(f"{ROUND}/results")).json()
    return result


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def test_the_second_vote_is_closed_while_the_first_is_open_and_the_other_way_round(
    people: People, database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    first, second = await polls_of(database)
    await agree_to_open(database)
    clock.advance(days=1)
    await keep_time(database, keys)
    too_early = Cast(codes[0], Choice((1,), None), "far-too-early-to-cast")
    with pytest.raises(VotingIsNotOpen):
        async with database.session(write=True) as db:
            await cast(db, keys, second, [too_early])
    assert code_of(await people["nobody"].get(f"{ROUND}/ballot-paper?poll=2")) == (409, "voting_is_not_open")
    assert code_of(await people["nobody"].get(f"{ROUND}/ballot-paper?poll=3"))[0] == 400
    await let_vote(database, keys, first, codes, FIRST)
    clock.advance(days=14)
    await keep_time(database, keys)
    await publish_it(people)
    assert code_of(await people["nobody"].get(f"{ROUND}/ballot-paper")) == (409, "voting_is_not_open")
    await agree_to_open(database)
    clock.advance(days=1)
    await keep_time(database, keys)
    too_late = Cast(codes[0], Choice((1,), None), "far-too-late-to-cast!")
    with pytest.raises(VotingIsClosed):
        async with database.session(write=True) as db:
            await cast(db, keys, first, [too_late])
    assert (await people["nobody"].get(f"{ROUND}/ballot-paper?poll=1")).json()["vote"]["position"] == 1


async def test_the_second_vote_waits_for_the_first_result_and_for_two_officers(
    people: People, database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    await hold_first(database, keys, clock, codes)
    assert await phase(people) == "counting"
    assert code_of(await people["officer"].post(f"{ROUND}/open-voting", json=ASK)) == (409, "not_in_this_phase")
    clock.advance(days=2)
    await keep_time(database, keys)
    assert await phase(people) == "counting"  # its time has come, and there is no shortlist yet
    await publish_it(people)
    await keep_time(database, keys)
    shown = (await people["nobody"].get(ROUND)).json()
    assert (shown["phase"], shown["held"]) == ("shortlist", True)
    reasons = (await people["officer"].get(f"{ROUND}/readiness")).json()["reasons"]
    assert [reason["code"] for reason in reasons] == ["opening_not_approved"]
    await agree_to_open(database)
    await keep_time(database, keys)
    assert await phase(people) == "voting"


async def test_nothing_can_be_changed_between_the_votes(
    people: People, database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    await hold_first(database, keys, clock, codes)
    await publish_it(people)
    about = {"title": "Another", "description": "Other words.", "eligibility": "Nobody", "version": 1}
    setup = (await people["organiser"].get(f"{ROUND}/setup")).json()
    for field in ("advisory", "confirmed_by", "challenge_days"):
        about[field] = setup[field]
    assert code_of(await people["organiser"].put(f"{ROUND}/setup/about", json=about)) == (409, "rules_are_frozen")
    custody = {"custody": "board", "poll": 2}
    assert code_of(await people["organiser"].put(f"{ROUND}/custody", json=custody)) == (409, "rules_are_frozen")
    issue = {"label": "Late", "count": 1}
    assert code_of(await people["officer"].post(f"{ROUND}/codes", json=issue))[0] in {403, 409}
    assert code_of(await people["officer"].post(f"{ROUND}/count", json={})) == (409, "not_in_this_phase")


async def test_what_two_officers_asked_in_the_first_vote_is_not_for_the_second(
    people: People, database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    await agree_to_open(database)
    clock.advance(days=1)
    await keep_time(database, keys)
    close = {"reason": "Everybody has voted.", "approves": None}
    asked = (await people["officer"].post(f"{ROUND}/close", json=close)).json()
    await let_vote(database, keys, (await polls_of(database))[0], codes, FIRST)
    clock.advance(hours=1)
    async with database.session(write=True) as db:  # all in one evening
        round_ = (await db.scalars(select(Round))).one()
        round_.voting_close_at, round_.second_voting_open_at = clock.moment, clock.moment + timedelta(hours=1)
    await keep_time(database, keys)
    await publish_it(people)
    clock.advance(hours=1)
    await agree_to_open(database)
    await keep_time(database, keys)
    assert await phase(people) == "voting"
    stale = await people["second"].post(f"{ROUND}/close", json={**close, "approves": asked["id"]})
    assert code_of(stale) == (409, "nothing_to_approve")


async def test_both_votes_from_the_first_opening_to_the_certificate(
    people: People, database: Database, keys: Keys, clock: SettableClock, codes: list[str]
) -> None:
    receipts = [(await hold_first(database, keys, clock, codes))[0]]
    assert code_of(await people["nobody"].get(f"{ROUND}/results?poll=1")) == (404, "results_not_published")
    first = await publish_it(people)
    assert (first["vote"], first["decides_money"]) == ({"position": 1, "of": 2, "title": "Choose the best"}, False)
    assert [one["becomes"] for one in first["projects"]] == [
        *("shortlisted", "shortlisted", "not_shortlisted", "not_shortlisted")
    ]
    assert (first["cost"], first["simple_count"], first["others"], first["leftovers"]) == (0, [], [], [])
    assert code_of(await people["nobody"].get(f"{ROUND}/results?poll=2")) == (404, "results_not_published")
    assert await statuses(database) == ["shortlisted", "shortlisted", "not_funded", "not_funded"]
    shown = (await people["nobody"].get(ROUND)).json()
    assert (shown["phase"], shown["current"], shown["next_date"]["what"]) == ("shortlist", 2, "second_voting_open")

    receipts.append((await hold_second(database, keys, clock, codes))[0])
    assert code_of(await people["nobody"].get(f"{ROUND}/results?poll=2")) == (404, "results_not_published")
    assert (await people["nobody"].get(f"{ROUND}/results")).json() == {
        **first,
        "round": {**first["round"], "phase": "counting"},
    }
    assert await statuses(database) == ["shortlisted", "shortlisted", "not_funded", "not_funded"]
    second = await publish_it(people)
    assert second["vote"] == {"position": 2, "of": 2, "title": "Choose what is paid for"}
    assert [vote["position"] for vote in second["votes"]] == [1, 2]
    assert await statuses(database) == ["funded", "funded", "not_funded", "not_funded"]
    assert [(one["pot"], one["spent"], one["left"], one["becomes"]) for one in second["leftovers"]] == [
        ("Tarnshire", 350_00, 150_00, "returned")
    ]
    assert (await people["nobody"].get(f"{ROUND}/results?poll=1")).json()["steps"] == first["steps"]

    polls = await polls_of(database)
    for position, (poll, stored) in enumerate(zip(polls, receipts, strict=True), start=1):
        told = (await people["nobody"].get(f"/api/polls/{poll}/receipts/{stored.receipt.symbols}")).json()
        assert told["state"] == "counted"
        bundle = await people["nobody"].get(f"{ROUND}/results/bundle.zip?poll={position}")
        assert f"vote-{position}-bundle.zip" in bundle.headers["content-disposition"]
        report = verify(bundle.content, Kept(pins=(keys.sign.verify_key,), receipts=(stored.receipt,)))
        assert report.code == OK, [finding.sentence for finding in report.findings]
    elsewhere = await people["nobody"].get(f"/api/polls/{polls[1]}/receipts/{receipts[0].receipt.symbols}")
    assert elsewhere.status_code == 404

    clock.advance(days=91)
    for verb in ("certify", "destroy-keys"):
        done = await agree(people["officer"], people["second"], f"{ROUND}/{verb}", {})
        assert done.status_code == 200, done.text
    for position in (1, 2):
        told = (await people["officer"].get(f"{ROUND}/keys?poll={position}")).json()
        assert None not in (told["certified"], told["destroyed"]), position
        leaves = (await people["nobody"].get(f"/api/polls/{polls[position - 1]}/log/events")).json()["items"]
        assert {"certify", "key-destroyed"} <= {leaf["type"] for leaf in leaves}
    assert not list((keys.folder / "polls").glob("*.link"))


async def statuses(database: Database) -> list[str]:
    async with database.session(write=False) as db:
        return list(await db.scalars(select(Proposal.status).order_by(Proposal.number)))
