"""The pages that `pbvote tally` and `pbvote compare` write, opened as files on a phone, a desk and paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, BrowserContext

from pbvote.commands.compare import command as compare
from pbvote.commands.tally import command as tally
from tests.browser.pictures import keep

pytestmark = [pytest.mark.browser]

AXE = Path("frontend/node_modules/axe-core/axe.min.js")
WOLDS = Path("tests/tally/data/wolds.pb")
LONG = "Grosszuegigkeitsfoerderungsgesellschaftsgebaeudesanierung"
MARKUP = f"<script>document.title='taken'</script><img src=//example.org/x.png> & {LONG}"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each page of an election in which names are long and hold markup."""
    folder = tmp_path_factory.mktemp("pages")
    file = folder / "wolds.pb"
    file.write_text(WOLDS.read_text().replace("Seed swap", MARKUP).replace("Wolds Area Forum", f"<b>Wolds {LONG}"))
    made = {}
    for name, command, arguments in (
        ("shares", tally, ["--rule", "equal-shares", "--completion", "add1u", "--format", "html"]),
        ("greedy", tally, ["--rule", "greedy", "--format", "html"]),
        ("compared", compare, ["--format", "html"]),
    ):
        result = CliRunner().invoke(command, [str(file), *arguments])
        assert result.exit_code == 0, result.output
        made[name] = folder / f"{name}.html"
        made[name].write_text(result.stdout)
    return made


@pytest.fixture(
    params=[(375, "light"), (375, "dark"), (1280, "light"), (1280, "dark")], ids=lambda it: f"{it[0]}-{it[1]}"
)
def reader(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    width, scheme = request.param
    viewport: Any = {"width": width, "height": 812}
    context = chromium.new_context(viewport=viewport, color_scheme=scheme, service_workers="block")
    yield context
    context.close()


@pytest.mark.parametrize("name", ["shares", "greedy", "compared"])
def test_reads_well_and_loads_nothing(reader: BrowserContext, pages: dict[str, Path], name: str) -> None:
    page = reader.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(pages[name].as_uri())
    dark = page.evaluate("matchMedia('(prefers-color-scheme:dark)').matches")
    keep(page, f"count-{name}-{'dark' if dark else 'light'}")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert asked == [pages[name].as_uri()]
    assert said == []
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("name", ["shares", "greedy", "compared"])
def test_names_stay_text(reader: BrowserContext, pages: dict[str, Path], name: str) -> None:
    page = reader.new_page()
    page.goto(pages[name].as_uri())
    assert page.locator("script, img").count() == 0
    assert page.get_by_text(MARKUP, exact=True).count() >= 1
    assert page.locator("h1").text_content() == f"<b>Wolds {LONG}"
    assert page.title().startswith(f"<b>Wolds {LONG}: ")


def test_paper_shows_what_the_screen_folds_away(reader: BrowserContext, pages: dict[str, Path]) -> None:
    page = reader.new_page()
    page.goto(pages["greedy"].as_uri())
    reason = page.get_by_text("With 4 more votes it would have come early enough to fit.")
    assert not reason.is_visible()
    page.emulate_media(media="print")
    assert reason.evaluate("one => one.checkVisibility({contentVisibilityAuto: true}) && one.offsetHeight > 0")
