"""The fast engine and the literal one agree, on elections that are full of ties."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbvote.tally import Ballot, Election, Outcome, Project, VoteType, tally
from tests.tally import reference
from tests.tally.elections import elections

FEW = settings(max_examples=100, deadline=None)


def indexes(election: Election, outcome: Outcome, *phases: str) -> list[int]:
    places = {project.id: place for place, project in enumerate(election.projects)}
    return [places[step.project] for step in outcome.steps if step.phase in phases]


def check_equal_shares(election: Election, utility: str) -> None:
    outcome = tally(election, "equal-shares", {"utility": utility})
    share = Fraction(election.budget, election.voters or 1)
    expected = reference.equal_shares(election, utility, share if election.voters else Fraction(0))
    assert indexes(election, outcome, "equal-shares") == [purchase.project for purchase in expected]
    assert indexes(election, outcome, "free") == reference.free(election)
    payments = [step.payment for step in outcome.steps if step.payment]
    for payment, purchase in zip(payments, expected, strict=True):
        assert payment.max_payment == purchase.price
        assert payment.money_before == purchase.money // 1
        assert (payment.paid_in_full, payment.gave_last, payment.had_nothing) == (
            purchase.full,
            purchase.last,
            purchase.nothing,
        )


@FEW
@given(elections(), st.sampled_from(["cost", "votes"]))
def test_equal_shares_on_approvals(election: Election, utility: str) -> None:
    check_equal_shares(election, utility)


@FEW
@given(elections(VoteType.CUMULATIVE), st.sampled_from(["cost", "votes", "points"]))
def test_equal_shares_on_points(election: Election, utility: str) -> None:
    check_equal_shares(election, utility)


@FEW
@given(elections(VoteType.ORDINAL), st.sampled_from(["cost", "votes", "borda"]))
def test_equal_shares_on_rankings(election: Election, utility: str) -> None:
    check_equal_shares(election, utility)


@FEW
@given(elections(), st.booleans(), st.sampled_from([1, 2, 3]), st.sampled_from(["exact", "floor"]))
def test_add1_and_add1u(election: Election, stop: bool, step: int, start: str) -> None:  # noqa: FBT001  drawn
    share = Fraction(election.budget, election.voters or 1) if election.voters else Fraction(0)
    begin = Fraction(share // 1) if start == "floor" else share
    final, bought = reference.add1(election, start=begin, step=step, stop_when_exhaustive=stop)
    parameters: dict[str, str | int | bool] = {"completion": "add1u", "step": step, "start": start}
    outcome = tally(election, "equal-shares", parameters | {"stop_when_exhaustive": stop})
    assert outcome.final_share == final
    assert indexes(election, outcome, "equal-shares") == bought
    funded = reference.free(election) + bought
    assert indexes(election, outcome, "completion") == reference.fill(election, funded, reference.votes_of(election))
    assert outcome.cost <= election.budget


@FEW
@given(elections())
def test_greedy(election: Election) -> None:
    outcome = tally(election, "greedy")
    expected = reference.fill(election, reference.free(election), reference.votes_of(election))
    assert indexes(election, outcome, "greedy") == expected


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("utility", ["cost", "points"])
def test_equal_shares_on_larger_elections(seed: int, utility: str) -> None:
    draw = random.Random(seed)  # noqa: S311  an election, not a secret
    names = [f"p{number}" for number in range(14)]
    ballots = []
    for _ in range(150):
        chosen = draw.sample(names, draw.randint(1, 7))
        ballots.append(Ballot(tuple(chosen), tuple(draw.randint(1, 5) for _ in chosen)))
    election = Election.of(
        projects=[Project(name, draw.randrange(100, 20_000, 100)) for name in names],
        budget=45_000,
        vote_type=VoteType.CUMULATIVE,
        ballots=ballots,
    )
    check_equal_shares(election, utility)


@FEW
@given(elections(VoteType.CUMULATIVE), st.randoms(use_true_random=False), st.sampled_from(["greedy", "equal-shares"]))
def test_the_order_of_ballots_changes_nothing(election: Election, draw: random.Random, rule: str) -> None:
    ballots = [ballot for ballot, count in election.ballots() for _ in range(count)]
    draw.shuffle(ballots)
    shuffled = Election.of(
        projects=election.projects,
        budget=election.budget,
        vote_type=election.vote_type,
        ballots=ballots,
        minor_units=1,
    )
    assert shuffled == election
    assert tally(shuffled, rule) == tally(election, rule)


def test_bounds_that_are_equal_up_to_rounding() -> None:
    unit = 10**14 + 1
    costs = dict(zip("abcdefg", (6 * unit + 1, *(units * unit for units in (2, 3, 2, 2, 12, 12))), strict=True))
    ballots = [
        Ballot(("b", "d", "e", "f", "g", "a", "c"), (4, 3, 3, 2, 1, -1, -1)),
        Ballot(("c",), (3,)),
        Ballot(("c", "g"), (4, -1)),
        Ballot(("f", "c", "d", "g", "e"), (4, 3, 3, 3, 0)),
    ]
    projects = [Project(name, cost) for name, cost in costs.items()]
    election = Election.of(projects=projects, budget=30 * unit, vote_type=VoteType.CUMULATIVE, ballots=ballots)
    check_equal_shares(election, "cost")
