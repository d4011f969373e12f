"""The outcome as data: its JSON, its sentences, its figures."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from pbvote.tally import SENTENCES, Outcome, outcome_to_json, read_pabulib, reason_text, tally
from pbvote.tally.money import amount, money_text
from tests.tally.elections import approvals

WOLDS = read_pabulib(Path(__file__).parent / "data" / "wolds.pb").election
ADD1U = {"completion": "add1u"}


def sentences(outcome: Outcome, project: str) -> list[str]:
    return [reason_text(reason, outcome) for reason in outcome.project(project).reasons]


def test_has_exactly_these_keys() -> None:
    data = outcome_to_json(tally(WOLDS, "equal-shares", ADD1U))
    assert list(data) == [
        *("engine", "rule", "parameters", "currency", "num_voters", "budget", "funded", "cost", "unspent"),
        *("welfare", "start_share", "final_share", "raises", "stop_reason", "comparison", "conditions", "reserve"),
        *("ties", "steps", "projects", "fairness"),
    ]
    assert list(data["steps"][1]) == ["step", "phase", "project", "cost", "votes", "score", "left", "payment"]
    assert list(data["projects"]["hall"]) == [
        *("name", "cost", "votes", "score", "funded", "step", "awarded", "pots", "reasons", "margins")
    ]


def test_money_is_in_currency_units() -> None:
    data = outcome_to_json(tally(WOLDS, "equal-shares", ADD1U))
    assert (data["budget"], data["cost"], data["unspent"]) == (2500, 2100, 400)
    assert data["parameters"]["step"] == 1
    assert data["start_share"] == "2500/37"
    assert data["steps"][1]["payment"]["max_payment"] == "600/7"
    assert data["steps"][1]["payment"]["effective_votes"] == 14


def test_is_json_and_the_same_each_time() -> None:
    first, again = (json.dumps(outcome_to_json(tally(WOLDS, "equal-shares", ADD1U))) for _ in range(2))
    assert first == again


def test_figures_by_category_and_voters_reached() -> None:
    fairness = outcome_to_json(tally(WOLDS, "equal-shares", ADD1U))["fairness"]
    assert fairness["voters_with_funded"] == 30
    assert fairness["share_with_funded"] == "30/37"
    assert fairness["categories"][0] == {"name": "green", "projects": 3, "funded": 3, "votes": 21, "cost": 750}
    assert [category["name"] for category in fairness["categories"]] == ["green", "streets", "community", "play"]


def test_says_why_in_sentences() -> None:
    outcome = tally(WOLDS, "equal-shares", ADD1U)
    assert sentences(outcome, "crossing") == ["Its 14 supporters could pay for it with 85.71 GBP each."]
    too_little, no_room = sentences(outcome, "hall")
    assert too_little == "Its 6 supporters had 519.40 GBP together at first, 80.60 GBP less than it costs."
    assert no_room == "When its turn came 400 GBP was left, 200 GBP less than it costs."
    greedy = tally(WOLDS, "greedy")
    assert sentences(greedy, "swings") == [
        "When its turn came 550 GBP was left, 350 GBP less than it costs.",
        "With 1 more vote it would have come early enough to fit.",
    ]


def test_every_reason_that_rules_give_has_its_sentence() -> None:
    folder = Path(__file__).parents[2] / "pbvote" / "tally"
    code = "\n".join(file.read_text() for file in folder.rglob("*.py") if file.name != "reasons.py")
    assert [name for name in SENTENCES if f'"{name}"' not in code] == []


def test_an_unknown_project_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        tally(WOLDS, "greedy").project("nothing")


@pytest.mark.parametrize(
    ("minor", "units", "expected"),
    [
        (107000000, 100, 1070000),
        (1250, 100, "12.50"),
        (-1205, 100, "-12.05"),
        (Fraction(1, 3), 100, "1/300"),
        (7, 1, 7),
        (Fraction(7, 2), 1, "7/2"),
        (1, 1000, "0.001"),
    ],
)
def test_amounts_in_json(minor: int | Fraction, units: int, expected: int | str) -> None:
    assert amount(minor, units) == expected


@pytest.mark.parametrize(
    ("minor", "currency", "units", "expected"),
    [
        (Fraction(107000000), "PLN", 100, "1,070,000 PLN"),
        (Fraction(125000, 99), "GBP", 100, "12.63 GBP"),
        (Fraction(7), "", 1, "7"),
    ],
)
def test_amounts_for_people(minor: Fraction, currency: str, units: int, expected: str) -> None:
    assert money_text(minor, currency, units) == expected


def test_amounts_that_are_not_whole_are_text() -> None:
    data = outcome_to_json(tally(approvals({"a": 150}, 299, ["a"], minor_units=100), "greedy"))
    assert (data["budget"], data["cost"], data["projects"]["a"]["cost"]) == ("2.99", "1.50", "1.50")
