"""The officers' pages in Chromium: every page on a phone and on a desk, the way in, and what every page has."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from pbvote.demo.story import PASSWORD
from tests.browser.desks import (
    CLERK,
    OFFICER,
    ORGANISER,
    PHONE,
    SCRUTINEER,
    WIDTHS,
    Desk,
    Visit,
    new_round,
    sit_down,
    slug_of,
)

pytestmark = [pytest.mark.browser]

SEEN = """() => {
  const at = document.activeElement;
  if (at === document.body || at === null) return null;
  const box = at.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const inside = box.width >= 24 && box.height >= 20 && box.x >= 0 && box.right <= innerWidth + 1;
  return { what: at.outerHTML.slice(0, 120), visible: inside && (at.contains(top) || top?.contains(at)) };
}"""


PAGES = [
    (None, "o/sign-in", "Sign in"),
    (ORGANISER, "o", "Today"),
    (OFFICER, "o", "Today"),
    (ORGANISER, "o/rounds/new", "Start a new round"),
    (ORGANISER, "o/r/{draft}", None),
    (ORGANISER, "o/r/{draft}/about", "About the round"),
    (ORGANISER, "o/r/{draft}/money", "Money"),
    (ORGANISER, "o/r/{draft}/dates", "Dates"),
    (ORGANISER, "o/r/{draft}/vote", None),
    (ORGANISER, "o/r/{draft}/conditions", None),
    (ORGANISER, "o/r/{draft}/polls", "One vote or two"),
    (ORGANISER, "o/r/{draft}/talk", "Comments and checks"),
    (SCRUTINEER, "o/r/{voting}/money", "Money"),
    (ORGANISER, "o/f/harbourside", "Harbourside Community Forum"),
    (OFFICER, "o/f/harbourside", "Harbourside Community Forum"),
    (SCRUTINEER, "o/r/{voting}/conditions", "Conditions"),
    (ORGANISER, "o/r/{published}", None),
    (SCRUTINEER, "o/r/{voting}/vote", "The vote"),
    (ORGANISER, "o/r/{cancelled}", None),
    (OFFICER, "o/r/{review}/proposals", "Proposals"),
    (OFFICER, "o/r/{review}/proposals?status=withdrawn", "Proposals"),
    (OFFICER, "o/r/{review}/proposals/1", None),
    (ORGANISER, "o/r/{voting}/proposals/1", None),
    (CLERK, "o/r/{review}/voters", "Voters"),
    (OFFICER, "o/r/{voting}/voters", "Voters"),
    (ORGANISER, "o/r/{draft}/voters", "Voters"),
    (ORGANISER, "o/r/{draft}/voting", "Voting"),
    (OFFICER, "o/r/{review}/voting", "Voting"),
    (OFFICER, "o/r/{voting}/voting", "Voting"),
    (CLERK, "o/r/{voting}/voting", "Voting"),
    (SCRUTINEER, "o/r/{counting}/voting", "Voting"),
    (OFFICER, "o/r/{cancelled}/voting", "Voting"),
    (OFFICER, "o/r/{draft}/count", "Count and publish"),
    (OFFICER, "o/r/{voting}/count", "Count and publish"),
    (OFFICER, "o/r/{counting}/count", "Count and publish"),
    (SCRUTINEER, "o/r/{published}/count", "Count and publish"),
]


@pytest.fixture(scope="module")
def walk(chromium: Browser, own_live_server: str) -> Iterator[Visit]:
    """`walk("olive", 375)` is always the same browser: she goes from page to page."""
    desks: dict[tuple[str | None, int], Desk] = {}

    def goes_on(who: str | None, width: int) -> Desk:
        if (who, width) not in desks:
            desks[who, width] = sit_down(chromium, own_live_server, who, width)
        desks[who, width].complaints.clear()
        return desks[who, width]

    yield goes_on
    for desk in desks.values():
        desk.context.close()


@WIDTHS
@pytest.mark.parametrize(("who", "address", "heading"), PAGES, ids=[f"{who}-{page}" for who, page, _ in PAGES])
def test_every_page_is_accessible(walk: Visit, who: str | None, address: str, heading: str | None, width: int) -> None:
    desk = walk(who, width)
    phases = re.findall(r"\{(\w+)\}", address)
    page = desk.open(address.format(**{phase: slug_of(desk, phase) for phase in phases}))
    if heading:
        expect(page.locator("h1")).to_have_text(heading)
    expect(page.locator("h1")).to_have_count(1)
    desk.check()


def test_nobody_is_taken_to_sign_in_and_back(visit: Visit) -> None:
    desk = visit()
    page = desk.page
    page.goto(f"{desk.base}/en/o/rounds/new")
    page.wait_for_url("**/o/sign-in?next=*")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#problems")).to_be_focused()
    expect(page).to_have_title(re.compile("^There is a problem:"))
    page.get_by_role("link", name="Enter your password").click()
    expect(page.get_by_label("Password")).to_be_focused()
    desk.check()
    page.get_by_label("Email address").fill("olive@tarnshire.example")
    page.get_by_label("Password").fill("not this one, surely")
    page.keyboard.press("Enter")
    expect(page.locator("#problems")).to_contain_text("The email address or the password is wrong")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/o/rounds/new")
    expect(page.locator("#account")).to_contain_text("Olive Organiser")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/o/sign-in?out=1")
    expect(page.locator("main")).to_contain_text("You have signed out")
    assert desk.context.request.get(f"{desk.base}/api/me").status == 401


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/", "/en/o\\@example.org", "/en/"])
def test_sign_in_never_leads_off_the_officers_pages(visit: Visit, elsewhere: str) -> None:
    desk = visit()
    page = desk.open(f"o/sign-in?next={elsewhere}")
    page.get_by_label("Email address").fill("olive@tarnshire.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{desk.base}/en/o")


@WIDTHS
def test_somebody_without_the_role_reads_so(visit: Visit, width: int) -> None:
    desk = visit(CLERK, width)
    page = desk.open(f"o/r/{slug_of(desk, 'review')}/proposals")
    expect(page.locator("h1")).to_have_text("This page is not for your role")
    desk.check()


def test_a_page_that_cannot_be_fetched_says_so(visit: Visit) -> None:
    desk = visit(ORGANISER)
    page = desk.open("o/r/no-such-round")
    expect(page.locator("h1")).to_have_text("Page not found")
    page.route("**/api/officer/rounds*", lambda route: route.abort())
    page.goto(f"{desk.base}/en/o")
    expect(page.locator("h1")).to_have_text("The service cannot be reached")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_every_stop_of_the_keyboard_can_be_seen(visit: Visit) -> None:
    desk = visit(ORGANISER, PHONE)
    slug = new_round(desk, "By keyboard")
    for part in ("", "/money", "/vote", "/voters"):
        page = desk.open(f"o/r/{slug}{part}")
        stops = 0
        while True:
            page.keyboard.press("Tab")
            seen = page.evaluate(SEEN)
            if seen is None:
                break
            assert seen["visible"], seen
            stops += 1
        assert stops > 8
