"""Ties are values: what broke one is said, and the order of tie rules is the election's own."""

import hashlib

import pytest

from pbvote.tally import Tie, TieOrder, TieRule, tally
from tests.tally.elections import approvals


def broken(costs: dict[str, int], ballots: list[str], ties: str) -> Tie:
    outcome = tally(approvals(costs, 100, ballots), "greedy", ties=TieOrder.parse(ties))
    assert outcome.parameters["ties"] == ties
    return outcome.ties[0]


def test_the_cheapest_goes_first_by_default() -> None:
    outcome = tally(approvals({"a": 60, "b": 50}, 100, ["a", "b"]), "greedy")
    assert outcome.funded == ("b",)
    assert outcome.ties == (Tie(step=1, tied=("a", "b"), winner="b", broken_by="cheapest"),)


def test_then_the_order_on_the_ballot() -> None:
    assert broken({"a": 60, "b": 60}, ["b", "a"], "cheapest,most-votes,ballot-order").broken_by == "ballot-order"


def test_ballot_order_is_the_last_resort_even_if_not_named() -> None:
    assert broken({"a": 60, "b": 60}, ["b", "a"], "cheapest") == Tie(1, ("a", "b"), "a", "ballot-order")


def test_most_votes_break_ties_between_equal_points_for_money() -> None:
    # by votes for money, a with 2 votes for 40 and b with 1 vote for 20 are equal
    election = approvals({"a": 40, "b": 20}, 100, ["a", "a", "b"])
    outcome = tally(election, "greedy-per-cost", ties=TieOrder.parse("most-votes"))
    assert outcome.ties == (Tie(1, ("a", "b"), "a", "most-votes"),)


def test_a_lot_is_drawn_from_the_seed() -> None:
    for seed in ("1", "2", "dice 4 2 6"):
        lots = {name: hashlib.sha256((seed + name).encode()).digest() for name in "ab"}
        winner = min(lots, key=lambda name: lots[name])
        assert broken({"a": 50, "b": 60}, ["b", "a"], f"lot:{seed}") == Tie(1, ("a", "b"), winner, f"lot:{seed}")


def test_three_tied_projects_are_two_ties() -> None:
    outcome = tally(approvals({"a": 30, "b": 30, "c": 30}, 100, ["abc"]), "equal-shares")
    assert [tie.tied for tie in outcome.ties] == [("a", "b", "c"), ("b", "c")]
    assert [tie.winner for tie in outcome.ties] == ["a", "b"]


def test_a_project_that_does_not_fit_ties_with_nobody() -> None:
    outcome = tally(approvals({"a": 60, "b": 50, "c": 40}, 100, ["a", "a", "b", "c"]), "greedy")
    assert outcome.funded == ("a", "c")
    assert not outcome.ties


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("dearest", "'dearest' is no tie rule; expected cheapest, most-votes, ballot-order or lot:SEED"),
        ("", "'' is no tie rule"),
        ("lot", "tie rule 'lot': expected a seed with lot"),
        ("cheapest:3", "tie rule 'cheapest:3': expected a seed with lot"),
        ("cheapest,cheapest", "'cheapest,cheapest' names a tie rule twice"),
    ],
)
def test_a_wrong_tie_order_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011  the message is what is tested
        TieOrder.parse(text)
    assert str(error.value).startswith(problem)


def test_a_seed_has_no_comma() -> None:
    with pytest.raises(ValueError, match="comma"):
        TieRule("lot", "1,2")
