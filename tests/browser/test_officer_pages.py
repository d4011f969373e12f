"""The officers' pages in Chromium: every page on a phone and on a desk, and what officers do with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, Route, expect

from pbvote.demo.build import PASSWORD

pytestmark = [pytest.mark.browser]

AXE = Path("frontend/node_modules/axe-core/axe.min.js")
PHONE, DESK = 375, 1280
WIDTHS = pytest.mark.parametrize("width", [PHONE, DESK])
ORGANISER, OFFICER, SECOND, CLERK, SCRUTINEER = "olive", "omar", "ruth", "clara", "sam"
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

SEEN = """() => {
  const at = document.activeElement;
  if (at === document.body || at === null) return null;
  const box = at.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const inside = box.width >= 24 && box.height >= 20 && box.x >= 0 && box.right <= innerWidth + 1;
  return { what: at.outerHTML.slice(0, 120), visible: inside && (at.contains(top) || top?.contains(at)) };
}"""

Visit = Callable[..., "Desk"]


class Desk:
    """A person at a browser: a page, and what the console said."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.context, self.base = context, base
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self._hear(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not REFUSED.match(text):
            self.complaints.append(text)

    def open(self, address: str) -> Page:
        """Go to a page and wait until it is drawn."""
        self.page.goto(f"{self.base}/en/{address}")
        self.drawn()
        return self.page

    def drawn(self) -> None:
        """Wait until the loading state is gone."""
        expect(self.page.locator("main .wait")).to_have_count(0)
        expect(self.page.locator("main h1")).to_be_visible()

    def api(self, path: str) -> Any:
        """What the API says to this person."""
        answer = self.context.request.get(f"{self.base}/api/{path}")
        assert answer.ok, answer.text()
        return answer.json()

    def check(self) -> None:
        """No complaint, nothing that axe finds, no sideways scrolling, no key without a text."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("rules => axe.run({runOnly: rules})", RULES)["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
        assert self.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert not re.search(r"\b(officer|reason)\.[a-z_]+", self.page.locator("body").inner_text())
        assert self.complaints == []


@pytest.fixture
def visit(chromium: Browser, own_live_server: str) -> Iterator[Visit]:
    """Somebody's desk: `visit("olive", 375)`; without a name nobody has signed in."""
    desks: list[Desk] = []

    def sit_down(who: str | None = None, width: int = DESK) -> Desk:
        viewport: Any = {"width": width, "height": 812 if width == PHONE else 900}
        context = chromium.new_context(viewport=viewport, service_workers="block")
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.set_default_timeout(10_000)
        if who:
            body = {"email": f"{who}@tarnshire.example", "password": PASSWORD}
            answer = context.request.post(f"{own_live_server}/api/login", data=body)
            assert answer.ok, answer.text()
        desks.append(Desk(context, own_live_server))
        return desks[-1]

    yield sit_down
    for desk in desks:
        desk.context.close()


def slug_of(desk: Desk, phase: str) -> str:
    """A round of the demo that stands in this phase."""
    rounds = desk.api("officer/rounds?size=100")["items"]
    return str(next(round_["slug"] for round_ in rounds if round_["phase"] == phase))


def new_round(desk: Desk, title: str) -> str:
    """A fresh draft, made over the API."""
    body = {"forum": "harbourside", "template": "community-forum-budget", "title": title}
    answer = desk.context.request.post(f"{desk.base}/api/rounds", data=body)
    assert answer.status == 201, answer.text()
    return str(answer.json()["slug"])


PAGES = [
    (None, "o/sign-in", "Sign in"),
    (ORGANISER, "o", "Today"),
    (OFFICER, "o", "Today"),
    (ORGANISER, "o/rounds/new", "Start a new round"),
    (ORGANISER, "o/r/{draft}", None),
    (ORGANISER, "o/r/{draft}/about", "About the round"),
    (ORGANISER, "o/r/{draft}/money", "Money"),
    (ORGANISER, "o/r/{draft}/dates", "Dates"),
    (ORGANISER, "o/r/{draft}/vote", "The vote"),
    (ORGANISER, "o/r/{draft}/conditions", "Conditions"),
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
    (OFFICER, "o/r/{draft}/count", "Close, count, publish"),
    (OFFICER, "o/r/{voting}/count", "Close, count, publish"),
    (OFFICER, "o/r/{counting}/count", "Close, count, publish"),
    (SCRUTINEER, "o/r/{published}/count", "Close, count, publish"),
]


@WIDTHS
@pytest.mark.parametrize(("who", "address", "heading"), PAGES, ids=[f"{who}-{page}" for who, page, _ in PAGES])
def test_every_page_is_accessible(visit: Visit, who: str | None, address: str, heading: str | None, width: int) -> None:
    desk = visit(who, width)
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


@WIDTHS
def test_an_organiser_makes_fills_and_opens_a_round(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    page = desk.open("o")
    page.get_by_role("link", name="Start a new round").click()
    desk.drawn()
    page.get_by_role("button", name="Create and go to set-up").click()
    expect(page.locator("#problems li")).to_have_text(["Choose a forum", "Choose a template", "Enter a title"])
    desk.check()
    page.get_by_role("radio", name="Harbourside Community Forum").check()
    page.get_by_role("radio", name="Community Forum budget").check()
    page.get_by_label("Title of the round").fill(f"Journey at {width}")
    page.get_by_role("button", name="Create and go to set-up").click()
    expect(page.locator("#done")).to_contain_text("The round is created")
    page.get_by_role("button", name="Open the round").click()
    expect(page.locator("#problems")).to_be_focused()
    page.locator("#problems").get_by_role("link", name="There is no money in the round yet").click()
    _fill_money(desk)
    _fill_dates(desk)
    _fill_vote(desk)
    expect(page.locator(".tasks .tag.ok")).to_have_count(5)
    page.get_by_role("button", name="Open the round").click()
    expect(page.locator("#done")).to_have_text("The round is open to the public.")
    expect(page.get_by_role("link", name="See the public page")).to_be_visible()
    desk.check()


def _fill_money(desk: Desk) -> None:
    page = desk.page
    desk.drawn()
    page.get_by_role("textbox", name="Funder").fill("Tarnshire County Council")
    page.get_by_label("Amount").fill("12,50")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems")).to_contain_text("Enter an amount in pounds")
    expect(page.get_by_label("Amount")).to_have_attribute("aria-invalid", "true")
    desk.check()
    page.get_by_label("Amount").fill("£20,000")
    page.get_by_role("button", name="Add another funder").click()
    expect(page.get_by_role("textbox", name="Funder").nth(1)).to_be_focused()
    page.keyboard.type("Tarnshire Police")
    page.keyboard.press("Tab")
    page.keyboard.type("5000.50")
    expect(page.locator("output")).to_have_text("£25,000.50")
    page.get_by_role("button", name="Add another funder").click()
    page.get_by_role("button", name="Remove row 3").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: money.")
    expect(page.locator(".tasks")).to_contain_text("£25,000.50 from 2 funders")


def _fill_dates(desk: Desk) -> None:
    page = desk.page
    page.get_by_role("link", name="Dates", exact=True).click()
    desk.drawn()
    page.get_by_role("button", name="Suggest dates from the template").click()
    expect(page.get_by_label("Proposals open")).not_to_have_value("")
    spring = _clocks_go_forward(date.today().year + 2)  # noqa: DTZ011  # only the year matters
    page.get_by_label("Result comes out").fill(f"{spring}T01:30")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems")).to_contain_text("does not exist: the clocks go forward")
    expect(page.get_by_label("Result comes out")).to_have_attribute("aria-invalid", "true")
    desk.check()
    page.get_by_label("Result comes out").fill(f"{spring}T12:30")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: dates.")


def _clocks_go_forward(year: int) -> date:
    last = date(year, 3, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _fill_vote(desk: Desk) -> None:
    page = desk.page
    page.get_by_role("link", name="The vote").click()
    desk.drawn()
    page.get_by_role("radio", name="Put your favourites in order").check()
    page.get_by_label("Fewest choices on a ballot").fill("4")
    page.get_by_label("Most choices on a ballot").fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems")).to_contain_text("The most choices cannot be fewer than the fewest")
    page.get_by_label("Fewest choices on a ballot").fill("1")
    page.get_by_role("radio", name="Most votes first").check()
    page.get_by_label("What is counted").select_option("borda")
    page.get_by_role("button", name="Move up: The one with more votes").click()
    expect(page.locator(".ties .name").first).to_have_text("The one with more votes comes first")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: the vote.")


@WIDTHS
def test_an_organiser_sets_every_kind_of_parameter(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    slug = new_round(desk, f"Parameters {width}")
    page = desk.open(f"o/r/{slug}/vote")
    for rule in ("Costs carried together", "Costs spread most evenly", "The best set for the money", "Equal shares"):
        page.get_by_role("radio", name=rule).check()
        desk.check()
    page.get_by_label("What happens to money that is left").select_option("add1u")
    page.get_by_label("How much a share is raised at a time").fill("0.50")
    page.get_by_label("How often a share is raised at most").fill("0")
    page.get_by_label("Support that a proposal needs for its cost").fill("a third")
    page.get_by_label("Let the count by most votes decide").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems li")).to_have_text(
        ["Enter a whole number of 1 or more", "Enter a fraction such as 1/3, or “none”"]
    )
    desk.check()
    page.get_by_label("How often a share is raised at most").fill("5000")
    page.get_by_label("Support that a proposal needs for its cost").fill(" 1/3 ")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: the vote.")
    chosen = desk.api(f"rounds/{slug}/setup")["rule"]["parameters"]
    assert {name: chosen[name] for name in ("step", "max_steps", "comparison", "eligibility")} == {
        "step": 50,
        "max_steps": 5000,
        "comparison": True,
        "eligibility": "1/3",
    }


@WIDTHS
def test_an_organiser_sets_conditions(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    slug = new_round(desk, f"Conditions {width}")
    money = {"pots": [{"funder": "County", "amount": 9_000_00}, {"funder": "Parks trust", "amount": 1_000_00}]}
    body = {**money, "smallest_award": None, "largest_award": None, "version": 1}
    assert desk.context.request.put(f"{desk.base}/api/rounds/{slug}/setup/money", data=body).ok
    page = desk.open(f"o/r/{slug}")
    page.get_by_role("link", name="Conditions").click()
    desk.drawn()
    page.get_by_label("Fewest supporters that a proposal needs").fill("many")
    page.get_by_label("Only one of these").fill("3 and 4")
    page.get_by_role("button", name="Begin with the funders of the round").click()
    page.get_by_label("Amount").nth(1).fill("500")
    expect(page.locator("output")).to_have_text("£9,500 of £10,000")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems li")).to_have_text(
        ["Enter a whole number, 0 or more", "Enter numbers of proposals with commas between them, such as 3, 8"]
    )
    desk.check()
    page.get_by_label("Fewest supporters that a proposal needs").fill("5")
    page.get_by_label("Only one of these").fill("")
    page.get_by_label("Length of the reserve list").fill("3")
    page.get_by_text("Pays for: anything").nth(1).click()
    box = page.get_by_role("group", name="Only for these categories").get_by_role("checkbox").first
    box.check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems")).to_contain_text("The ring-fenced pots hold £9,500 together.")
    desk.check()
    page.get_by_label("Amount").nth(1).fill("1,000")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: conditions.")
    expect(page.locator(".tasks")).to_contain_text("3 conditions")
    kept = desk.api(f"rounds/{slug}/setup")["conditions"]
    assert (kept["min_votes"], kept["reserve"], [pot["amount"] for pot in kept["pots"]]) == (5, 3, [9_000_00, 1_000_00])
    assert [len(pot["categories"]) for pot in kept["pots"]] == [0, 1]


def test_two_organisers_do_not_overwrite_each_other(visit: Visit) -> None:
    first, second = visit(ORGANISER), visit(ORGANISER, PHONE)
    slug = new_round(first, "Two at once")
    first.open(f"o/r/{slug}/about")
    second.open(f"o/r/{slug}/about")
    first.page.get_by_label("Title of the round").fill("Two at once, renamed")
    first.page.get_by_role("button", name="Save").click()
    expect(first.page.locator("#done")).to_have_text("Saved: about the round.")
    page = second.page
    page.get_by_label("Who can vote").fill("Everybody over 11.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#conflict")).to_contain_text("Somebody else saved first")
    expect(page.get_by_label("Who can vote")).to_have_value("Everybody over 11.")
    page.get_by_role("button", name="Load the newer version").click()
    expect(page.locator("#conflict")).to_contain_text("Two at once, renamed")
    second.check()
    page.get_by_role("button", name="Use theirs: Title of the round").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: about the round.")
    setup = first.api(f"rounds/{slug}/setup")
    assert (setup["title"], setup["eligibility"]) == ("Two at once, renamed", "Everybody over 11.")


@WIDTHS
def test_what_was_typed_stays_when_the_connection_goes(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    page = desk.open(f"o/r/{new_round(desk, f'Offline {width}')}/about")
    page.get_by_label("Title of the round").fill("Typed on a train")
    desk.context.set_offline(True)
    expect(page.locator("#offline")).to_contain_text("You are offline")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#problems")).to_contain_text("You may be offline")
    expect(page.get_by_label("Title of the round")).to_have_value("Typed on a train")
    desk.context.set_offline(False)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#done")).to_have_text("Saved: about the round.")


@WIDTHS
def test_a_held_round_comes_first_and_says_what_is_missing(visit: Visit, width: int) -> None:
    desk = visit(ORGANISER, width)
    slug = slug_of(desk, "review")

    def held(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        for round_ in body["items"]:
            round_["held"] = round_["slug"] == slug
        route.fulfill(response=answer, json=body)

    def missing(route: Route) -> None:
        answer = route.fetch()
        reason = {"code": "roll_is_empty", "params": {}, "detail": "", "field": "voters"}
        route.fulfill(response=answer, json=answer.json() | {"held": True, "reasons": [reason]})

    desk.page.route("**/api/officer/rounds?*", held)
    desk.page.route(f"**/api/rounds/{slug}/readiness", missing)
    page = desk.open("o")
    first = page.locator(".todo").first
    expect(first).to_contain_text("Held: “Voting is open” should have begun")
    desk.check()
    first.get_by_role("link", name="Held").click()
    desk.drawn()
    desk.check()
    page.get_by_role("link", name="Nobody is on the roll yet").click()
    expect(page.locator("h1")).to_have_text("Voters")


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


def test_a_round_is_cancelled_with_a_public_reason(visit: Visit) -> None:
    desk = visit(ORGANISER)
    page = desk.open(f"o/r/{new_round(desk, 'Never to be')}")
    page.get_by_role("button", name="Cancel the round").click()
    page.get_by_role("button", name="Cancel the round for good").click()
    expect(page.locator("#problems")).to_be_focused()
    page.get_by_label("Why is the round cancelled?").fill("The money went elsewhere.")
    page.get_by_role("button", name="Cancel the round for good").click()
    expect(page.locator("#done")).to_have_text("The round is cancelled.")
    desk.check()


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


@WIDTHS
def test_a_clerk_makes_codes_that_are_shown_once(visit: Visit, width: int, tmp_path: Path) -> None:
    desk = visit(CLERK, width)
    slug = slug_of(desk, "review")
    page = desk.open(f"o/r/{slug}/voters")
    page.get_by_role("button", name="Make codes").click()
    expect(page.locator("#problems li")).to_have_count(2)
    page.get_by_label("Name of this batch").fill("=Letters, TS1")
    page.get_by_label("How many codes").fill("25")
    page.get_by_role("button", name="Make codes").click()
    expect(page.locator("#codes")).to_contain_text("These codes are shown only now")
    desk.check()
    page.get_by_label("Name of this batch").fill("Too early")
    page.get_by_label("How many codes").fill("1")
    page.get_by_role("button", name="Make codes").click()
    expect(page.locator("#problems")).to_contain_text("Save or print the codes that you have just made first")
    expect(page.locator(".code-list li")).to_have_count(20)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Save as a file").click()
    file = tmp_path / "codes.csv"
    downloading.value.save_as(file)
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 26
    assert lines[1].startswith('"\'=Letters, TS1",1,')
    code = lines[1].split(",")[3]
    assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", code)
    assert lines[1].endswith(f"/en/r/{slug}/vote#{code}")
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#codes .notice")).to_contain_text("Codes are taken")
    assert len(page.evaluate("navigator.clipboard.readText()").splitlines()) == 25
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator(".code-card:visible")).to_have_count(25)
    expect(page.get_by_role("button", name="Make codes")).to_be_hidden()
    page.emulate_media(media="screen")
    page.reload()
    desk.drawn()
    expect(page.locator("#codes")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("=Letters, TS1")


def test_two_officers_close_count_and_publish(visit: Visit) -> None:
    first, second = visit(OFFICER), visit(SECOND, PHONE)
    slug = slug_of(first, "voting")
    address = f"o/r/{slug}/count"
    page = first.open(address)
    page.get_by_role("button", name="Close voting early").click()
    page.get_by_role("button", name="Ask to close voting").click()
    expect(page.locator("#problems")).to_contain_text("Say why voting must close early")
    first.check()
    page.get_by_label("Why must it close early?").fill("The hall burnt down.")
    page.get_by_role("button", name="Ask to close voting").click()
    expect(page.locator("main")).to_contain_text("You asked for this yourself")
    first.check()
    other = second.open("o")
    other.get_by_role("link", name=re.compile("asks to close voting early")).click()
    second.drawn()
    second.check()
    other.get_by_role("button", name="Approve and close voting now").click()
    expect(other.locator("#done")).to_have_text("Voting is closed.")
    other.get_by_role("button", name="Count the votes").click()
    expect(other.locator("#done")).to_contain_text("The votes are counted")
    expect(other.locator(".result .tag.ok").first).to_have_text("Funded")
    other.locator(".why summary").first.click()
    second.check()
    other.get_by_role("button", name="Ask to publish this result").click()
    expect(other.locator("#done")).to_contain_text("Asked. The result stays secret")
    assert second.context.request.get(f"{second.base}/api/rounds/{slug}/results").status == 404
    first.open(address)
    first.check()
    page.get_by_role("button", name="Approve and publish now").click()
    expect(page.locator("#done")).to_have_text("The result is published.")
    expect(page.get_by_role("link", name="See the public result")).to_have_attribute("href", f"/en/r/{slug}/results")
    first.check()
    assert first.api(f"rounds/{slug}/results")["provisional"] is False


def test_the_round_goes_on_to_delivery_and_its_end(visit: Visit) -> None:
    desk = visit(ORGANISER)
    page = desk.open(f"o/r/{slug_of(desk, 'published')}")
    page.get_by_role("button", name="Begin delivery").click()
    expect(page.locator("#done")).to_have_text("Delivery has begun.")
    page.get_by_role("button", name="Finish the round").click()
    expect(page.locator("#done")).to_have_text("The round is finished.")
    desk.check()


ROLL = "reference,name,address_1,ward\n"


def csv_file(rows: str) -> FilePayload:
    return {"name": "roll.csv", "mimeType": "text/csv", "buffer": (ROLL + rows).encode()}


@WIDTHS
def test_a_clerk_imports_a_roll_prints_letters_and_replaces_a_lost_code(
    visit: Visit, width: int, tmp_path: Path
) -> None:
    desk = visit(CLERK, width)
    page = desk.open(f"o/r/{slug_of(desk, 'review')}/voters")
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("#problems li")).to_have_count(2)
    page.get_by_label("Name of this list").fill(f"Register {width}")
    page.get_by_label("File", exact=True).set_input_files(
        csv_file(f"{width}-1,Ann,1 Mill Lane,\n{width}-1,Bob,2 Mill Lane,\n")
    )
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("#file-seen")).to_be_focused()
    expect(page.locator("#file-seen")).to_contain_text("Line 3 has the same reference as line 2")
    expect(page.get_by_role("button", name=re.compile("^Put"))).to_have_count(0)
    desk.check()
    page.get_by_role("button", name="Choose another file").click()
    page.get_by_label("File", exact=True).set_input_files(
        csv_file(f"{width}-1,Ann,1 Mill Lane,\n{width}-2,Bob,,Meadows\n")
    )
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("#file-seen")).to_contain_text("Everything can be put on the roll")
    desk.check()
    page.get_by_role("button", name="Put 2 people on the roll").click()
    expect(page.locator("#done")).to_contain_text("2 people are on the roll now")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Make the letters").click()
    file = tmp_path / "letters.pdf"
    downloading.value.save_as(file)
    assert len(pypdf.PdfReader(file, strict=True).pages) == 2
    expect(page.locator("#letters-told")).to_contain_text("2 letters saved")
    page.get_by_role("button", name="Make them again").click()
    page.locator("#letters-asking").get_by_role("button", name="Make them again").click()
    expect(page.locator("#problems")).to_contain_text("Tick the box")
    desk.check()
    page.get_by_role("button", name="Leave it as it is").click()
    page.get_by_label("Reference").fill(f"{width}-2")
    page.get_by_role("button", name="Make a new code").click()
    expect(page.locator("#new-code .code-text")).to_have_text(re.compile(r"^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$"))
    desk.check()
    page.get_by_role("button", name="They are posted").click()
    page.get_by_label("Yes, the letters").check()
    page.locator("#letters-asking").get_by_role("button", name="They are posted").click()
    expect(page.locator("#letters-told")).to_contain_text("The addresses are deleted")
    expect(page.get_by_role("button", name="Make them again")).to_have_count(0)
    desk.check()
