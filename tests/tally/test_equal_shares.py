"""The rules of Equal Shares, one by one."""

from fractions import Fraction

import pytest

from pbvote.tally import Ballot, Election, Outcome, ParameterError, Project, VoteType, tally
from tests.tally.elections import approvals


def equal_shares(election: Election, **parameters: str | int | bool) -> Outcome:
    return tally(election, "equal-shares", parameters)


def test_a_group_can_fund_what_its_own_share_of_the_money_buys() -> None:
    # 60 voters want the three a, 40 the two b, and the money is enough for three
    costs = dict.fromkeys(("a1", "a2", "a3", "b1", "b2"), 33)
    election = approvals(costs, 100, [("a1", "a2", "a3")] * 60 + [("b1", "b2")] * 40)
    assert tally(election, "greedy").funded == ("a1", "a2", "a3")
    assert equal_shares(election).funded == ("a1", "b1")


def test_supporters_who_have_less_pay_all_they_have_and_the_others_share_the_rest() -> None:
    # the share is 10; a and b cost each of their supporters 4; the two supporters of c then have 2 and 10
    election = approvals({"a": 12, "b": 12, "c": 11}, 40, ["abc", "ab", "ab", "c"])
    payments = [step.payment for step in equal_shares(election, utility="votes").steps if step.payment]
    assert [payment.max_payment for payment in payments] == [4, 4, 9]
    assert [(payment.paid_in_full, payment.gave_last) for payment in payments] == [(3, 0), (3, 0), (1, 1)]
    assert [payment.money_before for payment in payments] == [30, 18, 12]


def test_who_has_nothing_left_is_counted_as_such() -> None:
    # the share is 10; four pay all they have for a, and one of them wanted b too
    election = approvals({"a": 40, "b": 5}, 60, ["ab", "a", "a", "a", "b", "b"])
    b = equal_shares(election).steps[-1]
    assert b.project == "b"
    assert b.payment is not None
    assert (b.payment.paid_in_full, b.payment.gave_last, b.payment.had_nothing) == (2, 0, 1)
    assert b.payment.effective_votes == 2


def test_a_cost_of_exactly_all_shares_can_be_paid_even_where_the_share_is_no_binary_fraction() -> None:
    for voters in (3, 7, 11, 49, 61):
        election = approvals({"a": 100, "b": 1}, 100, ["a"] * voters)
        outcome = equal_shares(election)
        assert outcome.funded == ("a",)
        payment = outcome.steps[0].payment
        assert payment is not None
        assert payment.max_payment == Fraction(100, voters)
        assert payment.paid_in_full == voters


