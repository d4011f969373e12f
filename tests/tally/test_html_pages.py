"""Outcomes and comparisons as pages: one self-contained document, whatever the election holds."""

from __future__ import annotations

import base64
import hashlib
import re
import shlex
from pathlib import Path

import html5lib
import pytest
from click.testing import CliRunner

from pbvote.commands.compare import command as compare
from pbvote.commands.html_page import Source
from pbvote.commands.tally import command as tally
from pbvote.commands.tally_html import outcome_page
from pbvote.tally import Conditions, Pot
from pbvote.tally import tally as count
from pbvote.tally.fairness_report import report_of
from tests.tally.elections import approvals

WOLDS = Path(__file__).parent / "data" / "wolds.pb"
ADD1U = ("--rule", "equal-shares", "--completion", "add1u", "--no-stop-when-exhaustive", "--format", "html")
SOURCE = Source("town.pb", "0" * 64, "pbvote tally town.pb")


def made(*arguments: str | Path) -> str:
    result = CliRunner().invoke(tally, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def text_of(page: str) -> str:
    """What a reader reads, spaces evened out."""
    return " ".join(" ".join(html5lib.parse(page, namespaceHTMLElements=False).itertext()).split())


@pytest.mark.parametrize("command", [tally, compare])
def test_is_valid_and_refers_to_nothing(command: object) -> None:
    page = (
        made(WOLDS, *ADD1U)
        if command is tally
        else CliRunner().invoke(compare, [str(WOLDS), "--format", "html"]).stdout
    )
    html5lib.HTMLParser(strict=True).parse(page)
    assert not re.search(r"\b(?:src|href|srcset|action|style|on\w+)=", page)
    assert "url(" not in page
    assert "@import" not in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_its_policy_allows_its_own_style_alone() -> None:
    page = made(WOLDS, *ADD1U)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'" in page


def test_says_what_is_funded_and_why() -> None:
    text = text_of(made(WOLDS, "--rule", "equal-shares", "--completion", "add1u", "--format", "html"))
    assert "5 of 8 projects are funded: they get 2,100 GBP of 2,500 GBP, and 400 GBP is left." in text
    assert "Zebra crossing at the school crossing" in text
    assert "Its 14 supporters could pay for it with 85.71 GBP each." in text
    assert "Its 9 supporters had 779.10 GBP together at first" in text
    assert "raised 19 times to 86.57 GBP" in text
    assert "No group of voters was left short" in text


def test_the_command_on_the_page_gives_the_page_again() -> None:
    page = made(WOLDS, *ADD1U)
    command = re.search(r"<pre>(pbvote tally .*?)</pre>", page)
    assert command
    words = shlex.split(command[1])
    assert words[2] == "wolds.pb"
    assert made(WOLDS, *words[3:]) == page
    assert hashlib.sha256(WOLDS.read_bytes()).hexdigest() in page


def test_shows_groups_pots_and_conditions() -> None:
    town = approvals({"park": 6, "town": 4, "bins": 4}, 10, [("park", "town")] * 3 + [("bins",)] * 2)
    pots = Pot("council", 7), Pot("<lottery>", 3, projects=("town",))
    conditions = Conditions(pots=pots, reserve=2, min_votes=2, exclusions=(("park", "bins"),))
    outcome = count(town, "greedy", conditions=conditions)
    text = text_of(outcome_page(outcome, report_of(town, outcome), "Town", SOURCE))
    assert "council anything 7 7 0 <lottery> town 3 3 0" in text
    assert "At most one of these could be funded: park, bins." in text
    assert "A project needed 2 supporters or more." in text
    assert "Groups left short" in text
    assert "bins 2 voters 4 4 0" in text


def test_an_election_without_anything_has_a_page() -> None:
    nothing = approvals({}, 0, [])
    outcome = count(nothing, "greedy")
    assert "0 of 0 projects are funded" in text_of(outcome_page(outcome, report_of(nothing, outcome), "Empty", SOURCE))
    assert "0 of 0 projects are funded" in text_of(outcome_page(outcome, None, "Empty", SOURCE))


def test_compares_on_a_page() -> None:
    result = CliRunner().invoke(compare, [str(WOLDS), "--rules", "greedy,equal-shares", "--format", "html"])
    text = text_of(result.stdout)
    assert "It depends on the rule" in text
    assert "Gully clearance in Mill Lane gullies 500 GBP ✓ yes \N{EN DASH} no" in text
    assert "pbvote compare wolds.pb --rules greedy,equal-shares --format html" in text
