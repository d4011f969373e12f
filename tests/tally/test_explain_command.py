"""`pbvote explain`: one project's story, in a terminal and as data."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pbvote.commands.explain import command
from pbvote.tally import ElectionError, read_pabulib
from pbvote.tally.explanation import explain
from tests.tally.elections import approvals

WOLDS = Path(__file__).parent / "data" / "wolds.pb"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], env={"COLUMNS": "140"})


def text_of(*arguments: str | Path) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((WOLDS, "nothing"), "there is no project 'nothing'"),
        ((WOLDS, "hall", "--utility", "points"), "points needs cumulative or scoring ballots"),
        ((WOLDS.with_name("missing.pb"), "hall"), "No such file"),
    ],
)
def test_says_in_one_line_what_is_wrong(arguments: tuple[str | Path, ...], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_tells_a_loser_how_close_it_came() -> None:
    text = text_of(WOLDS, "hall", "--completion", "add1u")
    assert "New chairs for the village hall hall not funded by equal-shares." in text
    assert "It costs 600 GBP; 6 of 37 voters support it." in text
    assert "With 1 more supporter who votes for nothing else it would have been funded." in text
    assert "By other rules" in text


def test_tells_a_winner_what_it_was_worth() -> None:
    text = text_of(WOLDS, "crossing", "--completion", "add1u")
    assert "funded by equal-shares" in text
    assert "Its 14 supporters could pay for it with 85.71 GBP each." in text
    assert "The next best had bins 10.0, " in text
    assert "crossing Zebra crossing at the school 1,200 GBP" in text


def test_gives_json() -> None:
    data = json.loads(run(WOLDS, "hall", "--format", "json").stdout)
    assert list(data) == ["rule", "parameters", "id", "project", "step", "ties", "spent", "elsewhere"]
    assert data["id"] == "hall"
    assert data["step"] is None
    assert set(data["project"]["margins"]) == {"max_cost", "step", "supporters"}
    assert data["elsewhere"]["greedy"] is False


def test_what_supporters_spent_adds_up() -> None:
    election = read_pabulib(WOLDS).election
    for project in election.projects:
        found = explain(election, project.id, "equal-shares", {"completion": "add1"})
        assert found.outcome.final_share is not None
        assert sum(found.spent.values()) <= found.project.votes * found.outcome.final_share
        if found.project.funded and project.cost:
            assert found.spent[project.id] == project.cost  # its own supporters paid all of it


def test_follows_the_money_of_the_poor_too() -> None:
    # all pay 5 for `a`; the two who also like `b` have 10 left together, and pay it
    election = approvals({"a": 15, "b": 10}, 30, ["a", "ab", "ab"])
    found = explain(election, "b", "equal-shares")
    assert found.outcome.final_share == Fraction(10)
    assert found.spent == {"a": 10, "b": 10}


def test_refuses_an_unknown_project() -> None:
    with pytest.raises(ElectionError, match="there is no project 'z'"):
        explain(approvals({"a": 1}, 1, ["a"]), "z", "greedy")
