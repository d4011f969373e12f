"""Voting without JavaScript, over HTTP: what is refused first, then every ballot from the form to the receipt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import html5lib
import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.ballots.design import Choice
from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.roll.codes import new_code
from pbvote.rounds.models import Round
from tests.conftest import SettableClock
from tests.house import KNAPSACK, make_codes, make_people, make_round, open_the_vote
from tests.voting.looking import ballots_that_count, in_the_box

SLUG = "harbourside-2026"
PATH = f"/en/r/{SLUG}/plain"
Form = Sequence[tuple[str, str]]


def design(kind: str, **limits: int | None) -> dict[str, Any]:
    return {**KNAPSACK, "kind": kind, **limits}


@pytest.fixture
async def codes(database: Database, keys: Keys, clock: SettableClock) -> list[str]:
    """Codes for a knapsack ballot of 100, 250, 400 and 75 pounds within 500, open for voting."""
    return await opened(database, keys, clock, KNAPSACK)


async def opened(database: Database, keys: Keys, clock: SettableClock, ballot: Mapping[str, object]) -> list[str]:
    await make_people(database)
    await make_round(database, design=ballot)
    codes = await make_codes(database, keys)
    await open_the_vote(database, keys, clock)
    return codes


def form(code: str, *marks: tuple[str, str], act: str = "check") -> list[tuple[str, str]]:
    return [("order", "7"), *marks, ("code", code), ("eligible", "yes"), ("act", act)]


def ticks(*numbers: int) -> list[tuple[str, str]]:
    return [("choice", str(number)) for number in numbers]


async def post(client: httpx.AsyncClient, fields: Form, **headers: str) -> httpx.Response:
    content = "&".join(str(httpx.QueryParams([field])) for field in fields)
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return await client.post(PATH, content=content, headers=kind | headers)


ONE_VOTERS = frozenset({"no-store"})
EVERYBODYS = ONE_VOTERS | {"public, no-cache"}  # on PostgreSQL nothing is kept before changes are listened to


def page(answer: httpx.Response, caching: AbstractSet[str] = ONE_VOTERS) -> Any:
    """The page as a browser reads it, which has nothing to put right in it."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    root = parser.parse(answer.text)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert {link.get("href")[1:] for link in root.iter("a") if link.get("href", "").startswith("#")} <= set(ids)
    described = " ".join(element.get("aria-describedby", "") for element in root.iter()).split()
    assert set(described) <= set(ids)
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] in caching
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script", answer.text)
    return root


def text_of(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())


def title(root: Any) -> str:
    return text_of(next(root.iter("h1")))


def problems(root: Any) -> list[str]:
    """The lines of the error summary."""
    [summary] = [box for box in root.iter("div") if box.get("class") == "summary"] or [None]
    return [] if summary is None else [text_of(line) for line in summary.iter("li")]


def sent_back(root: Any, act: str = "check") -> list[tuple[str, str]]:
    """What the page's form sends when it is sent as it stands."""
    [found] = root.iter("form")
    assert (found.get("method"), found.get("action")) == ("post", PATH)
    controls = [one for one in found.iter("input") if one.get("type") != "checkbox" or "checked" in one.attrib]
    return [*((one.get("name"), one.get("value", "")) for one in controls), ("act", act)]


async def ballots(database: Database, keys: Keys) -> list[Choice]:
    async with database.session(write=False) as db:
        round_ = (await db.scalars(select(Round).where(Round.slug == SLUG))).one()
        found = await ballots_that_count(db, keys, round_.poll.id)
        return [Choice(ballot.projects, ballot.points or None) for ballot in found]


async def test_nothing_that_was_filled_in_is_lost_when_too_many_vote_at_once(
    app: Litestar, client: httpx.AsyncClient, database: Database, codes: list[str]
) -> None:
    checked = page(await post(client, form(codes[0], *ticks(1, 4))))
    app.state["intake"].stop()
    refused = await post(client, sent_back(checked, "send"))
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert "Wait a few seconds" in problems(page(refused))[0]
    assert {("choice", "1"), ("choice", "4"), ("code", codes[0])} <= set(sent_back(page(refused)))
    assert await in_the_box(database) == (0, 0)


