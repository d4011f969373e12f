"""docs/tally.md: its examples run, and every rule, parameter and key of the JSON is in it."""

import re
from pathlib import Path

import pytest

from pbvote.tally import RULES, outcome_to_json, tally
from tests.tally.elections import approvals

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tally.md").read_text()


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_the_examples_run(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(example, "docs/tally.md", "exec"), {})  # noqa: S102  our own page


def test_every_rule_and_parameter_is_described() -> None:
    for rule in RULES.values():
        assert f"`{rule.name}` | {rule.about}" in PAGE
        for parameter in rule.parameters:
            assert f"| `{parameter.name}` |" in PAGE
            assert all(f"`{choice}`" in PAGE for choice in parameter.choices)


def test_every_key_is_described() -> None:
    data = outcome_to_json(tally(approvals({"a": 1}, 1, ["a"]), "equal-shares"))
    keys = {*data, *data["steps"][0], *data["steps"][0]["payment"], *data["projects"]["a"], *data["fairness"]}
    assert [key for key in keys if f"`{key}`" not in PAGE] == []
