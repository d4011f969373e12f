"""The turnout audit in Chromium: from the dice to the sentence beside the result."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.desks import CLERK, OFFICER, SCRUTINEER, SECOND, WIDTHS, Desk, Visit, slug_of

pytestmark = [pytest.mark.browser]

DICE = {"purpose": "turnout-audit", "digits": "416322551364"}
DRAWN = ["Mill Lane 4", "Mill Lane 11", '=HYPERLINK("x")']


@WIDTHS
def test_where_codes_were_handed_out_the_page_says_that_it_cannot_be_done(visit: Visit, width: int) -> None:
    desk = visit(SCRUTINEER, width)
    page = desk.open(f"o/r/{slug_of(desk, 'published')}/count")
    page.get_by_role("link", name="Go to the turnout audit").click()
    desk.drawn()
    expect(page.locator("main")).to_contain_text("nobody knows who holds which")
    desk.check("audit-nobody")


def test_a_clerk_reads_that_it_is_not_theirs(visit: Visit) -> None:
    desk = visit(CLERK)
    page = desk.open(f"o/r/{slug_of(desk, 'counting')}/audit")
    expect(page.locator("main")).to_contain_text("is for officers, organisers and scrutineers")
    desk.check()


def as_if_the_roll_came_from_a_file(desk: Desk, slug: str) -> None:
    """The demo's codes were handed out: here the roll knows everybody, and three of them are drawn."""

    def known(route: Route) -> None:
        if route.request.method != "GET":
            route.continue_()
            return
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"with_reference": 123})

    desk.page.route(f"**/api/rounds/{slug}/turnout-audit", known)
    drawn = {"size": 59, "references": DRAWN, "elsewhere": 55, "unknown": 1}
    desk.page.route("**/turnout-audit/sample*", lambda route: route.fulfill(status=200, json=drawn))


@WIDTHS
def test_two_officers_ask_and_put_on_record_what_came_of_it(visit: Visit, width: int) -> None:
    first, second = visit(OFFICER, width), visit(SECOND, width)
    slug = slug_of(first, "counting" if width < 1000 else "published")
    for desk in (first, second):
        as_if_the_roll_came_from_a_file(desk, slug)
    page = first.open(f"o/r/{slug}/audit")
    expect(page.locator("main")).to_contain_text("Roll dice in public first")
    first.check("audit-dice")
    _roll(first, second, slug)
    page = first.open(f"o/r/{slug}/audit")
    page.get_by_role("button", name="See whom to ask").click()
    expect(page.locator("#problems")).to_contain_text("paste the references")
    page.get_by_label("Or paste the references").fill("\n".join(DRAWN))
    page.get_by_role("button", name="See whom to ask").click()
    expect(page.locator("#done")).to_have_text("This is whom to ask.")
    expect(page.locator(".code-list li")).to_have_text(DRAWN)
    expect(page.locator("main")).to_contain_text("55 of the 59 drawn are not on this list")
    first.check("audit-drawn")
    page.get_by_label("Asked, or tried to").fill("59")
    for label, value in (("“Yes, I voted”", "56"), ("“No, I did not”", "1"), ("Not reached", "1")):
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Ask a second officer").click()
    expect(page.locator("#problems")).to_contain_text("have to add up to 59")
    page.get_by_label("Not reached").fill("2")
    page.get_by_role("button", name="Ask a second officer").click()
    expect(page.locator("#done")).to_contain_text("A second officer has to look at the numbers")
    other = second.open("o")
    other.locator(".todo").first.get_by_role("link").click()
    second.drawn()
    expect(other.locator("#two-turnout_audit")).to_contain_text("1 person says that they did not vote")
    second.check("audit-theirs")
    other.get_by_role("button", name="These numbers are right").click()
    expect(other.locator("#done")).to_have_text("The turnout audit is on record.")
    second.check("audit-recorded")
    if width > 1000:
        page = first.open(f"r/{slug}/results")
        expect(page.locator("#turnout-audit")).to_contain_text("1 said that they had not voted, 2 were not reached")
        first.check("audit-result")


def _roll(first: Desk, second: Desk, slug: str) -> None:
    path = f"{first.base}/api/rounds/{slug}/dice"
    asked = first.context.request.post(path, data={**DICE, "approves": None})
    assert second.context.request.post(path, data={**DICE, "approves": asked.json()["id"]}).ok
