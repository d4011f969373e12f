"""The set worth the most, against all sets: with pots, exclusions and ties."""

import json
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbvote.tally import (
    Ballot,
    ConditionError,
    Conditions,
    Election,
    ParameterError,
    Pot,
    Project,
    VoteType,
    outcome_to_json,
    read_pabulib,
    reason_text,
    tally,
)
from pbvote.tally.conditions import NO_CONDITIONS
from pbvote.tally.knapsack import Effort, Knapsack, TooManyChoicesError, TooManyPlansError
from pbvote.tally.relaxation import Item, Rest
from pbvote.tally.rules import max_welfare
from tests.tally.elections import approvals, elections, needs_real_files, real_files

FEW = settings(max_examples=150, deadline=None)


def worth_of(election: Election, utility: str) -> list[int]:
    """What each project is worth to all voters, counted ballot by ballot."""
    place = {project.id: index for index, project in enumerate(election.projects)}
    worth = [0] * len(place)
    for ballot, count in election.ballots():
        for position, name in enumerate(ballot.projects):
            if utility == "points":
                each = ballot.points[position]
            elif utility == "borda":
                each = len(ballot.projects) - position - 1
            else:
                supports = not ballot.points or ballot.points[position] > 0
                each = int(supports) * (election.projects[place[name]].cost if utility == "cost" else 1)
            worth[place[name]] += each * count
    return worth


def payable(election: Election, conditions: Conditions, chosen: Iterable[int]) -> bool:
    """Hall's condition, for every set of pots."""
    pots = conditions.pots or (Pot("all", election.budget),)
    for size in range(len(pots) + 1):
        for some in combinations(pots, size):
            needed = 0
            for index in chosen:
                project = election.projects[index]
                may_pay = [
                    pot
                    for pot in pots
                    if pot.free or project.id in pot.projects or set(pot.categories) & set(project.categories)
                ]
                needed += project.cost * all(pot in some for pot in may_pay)
            if needed > sum(pot.amount for pot in some):
                return False
    return True


def best_sets(election: Election, utility: str, conditions: Conditions) -> list[tuple[int, ...]]:
    """All sets that a count may fund, best first; those that cost nothing are always in it."""
    worth, costs = worth_of(election, utility), election.costs
    votes = worth_of(election, "votes")
    ids = [project.id for project in election.projects]
    free = [p for p, cost in enumerate(costs) if not cost and votes[p]]
    able = [p for p, cost in enumerate(costs) if cost and votes[p] and worth[p] > 0]
    fair = []
    for size in range(len(able) + 1):
        for some in combinations(able, size):
            chosen = tuple(sorted([*free, *some]))
            names = {ids[p] for p in chosen}
            if payable(election, conditions, chosen) and all(len(names & set(g)) < 2 for g in conditions.exclusions):
                fair.append(chosen)
    return sorted(fair, key=lambda s: (-sum(worth[p] for p in s), sum(costs[p] for p in s), s))


def check(election: Election, utility: str, conditions: Conditions = NO_CONDITIONS) -> None:
    outcome = tally(election, "max-welfare", {"utility": utility}, conditions=conditions)
    worth, ranked = worth_of(election, utility), best_sets(election, utility, conditions)
    ids = [project.id for project in election.projects]
    assert set(outcome.funded) == {ids[p] for p in ranked[0]}
    best = sum(worth[p] for p in ranked[0])
    assert outcome.welfare == best
    for index, project in enumerate(outcome.projects):
        reason = project.reasons[0]
        if reason.code in {"worth_less", "worth_less_money", "as_good_but_dearer", "as_good_but_later"}:
            with_it = next(chosen for chosen in ranked if index in chosen)
            less = best - sum(worth[p] for p in with_it)
            dearer = sum(election.costs[p] for p in with_it) - outcome.cost
            expected = {
                "worth_less": {"less": less},
                "worth_less_money": {"less_money": less},
                "as_good_but_dearer": {"missing": dearer},
                "as_good_but_later": {},
            }
            assert reason.params == expected[reason.code]
            assert reason.code.startswith("worth") == (less > 0)
            assert (reason.code == "as_good_but_later") == (less == dearer == 0)


