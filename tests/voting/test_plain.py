"""Voting without JavaScript, over HTTP: from the ballot to the receipt."""

from __future__ import annotations

import re

import httpx
from sqlalchemy import select

from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.rounds.models import Round
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round, open_the_vote
from tests.voting.looking import in_the_box
from tests.voting.plain import (
    EVERYBODYS,
    ONE_VOTERS,
    PATH,
    SLUG,
    ballots,
    form,
    page,
    post,
    problems,
    sent_back,
    text_of,
    ticks,
    title,
)


async def test_from_the_ballot_to_the_receipt(
    client: httpx.AsyncClient, database: Database, open_codes: list[str], keys: Keys
) -> None:
    first = await client.get(PATH)
    ballot = page(first)
    assert (first.status_code, title(ballot)) == (200, "Choose how to spend £500")
    assert "up to £500 in total" in text_of(ballot)
    assert "Voting closes Tuesday 17 March 2026 at 09:00." in text_of(ballot)
    fields = [*sent_back(ballot)[:-1], *ticks(1, 3), ("eligible", "yes"), ("act", "check")]
    fields = [(name, open_codes[0] if name == "code" else value) for name, value in fields]
    check = page(await post(client, fields))
    assert title(check) == "Check your vote"
    assert "Total £500" in text_of(check)
    assert "£0 left" in text_of(check)
    assert await in_the_box(database) == (0, 0)
    receipt = page(await post(client, sent_back(check, "send")))
    assert title(receipt) == "Vote received"
    assert re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", text_of(receipt))
    assert "Proposal 1" not in text_of(receipt)
    assert await ballots(database, keys) == [Choice((1, 3), None)]


async def test_sending_twice_is_one_ballot_with_one_receipt(
    client: httpx.AsyncClient, database: Database, open_codes: list[str]
) -> None:
    check = page(await post(client, form(open_codes[0], *ticks(1))))
    once, again = [await post(client, sent_back(check, "send")) for _ in range(2)]
    assert once.text == again.text
    assert await in_the_box(database) == (1, 1)


async def test_a_form_that_was_sent_cannot_be_sent_with_other_choices(
    client: httpx.AsyncClient,
    database: Database,
    open_codes: list[str],
    keys: Keys,
) -> None:
    fields = sent_back(page(await post(client, form(open_codes[0], *ticks(1)))), "send")
    await post(client, fields)
    refused = await post(client, [("choice", "2") if name == "choice" else (name, value) for name, value in fields])
    assert refused.status_code == 422
    assert problems(page(refused)) == [
        "This vote was sent before with other choices. Go back, check your choices and send again."
    ]
    assert await ballots(database, keys) == [Choice((1,), None)]


async def test_a_second_vote_is_announced_and_replaces_the_first(
    client: httpx.AsyncClient,
    database: Database,
    open_codes: list[str],
    keys: Keys,
) -> None:
    for chosen, expected in ((1, False), (2, True)):
        check = page(await post(client, form(open_codes[0], *ticks(chosen))))
        assert ("Sending this vote replaces your earlier one" in text_of(check)) is expected
        await post(client, sent_back(check, "send"))
    assert await ballots(database, keys) == [Choice((2,), None)]


async def test_going_back_from_the_check_loses_nothing(client: httpx.AsyncClient, open_codes: list[str]) -> None:
    fields = form(open_codes[0], *ticks(1, 4))
    check = page(await post(client, fields))
    ballot = page(await post(client, sent_back(check, "change")))
    assert sorted(sent_back(ballot)) == sorted(fields)
    assert problems(ballot) == []


async def test_the_list_has_another_order_for_each_visit_and_keeps_it(
    client: httpx.AsyncClient, open_codes: list[str]
) -> None:
    orders = set()
    for _ in range(12):
        ballot = page(await client.get(PATH))
        back = page(await post(client, [*sent_back(ballot)[:-1], ("act", "change")]))
        shown = [[text_of(heading) for heading in one.iter("h3")] for one in (ballot, back)]
        assert shown[0] == shown[1]
        assert sorted(shown[0]) == [f"Proposal {number}" for number in range(1, 5)]
        orders.add(tuple(shown[0]))
    assert len(orders) > 1
    assert open_codes


async def test_a_blank_vote_is_a_vote(
    client: httpx.AsyncClient, database: Database, open_codes: list[str], keys: Keys
) -> None:
    check = page(await post(client, form(open_codes[0], ("blank", "yes"))))
    assert "You are sending a blank vote." in text_of(check)
    assert title(page(await post(client, sent_back(check, "send")))) == "Vote received"
    assert await ballots(database, keys) == [Choice((), None)]


async def test_what_people_wrote_is_text(
    client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await make_people(database)
    await make_round(database)
    async with database.session(write=True) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        round_.eligibility = "</span><script>alert(1)</script>"
        round_.forum.name = "\"'><img src=x>"
    await make_codes(database, keys)
    await open_the_vote(database, keys, clock)
    for path, caching in (("", ONE_VOTERS), ("/proposals", EVERYBODYS), ("/results", EVERYBODYS)):
        shown = page(await client.get(PATH + path), caching)
        assert list(shown.iter("img")) == []
    assert "<script>alert(1)</script>" in text_of(page(await client.get(PATH)))
