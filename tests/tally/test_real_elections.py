"""Real elections against outcomes that other programs computed, and against what the cities published."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pbvote.tally import Election, PabulibFile, read_pabulib, tally
from tests.tally.elections import needs_real_files, real_files

pytestmark = needs_real_files

LONG = {"poland_warszawa_2023_mokotow", "poland_warszawa_2024"}  # one run of Add1 takes seconds: one is enough
PARAMETERS = ("utility", "completion", "start", "stop_when_exhaustive")


@cache
def read(file: Path) -> PabulibFile:
    return read_pabulib(file)


def cases() -> list[Any]:
    """(file, expected outcome) for every rule that we have."""
    found = []
    for file in real_files():
        for outcome in json.loads(file.with_suffix(".expected.json").read_text())["outcomes"]:
            again = file.stem in LONG and (outcome.get("completion") == "add1" or outcome.get("start") == "floor")
            if outcome["rule"] in {"greedy", "greedy-per-cost", "equal-shares"} and not again:
                name = "-".join(str(outcome[key]) for key in ("rule", *PARAMETERS) if key in outcome)
                found.append(pytest.param(file, outcome, id=f"{file.stem}-{name}"))
    return found


@pytest.mark.parametrize(("file", "expected"), cases())
def test_funds_what_the_oracle_funds(file: Path, expected: dict[str, Any]) -> None:
    rule = expected["rule"]
    if rule == "greedy" and "utility" in expected:
        rule = "greedy-per-cost"  # so did the oracle: it divides points by cost, and votes it does not
    election = read(file).election
    parameters = {key: expected[key] for key in PARAMETERS if key in expected}
    outcome = tally(election, rule, parameters)
    if expected["order_matters"]:
        assert list(outcome.funded) == expected["funded"]
    assert set(outcome.funded) == set(expected["funded"])
    assert outcome.cost == int(expected["cost"]) * election.minor_units


def selected(file: PabulibFile) -> set[str]:
    return {project for project, columns in file.details.items() if columns.get("selected") == "1"}


@pytest.mark.parametrize(
    ("name", "rule", "parameters"),
    [
        ("poland_lodz_2022", "greedy", {}),
        ("poland_warszawa_2018_pole_mokotowskie", "greedy", {}),
        ("poland_warszawa_2023_mokotow", "greedy", {}),
        ("poland_czestochowa_2024", "greedy", {"utility": "points"}),
        ("netherlands_assen_2024", "equal-shares", {"completion": "add1"}),
        ("poland_swiecie_2023", "equal-shares", {"completion": "add1"}),
        ("poland_wieliczka_2023_green_budget", "equal-shares", {"completion": "add1", "stop_when_exhaustive": False}),
    ],
)
def test_funds_what_the_city_published(name: str, rule: str, parameters: dict[str, Any]) -> None:
    file = next((read(path) for path in real_files() if path.stem == name), None)
    assert file is not None, f"{name}.pb is missing"
    assert set(tally(file.election, rule, parameters).funded) == selected(file)


def test_every_file_has_as_many_ballots_as_it_says() -> None:
    for path in real_files():
        file = read(path)
        election: Election = file.election
        assert election.voters == int(file.meta["num_votes"])
        assert len(election.projects) == int(file.meta["num_projects"])
