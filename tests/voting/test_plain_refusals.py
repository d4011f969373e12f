"""Voting without JavaScript, over HTTP: what is refused, in which words, and that nothing filled in is lost."""

from __future__ import annotations

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.roll.codes import new_code
from pbvote.rounds.models import Round
from tests.conftest import SettableClock
from tests.house import make_codes, make_people, make_round
from tests.voting.looking import in_the_box
from tests.voting.plain import PATH, SLUG, Form, form, page, post, problems, sent_back, text_of, ticks, title


async def test_nothing_that_was_filled_in_is_lost_when_too_many_vote_at_once(
    app: Litestar, client: httpx.AsyncClient, database: Database, open_codes: list[str]
) -> None:
    checked = page(await post(client, form(open_codes[0], *ticks(1, 4))))
    app.state["intake"].stop()
    refused = await post(client, sent_back(checked, "send"))
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert "Wait a few seconds" in problems(page(refused))[0]
    assert {("choice", "1"), ("choice", "4"), ("code", open_codes[0])} <= set(sent_back(page(refused)))
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
    client: httpx.AsyncClient, database: Database, open_codes: list[str], marks: Form, expected: str, act: str
) -> None:
    refused = await post(client, form(open_codes[0], *marks, act=act))
    shown = page(refused)
    assert refused.status_code == 422
    assert problems(shown) == [expected]
    assert text_of(next(shown.iter("title"))).startswith("There is a problem: ")
    known = {field for field in marks if field != ("choice", "9")}
    assert {*known, ("code", open_codes[0]), ("eligible", "yes"), ("order", "7")} <= set(sent_back(shown))
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
    client: httpx.AsyncClient, database: Database, open_codes: list[str], code: str, expected: str, act: str
) -> None:
    assert open_codes
    fields = [*form(code, *ticks(1), act=act), ("key", "a-key-of-this-test-1")]
    refused = await post(client, fields)
    shown = page(refused)
    assert (refused.status_code, problems(shown)) == (422, [expected])
    assert dict(sent_back(shown))["code"] == code
    assert [link.get("href") for link in shown.iter("a") if text_of(link) == expected] == ["#f-code"]
    assert await in_the_box(database) == (0, 0)


async def test_everything_that_is_wrong_is_told_at_once(client: httpx.AsyncClient, open_codes: list[str]) -> None:
    assert open_codes
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
    client: httpx.AsyncClient, database: Database, open_codes: list[str], change: Form
) -> None:
    fields = [*form(open_codes[0], *ticks(1), act="send"), ("key", "a-key-of-this-test-1"), *change]
    refused = await post(client, fields)
    assert refused.status_code == 400
    assert "This form is not the one for this ballot" in text_of(page(refused))
    assert await in_the_box(database) == (0, 0)


@pytest.mark.parametrize("missing", ["order", "act"])
async def test_a_form_without_its_parts_is_refused(
    client: httpx.AsyncClient, open_codes: list[str], missing: str
) -> None:
    fields = [field for field in form(open_codes[0], *ticks(1)) if field[0] != missing]
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
    client: httpx.AsyncClient, open_codes: list[str], kind: str, body: str
) -> None:
    assert open_codes
    refused = await client.post(PATH, content=body, headers={"content-type": kind})
    assert (refused.status_code, title(page(refused))) in {(400, "There is a problem"), (413, "There is a problem")}


async def test_a_form_of_another_site_is_refused_and_one_of_ours_is_not(
    client: httpx.AsyncClient, open_codes: list[str]
) -> None:
    fields = form(open_codes[0], *ticks(1))
    own = str(client.base_url).rstrip("/")
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        assert (await post(client, fields, **headers)).status_code == 403
    for headers in ({"origin": own}, {"sec-fetch-site": "same-origin"}):
        assert (await post(client, fields, **headers)).status_code == 200


async def test_wrong_codes_use_up_the_allowance_that_the_other_pages_share(
    client: httpx.AsyncClient, database: Database, open_codes: list[str]
) -> None:
    async with database.session(write=False) as db:
        poll = (await db.scalars(select(Round).where(Round.slug == SLUG))).one().poll.id
    for _ in range(25):
        assert (await post(client, form(open_codes[0], *ticks(1)))).status_code == 200
    for _ in range(10):
        assert (await client.post(f"/api/polls/{poll}/code", json={"code": new_code()})).status_code == 404
        assert (await post(client, form(new_code(), *ticks(1)))).status_code == 422
    wrong = new_code()
    limited = await post(client, form(wrong, *ticks(1)))
    shown = page(limited)
    assert (limited.status_code, dict(sent_back(shown))["code"]) == (429, wrong)
    assert problems(shown) == ["Too many tries from your connection. Wait a minute, then try again."]
    assert (await post(client, form(open_codes[0], *ticks(1)))).status_code == 200


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
    client: httpx.AsyncClient, database: Database, open_codes: list[str], clock: SettableClock, act: str
) -> None:
    clock.advance(days=14)
    fields = [*form(open_codes[0], *ticks(1), act=act), ("key", "a-key-of-this-test-1")]
    for answer, status in ((await client.get(PATH), 200), (await post(client, fields), 409)):
        shown = page(answer)
        assert (answer.status_code, title(shown)) == (status, "Voting has closed")
        assert "01632 960 123" in text_of(shown)
        assert list(shown.iter("form")) == []
    assert await in_the_box(database) == (0, 0)


@pytest.mark.parametrize("path", ["/en/r/nothing/plain", f"/xx/r/{SLUG}/plain", "/en/r/A%20B/plain", f"{PATH}/nothing"])
async def test_no_round_and_no_language_is_a_page_too(
    client: httpx.AsyncClient, open_codes: list[str], path: str
) -> None:
    assert open_codes
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
