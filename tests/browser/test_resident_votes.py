"""A vote to its receipt in Chromium, on a phone and on a wide screen, of every kind of ballot."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.desks import DESK, PHONE
from tests.browser.residents import VOTING, Resident, choose, to_check

pytestmark = [pytest.mark.browser]
BOTH = pytest.mark.parametrize("width", [PHONE, DESK])


@contextmanager
def ballot_design(page: Page, **design: Any) -> Iterator[None]:
    """The same ballot paper with another design."""

    def answer(route: Route) -> None:
        response = route.fetch()
        paper = response.json()
        paper["design"] |= design
        route.fulfill(response=response, json=paper)

    page.route("**/ballot-paper", answer)
    yield
    page.unroute("**/ballot-paper")


@BOTH
def test_a_vote_from_the_list_to_the_receipt(resident: Callable[[int], Resident], code: str, width: int) -> None:
    somebody = resident(width)
    page = somebody.open(f"r/{VOTING}/vote")
    choose(page, "Community choir for everyone", "Community fridge")
    expect(page.locator(".amount:visible", has_text="£22,300 left")).to_be_visible()
    expect(page.locator("#live")).to_have_text("Added Community fridge. £22,300 left. 2 choices.")
    somebody.check()
    to_check(page)
    somebody.check()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.locator("#problems")).to_be_focused()
    expect(page).to_have_title("There is a problem: Check your vote - Tarnshire Partnership")
    expect(page.locator("#problems li")).to_have_text(["Enter your voting code", "Confirm that you can vote"])
    somebody.check()
    page.get_by_role("link", name="Enter your voting code").click()
    expect(page.get_by_label("Voting code")).to_be_focused()
    page.keyboard.type(code.lower().replace("-", " "))
    page.get_by_role("checkbox", name="I can vote in this round").check()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.get_by_role("heading", level=1, name="Vote received")).to_be_visible()
    expect(page.locator(".key")).to_have_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$"))
    expect(page.get_by_text("Community choir for everyone")).to_have_count(0)
    page.get_by_role("button", name="Show my choices").click()
    expect(page.get_by_text("Community choir for everyone")).to_be_visible()
    somebody.check()
    assert somebody.stored("localStorage", f"pbvote:{VOTING}") is None
    assert somebody.stored("sessionStorage", f"pbvote-code:{VOTING}") is None
    page.get_by_role("button", name="Change my vote").click()
    expect(page.get_by_role("checkbox", name="Add: Community fridge")).to_be_checked()


def test_the_letter_brings_its_code_and_nobody_else_sees_it(resident: Callable[[int], Resident], code: str) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/vote#{code}")
    assert page.evaluate("location.hash") == ""
    assert code.replace("-", "") not in page.evaluate("JSON.stringify({...localStorage})")
    choose(page, "Benches on the sea front")
    to_check(page)
    expect(page.get_by_text("We have the voting code from your letter or link.")).to_be_visible()
    expect(page.get_by_label("Voting code")).to_have_count(0)
    page.get_by_role("checkbox", name="I can vote in this round").check()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.get_by_role("heading", level=1, name="Vote received")).to_be_visible()
    page.goto("about:blank")
    page = somebody.open(f"r/{VOTING}/vote#{code}")
    expect(page.get_by_text("You have voted already.")).to_be_visible()


def test_back_after_sending_shows_nothing_of_the_vote(resident: Callable[[int], Resident], code: str) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/vote#{code}")
    choose(page, "Community fridge")
    to_check(page)
    page.get_by_role("checkbox", name="I can vote in this round").check()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.get_by_role("heading", level=1, name="Vote received")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("You have not chosen anything.")).to_be_visible()
    expect(page.get_by_label("Voting code")).to_have_value("")
    expect(page.get_by_role("button", name="Send my vote")).to_be_visible()


def test_a_mistyped_code_is_refused_where_it_was_typed(resident: Callable[[int], Resident], code: str) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/vote")
    choose(page, "Community fridge")
    to_check(page)
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    page.get_by_label("Voting code").fill(wrong)
    page.get_by_role("checkbox", name="I can vote in this round").check()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.locator("#problems")).to_contain_text("One letter or number of the code is wrong")
    expect(page.get_by_label("Voting code")).to_have_attribute("aria-invalid", "true")
    somebody.check()


@BOTH
def test_too_much_is_shown_at_once_and_refused_at_the_check(resident: Callable[[int], Resident], width: int) -> None:
    somebody = resident(width)
    page = somebody.open(f"r/{VOTING}/vote")
    for box in page.get_by_role("checkbox", name=re.compile("^Add: ")).all():
        box.check()
    expect(page.locator(".amount:visible", has_text="over")).to_be_visible()
    expect(page.locator(".ruler.over:visible").first).to_be_visible()
    somebody.check()
    to_check(page)
    page.get_by_role("button", name="Send my vote").click()
    expect(page.locator("#problems")).to_contain_text("more than £25,000. Remove something to continue.")
    somebody.check()


def test_remove_can_be_undone(resident: Callable[[int], Resident]) -> None:
    page = resident(PHONE).open(f"r/{VOTING}/vote")
    choose(page, "Community fridge", "Tea dances in Mill Lane Hall")
    to_check(page)
    page.get_by_role("button", name="Remove: Community fridge").click()
    expect(page.get_by_role("row", name=re.compile("Community fridge"))).to_have_count(0)
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name=re.compile("Community fridge"))).to_have_count(1)


def test_a_blank_vote_is_sent_only_on_purpose(resident: Callable[[int], Resident], code: str) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/check#{code}")
    page.get_by_role("checkbox", name="I can vote in this round").check()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.locator("#problems")).to_contain_text("Choose at least one proposal")
    somebody.check()
    page.get_by_role("checkbox", name="Send a blank vote").check()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.get_by_role("heading", level=1, name="Vote received")).to_be_visible()


def test_offline_a_vote_fails_visibly_and_the_second_press_is_the_same_vote(
    resident: Callable[[int], Resident], code: str
) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/vote#{code}")
    choose(page, "Community fridge")
    with page.expect_response("**/ticket"):
        to_check(page)
    page.get_by_role("checkbox", name="I can vote in this round").check()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "PUT" else None)
    somebody.context.set_offline(True)
    expect(page.get_by_text("You are offline. Your choices are saved on this device.")).to_be_visible()
    page.get_by_role("button", name="Send my vote").click()
    expect(page.locator("#problems")).to_contain_text("Your vote was not sent")
    somebody.context.set_offline(False)
    page.get_by_role("button", name="Send my vote").click()
    expect(page.get_by_role("heading", level=1, name="Vote received")).to_be_visible()
    assert len(sent) == 2
    assert sent[0] == sent[1]


def test_approval_counts_votes(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    with ballot_design(somebody.page, kind="approval", max_choices=3):
        page = somebody.open(f"r/{VOTING}/vote")
        expect(page.locator(".amount:visible")).to_have_text("3 votes left")
        choose(page, "Community fridge")
        expect(page.locator(".amount:visible")).to_have_text("2 votes left")
        somebody.check()


@BOTH
def test_a_ranking_can_be_put_in_order(resident: Callable[[int], Resident], width: int) -> None:
    somebody = resident(width)
    with ballot_design(somebody.page, kind="ranking", max_choices=5):
        page = somebody.open(f"r/{VOTING}/vote")
        choose(page, "Community fridge", "Telephone friends")
        if width == PHONE:
            page.get_by_role("button", name="2 choices").click()
        page.locator("button:visible[aria-label='Move up: Telephone friends']").click()
        expect(page.locator(".lines:visible .name")).to_have_text(["Telephone friends", "Community fridge"])
        expect(page.locator("#live")).to_contain_text("Telephone friends is now number 1.")
        somebody.check()
        to_check(page)
        somebody.check()
        assert somebody.stored("localStorage", f"pbvote:{VOTING}")["points"] is None


@pytest.mark.parametrize(
    ("design", "left"),
    [
        ({"kind": "points", "total_points": 10, "max_points": 5}, "3 points left"),
        ({"kind": "score", "max_points": 5}, "2 choices"),
    ],
)
def test_points_are_spread(resident: Callable[[int], Resident], design: dict[str, Any], left: str) -> None:
    somebody = resident(PHONE)
    with ballot_design(somebody.page, **design):
        page = somebody.open(f"r/{VOTING}/vote")
        page.get_by_label("Points: Community fridge").fill("4")
        page.get_by_label("Points: Telephone friends").fill("3")
        page.keyboard.press("Tab")
        expect(page.locator(".amount:visible")).to_have_text(left)
        draft = somebody.stored("localStorage", f"pbvote:{VOTING}")
        assert draft["points"] == [4, 3]
        assert len(draft["choices"]) == 2
        somebody.check()
        to_check(page)
        somebody.check()