@pytest.mark.parametrize("act", ["check", "send"])
@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        (ticks(2, 3), "Your choices cost £650. That is £150 more than £500. Remove something to continue."),
        (ticks(1, 1), "Project 1 is chosen more than once."),
        (ticks(9), "A proposal you chose is not on this ballot. Go back and check your choices."),
        ([], "Choose at least one proposal, or tick that you want to send a blank vote"),
        ([*ticks(1), ("blank", "yes")], "You chose proposals and ticked the blank vote. Do one or the other."),
    ],
    ids=["over budget", "doubled", "unknown project", "nothing", "blank and chosen"],
)
async def test_a_ballot_that_cannot_be_cast_comes_back_as_it_was_filled_in(
    client: httpx.AsyncClient, database: Database, codes: list[str], marks: Form, expected: str, act: str
) -> None:
    refused = await post(client, form(codes[0], *marks, act=act))
    shown = page(refused)
    assert refused.status_code == 422
    assert problems(shown) == [expected]
    assert text_of(next(shown.iter("title"))).startswith("There is a problem: ")
    known = {field for field in marks if field != ("choice", "9")}
    assert {*known, ("code", codes[0]), ("eligible", "yes"), ("order", "7")} <= set(sent_back(shown))
    assert await in_the_box(database) == (0, 0)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", "Enter your voting code"),
        ("   ", "Enter your voting code"),
        ("K7QF", "A voting code has 16 letters and numbers. Check yours against your letter."),
        ("<b>&\"'", "A voting code has 16 letters and numbers. Check yours against your letter."),
        (new_code(), "This voting code is not on the list for this round. Check each letter and number."),
    ],
    ids=["none", "spaces", "short", "markup", "not on the roll"],
)
@pytest.mark.parametrize("act", ["check", "send"])
async def test_no_code_and_a_wrong_code_are_told_apart_in_plain_words(
    client: httpx.AsyncClient, database: Database, codes: list[str], code: str, expected: str, act: str
) -> None:
    assert codes
    fields = [*form(code, *ticks(1), act=act), ("key", "a-key-of-this-test-1")]
    refused = await post(client, fields)
    shown = page(refused)
    assert (refused.status_code, problems(shown)) == (422, [expected])
    assert dict(sent_back(shown))["code"] == code
    assert [link.get("href") for link in shown.iter("a") if text_of(link) == expected] == ["#f-code"]
    assert await in_the_box(database) == (0, 0)


async def test_everything_that_is_wrong_is_told_at_once(client: httpx.AsyncClient, codes: list[str]) -> None:
    assert codes
    shown = page(await post(client, [("order", "7"), *ticks(2, 3), ("code", "K7QF"), ("act", "check")]))
    assert [line.split(".")[0] for line in problems(shown)] == [
        "Your choices cost £650",
        "Confirm that you can vote",
        "A voting code has 16 letters and numbers",
    ]


@pytest.mark.parametrize(
    "change",
    [
        [("cost", "100")],
        [("choice", "1x")],
        [("choice", "-1")],
        [("choice", "1.0")],
        [("choice", "")],
        [("choice", "٣")],
        [("give-1", "1")],
        [("eligible", "no")],
        [("code", "another")],
        [("order", "8")],
        [("act", "send")],
    ],
    ids=str,
)
async def test_a_field_that_the_page_does_not_send_is_refused(
    client: httpx.AsyncClient, database: Database, codes: list[str], change: Form
) -> None:
    fields = [*form(codes[0], *ticks(1), act="send"), ("key", "a-key-of-this-test-1"), *change]
    refused = await post(client, fields)
    assert refused.status_code == 400
    assert "This form is not the one for this ballot" in text_of(page(refused))
    assert await in_the_box(database) == (0, 0)


@pytest.mark.parametrize("missing", ["order", "act"])
async def test_a_form_without_its_parts_is_refused(client: httpx.AsyncClient, codes: list[str], missing: str) -> None:
    fields = [field for field in form(codes[0], *ticks(1)) if field[0] != missing]
    assert (await post(client, fields)).status_code == 400


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", '{"code": "K7QF"}'),
        ("text/plain", "act=send"),
        ("application/x-www-form-urlencoded", "act"),
        ("application/x-www-form-urlencoded", "code=%FF&act=send"),
        ("application/x-www-form-urlencoded", "code=\u00e9"),
        ("application/x-www-form-urlencoded", "choice=1&" * 10_001 + "act=send"),
    ],
)
async def test_what_is_no_form_is_refused_with_a_page(
    client: httpx.AsyncClient, codes: list[str], kind: str, body: str
) -> None:
    assert codes
    refused = await client.post(PATH, content=body, headers={"content-type": kind})
    assert (refused.status_code, title(page(refused))) in {(400, "There is a problem"), (413, "There is a problem")}


async def test_a_form_of_another_site_is_refused_and_one_of_ours_is_not(
    client: httpx.AsyncClient, codes: list[str]
) -> None:
    fields = form(codes[0], *ticks(1))
    own = str(client.base_url).rstrip("/")
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        assert (await post(client, fields, **headers)).status_code == 403
    for headers in ({"origin": own}, {"sec-fetch-site": "same-origin"}):
        assert (await post(client, fields, **headers)).status_code == 200


async def test_wrong_codes_use_up_the_allowance_that_the_other_pages_share(
    client: httpx.AsyncClient, database: Database, codes: list[str]
) -> None:
    async with database.session(write=False) as db:
        poll = (await db.scalars(select(Round).where(Round.slug == SLUG))).one().poll.id
    for _ in range(25):
        assert (await post(client, form(codes[0], *ticks(1)))).status_code == 200
    for _ in range(10):
        assert (await client.post(f"/api/polls/{poll}/code", json={"code": new_code()})).status_code == 404
        assert (await post(client, form(new_code(), *ticks(1)))).status_code == 422
    wrong = new_code()
    limited = await post(client, form(wrong, *ticks(1)))
    shown = page(limited)
    assert (limited.status_code, dict(sent_back(shown))["code"]) == (429, wrong)
    assert problems(shown) == ["Too many tries from your connection. Wait a minute, then try again."]
    assert (await post(client, form(codes[0], *ticks(1)))).status_code == 200


