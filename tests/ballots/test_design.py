from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.ballots.design import (
    MOST_POINTS,
    WITH_POINTS,
    Choice,
    Design,
    Kind,
    ballot_reasons,
    design_reasons,
)

COSTS = {1: 100_00, 2: 250_00, 3: 400_00, 4: 75_00}
BUDGET = 500_00
APPROVAL = Design(Kind.APPROVAL, 1, 3, None, None)
KNAPSACK = Design(Kind.KNAPSACK, 1, None, None, None)
RANKING = Design(Kind.RANKING, 1, 3, None, None)
POINTS = Design(Kind.POINTS, 1, None, 10, 6)
SCORE = Design(Kind.SCORE, 1, None, None, 5)


def codes(design: Design, projects: Sequence[int], points: Sequence[int] | None = None) -> list[str]:
    choice = Choice(tuple(projects), None if points is None else tuple(points))
    return [reason.code for reason in ballot_reasons(design, choice, COSTS, BUDGET)]


def test_refuses_unknown_doubled_and_too_many_choices_all_at_once() -> None:
    assert codes(APPROVAL, [1, 1, 9, 2, 3]) == ["unknown_project", "doubled_project", "too_many_choices"]


def test_refuses_fewer_choices_than_asked_for() -> None:
    assert codes(Design(Kind.APPROVAL, 3, None, None, None), [1, 2]) == ["too_few_choices"]


def test_a_knapsack_may_fit_exactly_and_not_by_a_penny_more() -> None:
    assert codes(KNAPSACK, [1, 3]) == []
    reason = ballot_reasons(KNAPSACK, Choice((1, 3), None), COSTS, BUDGET - 1)[0]
    assert (reason.code, reason.params) == ("ballot_over_budget", {"cost": 50_000, "budget": 49_999, "over": 1})


def test_every_project_is_scored_where_the_design_says_so() -> None:
    every = Design(Kind.SCORE, 1, None, None, 5, every=True)
    [reason] = ballot_reasons(every, Choice((1, 2, 3), (5, 1, 1)), COSTS, BUDGET)
    assert (reason.code, reason.params) == ("too_few_choices", {"least": 4, "chosen": 3})
    assert codes(every, [1, 2, 3, 4], [1, 5, 3, 2]) == []
    assert codes(every, [], []) == []
    assert design_reasons(every, 4) == []
    for wrong in (
        Design(Kind.APPROVAL, 1, None, None, None, every=True),
        Design(Kind.SCORE, 1, 3, None, 5, every=True),
    ):
        assert [one.code for one in design_reasons(wrong)] == ["limit_has_no_meaning"]
    assert "every" not in msgspec.to_builtins(SCORE)  # what was sealed before keeps its hash


def test_an_approval_ballot_has_no_budget() -> None:
    assert codes(APPROVAL, [1, 2, 3]) == []


def test_a_blank_ballot_can_always_be_cast() -> None:
    for design in (APPROVAL, KNAPSACK, RANKING, Design(Kind.APPROVAL, 3, None, None, None)):
        assert codes(design, []) == []
    assert codes(POINTS, [], []) == []


@pytest.mark.parametrize(
    ("projects", "points", "expected"),
    [
        ([1, 2], None, ["points_missing"]),
        ([1, 2], [3], ["points_missing"]),
        ([1], [0], ["points_out_of_range"]),
        ([1], [-1], ["points_out_of_range"]),
        ([1, 2], [7, 1], ["points_out_of_range"]),
        ([1, 2], [6, 5], ["too_many_points"]),
        ([1, 2], [6, 4], []),
    ],
)
def test_points_are_given_to_each_choice_within_both_limits(
    projects: list[int], points: list[int] | None, expected: list[str]
) -> None:
    assert codes(POINTS, projects, points) == expected


def test_scores_have_no_total() -> None:
    assert codes(SCORE, [1, 2, 3, 4], [5, 5, 5, 5]) == []


def test_points_are_refused_where_none_are_asked_for() -> None:
    assert codes(KNAPSACK, [1], [3]) == ["points_not_asked"]


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        (Design(Kind.APPROVAL, 0, None, None, None), ["min_choices_too_small"]),
        (Design(Kind.APPROVAL, 3, 2, None, None), ["max_choices_too_small"]),
        (Design(Kind.APPROVAL, 1, None, 10, 5), ["limit_has_no_meaning", "limit_has_no_meaning"]),
        (Design(Kind.POINTS, 1, None, None, None), ["limit_missing", "limit_missing"]),
        (Design(Kind.SCORE, 1, None, None, 0), ["limit_missing"]),
        (Design(Kind.APPROVAL, 9, None, None, None), ["too_few_projects"]),
        (APPROVAL, []),
        (POINTS, []),
    ],
)
def test_a_design_that_cannot_be_used_says_why(design: Design, expected: list[str]) -> None:
    assert [reason.code for reason in design_reasons(design, 4)] == expected


@given(st.sampled_from([APPROVAL, KNAPSACK, RANKING]), st.lists(st.integers(0, 6), max_size=8))
def test_a_ballot_without_reasons_keeps_every_limit(design: Design, projects: list[int]) -> None:
    if codes(design, projects):
        return
    assert len(set(projects)) == len(projects)
    assert set(projects) <= set(COSTS)
    assert len(projects) <= (design.max_choices or len(COSTS))
    assert design.kind is not Kind.KNAPSACK or sum(COSTS[number] for number in projects) <= BUDGET


@pytest.mark.parametrize("design", [APPROVAL, KNAPSACK, RANKING, POINTS, SCORE])
@pytest.mark.parametrize("projects", [range(1, 12_000), [number // 2 for number in range(12_000)], [1] * 12_000])
def test_a_very_long_ballot_gets_a_short_answer(design: Design, projects: Sequence[int]) -> None:
    given = [MOST_POINTS + 1] * len(projects) if design.kind in WITH_POINTS else None
    found = codes(design, projects, given)
    assert found[-1] == "too_many_choices"
    assert 1 < len(found) <= 21
    assert set(found[:-1]) <= {"unknown_project", "doubled_project"}


def test_a_ballot_a_little_too_long_gets_every_reason() -> None:
    assert codes(APPROVAL, range(1, 25)) == ["unknown_project"] * 20 + ["too_many_choices"]


def test_a_very_long_ballot_is_told_how_many_it_may_choose() -> None:
    reason = ballot_reasons(KNAPSACK, Choice(tuple(range(100)), None), COSTS, BUDGET)[-1]
    assert reason.params == {"most": 4, "chosen": 100}
    reason = ballot_reasons(APPROVAL, Choice(tuple(range(100)), None), COSTS, BUDGET)[-1]
    assert reason.params == {"most": 3, "chosen": 100}
