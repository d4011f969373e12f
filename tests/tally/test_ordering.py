"""The rules that decide no money: `top` and `priorities`."""

import csv
import json
from fractions import Fraction
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pbvote.commands.tally import command
from pbvote.tally import (
    Ballot,
    ConditionError,
    Conditions,
    Election,
    ParameterError,
    Pot,
    Project,
    VoteType,
    outcome_to_json,
    reason_text,
    tally,
)
from tests.tally.elections import approvals, elections

WOLDS = Path(__file__).parent / "data" / "wolds.pb"


def rated() -> Election:
    """The points give a the most, the mean prefers b, and c costs more than there is."""
    ballots = [Ballot(("a", "c"), (4, 3)), Ballot(("a", "b"), (3, 5)), Ballot(("a", "c"), (1, 0)), Ballot()]
    projects = [Project("a", 10), Project("b", 20), Project("c", 10_000), Project("nobody", 1)]
    return Election.of(projects=projects, budget=50, vote_type=VoteType.SCORING, ballots=ballots, minor_units=1)


def test_chooses_the_k_best_whatever_they_cost() -> None:
    outcome = tally(rated(), "top", {"k": 2})
    assert outcome.funded == ("a", "b")
    assert tally(rated(), "top", {"k": 9}).funded == ("a", "b", "c")
    points = tally(rated(), "top", {"k": 1, "utility": "points"})
    assert points.funded == ("a",)
    mean = tally(rated(), "top", {"k": 2, "utility": "mean"})
    assert mean.funded == ("b", "a")
    assert [step.score for step in mean.steps] == [5, Fraction(8, 3)]
    assert reason_text(mean.project("c").reasons[0], mean) == "Its score is 1.50; the last of those chosen has 2.67."
    assert mean.project("nobody").reasons[0].code == "no_votes"
    assert reason_text(mean.stop, mean) == "The count chose 2 projects, those with the highest scores."


def test_moves_no_money() -> None:
    outcome = tally(rated(), "top", {"k": 3, "utility": "mean"})
    data = outcome_to_json(outcome)
    assert json.dumps(data)
    assert (data["cost"], data["unspent"], data["budget"]) == (10_030, None, 50)
    assert [(step["phase"], step["left"]) for step in data["steps"]] == [("top", 50)] * 3
    assert [project["awarded"] for project in data["projects"].values()] == [0, 0, 0, 0]
    assert data["projects"]["a"]["reasons"][0]["params"] == {"score": "8/3", "place": 2, "k": 3}


def test_a_tie_for_the_last_place_is_broken_and_noted() -> None:
    outcome = tally(approvals({"a": 5, "b": 4, "gift": 0}, 3, ["a", "b"]), "top", {"k": 1})
    assert outcome.funded == ("b",)
    assert [(tie.step, tie.tied, tie.winner) for tie in outcome.ties] == [(1, ("a", "b"), "b")]
    assert outcome.project("a").reasons[0].code == "lost_the_tie"


def test_top_may_ask_for_some_support() -> None:
    outcome = tally(
        approvals({"a": 5, "b": 4}, 3, ["a", "a", "b"]), "top", {"k": 2}, conditions=Conditions(min_votes=2)
    )
    assert outcome.funded == ("a",)
    assert outcome.project("b").reasons[0].code == "too_little_support"


def test_k_must_be_given() -> None:
    for given_ in ({}, {"k": 0}, {"k": True}):
        with pytest.raises(ParameterError, match=r"^k: .* expected a whole number above zero"):
            tally(rated(), "top", given_)


def test_the_mean_needs_points() -> None:
    with pytest.raises(ParameterError, match=r"^utility: mean needs cumulative or scoring ballots; these are approval"):
        tally(approvals({"a": 1}, 1, ["a"]), "priorities", {"utility": "mean"})


def test_puts_every_project_in_order() -> None:
    outcome = tally(rated(), "priorities", {"utility": "mean"})
    assert outcome.funded == ("b", "a", "c", "nobody")
    assert [step.phase for step in outcome.steps] == ["priority"] * 4
    last = reason_text(outcome.project("nobody").reasons[0], outcome)
    assert last == "Nobody voted for it, so it comes after those with votes, in place 4."


def test_a_score_below_zero_still_comes_before_no_votes() -> None:
    election = Election.of(
        projects=[Project("nobody", 1), Project("a", 1)],
        budget=1,
        vote_type=VoteType.SCORING,
        ballots=[Ballot(("a",), (-5,)), Ballot(("a",), (1,))],
    )
    assert tally(election, "priorities", {"utility": "points"}).funded == ("a", "nobody")


@given(elections(VoteType.SCORING), st.sampled_from(["votes", "points", "mean"]), st.integers(1, 7))
def test_top_is_the_head_of_the_priorities(election: Election, utility: str, k: int) -> None:
    best = tally(election, "top", {"utility": utility, "k": k})
    order = tally(election, "priorities", {"utility": utility})
    assert sorted(order.funded) == sorted(project.id for project in election.projects)
    voted = [name for name in order.funded if order.project(name).votes]
    assert list(best.funded) == voted[:k]
    scores = [step.score for step in order.steps if step.votes]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("rule", ["top", "priorities"])
@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(pots=(Pot("all", 50),)),
        Conditions(prefunded=("a",)),
        Conditions(exclusions=(("a", "b"),)),
        Conditions(smallest={"a": 1}),
        Conditions(reserve=1),
        Conditions(min_votes=1),
    ],
    ids=lambda conditions: conditions.used()[0],
)
def test_refuse_conditions_about_money(rule: str, conditions: Conditions) -> None:
    parameters: dict[str, str | int | bool] = {"k": 1} if rule == "top" else {}
    if rule == "top" and conditions.min_votes:
        assert tally(rated(), rule, parameters, conditions=conditions).funded
        return
    with pytest.raises(ConditionError, match=f"^{conditions.used()[0]}: {rule} cannot honour it: [a-z ]+"):
        tally(rated(), rule, parameters, conditions=conditions)


def test_on_the_command_line_no_money_is_spoken_of() -> None:
    def run(*options: str) -> str:
        result = CliRunner().invoke(command, [str(WOLDS), "--rule", "top", "-k", "2", *options], env={"COLUMNS": "140"})
        assert result.exit_code == 0, result.output
        return result.stdout

    text = " ".join(run().split())
    assert "2 of 8 projects are chosen." in text
    assert "is left" not in text
    assert json.loads(run("--format", "json"))["unspent"] is None
    rows = list(csv.DictReader(StringIO(run("--format", "csv"))))
    assert [row["phase"] for row in rows if row["funded"] == "1"] == ["top", "top"]