async def test_before_the_opening_there_are_dates_and_no_form(
    client: httpx.AsyncClient, database: Database, keys: Keys
) -> None:
    await make_people(database)
    await make_round(database)
    [code, *_] = await make_codes(database, keys)
    for answer, status in ((await client.get(PATH), 200), (await post(client, form(code, *ticks(1))), 409)):
        shown = page(answer)
        assert (answer.status_code, title(shown)) == (status, "Voting has not opened yet")
        assert "Voting opens on Tuesday 3 March 2026 at 09:00." in text_of(shown)
        assert list(shown.iter("form")) == []


@pytest.mark.parametrize("act", ["check", "change", "send"])
async def test_after_the_close_there_are_dates_and_no_form(
    client: httpx.AsyncClient, database: Database, codes: list[str], clock: SettableClock, act: str
) -> None:
    clock.advance(days=14)
    fields = [*form(codes[0], *ticks(1), act=act), ("key", "a-key-of-this-test-1")]
    for answer, status in ((await client.get(PATH), 200), (await post(client, fields), 409)):
        shown = page(answer)
        assert (answer.status_code, title(shown)) == (status, "Voting has closed")
        assert "01632 960 123" in text_of(shown)
        assert list(shown.iter("form")) == []
    assert await in_the_box(database) == (0, 0)


@pytest.mark.parametrize("path", ["/en/r/nothing/plain", f"/xx/r/{SLUG}/plain", "/en/r/A%20B/plain", f"{PATH}/nothing"])
async def test_no_round_and_no_language_is_a_page_too(client: httpx.AsyncClient, codes: list[str], path: str) -> None:
    assert codes
    found = await client.get(path)
    assert (found.status_code, found.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Page not found" in found.text


async def test_a_round_that_is_not_public_is_not_found(client: httpx.AsyncClient, database: Database) -> None:
    await make_people(database)
    await make_round(database)
    async with database.session(write=True) as db:
        (await db.scalars(select(Round))).one().opened_at = None
    for path in ("", "/proposals", "/results"):
        assert (await client.get(PATH + path)).status_code == 404


async def test_from_the_ballot_to_the_receipt(
    client: httpx.AsyncClient, database: Database, codes: list[str], keys: Keys
) -> None:
    first = await client.get(PATH)
    ballot = page(first)
    assert (first.status_code, title(ballot)) == (200, "Choose how to spend £500")
    assert "up to £500 in total" in text_of(ballot)
    assert "Voting closes Tuesday 17 March 2026 at 09:00." in text_of(ballot)
    fields = [*sent_back(ballot)[:-1], *ticks(1, 3), ("eligible", "yes"), ("act", "check")]
    fields = [(name, codes[0] if name == "code" else value) for name, value in fields]
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
    client: httpx.AsyncClient, database: Database, codes: list[str]
) -> None:
    check = page(await post(client, form(codes[0], *ticks(1))))
    once, again = [await post(client, sent_back(check, "send")) for _ in range(2)]
    assert once.text == again.text
    assert await in_the_box(database) == (1, 1)


async def test_a_form_that_was_sent_cannot_be_sent_with_other_choices(
    client: httpx.AsyncClient,
    database: Database,
    codes: list[str],
    keys: Keys,
) -> None:
    fields = sent_back(page(await post(client, form(codes[0], *ticks(1)))), "send")
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
    codes: list[str],
    keys: Keys,
) -> None:
    for chosen, expected in ((1, False), (2, True)):
        check = page(await post(client, form(codes[0], *ticks(chosen))))
        assert ("Sending this vote replaces your earlier one" in text_of(check)) is expected
        await post(client, sent_back(check, "send"))
    assert await ballots(database, keys) == [Choice((2,), None)]


async def test_going_back_from_the_check_loses_nothing(client: httpx.AsyncClient, codes: list[str]) -> None:
    fields = form(codes[0], *ticks(1, 4))
    check = page(await post(client, fields))
    ballot = page(await post(client, sent_back(check, "change")))
    assert sorted(sent_back(ballot)) == sorted(fields)
    assert problems(ballot) == []


async def test_the_list_has_another_order_for_each_visit_and_keeps_it(
    client: httpx.AsyncClient, codes: list[str]
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
    assert codes


async def test_a_blank_vote_is_a_vote(
    client: httpx.AsyncClient, database: Database, codes: list[str], keys: Keys
) -> None:
    check = page(await post(client, form(codes[0], ("blank", "yes"))))
    assert "You are sending a blank vote." in text_of(check)
    assert title(page(await post(client, sent_back(check, "send")))) == "Vote received"
    assert await ballots(database, keys) == [Choice((), None)]


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
