"""Finding one's forum, the forum's page and the forward plan in Chromium, on a phone and on a desk."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.desks import WIDTHS, Visit

pytestmark = [pytest.mark.browser]


@WIDTHS
def test_a_resident_finds_their_forum_and_reads_why(visit: Visit, width: int) -> None:
    somebody = visit(None, width)
    page = somebody.open("")
    page.get_by_label("Your postcode").fill("AB10 1AB")
    page.get_by_role("button", name="Find my forum").click()
    expect(page.get_by_role("heading", name="No forum covers AB10 1AB")).to_be_visible()
    expect(page.get_by_role("link", name="Look through the list of all forums")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Open to everybody, wherever you live")
    somebody.check("finder-none")
    page.get_by_label("Your postcode").fill("ts12ab")
    page.get_by_role("button", name="Find my forum").click()
    expect(page.locator("main")).to_contain_text("because TS1 2 (Harbour and Meadows) belongs to Harbourside")
    somebody.check("finder")
    page.get_by_role("heading", name="Forums for TS1 2AB").locator("xpath=following::a[1]").click()
    somebody.drawn()
    expect(page.get_by_role("img", name="Map of the boundary of Harbourside Community Forum")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Cllr Pat Morgan, chair of the forum")
    expect(page.locator(".timeline [aria-current]")).to_have_count(1)
    expect(page.get_by_role("link", name=re.compile("See the result.*2025"))).to_be_visible()
    somebody.check("forum-page")
    page.get_by_role("link", name="What is planned").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What is planned: Harbourside Community Forum")
    expect(page.get_by_role("link", name="Harbourside budget 2026").first).to_be_visible()
    expect(page.locator(".timeline", has_text="Castle Hill")).to_have_count(0)
    page.get_by_label("Forum").select_option("")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What is planned")
    expect(page.locator(".timeline", has_text="Castle Hill Area Forum").first).to_be_visible()
    somebody.check("plan")
    page.get_by_label("Forum").select_option("Young Tarnshire")
    page.get_by_role("button", name="Show").click()
    somebody.check("plan-of-one")
