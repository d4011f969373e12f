"""The outcome on a terminal, and the fairness figures in the JSON."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from pbvote.commands.fairness_words import percent
from pbvote.commands.tally import command
from pbvote.commands.tally_text import print_outcome
from pbvote.tally import Conditions, Outcome, Pot, outcome_to_json, tally
from pbvote.tally.fairness_report import report_of
from tests.tally.elections import approvals
from tests.tally.test_docs import PAGE

WOLDS = Path(__file__).parent / "data" / "wolds.pb"
TOWN = approvals({"park": 6, "town": 4, "bins": 4}, 10, [("park", "town")] * 3 + [("bins",)] * 2)


def printed(outcome: Outcome, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "120")
    print_outcome(outcome, report_of(TOWN, outcome), "Town \x1b[31mbudget")
    return " ".join(capsys.readouterr().out.split())


def test_says_how_fair_it_is(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(tally(TOWN, "greedy"), capsys, monkeypatch)
    assert text.startswith("Town �[31mbudget Counted by greedy: Most votes first;")
    assert "On average 1.2 projects that a voter voted for are funded; for the voter in the middle it is 2." in text
    assert "1 project that is not funded has supporters who were left short" in text
    assert "Voters got 60 % of their fair share on average" in text


def test_no_group_was_left_short(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(tally(TOWN, "equal-shares", {"completion": "add1u"}), capsys, monkeypatch)
    assert "No group of voters was left short" in text


def test_shows_pots_and_the_reserve_list(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    conditions = Conditions(pots=(Pot("council", 7), Pot("lottery", 3, projects=("town",))), reserve=2)
    text = printed(tally(TOWN, "greedy", conditions=conditions), capsys, monkeypatch)
    assert "Next in line if money is declined bins" in text
    assert "council anything 7 7 0 lottery town 3 3 0" in text


def test_says_what_held_besides_the_rule(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    conditions = Conditions(prefunded=("bins",), exclusions=(("park", "town"),), min_votes=1, smallest={"park": 3})
    text = printed(tally(TOWN, "greedy", conditions=conditions), capsys, monkeypatch)
    assert "Paid for first, whatever the votes: bins. At most one of these could be funded: park, town." in text
    assert "A project needed 1 supporter or more. park could be funded in part, with 3 or more." in text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_fits_the_terminal(width: int) -> None:
    arguments = [str(WOLDS), "--rule", "equal-shares", "--completion", "add1u"]
    text = CliRunner().invoke(command, arguments, env={"COLUMNS": str(width)}).stdout
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize(("part", "of", "text"), [(0, 9, "0 %"), (1, 999, "1 %"), (1, 2, "50 %"), (998, 999, "99 %")])
def test_no_share_is_rounded_to_nothing_or_everything(part: int, of: int, text: str) -> None:
    assert percent(Fraction(part, of)) == text


def test_gives_the_figures_where_they_are_asked_for() -> None:
    arguments = [str(WOLDS), "--rule", "greedy", "--format", "json"]
    few = json.loads(CliRunner().invoke(command, arguments).stdout)["fairness"]
    many = json.loads(CliRunner().invoke(command, [*arguments, "--fairness"]).stdout)["fairness"]
    assert few.items() < many.items()
    assert many["histogram"] == [13, 8, 14, 2]
    assert many["blocking"] == [{"project": "choir", "voters": 6, "share": "15000/37", "most": 0}]


def test_every_figure_is_described() -> None:
    outcome = tally(TOWN, "greedy")
    report = report_of(TOWN, outcome)
    fairness = outcome_to_json(outcome, report)["fairness"]
    parts = [fairness, fairness["projects_per_voter"], fairness["fair_share"], *fairness["blocking"]]
    assert [key for part in parts for key in part if f"`{key}`" not in PAGE] == []
    assert len(fairness["blocking"]) == 1
