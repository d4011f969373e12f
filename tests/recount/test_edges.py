"""Numbers that are just enough, or just not: both programs, and what follows from the definition."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pbvote.tally import Ballot, Election, Project, VoteType
from pbvote.tally.conditions import Conditions, Pot
from tests.recount.cases import Case
from tests.recount.test_against_the_tally import agree
from tests.tally.elections import approvals

Parameters = dict[str, str | int | bool]


def funded(case: Case) -> tuple[str, ...]:
    outcome = case.tally()
    agree(outcome, case.recount())
    return outcome.funded


@pytest.mark.parametrize(("cost", "expected"), [(29, ("a",)), (30, ("a",)), (31, ())])
def test_eligibility_is_reached_by_just_the_share_of_the_budget(cost: int, expected: tuple[str, ...]) -> None:
    # three of six voters may ask for half of the budget of 60, and others would have money to fill up
    election = approvals({"a": cost}, 60, ["a", "a", "a", (), (), ()])
    parameters: Parameters = {"eligibility": "1", "completion": "add1u", "stop_when_exhaustive": True}
    assert funded(Case(election, "equal-shares", parameters)) == expected


def test_as_many_who_prefer_greedy_as_equal_shares_leave_equal_shares() -> None:
    # greedy funds x alone: voter 3 prefers it, voter 4 does not, and the others find one project in either
    election = approvals({"x": 4, "y": 2, "z": 1}, 4, ["xy", "xz", "x", "y"])
    parameters: Parameters = {"utility": "votes", "comparison": True}
    assert funded(Case(election, "equal-shares", parameters)) == ("z", "y")
    one_more = approvals({"x": 5, "y": 2, "z": 1}, 5, ["xy", "xz", "x", "y", "x"])
    assert funded(Case(one_more, "equal-shares", parameters)) == ("x",)


@pytest.mark.parametrize(("least", "expected"), [(2, ("a", "b")), (3, ("a",)), (4, ())])
def test_just_votes_enough(least: int, expected: tuple[str, ...]) -> None:
    election = approvals({"a": 1, "b": 1}, 9, ["ab", "ab", "a"])
    for rule in ("greedy", "equal-shares", "phragmen", "maximin-support", "max-welfare"):
        case = Case(election, rule, {}, Conditions(min_votes=least))
        assert set(funded(case)) == set(expected)
    assert funded(Case(election, "greedy", {"threshold": least})) == expected


@pytest.mark.parametrize("rule", ["greedy", "equal-shares", "phragmen", "maximin-support", "max-welfare"])
def test_pots_that_hold_just_enough(rule: str) -> None:
    election = Election.of(
        projects=[Project("trees", 6, categories=("green",)), Project("swings", 6)],
        budget=12,
        vote_type=VoteType.APPROVAL,
        ballots={Ballot(("trees", "swings")): 3},
        minor_units=1,
    )
    enough = Conditions(pots=(Pot("climate", 6, ("green",)), Pot("forum", 6)))
    case = Case(election, rule, {}, enough)
    assert set(funded(case)) == {"trees", "swings"}
    fenced = Conditions(pots=(Pot("climate", 7, ("green",)), Pot("forum", 5)))
    assert funded(case.on(election, fenced)) == ("trees",)


def test_a_part_that_is_just_large_enough() -> None:
    election = approvals({"a": 7, "b": 8}, 12, ["ab", "a"])
    for least, expected in ((5, ("a", "b")), (6, ("a",))):
        case = Case(election, "greedy", {}, Conditions(smallest={"b": least}))
        assert funded(case) == expected


def test_phragmen_stops_where_one_of_those_tied_does_not_fit() -> None:
    # after a, both b and c bring a load of 5; c costs 10, one more than is left
    election = approvals({"a": 1, "b": 5, "c": 10}, 10, ["a"] * 3 + ["b"] + ["c"] * 2)
    case = Case(election, "phragmen", {})
    assert funded(case) == ("a",)
    assert funded(replace(case, parameters={"skip": True})) == ("a", "b")


def test_points_of_nought_are_no_support() -> None:
    election = Election.of(
        projects=[Project("a", 1), Project("b", 1)],
        budget=2,
        vote_type=VoteType.SCORING,
        ballots={Ballot(("a", "b"), (1, 0)): 2},
        minor_units=1,
    )
    for rule in ("greedy", "equal-shares", "phragmen", "maximin-support", "max-welfare"):
        assert funded(Case(election, rule, {})) == ("a",)
