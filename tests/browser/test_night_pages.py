"""The Decision Night in a browser: planning it, a place in the hall, the door, the timer, the big screen."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import CLERK, DESK, ORGANISER, PHONE, WIDTHS, Desk, Visit, slug_of

pytestmark = pytest.mark.browser
NIGHT = {
    "place": "Mill Lane Hall",
    "address": "1 Mill Lane, TS1 2AB\nBus 4 to Harbour Cross",
    "access": "No steps. Hearing loop. Ask Ann at the door.",
    "places": 40,
    "sheet": {
        "welcome": 10,
        "each": 3,
        "breaks": [{"after": 2, "minutes": 15}],
        "first_vote": 15,
        "count": 20,
        "second_vote": 10,
    },
    "seed_source": "Ten throws of a die by the youngest person in the hall at 19:00",
    "version": 0,
}
GUEST = {"name": "Kim Resident", "email": "", "phone": "01632 960 777", "needs": "Room for a wheelchair"}


def plan(desk: Desk, slug: str, **changes: object) -> None:
    """A night in two weeks, over the API."""
    evening = (datetime.now(UTC) + timedelta(days=14)).strftime("%Y-%m-%d")
    there = desk.api(f"rounds/{slug}/night/setup")
    night = there["round"]["night"] or NIGHT  # an order that is drawn keeps its source
    kept = {"version": there["version"], "seed_source": night["seed_source"]}
    body = {**NIGHT, "doors": f"{evening}T18:30", "begins": f"{evening}T19:00", **kept, **changes}
    answer = desk.context.request.put(f"{desk.base}/api/rounds/{slug}/night", data=body)
    assert answer.ok, answer.text()


def take(desk: Desk, slug: str, name: str) -> str:
    answer = desk.context.request.post(f"{desk.base}/api/rounds/{slug}/night/guests", data={**GUEST, "name": name})
    assert answer.ok, answer.text()
    return str(answer.json()["key"])


def press(page: Page, name: str | re.Pattern[str]) -> None:
    page.get_by_role("button", name=name).click()


@WIDTHS
def test_an_organiser_plans_the_night_and_draws_its_order(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    slug = slug_of(desk, "review" if width == DESK else "proposals")
    page = desk.open(f"o/r/{slug}/night")
    desk.check("officer-night-none")
    press(page, "Plan a Decision Night")
    page.get_by_label("Name of the place").fill("Mill Lane Hall")
    press(page, "Save")
    expect(page.locator("#problems")).to_be_focused()
    expect(page.get_by_label("Name of the place")).to_have_value("Mill Lane Hall")  # what was typed stays
    desk.check("officer-night-wrong")
    evening = (datetime.now(UTC) + timedelta(days=14)).strftime("%Y-%m-%d")
    for label, text in (
        ("Address", "1 Mill Lane"),
        ("Doors open", f"{evening}T18:30"),
        ("It begins", f"{evening}T19:00"),
        ("Places", "40"),
        ("Where the seed will come from", "Ten throws of a die in the hall at 19:00"),
    ):
        page.get_by_label(label, exact=False).first.fill(text)
    press(page, "Add a break")
    page.get_by_label("After how many presentations").fill("2")
    press(page, "Save")
    expect(page.locator("#done")).to_contain_text("Saved")
    page.get_by_label("The seed").fill("4162253164")
    press(page, "Draw the order")
    expect(page.locator("code.seed")).to_have_text("4162253164")
    page.get_by_label("How many more").fill("7")
    with page.expect_download() as saved:
        press(page, "Make slips")
    assert saved.value.suggested_filename == f"{slug}-slips.pdf"
    expect(page.get_by_text("7 slips are made; 0 handed out.")).to_be_visible()
    desk.check("officer-night")
    page.emulate_media(media="print")
    expect(page.locator(".run-sheet")).to_be_visible()
    expect(page.get_by_role("button", name="Make slips")).not_to_be_visible()


@WIDTHS
def test_a_resident_takes_a_place_waits_and_gives_it_back(visit: Visit, width: int) -> None:
    organiser = visit(ORGANISER)
    slug = slug_of(organiser, "voting" if width == DESK else "counting")
    plan(organiser, slug, places=1)
    desk = visit(None, width)
    page = desk.open(f"r/{slug}/night")
    press(page, "Take a place")
    expect(page.locator("#problems")).to_be_focused()
    page.get_by_label("Your name").fill("Kim Resident")
    page.get_by_label("What you need to take part").fill("A ramp")
    press(page, "Take a place")
    expect(page.locator("#place")).to_be_focused()
    expect(page.locator("#place")).to_contain_text("You have place 1")
    key = page.locator("#place .key").inner_text()
    desk.check("night-taken")
    waiting = take(desk, slug, "Lee Resident")
    page = desk.open(f"r/{slug}/night#{waiting}")
    page.reload()
    expect(page.get_by_text("The one place is taken. 1 person is waiting for one.")).to_be_visible()
    press(page, "Look up my place")
    expect(page.locator("#place")).to_contain_text("You are number 1 on the waiting list")
    page.get_by_label("Your key").fill(key)
    press(page, "Look up my place")
    press(page, "I am not coming")
    expect(page.locator("#place")).to_contain_text("Your place is given back")
    page.get_by_label("Your key").fill(waiting)
    press(page, "Look up my place")
    expect(page.locator("#place")).to_contain_text("You have place 1")
    desk.check("night")


@WIDTHS
def test_the_door_is_quick_by_keyboard_and_counts_slips(visit: Visit, width: int) -> None:
    organiser = visit(ORGANISER)
    slug = slug_of(organiser, "review")
    plan(organiser, slug)
    names = [f"{first} {width}" for first in ("Zoë Quill", "Ann Bell", "Bob Carr")]
    for name in names:
        take(organiser, slug, name)
    desk = visit(CLERK, width)
    page = desk.open(f"o/r/{slug}/door")
    before = desk.api(f"rounds/{slug}/night/door")
    page.get_by_label("Name or number").press_sequentially(f"zoe {width}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile(f"Zoë Quill {width}"))).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Name or number")).to_be_focused()
    expect(page.get_by_label("Name or number")).to_have_value("")
    press(page, "One more came")
    expect(page.locator(".counter .count").first).to_have_text(str(before["walk_ins"] + 1))
    for _ in range(before["slips_made"] - before["slips_handed"] + 1):
        press(page, "Slip handed out")
    expect(page.locator("#problems")).to_contain_text("There are not so many")
    guest = page.locator("li.guest", has_text=f"Bob Carr {width}")
    guest.locator("summary").click()
    guest.get_by_role("button", name="Take off the list").click()
    desk.check("officer-door")
    guest.get_by_role("button", name="Yes, take off the list").click()
    expect(guest).to_have_count(0)


@WIDTHS
def test_the_timer_runs_by_keyboard_and_through_a_reload_and_shows_on_the_screen(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    slug = slug_of(desk, "review")
    plan(desk, slug)
    page = desk.open(f"o/r/{slug}/timer")
    desk.check("officer-timer-ready")
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", level=1, name="Welcome")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#digits")).to_have_text("3:00")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#digits")).to_have_text("4:00")
    press(page, "Start")
    expect(page.locator("#digits")).to_have_text(re.compile(r"3:5\d"))
    page.reload()
    expect(page.locator("#digits")).to_have_text(re.compile(r"3:[45]\d"))
    desk.check("officer-timer")
    hall = visit(None, 1920 if width == DESK else DESK)
    screen = hall.open(f"r/{slug}/screen")
    expect(screen.locator(".digits")).to_have_text(re.compile(r"3:[345]\d"))
    hall.check("screen-stage")
    press(page, "End the timer: the big screen goes back to what the round says")
    expect(page.get_by_role("button", name="Begin the evening")).to_be_visible()


@pytest.mark.parametrize("width", [PHONE, DESK, 1920])
def test_the_screen_shows_where_to_go_how_to_vote_and_the_result(visit: Visit, width: int) -> None:
    organiser = visit(ORGANISER)
    open_round, decided = slug_of(organiser, "voting"), slug_of(organiser, "delivery")
    ahead = slug_of(organiser, "proposals")
    plan(organiser, ahead)
    desk = visit(None, width)
    page = desk.open(f"r/{ahead}/screen")
    expect(page.locator(".is-before")).to_contain_text("Mill Lane Hall")
    desk.check("screen-before")
    page = desk.open(f"r/{open_round}/screen")
    expect(page.get_by_role("img", name=re.compile("QR code that leads to"))).to_be_visible()
    expect(page.locator(".voted")).to_have_text(re.compile(r"At least \d*[05] votes so far"))
    desk.check("screen-voting")
    page = desk.open(f"r/{slug_of(organiser, 'counting')}/screen")
    expect(page.get_by_role("heading", level=1)).to_contain_text("being counted")
    desk.check("screen-counting")
    page = desk.open(f"r/{decided}/screen")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".told li")).to_have_count(1)
    page.keyboard.press("PageDown")
    expect(page.locator(".told li")).to_have_count(2)
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".told li")).to_have_count(1)
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    desk.check("screen-result")


def test_the_officers_of_a_forum_are_led_to_their_night(visit: Visit) -> None:
    desk = visit(ORGANISER)
    slug = slug_of(desk, "review")
    plan(desk, slug)
    page = desk.open("o")
    page.get_by_role(
        "link", name=re.compile(r"^Decision Night on .* 19:00: \d+ of \d+ places are taken$")
    ).first.click()
    desk.drawn()
    expect(page.get_by_role("heading", level=1, name="Decision Night")).to_be_visible()
