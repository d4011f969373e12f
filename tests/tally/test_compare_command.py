"""`pbvote compare`, as somebody at a terminal meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pbvote.commands.compare import command
from pbvote.tally import RULES
from tests.tally.test_docs import PAGE

WOLDS = Path(__file__).parent / "data" / "wolds.pb"


def run(*arguments: str | Path, width: int = 120) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], env={"COLUMNS": str(width)})


def test_shows_the_rules_side_by_side() -> None:
    result = run(WOLDS, "--rules", "greedy,equal-shares,equal-shares/add1u")
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    assert "All rules fund 2 of the projects, none funds 2; for 4 it depends on the rule." in text
    assert "1 greedy 5 2,450 65 % 1.1 0.47 68 % 1" in text
    assert "gullies Gully clearance in Mill Lane 500 ● · ·" in text
    assert "1 greedy 5 2 4 98 % 12 % 78 %" in text


def test_counts_by_every_rule_about_money() -> None:
    data = json.loads(run(WOLDS, "--format", "json").stdout)
    assert {rule["rule"] for rule in data["rules"]} == {name for name, rule in RULES.items() if rule.decides_money}
    assert [rule["label"] for rule in data["rules"] if rule["parameters"].get("completion") == "add1u"] == [
        "equal-shares/add1u"
    ]
    keys = {*data, *data["rules"][0], *data["agreements"][0]}
    assert [key for key in keys if f"`{key}`" not in PAGE] == []


def test_leaves_out_a_rule_that_cannot_honour_a_condition(tmp_path: Path) -> None:
    conditions = tmp_path / "conditions.json"
    conditions.write_text('{"smallest": {"swings": 100}}')
    result = run(WOLDS, "--rules", "greedy,equal-shares", "--conditions", conditions)
    assert result.exit_code == 0
    assert "Not counted by equal-shares: smallest: equal-shares cannot honour it" in " ".join(result.stdout.split())


def test_reads_a_flawed_file_leniently(tmp_path: Path) -> None:
    file = tmp_path / "wolds.pb"
    file.write_text(WOLDS.read_text().replace("23;crossing,swings", "23;crosing,swings"))
    assert run(file, "--rules", "greedy").exit_code == 2
    result = run(file, "--rules", "greedy", "--lenient")
    assert result.exit_code == 0
    assert "mended in wolds.pb; pbvote check lists them." in result.stderr


@pytest.mark.parametrize("width", [60, 80, 120])
def test_fits_the_terminal(width: int) -> None:
    text = run(WOLDS, width=width).stdout
    assert max(map(len, text.splitlines())) <= width


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["missing.pb"], "missing.pb: No such file or directory; expected a Pabulib file"),
        ([WOLDS, "--rules", "greedy,luck"], "rules: 'luck' is not known; expected greedy, "),
        ([WOLDS, "--ties", "luck"], "ties: 'luck' is no tie rule; expected cheapest"),
    ],
)
def test_says_in_one_line_what_is_wrong(arguments: list[str | Path], problem: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"pbvote: {problem}")
    assert result.stderr.count("\n") == 1
