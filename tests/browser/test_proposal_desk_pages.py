"""Officers decide on proposals in Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.desks import OFFICER, SECOND, WIDTHS, Visit, slug_of

pytestmark = [pytest.mark.browser]


@WIDTHS
def test_an_officer_decides_what_waits(visit: Visit, width: int) -> None:
    desk = visit(OFFICER, width)
    slug = slug_of(desk, "review")
    page = desk.open(f"o/r/{slug}/proposals")
    expect(page.get_by_label("Show")).to_have_value("submitted")
    page.locator("table a").first.click()
    desk.drawn()
    page.get_by_role("button", name="Save the decision").click()
    expect(page.locator("#problems li")).to_have_count(5)
    desk.check()
    for check in ("Is it appropriate?", "Is it feasible?", "Is it sustainable?"):
        page.get_by_role("group", name=check).get_by_role("radio", name="Yes").check()
    page.get_by_role("radio", name="Accept with changes").check()
    page.get_by_label("New cost").fill("145.50")
    page.get_by_label("Reason").fill("Checked with the parks team; a cheaper box will do.")
    page.get_by_role("button", name="Save the decision").click()
    expect(page.locator("#done")).to_contain_text("Saved: Accepted with changes")
    expect(page.locator("main")).to_contain_text("£145.50")
    desk.check()
    page.get_by_role("link", name=re.compile("Next waiting")).click()
    desk.drawn()
    expect(page.locator(".round-head + p .tag")).to_have_text("Waiting")


def test_the_queue_is_filtered_and_remembers_the_filter(visit: Visit) -> None:
    desk = visit(OFFICER)
    page = desk.open(f"o/r/{slug_of(desk, 'review')}/proposals?status=all")
    every = page.locator("tbody tr").count()
    page.get_by_label("Show").select_option("accepted")
    expect(page.locator("#count")).to_be_focused()
    expect(page.locator("tbody .tag")).to_have_text(["Accepted"] * page.locator("tbody tr").count())
    assert page.url.endswith("?status=accepted")
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(every)
    page.get_by_label("Show").select_option("withdrawn")
    expect(page.locator("main")).to_contain_text("None with this status")
    desk.check()


def test_two_officers_do_not_overwrite_each_other(visit: Visit) -> None:
    first, second = visit(OFFICER), visit(SECOND)
    slug = slug_of(first, "review")
    for desk, decision in ((second, "Do not accept"), (first, "Accept")):
        desk.open(f"o/r/{slug}/proposals/1")
        desk.page.get_by_role("radio", name=decision, exact=True).check()
        desk.page.get_by_label("Reason").fill(f"{decision}, for a reason.")
    first.page.get_by_role("button", name="Save the decision").click()
    expect(first.page.locator("#done")).to_contain_text("Saved: Accepted")
    page = second.page
    page.get_by_role("button", name="Save the decision").click()
    expect(page.locator("#conflict")).to_be_focused()
    page.get_by_role("button", name="Load the newer version").click()
    expect(page.locator("#conflict")).to_contain_text("Accept, for a reason.")
    expect(page.get_by_label("Reason")).to_have_value("Do not accept, for a reason.")
    second.check()
    page.get_by_role("button", name="Save the decision").click()
    expect(page.locator("#done")).to_contain_text("Saved: Not accepted")