def test_one_unit_more_than_all_shares_cannot_be_paid() -> None:
    election = Election.of(
        projects=[Project("a", 10**15 // 3 * 2 + 1), Project("b", 1)],
        budget=10**15,
        vote_type=VoteType.APPROVAL,
        ballots=[Ballot(("a",))] * 2 + [Ballot(("b",))],
    )
    assert equal_shares(election).funded == ("b",)
    assert equal_shares(election).project("a").reasons[0].code == "never_enough_money"


def test_prices_that_differ_by_less_than_a_float_can_tell_are_told_apart() -> None:
    # a and b have as many supporters; the dearer one has more effective votes only because a poor voter helps a
    base = 10**17
    election = Election.of(
        projects=[Project("a", base + 1), Project("b", base)],
        budget=10 * base,
        vote_type=VoteType.APPROVAL,
        ballots=[Ballot(("a", "b"))] * 3 + [Ballot()] * 2,
    )
    outcome = equal_shares(election, utility="votes")
    assert outcome.funded[0] == "b"
    assert not outcome.ties


def test_blank_ballots_have_a_share_that_nobody_else_can_spend() -> None:
    assert equal_shares(approvals({"a": 50}, 100, ["a", "a"])).funded == ("a",)
    outcome = equal_shares(approvals({"a": 60}, 100, ["a", "a", (), ()]))
    assert outcome.voters == 4
    assert outcome.funded == ()
    assert outcome.start_share == 25


def test_nobody_voted() -> None:
    for ballots in ([], [()]):
        for completion in ("none", "add1", "add1u"):
            outcome = equal_shares(approvals({"a": 1, "free": 0}, 10, ballots), completion=completion)
            assert outcome.funded == ()
            assert [project.reasons[0].code for project in outcome.projects] == ["no_votes", "no_votes"]


def test_a_single_voter_can_spend_everything() -> None:
    outcome = equal_shares(approvals({"a": 60, "b": 40, "c": 1}, 100, ["abc"]))
    assert outcome.funded == ("c", "b")
    assert outcome.unspent == 59


def test_what_costs_nothing_is_funded_first_and_only_if_somebody_wants_it() -> None:
    outcome = equal_shares(approvals({"a": 5, "gift": 0, "nobody": 0}, 10, [("a", "gift")]))
    assert outcome.funded == ("gift", "a")
    assert outcome.steps[0].phase == "free"
    assert outcome.project("nobody").reasons[0].code == "no_votes"


def test_a_project_above_the_budget_does_not_stop_add1() -> None:
    election = approvals({"huge": 1000, "a": 30, "b": 30}, 100, [("huge", "a")] * 9 + ["b"])
    outcome = equal_shares(election, completion="add1", stop_when_exhaustive=False)
    assert set(outcome.funded) == {"a", "b"}
    assert outcome.stop.code == "everything_funded"
    assert outcome.project("huge").reasons[0].code == "over_budget"


def test_add1_raises_the_share_until_the_next_step_would_overspend() -> None:
    election = approvals({"a": 60, "b": 50, "c": 30}, 100, ["a", "a", "b", "c"])
    outcome = equal_shares(election, completion="add1", stop_when_exhaustive=False)
    assert outcome.start_share == 25
    assert outcome.funded == ("a", "c")
    assert outcome.final_share == 49
    assert outcome.raises == 24
    assert outcome.stop.code == "next_step_overspends"
    assert outcome.stop.params["cost"] == 140


def test_add1_can_stop_as_soon_as_nothing_else_fits() -> None:
    election = approvals({"a": 60, "b": 50, "c": 30}, 100, ["a", "a", "b", "c"])
    outcome = equal_shares(election, completion="add1", stop_when_exhaustive=True)
    assert outcome.funded == ("a", "c")
    assert outcome.final_share == 30
    assert outcome.stop.code == "exhaustive"


def test_projects_without_votes_do_not_keep_add1_from_being_exhaustive() -> None:
    election = approvals({"a": 60, "nobody": 10}, 100, ["a", "a", ()])
    outcome = equal_shares(election, completion="add1")
    assert outcome.stop.code == "everything_funded"


def test_add1u_fills_up_by_votes() -> None:
    election = approvals({"a": 40, "b": 61, "c": 60}, 100, ["ab", "ab", "ab", "c", "c"])
    plain = equal_shares(election, completion="add1", stop_when_exhaustive=False)
    full = equal_shares(election, completion="add1u", stop_when_exhaustive=False)
    assert full.funded[: len(plain.funded)] == plain.funded
    assert {step.phase for step in full.steps[len(plain.funded) :]} <= {"completion"}
    assert full.cost >= plain.cost


def test_the_share_can_start_at_whole_units() -> None:
    election = approvals({"a": 10_00}, 100_00, ["a", "a", "a"], minor_units=100)
    assert equal_shares(election, start="floor").start_share == 33_00
    assert equal_shares(election, start="exact").start_share == Fraction(100_00, 3)


def test_the_step_is_one_currency_unit_unless_said_otherwise() -> None:
    election = approvals({"a": 10_00}, 100_00, ["a"], minor_units=100)
    assert equal_shares(election).parameters["step"] == 100
    assert equal_shares(election, step=25).parameters["step"] == 25


def test_too_many_steps_are_an_error_that_names_the_step() -> None:
    election = approvals({"a": 10**9, "b": 10**9}, 10**9, ["a"] + ["b"] * 2)
    with pytest.raises(ParameterError, match="step: the share was raised 50 times") as error:
        equal_shares(election, completion="add1", stop_when_exhaustive=False, max_steps=50)
    assert error.value.parameter == "step"


def test_all_parameters_are_in_the_outcome() -> None:
    assert equal_shares(approvals({"a": 1}, 1, ["a"])).parameters == {
        "utility": "cost",
        "completion": "none",
        "start": "exact",
        "step": 1,
        "stop_when_exhaustive": True,
        "max_steps": 10_000,
        "comparison": False,
        "eligibility": "none",
        "ties": "cheapest,most-votes,ballot-order",
    }


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"utility": "points"}, "utility: points needs cumulative or scoring ballots; these are approval"),
        ({"utility": "borda"}, "utility: borda needs ordinal ballots; these are approval"),
        ({"completion": "add2"}, "completion: 'add2' is not known; expected none, add1, add1u"),
        ({"step": 0}, "step: 0 is not known; expected a whole number above zero"),
        ({"step": True}, "step: True is not known; expected a whole number above zero"),
        ({"stop_when_exhaustive": 1}, "stop_when_exhaustive: 1 is not known; expected true or false"),
        ({"speed": 3}, "speed: equal-shares has no such parameter; expected utility, completion, start, step"),
    ],
)
def test_a_wrong_parameter_is_named(parameters: dict[str, str | int | bool], expected: str) -> None:
    with pytest.raises(ParameterError) as error:
        equal_shares(approvals({"a": 1}, 1, ["a"]), **parameters)
    assert str(error.value).startswith(expected)


def test_points_make_a_voter_pay_more() -> None:
    election = Election.of(
        projects=[Project("a", 12)],
        budget=100,
        vote_type=VoteType.CUMULATIVE,
        ballots=[Ballot(("a",), (3,)), Ballot(("a",), (1,)), Ballot(("a",), (0,))],
        minor_units=1,
    )
    outcome = equal_shares(election, utility="points")
    payment = outcome.steps[0].payment
    assert payment is not None
    assert payment.max_payment == 3
    assert outcome.steps[0].votes == 2


def test_says_when_supporters_ran_out_of_money() -> None:
    election = approvals({"a": 30, "b": 30}, 40, ["ab", "ab", "ab", "b"])
    outcome = equal_shares(election, utility="votes")
    assert outcome.funded == ("b",)
    reason = outcome.project("a").reasons[0]
    assert reason.code == "money_went_elsewhere"
    assert reason.params == {"votes": 3, "money": 7, "missing": 23, "start_money": 30}  # 7.50, rounded down


def test_says_what_supporters_never_had() -> None:
    outcome = equal_shares(approvals({"a": 25, "b": 5}, 40, ["a", "a", "b", ()]))
    assert outcome.project("a").reasons[0].params == {"votes": 2, "money": 20, "missing": 5}
