"""Voting without JavaScript, over HTTP: every kind of ballot, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from tests.conftest import SettableClock
from tests.house import KNAPSACK, make_codes, make_people, make_round, open_the_vote
from tests.voting.plain import PATH, Form, ballots, form, page, post, problems, sent_back, text_of, ticks, title


def design(kind: str, **limits: int | None) -> dict[str, Any]:
    return {**KNAPSACK, "kind": kind, **limits}


async def opened(database: Database, keys: Keys, clock: SettableClock, ballot: Mapping[str, object]) -> list[str]:
    await make_people(database)
    await make_round(database, design=ballot)
    codes = await make_codes(database, keys)
    await open_the_vote(database, keys, clock)
    return codes


APPROVAL, RANKING = design("approval", min_choices=2, max_choices=3), design("ranking", max_choices=3)
POINTS, SCORE = design("points", total_points=10, max_points=6), design("score", max_points=5)


@pytest.mark.parametrize(
    ("ballot", "marks", "expected", "told"),
    [
        (APPROVAL, ticks(4, 1), Choice((1, 4), None), "1 vote left"),
        (RANKING, [("give-1", "2"), ("give-2", ""), ("give-4", " 1 ")], Choice((4, 1), None), "1. Proposal 4"),
        (POINTS, [("give-1", "6"), ("give-2", "0"), ("give-3", "3")], Choice((1, 3), (6, 3)), "1 point left"),
        (SCORE, [("give-2", "5"), ("give-3", "01")], Choice((2, 3), (5, 1)), "Total 6 points"),
        (SCORE, [("blank", "yes"), ("give-2", "")], Choice((), None), "You are sending a blank vote."),
    ],
    ids=["approval", "ranking", "points", "score", "blank score"],
)
async def test_every_design_goes_into_the_box(
    client: httpx.AsyncClient,
    database: Database,
    keys: Keys,
    clock: SettableClock,
    *,
    ballot: Mapping[str, object],
    marks: Form,
    expected: Choice,
    told: str,
) -> None:
    codes = await opened(database, keys, clock, ballot)
    page(await client.get(PATH))
    check = page(await post(client, form(codes[0], *marks)))
    assert title(check) == "Check your vote"
    assert told in text_of(check)
    back = page(await post(client, sent_back(check, "change")))
    assert {field for field in marks if field[1]} <= set(sent_back(back))
    assert title(page(await post(client, sent_back(check, "send")))) == "Vote received"
    assert await ballots(database, keys) == [expected]


@pytest.mark.parametrize(
    ("ballot", "marks", "expected", "leads_to"),
    [
        (APPROVAL, ticks(1), "You have 1. Choose at least 2.", "f-choices"),
        (APPROVAL, ticks(1, 2, 3, 4), "You have 4 choices. Choose at most 3.", "f-choices"),
        (POINTS, [("give-1", "6"), ("give-2", "5")], "You have given 11 points. There are 10 to give.", "f-choices"),
        (POINTS, [("give-1", "7")], "One proposal can have at most 6 points.", "f-give-1"),
        (SCORE, [("give-3", "2.5")], "Enter a whole number, or leave the field empty", "f-give-3"),
        (SCORE, [("give-3", "-1")], "Enter a whole number, or leave the field empty", "f-give-3"),
        (SCORE, [("give-3", "1e1")], "Enter a whole number, or leave the field empty", "f-give-3"),
        (SCORE, [("give-3", "٣")], "Enter a whole number, or leave the field empty", "f-give-3"),
        (SCORE, [("give-3", "99999999")], "Enter a whole number, or leave the field empty", "f-give-3"),
        (SCORE, [("give-1", "1"), ("give-1", "1")], "Project 1 is chosen more than once.", "f-choices"),
        (RANKING, [("give-2", "first")], "Enter a whole number, or leave the field empty", "f-give-2"),
    ],
    ids=str,
)
async def test_every_design_says_at_the_field_what_is_wrong(
    client: httpx.AsyncClient,
    database: Database,
    keys: Keys,
    clock: SettableClock,
    *,
    ballot: Mapping[str, object],
    marks: Form,
    expected: str,
    leads_to: str,
) -> None:
    codes = await opened(database, keys, clock, ballot)
    refused = await post(client, form(codes[0], *marks))
    shown = page(refused)
    assert (refused.status_code, problems(shown)) == (422, [expected])
    assert f"#{leads_to}" in {link.get("href") for link in shown.iter("a") if text_of(link) == expected}
    assert set(marks) <= set(sent_back(shown))


async def test_two_proposals_cannot_have_one_place(
    client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    codes = await opened(database, keys, clock, RANKING)
    refused = page(await post(client, form(codes[0], ("give-1", "1"), ("give-2", "1"), ("give-3", "2"))))
    assert problems(refused) == ["More than one proposal has the place 1. Give each its own."] * 2


async def test_a_ticked_box_means_nothing_where_numbers_are_asked_for(
    client: httpx.AsyncClient, database: Database, keys: Keys, clock: SettableClock
) -> None:
    codes = await opened(database, keys, clock, SCORE)
    assert (await post(client, form(codes[0], *ticks(1)))).status_code == 400