@FEW
@given(elections(), st.sampled_from(["votes", "cost"]))
def test_is_the_best_of_all_sets(election: Election, utility: str) -> None:
    check(election, utility)


@FEW
@given(elections(VoteType.CUMULATIVE), st.sampled_from(["votes", "cost", "points"]))
def test_is_the_best_by_points(election: Election, utility: str) -> None:
    check(election, utility)


@FEW
@given(elections(VoteType.ORDINAL), st.sampled_from(["votes", "cost", "borda"]))
def test_is_the_best_by_places(election: Election, utility: str) -> None:
    check(election, utility)


@st.composite
def fenced(draw: st.DrawFn) -> tuple[Election, Conditions]:
    """Seven projects in up to three categories, pots that overlap, and exclusions that overlap."""
    names = "abcdefg"
    projects = [
        Project(name, draw(st.integers(1, 9)), "", tuple(draw(st.sets(st.sampled_from("xyz"), max_size=2))))
        for name in names
    ]
    ballots = draw(st.lists(st.sets(st.sampled_from(names)), min_size=1, max_size=6))
    pots = tuple(
        Pot(
            f"pot {number}",
            draw(st.integers(0, 9)),
            tuple(draw(st.sets(st.sampled_from("xyz"), max_size=2))),
            tuple(draw(st.sets(st.sampled_from(names), max_size=2))),
        )
        for number in range(draw(st.integers(1, 3)))
    )
    groups = draw(st.lists(st.sets(st.sampled_from(names), min_size=2, max_size=3), max_size=3))
    election = Election.of(
        projects=projects,
        budget=sum(pot.amount for pot in pots),
        vote_type=VoteType.APPROVAL,
        ballots=[Ballot(tuple(sorted(ballot))) for ballot in ballots],
        minor_units=1,
    )
    return election, Conditions(pots=pots, exclusions=tuple(tuple(sorted(group)) for group in groups))


@FEW
@given(fenced(), st.sampled_from(["votes", "cost"]))
def test_is_the_best_under_conditions(case: tuple[Election, Conditions], utility: str) -> None:
    check(case[0], utility, case[1])


def test_a_bound_that_is_too_low_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    election = approvals({"a": 6, "b": 5, "c": 5}, 10, ["a"] * 7 + ["b"] * 5 + ["c"] * 5)
    check(election, "votes")
    monkeypatch.setattr(Rest, "bound", lambda _, plan: (plan[0], plan[0]))
    with pytest.raises(AssertionError):
        check(election, "votes")


def test_of_equal_sets_the_cheapest_and_then_the_first_on_the_ballot() -> None:
    votes = ["a"] * 4 + ["b"] * 4 + ["c"] * 4
    cheapest = tally(approvals({"a": 8, "b": 9, "c": 7}, 10, votes), "max-welfare")
    assert cheapest.funded == ("c",)
    assert reason_text(cheapest.project("a").reasons[0], cheapest) == (
        "The best set with it is worth as much as the best one, but costs 1 more."
    )
    first = tally(approvals({"a": 8, "b": 8, "c": 8}, 10, votes), "max-welfare")
    assert first.funded == ("a",)
    assert first.project("b").reasons[0].code == "as_good_but_later"


def test_the_welfare_is_in_currency_units_where_cost_counts() -> None:
    election = approvals({"a": 150, "b": 250, "gift": 0}, 400, [("a", "b"), ("a", "gift")], minor_units=100)
    assert outcome_to_json(tally(election, "max-welfare", {"utility": "cost"}))["welfare"] == "5.50"
    assert outcome_to_json(tally(election, "max-welfare"))["welfare"] == "4"
    assert outcome_to_json(tally(election, "greedy"))["welfare"] is None


def test_prefunded_projects_count_and_are_paid_first() -> None:
    election = approvals({"a": 6, "b": 5, "c": 5}, 10, ["a", "b", "b", "c", "c"])
    assert tally(election, "max-welfare").funded == ("b", "c")
    outcome = tally(election, "max-welfare", conditions=Conditions(prefunded=("a",)))
    assert outcome.funded == ("a",)
    assert outcome.welfare == 1


