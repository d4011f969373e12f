"""`pbvote tally`, as somebody at a terminal meets it."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pbvote.commands.tally import command

WOLDS = Path(__file__).parent / "data" / "wolds.pb"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], env={"COLUMNS": "140"})


def test_shows_what_is_funded_and_why() -> None:
    result = run(WOLDS, "--rule", "equal-shares", "--completion", "add1u")
    assert result.exit_code == 0
    assert result.stderr == ""
    text = " ".join(result.stdout.split())
    assert "crossing Zebra crossing at" in text
    assert "5 of 8 projects are funded." in text
    assert "They cost 2,100 GBP of 2,500 GBP; 400 GBP is left." in text
    assert "30 of 37 voters (81 %) voted for a project that is funded." in text
    assert "Each voter's share was 67.57 GBP, raised 19 times to 86.57 GBP." in text
    assert "ties cheapest,most-votes,ballot-order" in text
    assert "Its 9 supporters had 779.10 GBP together" in text


def test_names_are_never_markup(tmp_path: Path) -> None:
    file = tmp_path / "names.pb"
    file.write_text(WOLDS.read_text().replace("Seed swap", "[red]Seed[/] \x1b[31mswap"))
    result = run(file, "--rule", "greedy")
    assert "[red]Seed[/]" in result.stdout
    assert "\x1b" not in result.stdout


def test_gives_json() -> None:
    result = run(WOLDS, "--rule", "greedy", "--format", "json")
    data = json.loads(result.stdout)
    assert data["rule"] == "greedy"
    assert data["funded"] == ["seeds", "crossing", "bins", "benches", "gullies"]
    ties = "cheapest,most-votes,ballot-order"
    assert data["parameters"] == {"utility": "votes", "skip": True, "threshold": 0, "ties": ties}


def test_gives_csv() -> None:
    rows = list(csv.DictReader(StringIO(run(WOLDS, "--rule", "greedy", "--format", "csv").stdout)))
    assert [row["project_id"] for row in rows if row["funded"] == "1"] == [
        "benches", "crossing", "bins", "gullies", "seeds",
    ]  # fmt: skip
    assert rows[1]["reason"] == "With 14 votes it was next in line, and it fitted in the 2,500 GBP that was left."


def test_takes_the_step_in_currency_units() -> None:
    arguments = ("--rule", "equal-shares", "--completion", "add1", "--step", "0.50", "--start", "floor")
    data = json.loads(run(WOLDS, *arguments, "--no-stop-when-exhaustive", "--format", "json").stdout)
    assert data["start_share"] == 67
    assert data["parameters"]["step"] == "0.50"
    assert data["parameters"]["stop_when_exhaustive"] is False


def test_draws_lots() -> None:
    data = json.loads(run(WOLDS, "--rule", "greedy", "--ties", "lot:12", "--format", "json").stdout)
    assert data["ties"][0]["broken_by"] == "lot:12"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["missing.pb", "--rule", "greedy"], "missing.pb: No such file or directory; expected a Pabulib file"),
        ([WOLDS, "--rule", "greedy", "--step", "1"], "step: greedy has no such parameter; expected utility, skip"),
        ([WOLDS, "--rule", "greedy", "--utility", "points"], "utility: points needs cumulative or scoring ballots"),
        ([WOLDS, "--rule", "greedy", "--utility", "cost"], "utility: 'cost' is not known; expected votes, points"),
        ([WOLDS, "--rule", "greedy", "--ties", "luck"], "ties: 'luck' is no tie rule; expected cheapest"),
        ([WOLDS, "--rule", "equal-shares", "--step", "x"], "step: 'x' is no amount; expected currency units"),
        ([WOLDS, "--rule", "equal-shares", "--step", "0.001"], "step: 0.001 is not known; expected at least 0.01"),
        ([WOLDS, "--rule", "equal-shares", "--step", "NaN"], "step: NaN is not known; expected at least 0.01"),
        (
            [WOLDS, "--rule", "equal-shares", "--completion", "add1", "--max-steps", "3"],
            "step: the share was raised 3 times and could still grow; expected a larger step",
        ),
    ],
)
def test_says_in_one_line_what_is_wrong(arguments: list[str | Path], problem: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"pbvote: {problem}")
    assert result.stderr.count("\n") == 1


def test_says_which_line_of_the_file_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "wolds.pb"
    file.write_text(WOLDS.read_text().replace("23;crossing,swings", "23;crosing,swings"))
    result = run(file, "--rule", "greedy")
    assert result.exit_code == 2
    assert result.stderr.endswith("wolds.pb:49: vote lists 'crosing'; expected the id of a project in PROJECTS\n")
