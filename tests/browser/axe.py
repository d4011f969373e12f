"""What axe finds on a page."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

SCRIPT = Path("frontend/node_modules/axe-core/axe.min.js")
SETTLED = """() => Promise.all(
    document.getAnimations()
        .filter(one => one.effect.getComputedTiming().endTime !== Infinity)
        .map(one => one.finished.catch(() => null)))"""


def findings(page: Page, *tags: str) -> list[tuple[str, list[str]]]:
    """What breaks axe's rules, those with one of these tags or all: the rule, and the elements that break it."""
    if not page.evaluate("'axe' in window"):  # once for each document
        page.evaluate(SCRIPT.read_text())
    page.evaluate(SETTLED)  # a colour that is still on its way to another one has whatever contrast
    options = {"resultTypes": ["violations"], **({"runOnly": list(tags)} if tags else {})}
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
