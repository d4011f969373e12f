"""The greedy rules, one by one."""

import pytest

from pbvote.tally import Ballot, Election, Project, VoteType, tally
from tests.tally.elections import approvals

VOTES = ["a"] * 5 + ["b"] * 4 + ["c"] * 3 + ["d"] * 2


def test_takes_most_votes_first_and_skips_what_does_not_fit() -> None:
    outcome = tally(approvals({"a": 60, "b": 50, "c": 30, "d": 10}, 100, VOTES), "greedy")
    assert outcome.funded == ("a", "c", "d")
    assert outcome.stop.code == "all_considered"


def test_can_stop_at_the_first_misfit() -> None:
    outcome = tally(approvals({"a": 60, "b": 50, "c": 30, "d": 10}, 100, VOTES), "greedy", {"skip": False})
    assert outcome.funded == ("a",)
    assert outcome.stop.code == "first_misfit"
    assert [reason.code for reason in outcome.project("c").reasons] == ["after_the_stop", "too_few_votes"]


def test_an_exact_fit_is_a_fit() -> None:
    assert tally(approvals({"a": 60, "b": 40}, 100, VOTES[:9]), "greedy").unspent == 0


def test_never_funds_what_nobody_voted_for() -> None:
    outcome = tally(approvals({"a": 10, "nobody": 1, "gift": 0}, 100, ["a"]), "greedy")
    assert outcome.funded == ("a",)
    assert outcome.project("gift").reasons[0].code == "no_votes"


def test_says_how_much_cheaper_or_more_popular_a_project_had_to_be() -> None:
    outcome = tally(approvals({"a": 60, "b": 50, "c": 30, "d": 10}, 100, VOTES), "greedy")
    does_not_fit, too_few_votes = outcome.project("b").reasons
    assert does_not_fit.params == {"left": 40, "missing": 10}
    # with five votes it would tie with a and, being cheaper, go first
    assert too_few_votes.params == {"needed": 1}


@pytest.mark.parametrize("extra", [0, 1])
def test_what_was_needed_is_just_enough(extra: int) -> None:
    costs = {"a": 60, "b": 70, "c": 30, "d": 10}
    outcome = tally(approvals(costs, 100, VOTES), "greedy")
    needed = outcome.project("b").reasons[-1].params["needed"]
    assert needed == 2
    again = tally(approvals(costs, 100, [*VOTES, *["b"] * (1 + extra)]), "greedy")
    assert again.project("b").funded is bool(extra)


def test_a_project_above_the_budget_is_never_considered() -> None:
    outcome = tally(approvals({"a": 600, "b": 50}, 100, VOTES[:9]), "greedy", {"skip": False})
    assert outcome.funded == ("b",)
    assert outcome.project("a").reasons[0].params == {"cost": 600, "missing": 500}


def test_counts_points() -> None:
    ballots = [Ballot(("a", "b"), (9, 1)), Ballot(("b",), (2,)), Ballot(("c", "b"), (0, -1))]
    projects = [Project("a", 10), Project("b", 10), Project("c", 1)]
    election = Election.of(projects=projects, budget=10, vote_type=VoteType.SCORING, ballots=ballots)
    by_points = tally(election, "greedy", {"utility": "points"})
    assert by_points.funded == ("a",)
    assert [project.score for project in by_points.projects] == [9, 2, 0]
    assert [project.votes for project in by_points.projects] == [1, 2, 0]
    assert tally(election, "greedy").funded == ("b",)


def test_counts_borda_points() -> None:
    ballots = [Ballot(("a", "b", "c")), Ballot(("c", "b")), Ballot(("b",))]
    projects = [Project("a", 10), Project("b", 10), Project("c", 10)]
    election = Election.of(projects=projects, budget=10, vote_type=VoteType.ORDINAL, ballots=ballots)
    outcome = tally(election, "greedy", {"utility": "borda"})
    assert [project.score for project in outcome.projects] == [2, 1, 1]
    assert outcome.funded == ("a",)


def test_can_go_by_value_for_money() -> None:
    outcome = tally(approvals({"a": 60, "b": 50, "c": 30, "d": 10}, 100, VOTES), "greedy-per-cost")
    assert outcome.funded == ("d", "c", "a")
    assert outcome.project("b").reasons[0].code == "does_not_fit"


def test_a_project_listed_twice_on_a_ballot_counts_once() -> None:
    assert approvals({"a": 1, "b": 1}, 1, ["aab"]) == approvals({"a": 1, "b": 1}, 1, ["ab"])
