"""How close a project came: its margins against what happens when its cost, or its support, really changes."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pbvote.tally import Ballot, Conditions, Election, Margins, Pot, Project, Rival, VoteType, outcome_to_json, tally
from pbvote.tally.outcome import Value
from tests.tally.elections import approvals, elections, needs_real_files, real_files

FEW = settings(max_examples=60, deadline=None)
RULES = [
    ("equal-shares", {"utility": "cost"}),
    ("equal-shares", {"utility": "votes"}),
    ("phragmen", {}),
    ("phragmen", {"skip": True}),
    ("greedy", {}),
    ("greedy", {"skip": False}),
    ("greedy-per-cost", {}),
]


def with_cost(election: Election, project: str, cost: int) -> Election:
    projects = tuple(replace(one, cost=cost) if one.id == project else one for one in election.projects)
    return replace(election, projects=projects)


def with_supporters(election: Election, project: str, more: int, share: Fraction) -> Election:
    """The election with more voters who bring their share with them."""
    ballots = dict(election.ballots())
    only = Ballot((project,))
    ballots[only] = ballots.get(only, 0) + more
    budget = election.budget + more * share
    assert budget.denominator == 1
    return Election.of(
        projects=election.projects,
        budget=int(budget),
        vote_type=election.vote_type,
        ballots=ballots,
        minor_units=election.minor_units,
    )


def highest_cost(election: Election, project: str, rule: str, parameters: dict[str, Value]) -> int | None:
    """Found the slow way: by counting with every cost."""
    won = [
        cost
        for cost in range(1, election.budget + 1)
        if project in tally(with_cost(election, project, cost), rule, parameters).funded
    ]
    return max(won, default=None)


@pytest.mark.parametrize(("rule", "parameters"), RULES, ids=str)
@FEW
@given(elections())
def test_the_highest_cost_is_found_by_trying_them_all(
    rule: str, parameters: dict[str, Value], election: Election
) -> None:
    for project in tally(election, rule, parameters, margins=True).projects:
        if project.margins is not None:
            assert project.margins.max_cost == highest_cost(election, project.id, rule, parameters), project


@FEW
@given(elections(), st.sampled_from(["cost", "votes"]))
def test_so_many_more_supporters_would_have_been_enough(election: Election, utility: str) -> None:
    assume(election.voters and election.budget)
    election = replace(election, budget=election.budget * election.voters)
    share = Fraction(election.budget, election.voters)
    for project in tally(election, "equal-shares", {"utility": utility}, margins=True).projects:
        if project.margins is None or project.margins.supporters is None:
            continue
        for more, funded in ((project.margins.supporters, True), (project.margins.supporters - 1, False)):
            if not more:
                continue
            changed = with_supporters(election, project.id, more, share)
            assert (project.id in tally(changed, "equal-shares", {"utility": utility}).funded) is funded, project


@pytest.mark.parametrize(("rule", "parameters"), RULES[2:], ids=str)
@FEW
@given(elections())
def test_so_many_more_votes_would_have_been_enough(rule: str, parameters: dict[str, Value], election: Election) -> None:
    for project in tally(election, rule, parameters, margins=True).projects:
        if project.margins is None or project.margins.supporters is None:
            continue
        changed = with_supporters(election, project.id, project.margins.supporters, Fraction(0))
        assert project.id in tally(changed, rule, parameters).funded, project
        if project.margins.supporters > 1:
            changed = with_supporters(election, project.id, project.margins.supporters - 1, Fraction(0))
            assert project.id not in tally(changed, rule, parameters).funded, project


def test_an_exact_boundary_is_within_the_margin() -> None:
    # 3 of 7 voters have exactly 3/7 of the budget: not a penny more would have been within their reach
    election = approvals({"a": 31, "b": 40}, 70, ["a", "a", "a", "b", "b", "b", "b"])
    margins = tally(election, "equal-shares", margins=True).project("a").margins
    assert margins == Margins(max_cost=30, step=None, supporters=1)


def test_steps_are_counted_from_the_free_ones() -> None:
    election = approvals({"f": 0, "a": 10, "b": 11}, 12, ["fab", "ab"])
    outcome = tally(election, "equal-shares", margins=True)
    assert outcome.funded == ("f", "a")
    assert outcome.project("b").margins == Margins(max_cost=9, step=2, supporters=1)


def test_a_project_above_the_budget_has_a_margin_too() -> None:
    outcome = tally(approvals({"a": 500}, 30, ["a", "a"]), "equal-shares", margins=True)
    assert outcome.project("a").margins == Margins(max_cost=30)


def test_rivals_are_named_in_their_order() -> None:
    election = approvals({"a": 10, "b": 10, "c": 10}, 60, ["ab", "ab", "abc"])
    payment = tally(election, "equal-shares", margins=True).steps[0].payment
    assert payment is not None
    assert payment.rivals == (Rival("b", Fraction(3)), Rival("c", Fraction(1)))


def test_a_funded_rival_leaves_no_margin() -> None:
    election = approvals({"a": 10, "b": 12}, 30, ["ab", "ab"])
    conditions = Conditions(exclusions=(("a", "b"),))
    outcome = tally(election, "equal-shares", conditions=conditions, margins=True)
    assert outcome.funded == ("a",)
    assert outcome.project("b").margins == Margins(max_cost=9, step=1, supporters=1)


def test_a_ring_fence_bounds_the_margin() -> None:
    projects = [Project("a", 10, categories=("green",)), Project("b", 20)]
    election = Election.of(
        projects=projects, budget=24, vote_type=VoteType.APPROVAL, ballots=[Ballot(("a", "b"))] * 2, minor_units=1
    )
    conditions = Conditions(pots=(Pot("free", 14), Pot("green", 10, categories=("green",))))
    margins = tally(election, "equal-shares", conditions=conditions, margins=True).project("b").margins
    assert margins is not None
    assert margins.max_cost == 14


def test_without_asking_there_are_none() -> None:
    outcome = tally(approvals({"a": 10, "b": 12}, 12, ["ab", "ab"]), "equal-shares")
    assert {project.margins for project in outcome.projects} == {None}
    assert outcome.steps[0].payment is not None
    assert outcome.steps[0].payment.rivals == ()


def test_margins_in_json() -> None:
    data = outcome_to_json(tally(approvals({"a": 10, "b": 11}, 12, ["ab", "ab"]), "equal-shares", margins=True))
    assert data["projects"]["b"]["margins"] == {"max_cost": 9, "step": 1, "supporters": 1}
    assert data["projects"]["a"]["margins"] is None
    assert data["steps"][0]["payment"]["rivals"] == [{"project": "b", "effective_votes": 2}]


@needs_real_files
def test_margins_of_a_real_election_hold() -> None:
    from pbvote.tally import read_pabulib  # noqa: PLC0415  only where there is a file

    election = read_pabulib(next(file for file in real_files() if "swiecie" in file.stem)).election
    for project in tally(election, "equal-shares", margins=True).projects:
        if project.margins is None or project.margins.max_cost is None:
            continue
        for cost, funded in ((project.margins.max_cost, True), (project.margins.max_cost + 1, False)):
            changed = with_cost(election, project.id, cost)
            assert (project.id in tally(changed, "equal-shares").funded) is funded
