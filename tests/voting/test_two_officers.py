"""What takes two officers while a vote is prepared, open or over, over HTTP: refused first, then done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, browser
from tests.house import agree, let_in, make_codes, make_people, make_round, open_the_vote
from tests.rounds.ready import SLUG

ROUND = f"/api/rounds/{SLUG}"
WHY = {"reason": "The storm closed the library."}
LATER = "2026-04-01T21:00"
DIGITS = "416322551364"
People = dict[str, httpx.AsyncClient]
Steps = dict[str, dict[str, Any]]


@pytest.fixture
async def people(app: Litestar, database: Database) -> AsyncIterator[People]:
    await make_people(database)
    await make_round(database)
    async with AsyncExitStack() as stack:
        found = {}
        for name in ("officer", "second", "organiser", "clerk", "scrutineer", "elsewhere", "nobody"):
            found[name] = await stack.enter_async_context(browser(app))
            if name != "nobody":
                await let_in(database, found[name], f"{name}@example.org")
        yield found


@pytest.fixture
async def codes(people: People, database: Database, keys: Keys) -> list[str]:
    assert people
    return await make_codes(database, keys)


@pytest.fixture
async def poll(database: Database, keys: Keys, clock: SettableClock, codes: list[str]) -> UUID:
    assert codes
    return await open_the_vote(database, keys, clock)


def steps(codes: list[str]) -> Steps:
    """Each step of an open vote, and what both officers send."""
    return {
        "pause": WHY,
        "extend": {"until": LATER, **WHY},
        "close": WHY,
        "void": {"whose": codes[0], **WHY},
        "roll/removals": {"whose": codes[1], **WHY},
    }


NAMES = sorted(steps(["", ""]))


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.usefixtures("poll")
@pytest.mark.parametrize("name", NAMES)
async def test_refuses_everybody_but_two_officers_of_the_forum(people: People, codes: list[str], name: str) -> None:
    path, body = f"{ROUND}/{name}", steps(codes)[name]
    for who in ("clerk", "scrutineer", "elsewhere"):
        assert code_of(await people[who].post(path, json={**body, "approves": None})) == (403, "not_allowed")
    asked = (await people["officer"].post(path, json={**body, "approves": None})).json()
    assert asked["status"] == "asked"
    again = await people["officer"].post(path, json={**body, "approves": asked["id"]})
    assert code_of(again) == (409, "second_officer_needed")
    elsewhere = await people["elsewhere"].post(path, json={**body, "approves": asked["id"]})
    assert code_of(elsewhere) == (403, "not_allowed")
    both = await people["second"].post(path, json={**body, "approves": None})
    assert code_of(both) == (409, "asked_already")
    assert (await people["nobody"].get(ROUND)).json()["phase"] == "voting"


@pytest.mark.usefixtures("poll")
@pytest.mark.parametrize("name", NAMES)
async def test_an_ask_runs_out_after_a_day(people: People, codes: list[str], clock: SettableClock, name: str) -> None:
    path, body = f"{ROUND}/{name}", steps(codes)[name]
    asked = (await people["officer"].post(path, json={**body, "approves": None})).json()
    clock.advance(hours=24)
    late = await people["second"].post(path, json={**body, "approves": asked["id"]})
    assert code_of(late) == (409, "nothing_to_approve")
    anew = await people["second"].post(path, json={**body, "approves": None})
    assert anew.status_code == 202, anew.text
    clock.advance(hours=23, minutes=59)
    in_time = await people["officer"].post(path, json={**body, "approves": anew.json()["id"]})
    assert in_time.status_code == 200, in_time.text


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_of_it_is_done_before_voting_opens(people: People, codes: list[str], name: str) -> None:
    body = {**steps(codes)[name], "approves": None}
    assert (await people["officer"].post(f"{ROUND}/{name}", json=body)).status_code == 409


@pytest.mark.usefixtures("poll")
@pytest.mark.parametrize("name", NAMES)
async def test_the_first_officer_says_why(people: People, codes: list[str], name: str) -> None:
    body = {**steps(codes)[name], "reason": " ", "approves": None}
    refused = await people["officer"].post(f"{ROUND}/{name}", json=body)
    assert code_of(refused) == (400, "input_is_wrong")
    assert [reason["field"] for reason in refused.json()["reasons"]] == ["reason"]


@pytest.mark.usefixtures("poll")
async def test_both_mean_the_same_time_the_same_elector_and_the_same_step(people: People, codes: list[str]) -> None:
    asked = {}
    for name, body in steps(codes).items():
        asked[name] = (await people["officer"].post(f"{ROUND}/{name}", json={**body, "approves": None})).json()["id"]
    for name, change in (
        ("extend", {"until": "2026-04-01T20:00"}),
        ("void", {"whose": codes[2]}),
        ("roll/removals", {"whose": codes[0]}),
    ):
        body = {**steps(codes)[name], **change, "approves": asked[name]}
        assert code_of(await people["second"].post(f"{ROUND}/{name}", json=body)) == (409, "nothing_to_approve")
    for name, other in (("pause", "close"), ("void", "roll/removals")):
        body = {**steps(codes)[name], "approves": asked[other]}
        assert code_of(await people["second"].post(f"{ROUND}/{name}", json=body)) == (409, "nothing_to_approve")
    assert (await people["nobody"].get(ROUND)).json()["paused_reason"] == ""


async def test_two_officers_pause_and_the_public_reads_why(people: People, poll: UUID, codes: list[str]) -> None:
    ballot = {"code": codes[0], "choices": [1], "points": None, "idempotency_key": "a-key-of-this-test-1"}
    done = await agree(people["officer"], people["second"], f"{ROUND}/pause", WHY)
    assert (done.status_code, done.json()["status"], done.json()["approved_by"]) == (200, "done", "Second")
    refused = await people["nobody"].put(f"/api/polls/{poll}/ballot", json=ballot)
    assert code_of(refused) == (409, "voting_is_paused")
    for path in (ROUND, f"{ROUND}/ballot-paper"):
        shown = (await people["nobody"].get(path)).json()
        assert shown.get("round", shown)["paused_reason"] == WHY["reason"]
    again = await people["officer"].post(f"{ROUND}/pause", json={**WHY, "approves": None})
    assert code_of(again) == (409, "not_in_this_phase")
    assert (await agree(people["second"], people["organiser"], f"{ROUND}/resume", WHY)).status_code == 200
    assert (await people["nobody"].put(f"/api/polls/{poll}/ballot", json=ballot)).status_code == 200
    assert (await people["nobody"].get(ROUND)).json()["paused_reason"] == ""


@pytest.mark.usefixtures("poll")
async def test_what_waits_is_told_to_staff_and_counted_in_their_list(people: People, clock: SettableClock) -> None:
    async def waiting(who: str) -> int:
        [one] = [
            item for item in (await people[who].get("/api/officer/rounds")).json()["items"] if item["slug"] == SLUG
        ]
        count: int = one["waiting_approvals"]
        return count

    before = len((await people["officer"].get(f"{ROUND}/approvals")).json()["items"])
    assert await waiting("officer") == 0
    await people["officer"].post(f"{ROUND}/close", json={**WHY, "approves": None})
    items = (await people["second"].get(f"{ROUND}/approvals")).json()["items"]
    assert [items[0][key] for key in ("action", "status", "mine", "reason")] == [
        "close_voting",
        "asked",
        False,
        WHY["reason"],
    ]
    assert (await people["officer"].get(f"{ROUND}/approvals")).json()["items"][0]["mine"] is True
    assert await waiting("second") == 1
    assert (await people["clerk"].get(f"{ROUND}/approvals")).status_code == 403
    clock.advance(hours=24)
    assert await waiting("second") == 0
    assert len((await people["officer"].get(f"{ROUND}/approvals")).json()["items"]) == before


@pytest.mark.usefixtures("codes")
async def test_what_is_agreed_before_the_opening_is_told_and_nothing_else_is_approved(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    path = f"{ROUND}/open-voting"
    terms = (await people["clerk"].get(f"{ROUND}/opening")).json()
    assert [one["cost"] for one in terms["proposals"]] == [100_00, 250_00, 400_00, 75_00]
    asked = (await people["officer"].post(path, json={"approves": None})).json()
    assert asked["subject"] == terms["fingerprint"]
    same = await people["officer"].post(path, json={"approves": asked["id"]})
    assert code_of(same) == (409, "second_officer_needed")
    setup = (await people["organiser"].get(f"{ROUND}/setup")).json()
    names = ("title", "description", "confirmed_by", "challenge_days", "advisory", "version")
    body = {key: setup[key] for key in names} | {"eligibility": "Everybody over 11"}
    assert (await people["organiser"].put(f"{ROUND}/setup/about", json=body)).status_code == 200
    assert (await people["officer"].get(f"{ROUND}/opening")).json()["fingerprint"] != terms["fingerprint"]
    changed = await people["second"].post(path, json={"approves": asked["id"]})
    assert code_of(changed) == (409, "nothing_to_approve")
    ready = (await people["officer"].get(f"{ROUND}/readiness")).json()
    assert [reason["code"] for reason in ready["reasons"]] == ["opening_not_approved"]
    assert (await agree(people["second"], people["officer"], path, {})).status_code == 200
    assert (await people["officer"].get(f"{ROUND}/readiness")).json()["reasons"] == []
    clock.advance(days=1)
    await keep_time(database, keys)
    assert (await people["nobody"].get(ROUND)).json()["phase"] == "voting"
    assert code_of(await people["officer"].get(f"{ROUND}/opening")) == (409, "not_in_this_phase")


@pytest.mark.usefixtures("poll")
async def test_dice_are_the_same_from_both_and_rolled_once_for_each_purpose(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    path, dice = f"{ROUND}/dice", {"purpose": "ties", "digits": DIGITS}
    early = await people["officer"].post(path, json={**dice, "approves": None})
    assert code_of(early) == (409, "not_in_this_phase")
    clock.advance(days=14)
    await keep_time(database, keys)
    for wrong, field in (
        ({"purpose": "luck"}, "purpose"),
        ({"digits": "12345"}, "digits"),
        ({"digits": "x" * 12}, "digits"),
    ):
        refused = await people["officer"].post(path, json={**dice, **wrong, "approves": None})
        assert (refused.status_code, refused.json()["reasons"][0]["field"]) == (400, field)
    asked = (await people["officer"].post(path, json={**dice, "approves": None})).json()
    misread = await people["second"].post(path, json={**dice, "digits": DIGITS[::-1], "approves": asked["id"]})
    assert code_of(misread) == (409, "nothing_to_approve")
    spaced = {**dice, "digits": f"{DIGITS[:4]} {DIGITS[4:]} ", "approves": asked["id"]}
    assert (await people["second"].post(path, json=spaced)).status_code == 200
    again = await people["officer"].post(path, json={**dice, "digits": "1" * 12, "approves": None})
    assert code_of(again) == (409, "dice_were_rolled")
    other = await agree(people["officer"], people["second"], path, {**dice, "purpose": "turnout-audit"})
    assert other.status_code == 200, other.text
