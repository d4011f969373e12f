"""Administration, people and one's own account, as officers and administrators find them."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from pbvote.accounts.codes import code_of
from pbvote.demo.story import PASSWORD
from tests.browser.desks import DESK, PHONE, WIDTHS, Visit
from tests.installation.test_branding import FIXTURES

pytestmark = pytest.mark.browser
ADMIN = "ada"


def h1(page: Page) -> str:
    return page.locator("main h1").inner_text()


@WIDTHS
def test_the_pages_of_administrators(visit: Visit, width: int) -> None:
    desk = visit(ADMIN, width)
    for address, shot in (
        ("a", "admin-home"),
        ("a/forums", "admin-forums"),
        ("a/forums/harbourside", "admin-forum"),
        ("a/people", "admin-people"),
        ("a/kept", "admin-kept"),
        ("a/looks", "admin-looks"),
        ("a/log", "admin-log"),
        ("a/well", "admin-well"),
    ):
        desk.open(address)
        desk.check(shot)
    desk.page.goto(f"{desk.base}/en/o")  # somebody without a role in any forum has nothing to do there
    desk.page.wait_for_url("**/en/a")


def test_others_are_told_that_administration_is_not_theirs(visit: Visit) -> None:
    desk = visit("omar", DESK)
    for address in ("a", "a/forums", "a/forums/harbourside", "a/people", "a/kept", "a/looks", "a/log", "a/well"):
        page = desk.open(address)
        assert h1(page) == "This page is not for your role", address
    desk.check("admin-not-allowed")


STATUS: dict[str, Any] = {
    "findings": [
        {
            "name": "backup",
            "level": "look",
            "sentence": "The last backup is 3 days old.",
            "remedy": "Run a backup.",
        },
        {"name": "disk", "level": "wrong", "sentence": "The disk has 90 MB left.", "remedy": "Make room on it."},
    ],
    "signs": [
        {"name": "clock_stands", "level": "wrong", "params": {"count": 4}},
        {"name": "turned_away", "level": "look", "params": {"count": 1}},
    ],
    "minute": {"casts": 1_235, "casts_refused": 15, "turned_away": 1, "errors": 0, "commit_ms": 2_500},
    "figures": {"casts_waiting": 120, "casts_waiting_most": 2_000, "workers": 2, "disk_free_bytes": 90_400_000},
    "times": {"clock": "2026-03-02T09:00:00Z", "batch": None, "backup": "2026-02-27T09:00:00Z", "measured": None},
    "failures": [{"kind": "OperationalError", "count": 1_204, "last_at": "2026-03-02T09:03:58Z"}],
    "release": "0.1.0",
    "schema": "0014",
    "database": "SQLite",
    "asked_at": "2026-03-02T09:04:00Z",
}


@WIDTHS
def test_an_administrator_sees_what_is_wrong_and_what_to_do(visit: Visit, width: int) -> None:
    desk = visit(ADMIN, width)
    real = desk.api("status")
    shown = {**real, **STATUS, "figures": {**real["figures"], **STATUS["figures"]}}
    desk.page.route("**/api/status", lambda route: route.fulfill(json=shown))
    page = desk.open("a/well")
    assert page.title().startswith("Is everything well?: Something is wrong: 4 things to see to.")
    todos = page.locator(".todo")
    assert todos.locator(".tag").all_inner_texts() == ["Wrong", "Wrong", "Look at this", "Look at this"]
    expect(todos.first).to_contain_text("For 4 minutes, nothing has begun or ended by the calendar.")
    expect(todos.first).to_contain_text("Restart the service.")
    expect(todos.nth(1)).to_contain_text("Make room on it.")
    for said in ("1,235", "90.4 MB", "2.5 s or less", "3 days ago", "never", "2 seconds ago", "1,204"):
        expect(page.locator("main")).to_contain_text(said)
    desk.check("admin-well-wrong")


def test_the_page_looks_again_by_itself_until_it_is_told_to_stop(visit: Visit) -> None:
    desk = visit(ADMIN, DESK)
    page, asked = desk.page, [0]
    real = desk.api("status")

    def answer(route: Route) -> None:
        asked[0] += 1
        if asked[0] == 3:
            route.abort()
        else:
            route.fulfill(json={**real, "findings": [], "signs": STATUS["signs"] if asked[0] == 2 else []})

    page.clock.install()
    page.route("**/api/status", answer)
    desk.open("a/well")
    verdict = page.locator(".notice h2")
    expect(verdict).to_have_text("Everything is well.")
    button = page.get_by_role("button", name="Stop looking")
    button.focus()
    page.clock.run_for(5_000)
    expect(verdict).to_have_text("Something is wrong: 2 things to see to.")
    expect(button).to_be_focused()
    page.clock.run_for(400)
    expect(page.locator("#live")).to_have_text("Something is wrong: 2 things to see to.")
    page.clock.run_for(5_000)
    expect(verdict).to_have_text("The service does not answer. What follows is from before.")
    page.clock.run_for(5_000)
    expect(verdict).to_have_text("Everything is well.")
    button.click()
    expect(page.get_by_role("button", name="Look again")).to_be_focused()
    before = asked[0]
    page.clock.run_for(30_000)
    assert asked[0] == before
    page.get_by_role("button", name="Look again").click()
    expect(page.locator(".notice p").first).to_have_text("This page looks again every five seconds.")
    assert asked[0] == before + 1


@WIDTHS
def test_an_organiser_invites_somebody_who_joins_and_loses_the_role_again(visit: Visit, width: int) -> None:
    desk = visit("olive", width)
    page = desk.open("o/people")
    page.get_by_role("button", name="Make the link").click()
    expect(page.locator("#problems")).to_be_focused()
    desk.check("people-problem")
    email = f"new{width}@example.org"
    page.get_by_label("Email address").fill(email)
    page.get_by_role("checkbox", name=re.compile("Clerk")).check()
    page.get_by_role("button", name="Make the link").click()
    link = page.locator("#link code").inner_text()
    expect(page.locator("#link")).to_be_focused()
    desk.check("people")
    newcomer = visit(None, width)
    newcomer.page.goto(link.replace("http://127.0.0.1", newcomer.base.rpartition(":")[0]))
    newcomer.drawn()
    assert "#" not in newcomer.page.url  # the token stays in no history
    newcomer.check("join")
    newcomer.page.get_by_label("Your name").fill(f"Nat Newcomer {width}")
    newcomer.page.get_by_label("New password").fill("four words that nobody guesses")
    newcomer.page.get_by_role("button", name="Join").click()
    expect(newcomer.page.locator("main h1")).to_have_text("Today")
    newcomer.page.goto(link)
    expect(newcomer.page.locator("main h1")).to_have_text("This link no longer works")
    newcomer.check("join-used")
    page = desk.open("o/people")
    person = page.locator(".person", has_text=f"Nat Newcomer {width}")
    person.get_by_text("Change", exact=False).first.click()
    person.get_by_role("button", name="Take away").click()
    expect(page.locator("#done")).to_be_focused()
    assert newcomer.context.request.get(f"{newcomer.base}/api/officer/rounds").status == 403


def phone(page: Page) -> Callable[[int], str]:
    """An app for codes that has the secret on the page."""
    text = page.locator("code.command").inner_text().replace(" ", "")
    secret = base64.b32decode(text + "=" * (-len(text) % 8))
    return lambda off: code_of(secret, int(time.time()) // 30 + off)


@WIDTHS
def test_somebody_sets_up_a_second_step_and_signs_in_with_it(visit: Visit, width: int) -> None:
    who = "ruth" if width == PHONE else "clara"
    desk = visit(who, width)
    page = desk.open("o/me")
    desk.check("me")
    page.get_by_role("textbox", name="Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set up").click()
    expect(page.locator(".qr")).to_be_visible()
    desk.check("me-set-up")
    code = phone(page)
    page.get_by_label("Code that the app shows").fill(code(0))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.locator(".code-list li")).to_have_count(10)
    desk.check("me-recovery-codes")
    spare = page.locator(".code-list li").first.inner_text()
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("You have 10 recovery codes left.")).to_be_visible()
    desk.check("me-on")
    page.get_by_role("button", name="Sign out everywhere").click()
    page.wait_for_url("**/o/sign-in?out=1")
    page.get_by_label("Email address").fill(f"{who}@tarnshire.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#problems")).to_be_focused()
    desk.check("sign-in-code")
    page.get_by_label("Code").fill(spare)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("main h1")).to_have_text("Today")


@WIDTHS
def test_the_audit_log_is_filtered_paged_and_taken_away_as_a_file(visit: Visit, width: int) -> None:
    desk = visit("sam", width)
    page = desk.open("o/log")
    first = page.locator(".event").first.inner_text()
    desk.check("log")
    page.get_by_role("link", name="Older events").click()
    desk.drawn()
    assert page.locator(".event").first.inner_text() != first
    page = desk.open("o/log?kind=phase_began")
    assert page.locator(".event").count() >= 1
    assert set(page.locator(".event b").all_inner_texts()) == {"Phase began"}
    file = page.get_by_role("link", name="Download as CSV").get_attribute("href")
    answer = desk.context.request.get(f"{desk.base}{file}")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-log.csv"'
    assert answer.text().count("phase_began") >= 1
    page = desk.open("o/log?since=2001-01-01&until=2001-01-02")
    desk.check("log-empty")
    page = desk.open("o/who-may-do-what")
    desk.check("who-may-do-what")


@pytest.mark.parametrize("fixture", FIXTURES)
def test_pages_are_readable_in_the_colours_of_a_partnership(visit: Visit, fixture: str) -> None:
    desk = visit(ADMIN, DESK)
    page = desk.open("a/looks")
    if fixture == "dark":  # what cannot be read is said while it is typed, and refused when it is sent
        page.get_by_label("Main colour", exact=True).fill("#ffcc00")
        expect(page.get_by_text("Too low").first).to_be_visible()
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#problems")).to_be_focused()
        desk.check("admin-looks-problem")
        page = desk.open("a/looks")
    page.get_by_label("Name shown").fill(f"The {fixture} partnership")
    labels = {"brand": "Main colour", "brand_deep": "Deep colour", "brand_tint": "Tint", "link": "Links"}
    for name, label in labels.items():
        page.get_by_label(label, exact=True).fill(FIXTURES[fixture][name])
    desk.check(f"admin-looks-{fixture}")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_be_focused()
    reader = visit(None, DESK)
    for address in ("", "r/harbourside-budget-2026", "r/harbourside-budget-2026/plain/proposals"):
        reader.open(address)
        assert f"The {fixture} partnership" in reader.page.locator("header").inner_text()
        shown = reader.page.evaluate("getComputedStyle(document.querySelector('.band')).backgroundColor")
        red, green, blue = (int(FIXTURES[fixture]["brand"][at : at + 2], 16) for at in (1, 3, 5))
        assert shown == f"rgb({red}, {green}, {blue})"
        reader.check(f"looks-{fixture}")
