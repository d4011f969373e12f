"""The tally and the second count agree: every rule, every parameter, every condition, on elections full of ties."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbvote.recount import METHODS, Recount, RecountError
from pbvote.tally import RULES, Ballot, Election, Outcome, ParameterError, Project, VoteType
from pbvote.tally.conditions import ConditionError
from tests.recount.cases import Case, cases

THOROUGH = settings(max_examples=settings().max_examples * 5 // 2, deadline=None)  # nightly: ten times as many


def check(case: Case) -> None:
    """Both programs decide alike, or both refuse."""
    try:
        counted: Recount | None = case.recount()
    except RecountError:
        counted = None
    if counted is None:
        with pytest.raises((ParameterError, ConditionError)):
            case.tally()
        return
    agree(case.tally(), counted)


def agree(outcome: Outcome, counted: Recount) -> None:
    """The outcome is what the second count says."""
    assert [(step.project, step.cost, step.phase) for step in outcome.steps] == [
        (step.project, step.amount, step.phase) for step in counted.steps
    ]
    assert (outcome.cost, outcome.final_share) == (counted.cost, counted.final_share)
    assert outcome.welfare == counted.welfare
    assert outcome.reserve == counted.reserve
    for step, again in zip(outcome.steps, counted.steps, strict=True):
        if step.payment:
            paid = step.payment
            assert paid.max_payment == again.level
            assert (paid.paid_in_full, paid.gave_last, paid.had_nothing) == (
                again.in_full,
                again.gave_last,
                again.had_nothing,
            )
        elif step.phase in {"phragmen", "maximin-support"}:
            assert step.score == again.load


def test_every_rule_is_counted_twice() -> None:
    assert set(RULES) <= set(METHODS)
    for name, rule in RULES.items():
        assert set(METHODS[name].defaults) == {parameter.name for parameter in rule.parameters}
        for parameter in rule.parameters:
            assert METHODS[name].defaults[parameter.name] == parameter.default


@pytest.mark.parametrize("rule", RULES)
def test_both_decide_alike(rule: str) -> None:
    @THOROUGH
    @given(cases(rule))
    def both(case: Case) -> None:
        check(case)

    both()


def large(seed: int) -> Election:
    """150 voters with rounded and odd costs."""
    draw = random.Random(seed)  # noqa: S311  an election, not a secret
    names = [f"p{number}" for number in range(14)]
    ballots = []
    for _ in range(150):
        chosen = draw.sample(names, draw.randint(1, 7))
        ballots.append(Ballot(tuple(chosen), tuple(draw.randint(1, 5) for _ in chosen)))
    return Election.of(
        projects=[Project(name, draw.randrange(100, 20_000, draw.choice([1, 100]))) for name in names],
        budget=45_000,
        vote_type=VoteType.CUMULATIVE,
        ballots=ballots,
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rule", RULES)
def test_both_decide_alike_on_larger_elections(rule: str, seed: int) -> None:
    given_parameters: dict[str, Any] = {"k": 5} if rule == "top" else {}
    if rule == "equal-shares":
        given_parameters = {"utility": ["cost", "points"][seed % 2], "completion": "add1u", "step": 1_000}
    check(Case(large(seed), rule, given_parameters))


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
    check(Case(election, "equal-shares", {"utility": "cost"}))


@given(st.integers(3, 60), st.sampled_from([-1, 0, 1]), st.sampled_from([1, 10**15]))
@settings(deadline=None)
def test_a_cost_of_exactly_all_shares_together(voters: int, more: int, unit: int) -> None:
    election = Election.of(
        projects=[Project("a", 100 * unit + more), Project("b", 1)],
        budget=(100 * unit if more <= 0 else 200 * unit) * voters // voters,
        vote_type=VoteType.APPROVAL,
        ballots={Ballot(("a",)): voters, Ballot(("b",)): voters if more > 0 else 1},
    )
    check(Case(election, "equal-shares", {"utility": "cost"}))
