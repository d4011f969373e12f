"""What makes an election, and what does not."""

import pytest

from pbvote.tally import RULES, Ballot, Election, ElectionError, Project, VoteType, tally
from tests.tally.elections import approvals

PROJECTS = [Project("a", 1), Project("b", 2)]


def election(vote_type: VoteType, *ballots: Ballot) -> Election:
    return Election.of(projects=PROJECTS, budget=3, vote_type=vote_type, ballots=ballots)


def test_equal_ballots_are_grouped() -> None:
    both = approvals({"a": 1, "b": 2}, 3, ["ab", "ba", "a", ()])
    assert both.voters == 4
    assert dict(both.ballots()) == {Ballot(()): 1, Ballot(("a",)): 1, Ballot(("a", "b")): 2}


def test_ballots_may_come_counted() -> None:
    counted = Election.of(
        projects=PROJECTS,
        budget=3,
        vote_type=VoteType.APPROVAL,
        ballots={Ballot(("a",)): 2, Ballot(("b", "a")): 1, Ballot(("a", "b")): 4},
    )
    assert dict(counted.ballots()) == {Ballot(("a",)): 2, Ballot(("a", "b")): 5}


def test_the_order_of_a_ranking_matters_and_that_of_approvals_does_not() -> None:
    there, back = Ballot(("a", "b")), Ballot(("b", "a"))
    assert election(VoteType.ORDINAL, there) != election(VoteType.ORDINAL, back)
    assert election(VoteType.APPROVAL, there) == election(VoteType.APPROVAL, back)


def test_points_go_with_their_projects() -> None:
    there, back = Ballot(("a", "b"), (1, 5)), Ballot(("b", "a"), (5, 1))
    assert election(VoteType.CUMULATIVE, there) == election(VoteType.CUMULATIVE, back)
    assert list(election(VoteType.CUMULATIVE, there).ballots()) == [(Ballot(("b", "a"), (5, 1)), 1)]


@pytest.mark.parametrize(
    ("vote_type", "ballot", "problem"),
    [
        (VoteType.APPROVAL, Ballot(("x",)), "a ballot lists 'x', which is not a project"),
        (VoteType.APPROVAL, Ballot(("a",), (1,)), "has 1 points; expected no points"),
        (VoteType.CUMULATIVE, Ballot(("a",)), "has 0 points; expected one number of points for each project"),
        (VoteType.CHOOSE_1, Ballot(("a", "b")), "a choose-1 ballot lists 2 projects"),
        (VoteType.SCORING, Ballot(("a",), (2**60,)), "more points than can be counted"),
    ],
)
def test_a_wrong_ballot_is_refused(vote_type: VoteType, ballot: Ballot, problem: str) -> None:
    with pytest.raises(ElectionError, match=problem):
        election(vote_type, ballot)


@pytest.mark.parametrize(
    ("projects", "budget", "minor_units", "problem"),
    [
        ([Project("a", 1), Project("a", 2)], 1, 100, "project 'a' is listed more than once"),
        ([Project("a", -1)], 1, 100, "project 'a' costs -1, below zero"),
        ([], -1, 100, "the budget is -1, below zero"),
        ([], 1, 5, "minor_units is 5; expected 1, 10, 100"),
    ],
)
def test_wrong_parts_are_refused(projects: list[Project], budget: int, minor_units: int, problem: str) -> None:
    with pytest.raises(ElectionError, match=problem):
        Election.of(projects=projects, budget=budget, vote_type=VoteType.APPROVAL, ballots=[], minor_units=minor_units)


def test_a_count_below_one_is_refused() -> None:
    with pytest.raises(ElectionError, match="counted 0 times"):
        Election.of(projects=PROJECTS, budget=3, vote_type=VoteType.APPROVAL, ballots={Ballot(("a",)): 0})


@pytest.mark.parametrize("rule", list(RULES))
def test_an_election_without_projects_funds_nothing(rule: str) -> None:
    outcome = tally(approvals({}, 10, [(), ()]), rule, {"k": 1} if rule == "top" else {})
    assert outcome.funded == ()
    assert outcome.unspent == 10
