"""What is left of each pot, and what becomes of each project, whatever the rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.outcomes.leftovers import ListedPot, with_leftovers
from pbvote.outcomes.result import Becomes, CountedResult, becomes
from pbvote.tally import Conditions, Pot
from tests.outcomes.test_result import result


def of(found: CountedResult) -> list[tuple[str, int, int, str]]:
    return [(pot.pot, pot.spent, pot.left, pot.becomes) for pot in found.leftovers]


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=8), st.integers(0, 10**6))
def test_money_that_is_one_is_spent_in_shares(amounts: list[int], part: int) -> None:
    budget = sum(amounts)
    cost = budget * part // 10**6
    pots = [ListedPot(f"pot {index}", amount, "returned") for index, amount in enumerate(amounts)]
    counted = result("greedy")
    told = with_leftovers(_with(counted, budget, cost), pots).leftovers
    assert sum(pot.spent for pot in told) == cost
    assert sum(pot.left for pot in told) == budget - cost
    for pot, amount in zip(told, amounts, strict=True):
        assert pot.spent + pot.left == amount
        assert pot.left >= 0
        assert abs(pot.spent * budget - cost * amount) <= budget  # less than a penny from its share


def _with(counted: CountedResult, budget: int, cost: int) -> CountedResult:
    values = {name: getattr(counted, name) for name in counted.__struct_fields__}
    return CountedResult(**(values | {"budget": budget, "cost": cost}))


def test_fenced_pots_pay_for_what_they_are_for() -> None:
    conditions = Conditions(pots=(Pot("County", 425_00), Pot("Police", 75_00, categories=("young",))))
    found = result("greedy", conditions=conditions)
    pots = [ListedPot("County", 425_00, "reserve"), ListedPot("Police", 75_00, "returned")]
    told = with_leftovers(found, pots)
    assert found.conditions is not None
    assert of(told) == [
        (pot.id, pot.spent, pot.amount - pot.spent, becomes)
        for pot, becomes in zip(found.conditions.pots, ("reserve", "returned"), strict=True)
    ]
    assert sum(pot.spent for pot in told.leftovers) == found.cost


def test_a_rule_without_money_leaves_nothing() -> None:
    for rule, parameters in (("top", {"k": 2}), ("priorities", {})):
        found = result(rule, parameters)
        assert (found.decides_money, found.cost) == (False, 0)
        assert with_leftovers(found, [ListedPot("County", 500_00, "returned")]).leftovers == []


@pytest.mark.parametrize(
    ("rule", "funded", "awarded", "reserved", "expected"),
    [
        ("greedy", True, 100, False, Becomes.FUNDED),
        ("greedy", True, 99, False, Becomes.PART_FUNDED),
        ("greedy", False, 0, True, Becomes.RESERVE),
        ("equal-shares", False, 0, False, Becomes.NOT_FUNDED),
        ("top", True, 0, False, Becomes.SHORTLISTED),
        ("top", False, 0, False, Becomes.NOT_SHORTLISTED),
        ("priorities", True, 0, False, Becomes.PLACED),
    ],
)
def test_what_becomes_of_a_project(rule: str, *, funded: bool, awarded: int, reserved: bool, expected: Becomes) -> None:
    assert becomes(rule=rule, funded=funded, awarded=awarded, cost=100, reserved=reserved) is expected