def test_a_candidate_with_a_funded_rival_stays_out() -> None:
    election = approvals({"a": 6, "gift": 0}, 10, ["a", "a", ("gift",)])
    outcome = tally(election, "max-welfare", conditions=Conditions(exclusions=(("a", "gift"),)))
    assert outcome.funded == ("gift",)
    assert outcome.project("a").reasons[0].code == "excluded_by"


def test_what_has_no_points_adds_nothing() -> None:
    election = Election.of(
        projects=[Project("a", 5), Project("b", 5)],
        budget=10,
        vote_type=VoteType.SCORING,
        ballots=[Ballot(("a", "b"), (3, -4)), Ballot(("b",), (1,))],
    )
    outcome = tally(election, "max-welfare", {"utility": "points"})
    assert outcome.funded == ("a",)
    assert outcome.project("b").reasons[0].code == "adds_nothing"


def test_numbers_of_any_size() -> None:
    huge = 10**30
    check(approvals({"a": 6 * huge, "b": 5 * huge + 1, "c": 5 * huge - 1}, 10 * huge, ["a", "b", "b", "c"]), "cost")


def items(costs: list[int]) -> dict[int, Item]:
    """As worth as they cost, so that no bound helps."""
    value = {place: (cost << len(costs)) + (1 << place) for place, cost in enumerate(costs)}
    return {place: Item(place, value[place], cost, (0,)) for place, cost in enumerate(costs)}


def test_gives_up_rather_than_run_on() -> None:
    hard = Knapsack(items([1000003 * 2**place % 999983 + 999983 for place in range(40)]), (19_999_999,))
    with pytest.raises(TooManyPlansError, match=r"more than 20,000 plans"):
        hard.best(Effort(20_000))


def test_a_web_of_exclusions_may_be_too_large() -> None:
    chain = tuple(frozenset({place, place + 1}) for place in range(19))
    with pytest.raises(TooManyChoicesError, match=r"20 projects leave more than 1,000 choices"):
        Knapsack(items([5] * 20), (50,), chain).best(Effort())


def test_says_so_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    names = "abcdefghijklmnopqrst"
    election = approvals(dict.fromkeys(names, 5), 50, [names])
    chain = tuple((names[place], names[place + 1]) for place in range(19))
    with pytest.raises(
        ConditionError, match=r"^exclusions: a, b, .* may be combined in more than 1,000 ways; expected"
    ):
        tally(election, "max-welfare", conditions=Conditions(exclusions=chain))
    monkeypatch.setattr(max_welfare, "Effort", lambda *_: Effort(1))
    with pytest.raises(ParameterError, match=r"^rule: max-welfare would have to compare more than 1 plans; expected"):
        tally(election, "max-welfare")


def test_figures_are_left_out_where_they_take_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(max_welfare, "MOST_PLANS_FOR_REASONS", 1)
    outcome = tally(approvals({"a": 6, "b": 5, "c": 5}, 10, ["a", "b", "b", "c", "c"]), "max-welfare")
    assert outcome.project("a").reasons[0].code == "not_in_best_set"


def optima() -> list[Any]:
    found: list[Any] = []
    for file in real_files():
        outcomes = json.loads(file.with_suffix(".expected.json").read_text())["outcomes"]
        found += [
            pytest.param(file, outcome, id=f"{file.stem}-{outcome['utility']}")
            for outcome in outcomes
            if outcome["rule"] == "max-welfare"
        ]
    return found


@needs_real_files
@pytest.mark.parametrize(("file", "expected"), optima())
def test_reaches_the_optimum_of_real_elections(file: Path, expected: dict[str, Any]) -> None:
    election = read_pabulib(file).election
    data = outcome_to_json(tally(election, "max-welfare", {"utility": expected["utility"]}))
    worth = worth_of(election, expected["utility"])
    ids = [project.id for project in election.projects]
    units = election.minor_units if expected["utility"] == "cost" else 1
    assert sum(worth[ids.index(name)] for name in expected["funded"]) == int(data["welfare"]) * units
    assert expected["optimum"] in {None, data["welfare"]}
