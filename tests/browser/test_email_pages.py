"""Codes by e-mail and at a desk, in Chromium: residents ask for links and use them, organisers allow them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.browser.desks import CLERK, ORGANISER, WIDTHS, Desk, Visit, new_round

pytestmark = [pytest.mark.browser]

VOTING, REVIEW = "harbourside-budget-2026", "castle-hill-small-works"
ASK, USE = "**/email-link", "**/email-link/use"


def posts(desk: Desk) -> list[str]:
    """The addresses that the page writes to, from now on."""
    seen: list[str] = []
    desk.page.on("request", lambda request: seen.append(request.url) if request.method != "GET" else None)
    return seen


@WIDTHS
def test_somebody_asks_for_a_link_and_is_told_nothing_of_the_roll(visit: Visit, width: int) -> None:
    desk = visit(None, width)
    page = desk.open(f"r/{VOTING}/email")
    desk.check()
    page.get_by_label("Your email address").fill("kim")
    page.get_by_role("button", name="Send me a link").click()
    expect(page.locator("#problems")).to_be_focused()
    expect(page.locator("#problems")).to_contain_text("Enter an email address such as kim@example.org")
    desk.check()
    told = []
    for email in ("kim@tarnshire.example", "nobody@tarnshire.example"):
        page.get_by_label("Your email address").fill(email)
        page.keyboard.press("Enter")
        expect(page.locator("#asked")).to_be_focused()
        told.append(page.locator("main").inner_text())
        desk.check()
        page.get_by_role("button", name="Try another address").click()
    assert told[0] == told[1]
    assert "If your forum has this address, a link is on its way." in told[0]


@WIDTHS
def test_a_link_is_used_by_a_button_and_leads_to_the_ballot(visit: Visit, width: int) -> None:
    desk = visit(None, width)
    code, sent = "K7QF-2MXR-9CVW-TN3H", []

    def answer(route: Route) -> None:
        sent.append(route.request.post_data_json)
        route.fulfill(json={"code": code})

    desk.page.route(USE, answer)
    written = posts(desk)
    page = desk.open(f"r/{VOTING}/email#a-token-of-the-test")
    desk.check()
    assert written == []  # looking at the page uses nothing up
    page.get_by_role("button", name="Get my code and vote").click()
    page.wait_for_url(f"**/r/{VOTING}/vote")
    assert sent == [{"token": "a-token-of-the-test"}]
    assert page.evaluate(f"sessionStorage.getItem('pbvote-code:{VOTING}')") == f'"{code.replace("-", "")}"'
    assert code.replace("-", "") not in page.evaluate("JSON.stringify({...localStorage})")
    page.go_back()
    expect(page).not_to_have_url(re.compile("token"))


@WIDTHS
def test_a_link_that_no_longer_works_leads_to_a_new_one(visit: Visit, width: int) -> None:
    desk = visit(None, width)
    page = desk.open(f"r/{VOTING}/email#an-unknown-token")
    page.get_by_role("button", name="Get my code and vote").click()
    expect(page.locator("#problems")).to_contain_text("This link no longer works.")
    desk.check()
    page.get_by_role("button", name="Ask for a new link").click()
    expect(page.get_by_label("Your email address")).to_be_focused()
    expect(page).to_have_url(re.compile("/email$"))


@WIDTHS
def test_whoever_has_no_code_is_led_from_the_check_to_the_link(visit: Visit, width: int) -> None:
    desk = visit(None, width)
    page = desk.open(f"r/{VOTING}/check")
    desk.check()
    page.get_by_role("link", name="Get a link by email").click()
    expect(page.get_by_role("heading", level=1, name="Get a link by email")).to_be_visible()


@WIDTHS
def test_a_round_that_sends_no_links_says_so(visit: Visit, width: int) -> None:
    desk = visit(None, width)
    page = desk.open(f"r/{REVIEW}/email")
    expect(page.locator("main")).to_contain_text("This round sends no links by email.")
    desk.check()


def put_ann_on_the_roll(page: Page) -> None:
    content = b"reference,name,email\nR-1,Ann,ann@example.net\nR-2,Bob,bob@\n"
    page.get_by_label("Name of this list").fill("Register")
    file: FilePayload = {"name": "roll.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("#file-seen")).to_contain_text("Line 3, email: this is not an email address")
    page.get_by_role("button", name="Choose another file").click()
    page.get_by_label("File", exact=True).set_input_files({**file, "buffer": content.replace(b"bob@", b"")})
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("#file-seen")).to_contain_text("1 with an email address")
    page.get_by_role("button", name="Put 2 people on the roll").click()
    expect(page.locator(".figures")).to_contain_text("With an email address")


@WIDTHS
def test_an_organiser_weighs_codes_by_e_mail_before_they_are_allowed(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    page = desk.open(f"o/r/{new_round(desk, f'E-mail {width}')}/voters")
    expect(page.get_by_role("heading", name="Codes by email")).to_have_count(0)
    put_ann_on_the_roll(page)
    expect(page.locator("main")).to_contain_text("This is less safe than letters.")
    page.get_by_role("button", name="Allow codes by email").click()
    expect(page.locator("#problems")).to_contain_text("Tick the box")
    desk.check()
    page.get_by_label("We have weighed this").check()
    page.get_by_role("button", name="Allow codes by email").click()
    expect(page.locator("#email-link-state")).to_be_focused()
    expect(page.locator("#email-link-state")).to_have_text("Codes by email are allowed.")
    desk.check()
    page.get_by_role("button", name="Stop codes by email").click()
    expect(page.locator("#email-link-state")).to_have_text("Codes by email are not allowed.")


@WIDTHS
def test_a_clerk_registers_somebody_who_came_in_person(visit: Visit, width: int) -> None:
    slug = new_round(visit(ORGANISER), f"Desk {width}")
    desk = visit(CLERK, width)
    page = desk.open(f"o/r/{slug}/voters")
    page.get_by_role("button", name="Register this person").click()
    expect(page.locator("#problems li")).to_have_count(2)
    desk.check()
    page.get_by_label("Reference of the new person").fill("Form 17")
    page.get_by_label("They showed a document with a photo").check()
    page.get_by_role("button", name="Register this person").click()
    expect(page.locator("#registered-code")).to_be_focused()
    expect(page.locator("#registered-code .code-text")).to_have_text(re.compile(r"^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$"))
    expect(page.locator("main")).to_contain_text("Registered in person")
    desk.check()
    page.get_by_role("button", name="I have passed it on").click()
    expect(page.locator("#registered-code")).to_have_count(0)
    page.get_by_label("Reference of the new person").fill("FORM  17")
    page.get_by_label("An officer knows them").check()
    page.get_by_role("button", name="Register this person").click()
    expect(page.locator("#problems")).to_contain_text("If they lost their code, replace it")
