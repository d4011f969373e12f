"""The picture in README: the voting page as the demo shows it. `make picture` writes it anew."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Browser, expect

PICTURE = Path("docs/images/vote.png")
CHOSEN = ("Cycle parking at the market", "Welcome signs in five languages", "Over-50s walking football")


def test_the_picture_in_readme_is_of_the_voting_page(chromium: Browser, live_server: str, tmp_path: Path) -> None:
    with chromium.new_context(viewport={"width": 1280, "height": 860}, service_workers="block") as context:
        page = context.new_page()
        page.goto(f"{live_server}/en/r/harbourside-budget-2026/vote")
        for title in CHOSEN:
            page.get_by_label(f"Add: {title}").first.check()
        expect(page.get_by_text("£20,540 left").first).to_be_visible()
        page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
        picture = page.screenshot(path=PICTURE if os.environ.get("PBVOTE_PICTURE") else tmp_path / "vote.png")
    assert picture.startswith(b"\x89PNG")
    assert PICTURE.stat().st_size > 10_000
