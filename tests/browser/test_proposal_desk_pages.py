"""Officers check, cost, merge, split and decide on proposals in Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import OFFICER, ORGANISER, SECOND, WIDTHS, Desk, Visit, slug_of

pytestmark = [pytest.mark.browser]

CHECKS = ("Is it appropriate?", "Is it feasible?", "Is it sustainable?")


def pass_checks(page: Page) -> None:
    """Answer all three checks with yes; each is saved by itself."""
    for name in CHECKS:
        group = page.get_by_role("group", name=name)
        group.get_by_role("radio", name="Yes").check()
        expect(group.get_by_role("status")).to_contain_text("Saved by")


def another_proposal(desk: Desk, slug: str, title: str) -> int:
    """A proposal that came on paper, put in over the API by an officer."""
    round_ = desk.api(f"rounds/{slug}/setup")
    body = {
        "title": title,
        "summary": "A place to sit.",
        "description": "It faces the river.",
        "category": round_["categories"][0]["id"],
        "place": "School Lane",
        "proposer": "Friends of School Lane",
        "contact_email": "friends@tarnshire.example",
        "running_costs": "",
        "lines": [{"what": "Bench", "amount": 400_00, "basis": "quote"}],
    }
    answer = desk.context.request.post(f"{desk.base}/api/rounds/{slug}/proposals", data=body)
    assert answer.status == 201, answer.text()
    return int(answer.json()["number"])


@WIDTHS
def test_an_officer_goes_through_the_queue(visit: Visit, width: int) -> None:
    desk = visit(OFFICER, width)
    slug = slug_of(desk, "review")
    first, second = (another_proposal(desk, slug, f"A bench {width} {n}") for n in (1, 2))
    page = desk.open(f"o/r/{slug}/proposals")
    expect(page.get_by_label("Show")).to_have_value("submitted")
    page.get_by_label("Search").fill(f"bench {width}")
    page.get_by_label("Search").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("#count")).to_be_focused()
    desk.check("officer-queue")
    page.locator("tbody a").first.click()
    desk.drawn()
    assert page.url.endswith(f"/{first}?status=submitted&q=bench+{width}")
    page.get_by_role("radio", name="Accept with changes").check()
    page.get_by_role("button", name="Save and go to the next").click()
    expect(page.locator("#problems li")).to_have_count(5)
    expect(page.locator("#problems")).to_be_focused()
    desk.check("officer-proposal-problems")
    pass_checks(page)
    page.get_by_role("group", name=CHECKS[1]).get_by_label("Note for officers").fill("The parks team agrees.")
    page.get_by_label("New cost").fill("345.50")
    page.get_by_label("Reason", exact=True).fill("Checked with the parks team; a cheaper bench will do.")
    page.get_by_label("Reason", exact=True).press("Control+Enter")
    expect(page.locator("#done")).to_contain_text(f"Saved: proposal {first}")
    desk.drawn()
    expect(page.locator("h1")).to_contain_text(f"A bench {width} 2")
    decided = desk.api(f"rounds/{slug}/review/{first}")
    assert (decided["status"], decided["cost"]) == ("accepted_with_changes", 345_50)
    assert [one["note"] for one in decided["recorded"]] == ["", "The parks team agrees.", ""]
    pass_checks(page)
    page.get_by_role("radio", name="Accept with changes").check()
    page.get_by_role("button", name="Begin with the lines that were sent").click()
    page.get_by_label("Line 1: how much").fill("380")
    expect(page.locator("main")).to_contain_text("On the ballot: £380")
    page.get_by_role("button", name="Save our costs").click()
    expect(page.locator("#done")).to_contain_text("£380 goes on the ballot")
    expect(page.get_by_role("radio", name="Accept with changes")).to_be_checked()
    page.get_by_text("Reasons you gave before").click()
    page.get_by_role("button", name="a cheaper bench will do").click()
    expect(page.get_by_role("button", name="Save and go to the next")).to_have_count(0)
    desk.check("officer-proposal")
    page.get_by_role("button", name="Save the decision").click()
    expect(page.locator("#done")).to_contain_text("Saved: Accepted with changes")
    assert desk.api(f"rounds/{slug}/review/{second}")["cost"] == 380_00
    desk.check()


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
    page.get_by_label("Mine").check()
    expect(page.locator("main")).to_contain_text("None of these")
    desk.check("officer-queue-empty")
    page.get_by_role("button", name="Show all proposals").click()
    expect(page.locator("tbody tr")).to_have_count(every)
    page.get_by_role("navigation", name="Where the proposals stand").get_by_role("link", name="Accepted").first.click()
    expect(page.get_by_label("Show")).to_have_value("accepted")


def test_two_officers_do_not_overwrite_each_other(visit: Visit) -> None:
    first, second = visit(OFFICER), visit(SECOND, 375)
    slug = slug_of(first, "review")
    for desk, decision in ((second, "Do not accept"), (first, "Accept")):
        desk.open(f"o/r/{slug}/proposals/1")
        desk.page.get_by_role("radio", name=decision, exact=True).check()
        desk.page.get_by_label("Reason", exact=True).fill(f"{decision}, for a reason.")
    first.page.get_by_role("button", name="Save the decision").click()
    expect(first.page.locator("#done")).to_contain_text("Saved: Accepted")
    page = second.page
    page.get_by_role("button", name="Save the decision").click()
    expect(page.locator("#conflict")).to_be_focused()
    expect(page.locator("#conflict table")).to_contain_text("Accept, for a reason.")
    expect(page.locator("#conflict dl")).to_contain_text("Do not accept, for a reason.")
    expect(page.get_by_label("Reason", exact=True)).to_have_value("Do not accept, for a reason.")
    second.check("officer-proposal-conflict")
    page.get_by_role("button", name="Save mine now").click()
    expect(page.locator("#done")).to_contain_text("Saved: Not accepted")
    second.check()


@WIDTHS
def test_proposals_are_merged_and_split_and_that_is_undone(visit: Visit, width: int) -> None:
    desk = visit(OFFICER, width)
    slug = slug_of(desk, "review")
    one, other = (another_proposal(desk, slug, f"A seat {width} {n}") for n in (1, 2))
    page = desk.open(f"o/r/{slug}/proposals?q=seat+{width}")
    for n in (1, 2):
        page.get_by_label(f"Choose A seat {width} {n}").check()
    page.get_by_role("button", name="Merge them").click()
    expect(page.locator("#merge")).to_be_focused()
    page.get_by_role("button", name="Merge 2 proposals").click()
    expect(page.locator("#problems li")).to_have_count(1)
    page.get_by_role("radio", name="A new proposal").check()
    desk.check("officer-merge")
    page.get_by_role("radio", name=f"A seat {width} 1").check()
    page.get_by_label("Reason", exact=True).fill("They are the same idea.")
    page.get_by_role("button", name="Merge 2 proposals").click()
    desk.drawn()
    expect(page.locator("#done")).to_contain_text("Merged")
    assert page.url.endswith(f"/proposals/{one}")
    expect(page.get_by_label(re.compile(r"Line \d: for what"))).to_have_count(2)
    expect(page.locator("main")).to_contain_text("On the ballot: £800")
    page.get_by_role("link", name=f"{other}. A seat {width} 2").click()
    desk.drawn()
    expect(page.locator("main")).to_contain_text("This proposal was merged into another one")
    page.get_by_text("Undo the last of these steps").first.click()
    page.get_by_label("Why it is undone").fill("They are two ideas after all.")
    page.get_by_role("button", name="Undo the last of these steps").click()
    expect(page.locator("#done")).to_contain_text("Undone")
    page.get_by_text("Split this proposal").click()
    for n in (0, 1):
        page.locator(f"#f-parts-{n}-title").fill(f"Part {n + 1}")
        page.locator(f"#f-parts-{n}-what").fill("All of it")
        page.locator(f"#f-parts-{n}-amount").fill("200")
    page.get_by_role("button", name="Split into 2 proposals").click()
    expect(page.locator("#problems li")).to_have_count(3)
    desk.check("officer-split")
    for name in ("summary", "description"):
        page.locator(f"#f-parts-1-{name}").fill("The other half.")
    page.locator("#f-split-reason").fill("These are two things.")
    page.get_by_role("button", name="Split into 2 proposals").click()
    desk.drawn()
    expect(page.locator("#done")).to_contain_text("Split into 2 proposals")
    desk.check("officer-proposal-lineage")


def test_notes_are_for_officers_and_a_panel_speaks_to_everybody(visit: Visit) -> None:
    desk = visit(OFFICER, 375)
    slug = slug_of(desk, "review")
    page = desk.open(f"o/r/{slug}/proposals/2")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator("#f-note-text")).to_be_focused()
    page.get_by_label("New note").fill("Ask the warden first.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator("#done")).to_contain_text("for the other officers")
    page.get_by_text("Add what a panel says").click()
    page.get_by_label("Who says it").fill("Parks panel")
    page.get_by_label("What they say").fill("Choose oak.")
    page.get_by_role("button", name="Show it to everybody").click()
    expect(page.locator("#done")).to_contain_text("Everybody can read it")
    page.get_by_role("button", name="I look after it").click()
    expect(page.locator("main")).to_contain_text("You look after it.")
    page.get_by_role("radio", name="Ask for changes").check()
    page.get_by_label("What is to be changed").fill("Say where it goes.")
    page.get_by_role("button", name="Save the decision").or_(page.get_by_role("button", name="Save and")).first.click()
    desk.drawn()
    desk.open(f"o/r/{slug}/proposals?mine=true")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody .tag").first).to_have_text("Changes asked for")
    desk.check()
    organiser = visit(ORGANISER)
    read = organiser.open(f"o/r/{slug}/proposals/2")
    expect(read.locator("main")).to_contain_text("Choose oak.")
    expect(read.locator("main")).to_contain_text("Only an officer of the forum can decide.")
    expect(read.locator("main")).not_to_contain_text("Ask the warden")
    organiser.check("officer-proposal-read")
