"""Conditions as JSON, and as a file on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from pbvote.commands.tally import command
from pbvote.tally import ConditionError, Conditions, Pot
from pbvote.tally.conditions_json import conditions_from_json, conditions_to_json

WOLDS = Path(__file__).parent / "data" / "wolds.pb"

NAMES = st.text(min_size=1, max_size=3)
AMOUNTS = st.integers(-(10**9), 10**9)
LISTS = st.lists(NAMES, max_size=3).map(tuple)


@st.composite
def conditions(draw: st.DrawFn) -> Conditions:
    return Conditions(
        pots=tuple(draw(st.lists(st.builds(Pot, NAMES, AMOUNTS, LISTS, LISTS), max_size=3))),
        prefunded=draw(LISTS),
        exclusions=tuple(draw(st.lists(LISTS, max_size=3))),
        min_votes=draw(st.integers(0, 9)),
        smallest=draw(st.dictionaries(NAMES, AMOUNTS, max_size=3)),
        reserve=draw(st.integers(0, 9)),
    )


@given(conditions(), st.sampled_from([1, 10, 100, 1000]))
def test_what_was_written_reads_back_the_same(some: Conditions, minor_units: int) -> None:
    data = json.loads(json.dumps(conditions_to_json(some, minor_units)))
    assert conditions_from_json(data, minor_units) == some
    assert list(data) == list(some.used())


@pytest.mark.parametrize(("value", "minor"), [(12, 1200), ("12", 1200), ("12.5", 1250), ("12.50", 1250), ("-0.01", -1)])
def test_reads_amounts(value: int | str, minor: int) -> None:
    assert conditions_from_json({"smallest": {"a": value}}, 100).smallest == {"a": minor}


WRONG: list[tuple[Any, str]] = [
    ([], "conditions: [] is no object with names and values"),
    ({"pot": []}, "conditions: 'pot' is not known; expected pots, prefunded, exclusions, min_votes, smallest, reserve"),
    ({"pots": {}}, "pots: {} is no list"),
    ({"pots": [3]}, "pots[0]: 3 is no object with names and values"),
    ({"pots": [{"id": "a"}]}, "pots[0]: amount is missing"),
    ({"pots": [{"id": "", "amount": 1}]}, "pots[0].id: '' is no name; expected text"),
    ({"pots": [{"id": "a", "amount": 1, "for": []}]}, "pots[0]: 'for' is not known; expected id, amount, categories, "),
    (
        {"pots": [{"id": "a", "amount": 1}, {"id": "b", "amount": "x"}]},
        "pots[1].amount: 'x' is no amount; expected currency units such as 100 or \"12.50\"",
    ),
    ({"pots": [{"id": "a", "amount": True}]}, "pots[0].amount: True is no amount"),
    ({"pots": [{"id": "a", "amount": 1.5}]}, "pots[0].amount: 1.5 is no amount"),
    ({"pots": [{"id": "a", "amount": "1/3"}]}, "pots[0].amount: '1/3' is no amount"),
    ({"pots": [{"id": "a", "amount": "0.001"}]}, "pots[0].amount: '0.001' has more decimals than the currency"),
    ({"pots": [{"id": "a", "amount": 1, "projects": "p"}]}, "pots[0].projects: 'p' is no list"),
    ({"prefunded": [1]}, "prefunded[0]: 1 is no name; expected text"),
    ({"exclusions": ["ab"]}, "exclusions[0]: 'ab' is no list"),
    ({"exclusions": [["a", None]]}, "exclusions[0][1]: None is no name; expected text"),
    ({"min_votes": "3"}, "min_votes: '3' is no whole number"),
    ({"min_votes": None}, "min_votes: None is no whole number"),
    ({"reserve": True}, "reserve: True is no whole number"),
    ({"smallest": ["a"]}, "smallest: ['a'] is no object with names and values"),
    ({"smallest": {"a": None}}, "smallest.a: None is no amount"),
]


@pytest.mark.parametrize(("data", "problem"), WRONG)
def test_says_where_it_is_wrong(data: Any, problem: str) -> None:
    with pytest.raises(ConditionError) as caught:
        conditions_from_json(data, 100)
    assert str(caught.value).startswith(problem)
    assert problem.startswith(caught.value.condition)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["pots", "id", "amount", "smallest", "min_votes", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(JSON)
def test_raises_nothing_else(data: Any) -> None:
    try:
        found = conditions_from_json(data, 100)
    except ConditionError:
        return
    assert conditions_from_json(conditions_to_json(found, 100), 100) == found


def run(file: Path, *options: str) -> Result:
    arguments = [str(WOLDS), "--rule", "greedy", "--conditions", str(file), *options]
    return CliRunner().invoke(command, arguments, env={"COLUMNS": "140"})


def test_a_file_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "conditions.json"
    pots = [{"id": "climate", "amount": 750, "categories": ["green"]}, {"id": "forum", "amount": "1750.00"}]
    file.write_text(json.dumps({"pots": pots, "reserve": 1}))
    data = json.loads(run(file, "--format", "json").stdout)
    assert data["conditions"]["pots"][1] == {"id": "forum", "amount": 1750, "categories": [], "projects": []}
    assert data["projects"]["bins"]["pots"] == {"climate": 300}
    assert conditions_to_json(conditions_from_json(data["conditions"], 100), 100) == data["conditions"]
    text = " ".join(run(file).stdout.split())
    assert "750 750 0 forum" in text


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "conditions: {file} cannot be read as JSON: Expecting property name"),
        ('{"reserve": 1, "reserve": 2}', "conditions: {file} cannot be read as JSON: 'reserve' is listed twice"),
        ("\xff", "conditions: {file} cannot be read as JSON: "),
        ('{"prefunded": ["moat"]}', "prefunded: 'moat' is not a project"),
        ('{"pots": [{"id": "a", "amount": "12.50"}]}', "pots: the pots hold 12.50 together; expected the budget, 2500"),
    ],
)
def test_says_in_one_line_what_is_wrong(tmp_path: Path, content: str, problem: str) -> None:
    file = tmp_path / "conditions.json"
    file.write_text(content, encoding="latin-1")
    result = run(file)
    assert result.exit_code == 2
    assert result.stderr.startswith("pbvote: " + problem.replace("{file}", str(file)))
    assert result.stderr.count("\n") == 1


def test_says_that_there_is_no_such_file(tmp_path: Path) -> None:
    result = run(tmp_path / "none.json")
    assert result.exit_code == 2
    assert result.stderr.endswith("none.json: No such file or directory; expected a JSON file\n")
