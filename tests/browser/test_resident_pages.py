"""The residents' pages in Chromium, on a phone and on a wide screen: how they look, what they find, and results."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.desks import DESK, PHONE
from tests.browser.pictures import keep
from tests.browser.residents import CANCELLED, CHECKING, COUNTING, DECIDED, IDEAS, VOTING, Resident, arrive

pytestmark = [pytest.mark.browser]
BOTH = pytest.mark.parametrize("width", [PHONE, DESK])


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
