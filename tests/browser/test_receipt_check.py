"""The page works its own receipt out anew, and says so loudly when it does not fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from pbvote.ballotbox.receipts import read_receipt
from tests.browser.desks import DESK, PHONE
from tests.browser.residents import VOTING, Resident, choose, to_check

pytestmark = [pytest.mark.browser]


def vote(somebody: Resident, code: str, changed: Callable[[dict[str, Any]], object] | None = None) -> Page:
    """Vote; `changed` alters what the server answers."""

    def answer(route: Route) -> None:
        response = route.fetch()
        content = response.json()
        if changed is not None and route.request.method == "PUT":
            changed(content)
        route.fulfill(response=response, json=content)

    page = somebody.open(f"r/{VOTING}/vote#{code}")
    choose(page, "Community fridge")
    page.route("**/ballot", answer)
    to_check(page)
    page.get_by_role("checkbox", name="I can vote in this round").check()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.get_by_role("heading", level=1, name="Vote received")).to_be_visible()
    return page


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_phone_has_checked_the_receipt_and_it_can_be_saved(
    resident: Callable[[int], Resident], code: str, width: int
) -> None:
    somebody = resident(width)
    page = vote(somebody, code)
    expect(page.get_by_text("has checked that this receipt is for the choices you sent")).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("link", name="Save the receipt").click()
    receipt = read_receipt(Path(started.value.path()).read_bytes())
    assert started.value.suggested_filename == f"receipt-{receipt.symbols}.txt"
    assert receipt.browser_random is not None
    expect(page.locator(".receipt .key")).to_have_text(receipt.symbols)
    somebody.check()


@pytest.mark.parametrize(
    "changed",
    [
        lambda answer: answer.update(server_random="00" * 32),
        lambda answer: answer.update(receipt="0000-0000-0000"),
        lambda answer: answer.update(commitment="11" * 32),
        lambda answer: answer.update(file=answer["file"].replace("randomness: ", "randomness: 0", 1)),
        lambda answer: answer.update(file=answer["file"].replace("promise: ", "promise: A", 1)),
        lambda answer: answer.update(log_key="another.example+00000000+AAAA"),
    ],
)
def test_a_receipt_that_does_not_fit_is_told_loudly(
    resident: Callable[[int], Resident], code: str, changed: Callable[[dict[str, Any]], object]
) -> None:
    page = vote(resident(PHONE), code, changed)
    expect(page.get_by_role("alert")).to_contain_text("does not fit the choices you sent")
    expect(page.get_by_text("has checked that this receipt")).to_have_count(0)


def test_another_choice_than_was_sent_is_found(resident: Callable[[int], Resident], code: str) -> None:
    """The server puts another ballot into the box than the one that it was given."""
    somebody = resident(PHONE)

    def other_choice(route: Route) -> None:
        if route.request.method != "PUT":
            route.continue_()
            return
        body: dict[str, Any] = route.request.post_data_json or {}
        route.continue_(post_data=json.dumps({**body, "choices": []}))

    somebody.page.route("**/ballot", other_choice)
    page = somebody.open(f"r/{VOTING}/vote#{code}")
    choose(page, "Community fridge")
    to_check(page)
    page.get_by_role("checkbox", name="I can vote in this round").check()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.get_by_role("alert")).to_contain_text("does not fit the choices you sent")


def test_sent_again_after_a_lost_answer_it_is_the_very_same_vote(
    resident: Callable[[int], Resident], code: str
) -> None:
    somebody = resident(PHONE)
    sent: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []

    def lose_the_first(route: Route) -> None:
        sent.append(route.request.post_data_json or {})
        response = route.fetch()
        answers.append(response.json())
        if len(sent) == 1:
            route.abort()
        else:
            route.fulfill(response=response)

    page = somebody.open(f"r/{VOTING}/vote#{code}")
    choose(page, "Community fridge")
    page.route("**/ballot", lose_the_first)
    to_check(page)
    page.get_by_role("checkbox", name="I can vote in this round").check()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.locator("#problems")).to_contain_text("Your vote was not sent")
    page.reload()  # what was drawn is kept with the draft
    page.get_by_role("checkbox", name="I can vote in this round").check()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.get_by_text("has checked that this receipt is for the choices you sent")).to_be_visible()
    assert sent[0] == sent[1]
    assert len(sent[0]["browser_random"]) == 64
    assert answers[0]["file"] == answers[1]["file"]


@pytest.mark.parametrize("missing", ["subtle", "Ed25519"])
def test_a_browser_that_cannot_check_signatures_says_so_and_checks_the_rest(
    resident: Callable[[int], Resident], code: str, missing: str
) -> None:
    """As on a page that came without HTTPS, and as in an older browser."""
    somebody = resident(PHONE)
    without = {
        "subtle": "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined });",
        "Ed25519": "SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException());",
    }
    somebody.page.add_init_script(without[missing])
    page = vote(somebody, code)
    expect(page.get_by_text("It cannot check the signature")).to_be_visible()
    symbols = page.locator(".receipt .key").inner_text()
    page = somebody.open(f"r/{VOTING}/receipt#{symbols}")
    page.get_by_role("button", name="Find my vote").click()
    expect(page.locator("#answer h2")).to_contain_text("Your vote is")
    somebody.check()
