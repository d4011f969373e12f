"""How fair an outcome is: each figure against its definition, read literally with one fraction for each voter."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbvote.tally import Ballot, Conditions, Election, Project, VoteType, read_pabulib, tally
from pbvote.tally.fairness_report import fairness_report, report_of
from pbvote.tally.inequality import Spread, spread
from pbvote.tally.representation import PRECISION, Blocking, FairShare
from tests.tally.elections import REAL, approvals, elections, needs_real_files


def voters_of(election: Election) -> list[set[str]]:
    """What each voter supports, one entry for each voter."""
    return [
        {project for place, project in enumerate(ballot.projects) if not ballot.points or ballot.points[place] > 0}
        for ballot, count in election.ballots()
        for _ in range(count)
    ]


@st.composite
def outcomes(draw: st.DrawFn) -> tuple[Election, dict[str, int]]:
    """An election and any projects of it, some of which get less than they cost."""
    election = draw(elections(draw(st.sampled_from([VoteType.APPROVAL, VoteType.ORDINAL, VoteType.SCORING]))))
    chosen = draw(st.lists(st.sampled_from(election.projects), unique=True))
    return election, {project.id: draw(st.sampled_from([project.cost, project.cost // 2])) for project in chosen}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4)), max_size=8))
def test_the_spread_is_as_defined(have: list[tuple[int, int]]) -> None:
    found = spread(
        np.array([value for value, _ in have], dtype=np.int64), np.array([count for _, count in have], dtype=np.int64)
    )
    each = sorted(value for value, count in have for _ in range(count))
    voters, total = len(each), sum(each)
    if not each:
        nothing = Fraction(0)
        assert found == Spread(nothing, nothing, (0,) * 11, nothing, (nothing,) * 11)
        return
    assert found.mean == Fraction(total, voters)
    assert found.median == Fraction(each[(voters - 1) // 2] + each[voters // 2], 2)
    assert found.deciles == tuple(each[(voters - 1) * tenth // 10] for tenth in range(11))
    differences = sum(abs(one - other) for one in each for other in each)
    assert found.gini == (Fraction(differences, 2 * voters * total) if total else 0)
    tenfold = sorted(each * 10)  # so that a tenth of the voters is a whole number of entries
    assert found.lorenz == tuple(
        Fraction(sum(tenfold[: voters * tenth]), total * 10) if total else Fraction(tenth, 10) for tenth in range(11)
    )


def literally_blocking(election: Election, funded: Mapping[str, int]) -> set[str]:
    """The projects with a group of supporters all of whom support too little, every group being looked at."""
    voters, found = voters_of(election), set()
    for project in election.projects:
        supporters = [voter for voter in voters if project.id in voter]
        for size in range(1, len(supporters) + 1):
            for group in combinations(supporters, size):
                best_off = max(sum(funded.get(name, 0) for name in voter) for voter in group)
                if project.id not in funded and best_off + project.cost <= Fraction(
                    size * election.budget, len(voters)
                ):
                    found.add(project.id)
    return found


@given(outcomes())
@settings(max_examples=60, deadline=None)
def test_blocking_projects_are_those_with_a_blocking_group(case: tuple[Election, dict[str, int]]) -> None:
    election, funded = case
    report = fairness_report(election, funded)
    assert {blocking.project for blocking in report.blocking} == literally_blocking(election, funded)
    costs = {project.id: project.cost for project in election.projects}
    for blocking in report.blocking:
        assert blocking.share == Fraction(blocking.voters * election.budget, election.voters)
        assert blocking.most + costs[blocking.project] <= blocking.share


@given(outcomes())
@settings(deadline=None)
def test_fair_shares_are_as_defined(case: tuple[Election, dict[str, int]]) -> None:
    election, funded = case
    voters, total, content = voters_of(election), 0, 0
    votes = {project.id: sum(project.id in voter for voter in voters) for project in election.projects}
    costs = {project.id: project.cost for project in election.projects}
    for voter in voters:
        got = sum((Fraction(funded.get(name, 0), votes[name]) for name in voter), Fraction(0))
        every = sum((Fraction(costs[name], votes[name]) for name in voter), Fraction(0))
        fair = min(every, Fraction(election.budget, len(voters)))
        ratio = min(Fraction(1), got / fair) if fair else Fraction(1)
        total += ratio * PRECISION // 1
        content += ratio == 1
    found = fairness_report(election, funded).fair_share
    assert found.voters == content
    assert found.ratio == (Fraction(total, PRECISION * len(voters)) if voters else 1)


@given(outcomes())
@settings(deadline=None)
def test_what_voters_have_is_counted(case: tuple[Election, dict[str, int]]) -> None:
    election, funded = case
    report, voters = fairness_report(election, funded), voters_of(election)
    numbers = [sum(name in funded for name in voter) for voter in voters]
    assert report.histogram == tuple(numbers.count(number) for number in range(max(numbers, default=0) + 1))
    assert report.voters_with_funded == sum(number > 0 for number in numbers)
    assert report.projects.mean * len(voters) == sum(numbers)
    assert report.money.mean * len(voters) == sum(funded.get(name, 0) for voter in voters for name in voter)


@given(elections(), st.sampled_from(["none", "add1", "add1u"]))
@settings(deadline=None)
def test_equal_shares_leave_nobody_blocking(election: Election, completion: str) -> None:
    outcome = tally(election, "equal-shares", {"completion": completion})
    assert report_of(election, outcome).blocking == ()


def test_a_group_of_half_the_voters_can_claim_half_the_budget() -> None:
    election = approvals({"a": 6, "b": 4, "c": 5}, 10, ["ab", "ab", "ab", "c", "c", "c"])
    report = fairness_report(election, {"a": 6, "b": 4})
    assert report.blocking == (Blocking("c", voters=3, share=Fraction(5), most=0),)


def test_a_group_whose_share_is_short_by_one_cannot() -> None:
    election = approvals({"a": 6, "c": 6}, 10, ["a", "a", "a", "c", "c", "c"])
    assert fairness_report(election, {"a": 6}).blocking == ()


def test_categories_by_votes_and_money() -> None:
    election = Election.of(
        projects=[
            Project("p", 30, categories=("parks",)),
            Project("q", 10, categories=("parks", "sport")),
            Project("r", 20, categories=("sport",)),
            Project("s", 5),
        ],
        budget=60,
        vote_type=VoteType.APPROVAL,
        ballots=[Ballot(("p", "q")), Ballot(("r",)), Ballot(("s",))],
    )
    report = fairness_report(election, {"p": 30, "r": 10})
    assert [(share.category.name, share.votes, share.money) for share in report.categories] == [
        ("parks", Fraction(1, 2), Fraction(3, 4)),
        ("sport", Fraction(1, 2), Fraction(1, 4)),
    ]
    assert report.category_gap == Fraction(1, 4)


def test_what_is_funded_in_part_counts_with_what_it_gets() -> None:
    election = approvals({"a": 6, "b": 8}, 10, ["a", "a", "b"])
    outcome = tally(election, "greedy", conditions=Conditions(smallest={"b": 2}))
    assert [step.cost for step in outcome.steps] == [6, 4]
    assert report_of(election, outcome).money.deciles[-1] == 6


def test_an_election_without_voters_or_money_has_figures_too() -> None:
    nobody = fairness_report(approvals({"a": 1}, 1, []), {})
    assert (nobody.voters, nobody.histogram, nobody.money.gini) == (0, (0,), Fraction(0))
    assert nobody.fair_share == FairShare(0, Fraction(1))
    nothing = fairness_report(approvals({"a": 0}, 0, ["a", ""]), {"a": 0})
    assert (nothing.histogram, nothing.money.gini) == ((1, 1), Fraction(0))
    assert nothing.fair_share == FairShare(2, Fraction(1))


def test_huge_amounts_stay_exact() -> None:
    huge = 10**18
    election = approvals({"a": huge, "b": huge + 1}, 2 * huge, ["a"] * 7 + ["b"] * 7)
    report = fairness_report(election, {"a": huge})
    assert report.money.mean == Fraction(huge, 2)
    assert report.blocking == ()  # the supporters of b are one minor unit short
    assert report.fair_share.ratio == Fraction(1, 2)


@needs_real_files
@pytest.mark.parametrize(
    ("name", "greedy"),
    [("poland_lodz_2022", 17), ("poland_warszawa_2024", 12), ("poland_swiecie_2023", 2), ("switzerland_zurich_s5", 0)],
)
def test_real_elections(name: str, greedy: int) -> None:
    election = read_pabulib(REAL / f"{name}.pb").election
    assert len(report_of(election, tally(election, "greedy")).blocking) == greedy
    assert report_of(election, tally(election, "equal-shares", {"completion": "add1u"})).blocking == ()
