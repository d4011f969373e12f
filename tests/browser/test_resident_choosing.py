"""The list of proposals to vote on in Chromium: its order, what it finds, and choices that stay."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import PHONE
from tests.browser.residents import VOTING, Resident, choose

pytestmark = [pytest.mark.browser]


def test_details_open_in_a_dialog_that_back_and_escape_close(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/vote")
    link = page.get_by_role("link", name="Community fridge")
    link.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Community fridge")).to_be_focused()
    dialog.get_by_role("checkbox").check()
    somebody.check()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(link).to_be_focused()
    assert page.evaluate("location.hash") == ""
    expect(page.get_by_role("checkbox", name="Add: Community fridge")).to_be_checked()
    link.click()
    expect(dialog).to_be_visible()
    page.go_back()
    expect(dialog).to_have_count(0)


def test_search_and_filters_say_how_many_are_left(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/vote")
    page.get_by_label("Search proposals").fill("choir")
    expect(page.get_by_role("heading", name="1 proposal")).to_be_visible()
    expect(page.locator("#live")).to_have_text("1 proposal")
    page.get_by_label("Search proposals").fill("no such thing")
    expect(page.get_by_text("No proposal matches.")).to_be_visible()
    page.get_by_role("button", name="Clear search and filters").click()
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("checkbox", name="Arts and heritage").check()
    somebody.check()
    assert 0 < page.locator(".cards > li").count() < 23


def titles(page: Page) -> list[str]:
    return page.locator(".cards h3").all_inner_texts()


def test_the_order_is_one_s_own_and_stays(resident: Callable[[int], Resident]) -> None:
    one, other = resident(PHONE), resident(PHONE)
    first = titles(one.open(f"r/{VOTING}/vote"))
    assert len(first) == 23
    assert titles(one.open(f"r/{VOTING}/vote")) == first
    second = titles(other.open(f"r/{VOTING}/vote"))
    assert sorted(second) == sorted(first)
    assert second != first


def test_a_second_tab_catches_up(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/vote")
    second = somebody.context.new_page()
    second.goto(f"{somebody.base}/en/r/{VOTING}/vote")
    choose(second, "Community fridge")
    expect(page.get_by_role("checkbox", name="Add: Community fridge")).to_be_checked()


def test_choices_are_forgotten_after_a_day(resident: Callable[[int], Resident]) -> None:
    somebody = resident(PHONE)
    page = somebody.open(f"r/{VOTING}/vote")
    choose(page, "Community fridge")
    somebody.open(f"r/{VOTING}/vote")
    expect(page.get_by_role("checkbox", name="Add: Community fridge")).to_be_checked()
    draft = somebody.stored("localStorage", f"pbvote:{VOTING}")
    draft["savedAt"] -= 25 * 60 * 60 * 1000
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [f"pbvote:{VOTING}", json.dumps(draft)])
    somebody.open(f"r/{VOTING}/vote")
    expect(page.get_by_role("checkbox", name="Add: Community fridge")).not_to_be_checked()


def test_every_stop_of_the_tab_key_is_in_sight(resident: Callable[[int], Resident]) -> None:
    page = resident(PHONE).open(f"r/{VOTING}/vote")
    hidden = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
              const one = document.activeElement, box = one.getBoundingClientRect();
              const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
              return [one.outerHTML.slice(0, 80), one === top || one.contains(top) || top?.contains(one)];
            }"""
        )
        if not seen[1]:
            hidden.append(seen[0])
    assert hidden == []


def test_over_many_devices_every_proposal_comes_first_equally_often(resident: Callable[[int], Resident]) -> None:
    page = resident(PHONE).open(f"r/{VOTING}/vote")
    firsts = page.evaluate(
        """async () => {
          const module = document.querySelector('link[rel=modulepreload][href$="/ballot/standing.js"]').href;
          const { shuffled } = await import(module);
          const numbers = Array.from({ length: 20 }, (_, index) => index);
          const counts = numbers.map(() => 0);
          for (let seed = 0; seed < 10000; seed += 1) counts[shuffled(numbers, seed)[0]] += 1;
          return counts;
        }"""
    )
    assert all(350 <= count <= 650 for count in firsts), firsts
