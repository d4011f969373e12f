"""A resident puts a proposal forward: page by page, with a draft that survives, photos, and a key to come back with."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.desks import DESK, PHONE
from tests.browser.pictures import keep
from tests.browser.residents import IDEAS, VOTING, Resident

KEY = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}")


def shot(somebody: Resident, name: str) -> None:
    """Everything that a page has to be, and a picture of it where somebody wants one."""
    keep(somebody.page, name)
    somebody.check()


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def go_on(page: Page, to: str) -> None:
    page.get_by_role("button", name="Continue").click()
    heading(page, to)


def photo() -> FilePayload:
    out = io.BytesIO()
    Image.effect_noise((800, 600), 60).convert("RGB").save(out, "JPEG")
    return {"name": "path.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_nothing_can_be_suggested_when_it_is_not_the_time(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    somebody.open(f"r/{VOTING}/suggest")
    heading(somebody.page, "Ideas are closed")
    shot(somebody, "suggest-closed")
    page = somebody.open(f"r/{IDEAS}/mine")
    page.get_by_label("Your key").fill("0000-0000-0000-0000")
    page.get_by_role("button", name="Open it").click()
    expect(page.locator("#problems li")).to_contain_text("This is not the key of this proposal.")
    shot(somebody, "mine-wrong-key")


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_proposal_is_put_forward_page_by_page_and_changed_with_its_key(
    resident: Callable[[int], Resident], width: int
) -> None:
    somebody = resident(width)
    title = f"A bench by the ford {width}"
    say_what(somebody, title)
    say_what_it_costs(somebody)
    key = send(somebody)
    page = somebody.page
    page.get_by_role("link", name="See your proposal").click()
    heading(page, title)
    expect(page.get_by_role("img", name="A gap in the hedge")).to_be_visible()
    expect(page.get_by_text("Asked of this round")).to_be_visible()
    shot(somebody, "proposal-with-photos")
    look_at_the_list(somebody, title)
    with_the_key(somebody, key, title)


def look_at_the_list(somebody: Resident, title: str) -> None:
    """Its picture is on its card, and its pin on the map leads to it."""
    page = somebody.open(f"r/{IDEAS}/proposals?q=ford")
    expect(page.get_by_role("img", name="A gap in the hedge").first).to_be_visible()
    page.get_by_text("Show these on a map").click()
    expect(page.get_by_role("group", name="Map of the area")).to_be_visible()
    shot(somebody, "proposals-map")
    page.get_by_role("group", name="Map of the area").get_by_role("link", name=title).last.press("Enter")
    heading(page, title)


def say_what(somebody: Resident, title: str) -> None:
    page = somebody.open(f"r/{IDEAS}/suggest")
    heading(page, "Your idea")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#problems li")).to_have_text(["Give your idea a title", "Say in a sentence or two what it is"])
    shot(somebody, "suggest-title-wrong")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Summary").fill("An oak bench where the footpath meets the ford.")
    go_on(page, "What would happen")
    assert page.url.endswith("/suggest/what")
    page.get_by_label("What would be done").fill("The bench is made in the Men's Shed.")
    page.get_by_role("radio").first.check()
    shot(somebody, "suggest-what")
    go_on(page, "Where would it be?")
    page.get_by_label("Place").fill("Ford Lane")
    if page.get_by_role("button", name="Put a pin in the middle").count():
        page.get_by_role("button", name="Put a pin in the middle").press("Enter")
        page.get_by_role("button", name="North").press("Enter")
        expect(page.get_by_role("img", name="Map of the area with a pin")).to_be_visible()
    shot(somebody, "suggest-where")
    go_on(page, "What would it cost?")


def say_what_it_costs(somebody: Resident) -> None:
    page = somebody.page
    page.get_by_label("What is it for?").fill("Oak")
    page.get_by_label("How much?").fill("450.50")
    page.get_by_role("button", name="Add another cost").click()
    page.get_by_label("What is it for?").nth(1).fill("Concrete")
    page.get_by_label("How much?").nth(1).fill("49.50")
    expect(page.locator("main .amount")).to_have_text("£500")
    shot(somebody, "suggest-cost")
    page.get_by_role("button", name="Continue").click()
    heading(page, "Who pays for it?")
    page.get_by_label("How much do you ask for?").fill("600")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#problems li")).to_have_text(["You ask for £600, and all of it costs £500"])
    page.get_by_label("How much do you ask for?").fill("400")
    page.get_by_label("Money that you bring").fill("80")
    page.get_by_label("Volunteers' hours").fill("20")
    shot(somebody, "suggest-match")
    page.go_back()
    expect(page.get_by_label("How much?").first).to_have_value("450.50")
    page.go_forward()
    go_on(page, "Who will look after it, and what will that cost?")


def send(somebody: Resident) -> str:
    """Attach, say who, check and send; the key."""
    page = somebody.page
    go_on(page, "Photos and documents")
    attach(somebody)
    go_on(page, "About you")
    page.get_by_label("Name of your group").fill("Men's Shed")
    page.get_by_label("Your email address").fill("shed@example.org")
    go_on(page, "Check your answers")
    shot(somebody, "suggest-check")
    page.get_by_role("button", name="Send the proposal").click()
    heading(page, "Proposal received")
    shot(somebody, "suggest-done")
    key = page.locator(".key").nth(1).inner_text()
    assert KEY.fullmatch(key)
    page.reload()
    heading(page, "Proposal received")
    return key


def attach(somebody: Resident) -> None:
    """A photo that is refused, one that is kept and described, and a document."""
    page = somebody.page
    wrong: FilePayload = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"}
    quote: FilePayload = {"name": "quote.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 quote"}
    page.get_by_label("Add photos").set_input_files([wrong])
    expect(page.get_by_role("alert")).to_contain_text("a.jpg: This is not a photo that can be read.")
    page.get_by_label("Add photos").set_input_files([photo()])
    page.get_by_label("What can be seen in it?").fill("A gap in the hedge")
    expect(page.locator(".photo-field img")).to_be_visible()
    page.get_by_label("Add documents").set_input_files([quote])
    expect(page.get_by_text("quote.pdf").first).to_be_visible()
    shot(somebody, "suggest-photos")


def with_the_key(somebody: Resident, key: str, title: str) -> None:
    """Change the proposal and send it again, then withdraw it."""
    page = somebody.page
    page.get_by_role("link", name="Is this your proposal?").click()
    page.get_by_label("Your key").fill(key.lower())
    page.get_by_role("button", name="Open it").click()
    heading(page, title)
    shot(somebody, "mine")
    page.get_by_role("button", name="Change it and send it again").click()
    heading(page, "Your idea")
    expect(page.get_by_text("You are changing proposal")).to_be_visible()
    page.get_by_label("Title").fill(f"{title}, of oak")
    page.goto(page.url.replace("/title", "/check"))
    somebody.drawn()
    page.get_by_role("button", name="Send it again").click()
    heading(page, "Sent again")
    page.get_by_role("link", name="See your proposal").click()
    heading(page, f"{title}, of oak")
    page.get_by_role("link", name="Is this your proposal?").click()
    page.get_by_label("Your key").fill(key)
    page.get_by_role("button", name="Open it").click()
    page.get_by_text("Withdraw it").click()
    page.get_by_role("button", name="Withdraw the proposal").click()
    expect(page.get_by_text("The proposal has been withdrawn.")).to_be_visible()
    somebody.check()


def test_a_draft_survives_a_lost_connection_another_window_and_another_device(
    resident: Callable[[int], Resident],
) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{IDEAS}/suggest")
    page.get_by_label("Title").fill("A hedge for hedgehogs")
    page.get_by_label("Summary").fill("Shelter.")
    go_on(page, "What would happen")
    expect(page.locator("#draft")).to_contain_text("Saved. Your draft is kept")
    page.get_by_text("Go on later, or on another device").click()
    key = page.locator("#draft .key").inner_text()
    shot(somebody, "suggest-saved")
    somebody.context.set_offline(True)
    page.get_by_label("What would be done").fill("Planting without a connection.")
    expect(page.locator("#draft")).to_contain_text("Kept on this device only")
    other = somebody.context.new_page()
    somebody.context.set_offline(False)
    somebody.complaints.clear()  # of the connection
    expect(page.locator("#draft")).to_contain_text("Saved.")
    other.goto(page.url)
    expect(other.get_by_label("What would be done")).to_have_value("Planting without a connection.")
    other.get_by_label("What would be done").fill("From the second window.")
    expect(page.get_by_label("What would be done")).to_have_value("From the second window.")
    expect(other.locator("#draft")).to_contain_text("Saved.")
    other.close()
    elsewhere = resident(PHONE)
    elsewhere.page.goto(f"{elsewhere.base}/en/r/{IDEAS}/mine#{key}")
    heading(elsewhere.page, "Your idea")
    expect(elsewhere.page.get_by_label("Title")).to_have_value("A hedge for hedgehogs")
    assert key not in elsewhere.page.url
    elsewhere.page.get_by_label("Title").fill("A hedge from the library")
    expect(elsewhere.page.locator("#draft")).to_contain_text("Saved.")
    page.get_by_label("What would be done").fill("Typed at home meanwhile.")
    expect(page.get_by_text("This draft was changed somewhere else")).to_be_visible()
    shot(somebody, "suggest-conflict")
    page.get_by_role("button", name="The one on this page").click()
    expect(page.locator("#draft")).to_contain_text("Saved.")
    expect(page.get_by_label("What would be done")).to_have_value("Typed at home meanwhile.")


def test_what_sounds_alike_is_shown_and_stops_nobody(resident: Callable[[int], Resident]) -> None:
    somebody = resident(DESK)
    listed = somebody.context.request.get(f"{somebody.base}/api/rounds/{IDEAS}/proposals").json()["items"][0]
    page = somebody.open(f"r/{IDEAS}/suggest")
    page.get_by_label("Title").fill(listed["title"])
    expect(page.get_by_role("link", name=listed["title"])).to_be_visible()
    page.get_by_label("Summary").fill("The same again.")
    shot(somebody, "suggest-similar")
    go_on(page, "What would happen")
