"""Pots: what each may pay for, and how the tally sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.rounds.conditions import NONE, Nominee, for_the_tally, read_conditions, round_reasons, within
from pbvote.rounds.pots import NOTHING, PotPlan, names_of, pot_reasons, proposal_reasons, tally_pots

CATEGORIES = ("parks", "streets")
NOMINEES = {1: Nominee(100, "parks"), 2: Nominee(200, "parks")}


def pot(funder: str, categories: tuple[str, ...] = (), proposals: tuple[int, ...] = (), amount: int = 500) -> PotPlan:
    return PotPlan(funder, amount, list(categories), list(proposals), "returned")


FREE = pot("County")
FENCED = pot("Police", ("parks",))


@pytest.mark.parametrize(
    ("pots", "reasons"),
    [
        ([pot("Police", ("ponds", "parks"))], [("pots.0.categories", "pot_of_unknown_category")]),
        ([FREE, pot(" ", amount=0).tidied], [("pots.1.funder", "text_missing"), ("pots.1.amount", "bad_amount")]),
        ([FREE] * 20, []),
        ([FREE] * 21, [("pots", "too_many_pots")]),
        ([FENCED] + [FREE] * 11, []),
        ([FENCED] + [FREE] * 12, [("pots", "too_many_fenced_pots")]),
        ([pot("Police", (), tuple(range(1_001)))], [("pots.0", "fence_too_long")]),
    ],
)
def test_pots_that_cannot_be_say_why(pots: list[PotPlan], reasons: list[tuple[str, str]]) -> None:
    assert [(reason.field, reason.code) for reason in pot_reasons(pots, CATEGORIES)] == reasons


@pytest.mark.parametrize(
    ("pots", "reasons"),
    [
        ([FREE, FENCED, pot("Parish", (), (2,)), pot("Trust", ("streets",), (1,))], []),
        ([pot("Parish", (), (2, 3))], [("pots.0.proposals", "pot_of_unknown_proposal")]),
        ([FREE, pot("Roads", ("streets",))], [("pots.1", "pot_of_nothing")]),
    ],
)
def test_pots_that_do_not_fit_the_ballot_say_why(pots: list[PotPlan], reasons: list[tuple[str, str]]) -> None:
    assert [(reason.field, reason.code) for reason in proposal_reasons(pots, NOMINEES)] == reasons


def test_without_a_fence_all_the_money_is_one() -> None:
    assert tally_pots([FREE, pot("Police")], {1: "a"}) == ()


def test_a_pot_whose_proposals_are_not_on_the_ballot_pays_for_nothing() -> None:
    free, fenced, gone = tally_pots([FREE, pot("Parish", (), (2,)), pot("Trust", (), (3,))], {1: "a", 2: "b"})
    assert (free.categories, free.projects) == ((), ())
    assert (fenced.categories, fenced.projects) == ((), ("b",))
    assert (gone.categories, gone.projects, gone.free) == ((NOTHING,), (), False)


@given(st.lists(st.sampled_from(["A", "B", "A (1)", "A (2)", "A (1) (1)"]), max_size=8))
def test_every_pot_has_a_name_of_its_own(funders: list[str]) -> None:
    names = names_of([pot(funder) for funder in funders])
    assert len(set(names)) == len(names)
    assert all(name == funder for name, funder in zip(names, funders, strict=True) if funders.count(funder) == 1)


def test_a_rule_without_money_has_no_pots_and_one_that_cannot_fence_says_so() -> None:
    plan = read_conditions({})
    assert round_reasons(plan, "top", [FENCED]) == []
    assert round_reasons(plan, "priorities", [FENCED]) == []
    assert round_reasons(plan, "greedy", [FENCED]) == []
    [reason] = round_reasons(read_conditions({"reserve": 2}), "top", [])
    assert (reason.code, reason.field) == ("rule_refuses_condition", "conditions.reserve")


def test_what_is_said_of_proposals_that_are_not_on_the_second_ballot_is_left_out() -> None:
    plan = read_conditions(
        {"prefunded": [1, 3], "exclusions": [[1, 2], [2, 3]], "smallest": {"2": 50, "3": 60}, "min_votes": 2}
    )
    kept = within(plan, {1, 2})
    assert (kept.prefunded, kept.exclusions, kept.smallest, kept.min_votes) == ([1], [[1, 2]], {"2": 50}, 2)
    assert within(read_conditions(NONE), ()) == read_conditions(NONE)
    assert for_the_tally(kept, {1: "a", 2: "b"}).exclusions == (("a", "b"),)
