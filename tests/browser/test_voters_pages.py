"""The roll in Chromium: codes that are shown once, a roll from a file, letters, and lost codes."""

from __future__ import annotations

import re
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.desks import CLERK, WIDTHS, Visit, slug_of

pytestmark = [pytest.mark.browser]


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
    page.get_by_label("Reference", exact=True).fill(f"{width}-2")
    page.get_by_role("button", name="Make a new code").click()
    expect(page.locator("#new-code .code-text")).to_have_text(re.compile(r"^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$"))
    desk.check()
    page.get_by_role("button", name="They are posted").click()
    page.get_by_label("Yes, the letters").check()
    page.locator("#letters-asking").get_by_role("button", name="They are posted").click()
    expect(page.locator("#letters-told")).to_contain_text("The addresses are deleted")
    expect(page.get_by_role("button", name="Make them again")).to_have_count(0)
    desk.check()
