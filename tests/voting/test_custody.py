"""Who keeps the key that opens the ballots, over HTTP: chosen by the organiser before the vote, and what it changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.audit.models import AuditEvent
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.keys import board as board_module
from pbvote.keys.board import give_to_board, unlock_seal_key
from pbvote.rounds.models import Round
from pbvote.voting.rehearsal import rehearse
from pbvote.voting.timekeeper import keep_time
from tests.conftest import SettableClock, browser
from tests.house import agree, let_in, make_codes, make_people, make_round
from tests.rounds.ready import SLUG

ROUND = f"/api/rounds/{SLUG}"
CUSTODY, OPEN = f"{ROUND}/custody", f"{ROUND}/open-voting"
BOARD = ["seven grey herons", "a lock without key", "the third of three"]
People = dict[str, httpx.AsyncClient]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_module, "MEMORY_KIB", 8 * board_module.LANES)


@pytest.fixture
async def people(app: Litestar, database: Database, keys: Keys) -> AsyncIterator[People]:
    await make_people(database)
    await make_round(database)
    await make_codes(database, keys)
    async with AsyncExitStack() as stack:
        found = {}
        for name in ("organiser", "officer", "second", "elsewhere", "clerk"):
            found[name] = await stack.enter_async_context(browser(app))
            await let_in(database, found[name], f"{name}@example.org")
        yield found


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def give(database: Database, keys: Keys, *, rehearsed: bool) -> None:
    """What `pbvote keys board` does."""
    async with database.session(write=True) as db:
        poll = (await db.scalars(select(Round).where(Round.slug == SLUG))).one().poll
        give_to_board(keys, poll.id, BOARD)
        if rehearsed:
            await rehearse(db, keys, poll, unlock_seal_key(keys, poll.id, BOARD[:2]))


async def test_only_the_organiser_of_the_forum_chooses(people: People) -> None:
    for who in ("officer", "clerk", "elsewhere"):
        assert code_of(await people[who].put(CUSTODY, json={"custody": "board"})) == (403, "not_allowed")
    refused = await people["organiser"].put(CUSTODY, json={"custody": "mayor"})
    assert code_of(refused) == (400, "input_is_wrong")
    assert refused.json()["reasons"][0]["field"] == "custody"
    assert (await people["officer"].get(f"{ROUND}/keys")).json()["custody"] == "host"


async def test_a_choice_makes_the_earlier_key_and_agreement_worthless(people: People, database: Database) -> None:
    before = (await people["officer"].post(f"{ROUND}/rehearsal")).json()
    assert before["seal_key"]
    assert (await agree(people["officer"], people["second"], OPEN, {})).status_code == 200
    chosen = (await people["organiser"].put(CUSTODY, json={"custody": "board"})).json()
    assert (chosen["custody"], chosen["seal_key"], chosen["rehearsed"]) == ("board", None, None)
    reasons = (await people["officer"].get(f"{ROUND}/readiness")).json()["reasons"]
    assert {reason["code"] for reason in reasons} == {"opening_not_approved", "keys_not_rehearsed"}
    back = (await people["organiser"].put(CUSTODY, json={"custody": "host"})).json()
    assert back["custody"] == "host"
    anew = (await people["officer"].post(f"{ROUND}/rehearsal")).json()
    assert anew["seal_key"] not in {None, before["seal_key"]}
    async with database.session(write=False) as db:
        query = select(AuditEvent).where(AuditEvent.kind == "custody_chosen").order_by(AuditEvent.id)
        events = (await db.scalars(query)).all()
    assert [event.data for event in events] == [{"custody": "board"}, {"custody": "host"}]


async def test_choosing_what_is_chosen_keeps_the_key(people: People) -> None:
    before = (await people["officer"].post(f"{ROUND}/rehearsal")).json()
    same = (await people["organiser"].put(CUSTODY, json={"custody": "host"})).json()
    assert same == before


async def test_a_vote_of_a_board_opens_only_if_its_key_was_tried_lately(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await people["organiser"].put(CUSTODY, json={"custody": "board"})
    await give(database, keys, rehearsed=False)
    assert (await agree(people["officer"], people["second"], OPEN, {})).status_code == 200
    clock.advance(days=1)
    await keep_time(database, keys)
    assert (await people["officer"].get(f"{ROUND}/setup")).json()["phase"] == "review"
    async with database.session(write=True) as db:
        poll = (await db.scalars(select(Round).where(Round.slug == SLUG))).one().poll
        await rehearse(db, keys, poll, unlock_seal_key(keys, poll.id, BOARD[1:]))
    await keep_time(database, keys)
    assert (await people["officer"].get(f"{ROUND}/setup")).json()["phase"] == "voting"
    late = await people["organiser"].put(CUSTODY, json={"custody": "host"})
    assert code_of(late) == (409, "rules_are_frozen")
    assert (await people["officer"].get(f"{ROUND}/keys")).json()["seal_key"]


async def test_two_of_the_board_open_the_box_to_count_and_to_publish(
    people: People, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await people["organiser"].put(CUSTODY, json={"custody": "board"})
    await give(database, keys, rehearsed=True)
    assert (await agree(people["officer"], people["second"], OPEN, {})).status_code == 200
    clock.advance(days=1)
    await keep_time(database, keys)
    clock.advance(days=14)
    await keep_time(database, keys)
    for wrong in ([], BOARD[:1], [BOARD[0], BOARD[0]], [BOARD[0], "not of this board"]):
        refused = await people["officer"].post(f"{ROUND}/count", json={"unlock": wrong})
        assert code_of(refused) == (403, "wrong_passphrases")
    counted = await people["officer"].post(f"{ROUND}/count", json={"unlock": [BOARD[2], BOARD[0]]})
    assert counted.status_code == 201, counted.text
    outcome = {"outcome_id": counted.json()["outcome_id"]}
    asked = await people["officer"].post(f"{ROUND}/publish", json={**outcome, "approves": None})
    assert asked.status_code == 202, asked.text
    both = {**outcome, "approves": asked.json()["id"]}
    assert code_of(await people["second"].post(f"{ROUND}/publish", json=both)) == (403, "wrong_passphrases")
    done = await people["second"].post(f"{ROUND}/publish", json={**both, "unlock": BOARD[1:]})
    assert done.status_code == 200, done.text
