"""The residents' pages in Chromium, on a phone and on a wide screen: what they show, and a vote to its receipt."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.desks import DESK, PHONE
from tests.browser.pictures import keep
from tests.browser.residents import (
    CANCELLED,
    CHECKING,
    COUNTING,
    DECIDED,
    IDEAS,
    VOTING,
    Resident,
    arrive,
    choose,
    to_check,
)

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


PAGES = {
    "": "Decide how money is spent near you",
    "f/harbourside": "Harbourside Community Forum",
    f"r/{VOTING}": "Harbourside budget 2026",
    f"r/{IDEAS}": "Castle Hill spring fund",
    f"r/{CANCELLED}": "Skate park vote",
    f"r/{CHECKING}/proposals": "Proposals",
    f"r/{CHECKING}/proposals/1": "Litter bin by the bus stop",
    f"r/{IDEAS}/suggest": "Your idea",
    f"r/{VOTING}/suggest": "Ideas are closed",
    f"r/{VOTING}/vote": "Choose how to spend £25,000",
    f"r/{CHECKING}/vote": "Voting has not opened yet",
    f"r/{COUNTING}/vote": "Voting has closed",
    f"r/{CANCELLED}/vote": "This round has been cancelled",
    f"r/{VOTING}/check": "Check your vote",
    f"r/{VOTING}/done": "There is no receipt on this page",
    f"r/{DECIDED}/results": "13 proposals will be funded",
    f"r/{COUNTING}/results": "The results are not out yet",
    "accessibility": "Accessibility statement",
    "privacy": "Privacy",
    "nowhere": "Page not found",
    "r/nothing": "Page not found",
}


@pytest.fixture(scope="module")
def walker(chromium: Browser, live_server: str) -> Iterator[Callable[[int], Resident]]:
    """`walker(375)` is always the same browser: somebody goes from page to page."""
    walkers: dict[int, Resident] = {}

    def goes_on(width: int) -> Resident:
        if width not in walkers:
            walkers[width] = arrive(chromium, live_server, width)
        walkers[width].complaints.clear()
        walkers[width].elsewhere.clear()
        return walkers[width]

    yield goes_on
    for one in walkers.values():
        one.context.close()


@BOTH
@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_accessible_and_quiet(walker: Callable[[int], Resident], address: str, width: int) -> None:
    somebody = walker(width)
    page = somebody.open(address)
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[address])
    somebody.check()


@pytest.mark.parametrize("address", ["", f"r/{VOTING}/vote", f"r/{VOTING}/check", f"r/{DECIDED}/results"])
def test_long_words_fit_on_the_narrowest_screen(resident: Callable[[int], Resident], address: str) -> None:
    somebody = resident(320)
    page = somebody.open(address)
    page.evaluate("document.body.style.fontSize = '24px'")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_postcode_finds_the_forum(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    page = somebody.open("")
    page.get_by_label("Your postcode").fill("nonsense")
    page.get_by_role("button", name="Find my forum").click()
    expect(page.get_by_text("This is not a full UK postcode")).to_be_visible()
    expect(page.get_by_label("Your postcode")).to_be_focused()
    somebody.check()
    page.get_by_label("Your postcode").fill("ab10 1ab")
    page.get_by_role("button", name="Find my forum").click()
    expect(page.get_by_role("heading", name="No forum covers AB10 1AB")).to_be_visible()


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


def test_details_open_in_a_dialog_that_back_and_escape_close(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/vote")
    link = page.get_by_role("link", name="Community fridge")
    link.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Community fridge")).to_be_focused()
    dialog.get_by_role("checkbox").check()
    somebody.check()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(link).to_be_focused()
    assert page.evaluate("location.hash") == ""
    expect(page.get_by_role("checkbox", name="Add: Community fridge")).to_be_checked()
    link.click()
    expect(dialog).to_be_visible()
    page.go_back()
    expect(dialog).to_have_count(0)


def test_search_and_filters_say_how_many_are_left(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/vote")
    page.get_by_label("Search proposals").fill("choir")
    expect(page.get_by_role("heading", name="1 proposal")).to_be_visible()
    expect(page.locator("#live")).to_have_text("1 proposal")
    page.get_by_label("Search proposals").fill("no such thing")
    expect(page.get_by_text("No proposal matches.")).to_be_visible()
    page.get_by_role("button", name="Clear search and filters").click()
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("checkbox", name="Arts and heritage").check()
    somebody.check()
    assert 0 < page.locator(".cards > li").count() < 23


def titles(page: Page) -> list[str]:
    return page.locator(".cards h3").all_inner_texts()


def test_the_order_is_one_s_own_and_stays(resident: Callable[[int], Resident]) -> None:
    one, other = resident(PHONE), resident(PHONE)
    first = titles(one.open(f"r/{VOTING}/vote"))
    assert len(first) == 23
    assert titles(one.open(f"r/{VOTING}/vote")) == first
    second = titles(other.open(f"r/{VOTING}/vote"))
    assert sorted(second) == sorted(first)
    assert second != first


def test_a_second_tab_catches_up(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/vote")
    second = somebody.context.new_page()
    second.goto(f"{somebody.base}/en/r/{VOTING}/vote")
    choose(second, "Community fridge")
    expect(page.get_by_role("checkbox", name="Add: Community fridge")).to_be_checked()


def test_choices_are_forgotten_after_a_day(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/vote")
    choose(page, "Community fridge")
    somebody.open(f"r/{VOTING}/vote")
    expect(page.get_by_role("checkbox", name="Add: Community fridge")).to_be_checked()
    draft = somebody.stored("localStorage", f"pbvote:{VOTING}")
    draft["savedAt"] -= 25 * 60 * 60 * 1000
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [f"pbvote:{VOTING}", json.dumps(draft)])
    somebody.open(f"r/{VOTING}/vote")
    expect(page.get_by_role("checkbox", name="Add: Community fridge")).not_to_be_checked()


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


def test_proposals_are_found_by_words_and_state(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{CHECKING}/proposals")
    page.get_by_label("Search proposals").fill("hedgehog")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="1 proposal")).to_be_visible()
    assert page.url.endswith("?q=hedgehog")
    page.get_by_label("State").select_option("Withdrawn")
    expect(page.get_by_text("No proposal matches.")).to_be_visible()
    somebody.check()
    page.get_by_role("button", name="Clear search and filters").click()
    expect(page.get_by_role("heading", name="9 proposals")).to_be_visible()


@BOTH
def test_the_result_can_be_followed_step_by_step(resident: Callable[[int], Resident], width: int) -> None:
    somebody = resident(width)
    page = somebody.open(f"r/{DECIDED}/results")
    expect(page.get_by_text("Step 1 of 13")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Step 2 of 13")).to_be_visible()
    page.get_by_text("How would a simple count compare?").click()
    expect(page.get_by_text("This decides nothing.")).to_be_hidden()
    page.get_by_text("What would other ways of counting have funded?").click()
    expect(page.locator(".rules tbody tr")).to_have_count(6)
    expect(page.locator(".rules tbody tr").first).to_contain_text("Bus shelter for Castle Hill")
    page.get_by_role("button", name="Not funded", exact=True).click()
    page.get_by_text("Why?").first.click()
    expect(page.locator("details.why[open] p").first).to_contain_text("together")
    expect(page.locator("details.why[open]")).to_contain_text("or less it would have been funded, in step")
    somebody.check()
    with page.expect_download() as download:
        page.get_by_role("link", name="projects.csv").click()
    assert download.value.suggested_filename == f"{DECIDED}-projects.csv"


@BOTH
def test_a_result_tells_what_its_conditions_did(resident: Callable[[int], Resident], width: int) -> None:
    somebody = resident(width)

    def answer(route: Route) -> None:
        response = route.fetch()
        result = response.json()
        first, second, *_, last = sorted(result["projects"], key=lambda one: -one["votes"])
        first |= {"awarded": first["cost"] - 100_00, "pots": {"Trust": first["cost"] - 100_00}}
        pots = [
            {"id": "County", "amount": 20_000_00, "categories": [], "projects": [], "spent": 17_000_00},
            {"id": "Trust", "amount": 5_000_00, "categories": [first["category"]], "projects": [2], "spent": 1_00},
        ]
        result["conditions"] = {
            "pots": pots,
            "prefunded": [second["number"]],
            "exclusions": [[1, 2]],
            "min_votes": 5,
            "smallest": {str(first["number"]): 50_00},
            "reserve": 1,
        }
        result["reserve"] = [last["number"]]
        result["others"][0] |= {"funded": None, "cost": None, "skipped": "too_large"}
        result["comparison"] = {
            "code": "shares_preferred",
            "params": {"greedy": 1, "shares": 9},
            "detail": "",
            "field": "",
        }
        route.fulfill(response=response, json=result)

    somebody.page.route("**/api/rounds/*/results", answer)
    page = somebody.open(f"r/{DECIDED}/results")
    main = page.locator("main")
    for words in (
        "1 voter would be better off with the count by most votes and 9 with equal shares",
        "A proposal needed at least 5 supporters.",
        "County, £20,000: for any proposal. £17,000 of it is spent.",
        "of it is spent.",
        "Paid for first, as was decided before the vote: Tea dances in Mill Lane Hall.",
        "Only one of these could be funded:",
        "could be funded in part, from £50 on.",
        "these are next in line, in this order.",
        "£680 of £780",
        "Funded in part",
    ):
        expect(main).to_contain_text(words)
    page.get_by_text("What would other ways of counting have funded?").click()
    expect(page.locator(".rules tr").nth(1)).to_contain_text("Not tried: with so many votes it would take too long.")
    page.get_by_text("Why?").first.click()
    expect(page.locator("details.why[open]").first).to_contain_text("Paid by Trust: £680.")
    somebody.check()
    keep(page, "conditions")


def test_a_failing_service_says_so_and_can_be_tried_again(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    somebody.page.route("**/api/rounds*", lambda route: route.abort())
    page = somebody.page
    page.goto(f"{somebody.base}/en/")
    expect(page.get_by_role("heading", level=1)).to_have_text("The service cannot be reached")
    page.unroute("**/api/rounds*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Decide how money is spent near you")


def test_every_stop_of_the_tab_key_is_in_sight(resident: Callable[[int], Resident]) -> None:
    page = resident(PHONE).open(f"r/{VOTING}/vote")
    hidden = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
              const one = document.activeElement, box = one.getBoundingClientRect();
              const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
              return [one.outerHTML.slice(0, 80), one === top || one.contains(top) || top?.contains(one)];
            }"""
        )
        if not seen[1]:
            hidden.append(seen[0])
    assert hidden == []


def test_over_many_devices_every_proposal_comes_first_equally_often(resident: Callable[[int], Resident]) -> None:
    page = resident(PHONE).open(f"r/{VOTING}/vote")
    firsts = page.evaluate(
        """async () => {
          const module = document.querySelector('link[rel=modulepreload][href$="/ballot/standing.js"]').href;
          const { shuffled } = await import(module);
          const numbers = Array.from({ length: 20 }, (_, index) => index);
          const counts = numbers.map(() => 0);
          for (let seed = 0; seed < 10000; seed += 1) counts[shuffled(numbers, seed)[0]] += 1;
          return counts;
        }"""
    )
    assert all(350 <= count <= 650 for count in firsts), firsts
