"""Conditions under every rule: pots, prefunded projects, exclusions, least support, part-funding, the reserve list."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbvote.tally import (
    RULES,
    Ballot,
    ConditionError,
    Conditions,
    Election,
    Outcome,
    Pot,
    Project,
    VoteType,
    reason_text,
    tally,
)
from pbvote.tally.conditions import MOST_POTS
from pbvote.tally.gate import Gate
from pbvote.tally.pots import payments
from tests.tally.elections import approvals

SOME = settings(max_examples=200, deadline=None)
FEW = settings(max_examples=60, deadline=None)
MONEY_RULES = [name for name, rule in RULES.items() if rule.decides_money]
WHOLE_RULES = [name for name in MONEY_RULES if "smallest" in RULES[name].refuses]
NAMES = "abcdefg"


@st.composite
def cases(draw: st.DrawFn) -> tuple[Election, Conditions]:
    """Seven projects, pots that overlap and may be fenced, exclusions that overlap, and the other conditions."""
    projects = [
        Project(name, draw(st.integers(0, 9)), "", tuple(draw(st.sets(st.sampled_from("xyz"), max_size=2))))
        for name in NAMES
    ]
    pots = tuple(
        Pot(
            f"pot {number}",
            draw(st.integers(0, 9)),
            tuple(sorted(draw(st.sets(st.sampled_from("xyz"), max_size=2)))),
            tuple(sorted(draw(st.sets(st.sampled_from(NAMES), max_size=2)))),
        )
        for number in range(draw(st.integers(0, 3)))
    )
    groups = draw(st.lists(st.sets(st.sampled_from(NAMES), min_size=2, max_size=3), max_size=2))
    ballots = draw(st.lists(st.sets(st.sampled_from(NAMES)), max_size=6))
    election = Election.of(
        projects=projects,
        budget=sum(pot.amount for pot in pots) if pots else draw(st.integers(0, 30)),
        vote_type=VoteType.APPROVAL,
        ballots=[Ballot(tuple(sorted(ballot))) for ballot in ballots],
        minor_units=1,
    )
    conditions = Conditions(
        pots=pots,
        exclusions=tuple(tuple(sorted(group)) for group in groups),
        min_votes=draw(st.integers(0, 2)),
        reserve=draw(st.integers(0, 4)),
    )
    return election, conditions


def may_pay(pot: Pot, project: Project) -> bool:
    return pot.free or project.id in pot.projects or bool(set(pot.categories) & set(project.categories))


def most_paid(election: Election, conditions: Conditions, amounts: Mapping[int, int]) -> int:
    """How much of the amounts the pots can pay: a maximum flow, one unit of money after the other."""
    left = [pot.amount for pot in conditions.pots]
    paid = [dict.fromkeys(amounts, 0) for _ in left]

    def find(project: int, seen: set[int]) -> bool:
        for number, pot in enumerate(conditions.pots):
            if number in seen or not may_pay(pot, election.projects[project]):
                continue
            seen.add(number)
            if left[number]:
                left[number] -= 1
                paid[number][project] += 1
                return True
            for other in amounts:
                if paid[number][other] and find(other, seen):
                    paid[number][other] -= 1
                    paid[number][project] += 1
                    return True
        return False

    return sum(find(project, set()) for project, amount in amounts.items() for _ in range(amount))


@SOME
@given(cases(), st.permutations(range(len(NAMES))))
def test_the_gate_is_open_as_long_as_the_pots_can_pay(case: tuple[Election, Conditions], order: list[int]) -> None:
    election, conditions = case
    conditions = replace(conditions, pots=conditions.pots or (Pot("all", election.budget),), exclusions=())
    gate, taken = Gate(election, conditions), dict[int, int]()
    for project in order:
        cost = election.costs[project]
        payable = most_paid(election, conditions, {**taken, project: cost}) == sum(taken.values()) + cost
        assert (gate.closed(project) is None) == payable
        if cost:
            room = most_paid(election, conditions, {**taken, project: 99}) - sum(taken.values())
            assert gate.room(project) == room
        if payable:
            gate.take(project)
            taken[project] = cost
        assert gate.left == election.budget - sum(taken.values())


@SOME
@given(cases(), st.permutations(range(len(NAMES))))
def test_what_the_gate_closed_never_opens_again(case: tuple[Election, Conditions], order: list[int]) -> None:
    gate, shut = Gate(*case), set[int]()
    for project in order:
        shut |= {other for other in range(len(NAMES)) if gate.closed(other)}
        tried = gate.fork()
        if not tried.closed(project):
            tried.take(project)
        assert (gate.closed(project) is None) == (project not in shut)  # a fork leaves it alone
        gate = tried
        assert all(gate.closed(other) for other in shut)


@SOME
@given(cases(), st.permutations(range(len(NAMES))))
def test_pots_pay_exactly_what_is_awarded(case: tuple[Election, Conditions], order: list[int]) -> None:
    election, conditions = case
    gate, awarded = Gate(election, conditions), dict[int, int]()
    for project in order:
        if amount := min(election.costs[project], gate.room(project)):
            gate.take(project, amount)
            awarded[project] = amount
    paid = payments(election, conditions, awarded)
    assert paid == payments(election, conditions, awarded)
    check_payments(election, conditions, {election.projects[p].id: amount for p, amount in awarded.items()}, paid)
    fenced = replace(conditions, pots=tuple(pot for pot in conditions.pots if not pot.free))
    spent = sum(shares.get(pot.id, 0) for shares in paid.values() for pot in fenced.pots)
    assert spent == most_paid(election, fenced, awarded)  # free money is spared


def check_payments(
    election: Election,
    conditions: Conditions,
    awarded: Mapping[str, int],
    paid: Mapping[int, Mapping[str, int]],
) -> None:
    pots = {pot.id: pot for pot in conditions.pots}
    if not pots:
        assert paid == {}
        return
    for project, shares in paid.items():
        what = election.projects[project]
        assert sum(shares.values()) == awarded[what.id]
        assert all(amount > 0 and may_pay(pots[pot], what) for pot, amount in shares.items())
    for pot in conditions.pots:
        assert sum(shares.get(pot.id, 0) for shares in paid.values()) <= pot.amount


def test_fenced_money_goes_first_and_moves_where_it_is_needed() -> None:
    projects = [Project("a", 5, "", ("x",)), Project("b", 5, "", ("x", "y")), Project("c", 5, "", ("y",))]
    election = Election.of(projects=projects, budget=15, vote_type=VoteType.APPROVAL, ballots=[])
    conditions = Conditions(pots=(Pot("free", 2), Pot("x", 5, ("x",)), Pot("y", 8, ("y",))))
    assert payments(election, conditions, {1: 5}) == {1: {"x": 5}}
    assert payments(election, conditions, {1: 5, 0: 5}) == {1: {"y": 5}, 0: {"x": 5}}
    all_three = payments(election, conditions, {1: 5, 0: 5, 2: 5})
    assert sum(sum(shares.values()) for shares in all_three.values()) == 15
    assert all_three[2] == {"y": 3, "free": 2}


def check_conditions(election: Election, conditions: Conditions, outcome: Outcome) -> None:
    """Everything that no rule may break."""
    projects = {project.id: project for project in election.projects}
    awarded = {step.project: step.cost for step in outcome.steps}
    assert outcome.cost == sum(awarded.values()) <= election.budget
    for group in conditions.exclusions:
        assert len(set(group) & awarded.keys()) <= 1
    for result in outcome.projects:
        if result.funded and result.id not in conditions.prefunded:
            assert result.votes >= max(1, conditions.min_votes)
        assert result.awarded == awarded.get(result.id, 0)
        assert result.reasons
        assert all(reason_text(reason, outcome) for reason in result.reasons)
    places = [place for place, project in enumerate(election.projects) if project.id in awarded]
    paid = {place: outcome.projects[place].pots for place in places} if conditions.pots else {}
    check_payments(election, conditions, awarded, paid)
    assert len(outcome.reserve) <= conditions.reserve
    for name in outcome.reserve:
        rivals = {other for group in conditions.exclusions if name in group for other in group}
        assert name not in awarded
        assert not rivals & awarded.keys()
        assert projects[name].cost


@FEW
@pytest.mark.parametrize("rule", MONEY_RULES)
@given(case=cases(), draw=st.randoms(use_true_random=False))
def test_no_rule_breaks_a_condition(rule: str, case: tuple[Election, Conditions], draw: random.Random) -> None:
    election, conditions = case
    first = draw.sample(NAMES, draw.randint(0, 2))
    for candidate in (replace(conditions, prefunded=tuple(first)), conditions):
        try:
            outcome = tally(election, rule, conditions=candidate)
        except ConditionError:  # what is prefunded may be too dear, or exclude each other
            rivals = any(set(first) <= set(group) for group in conditions.exclusions)
            assert candidate.prefunded
            assert rivals or Gate(election, conditions).closed(NAMES.index(first[0])) or len(first) > 1
            continue
        check_conditions(election, candidate, outcome)
        head = [step.project for step in outcome.steps if step.phase == "prefunded"]
        assert head == sorted(candidate.prefunded)
        assert list(outcome.funded[: len(head)]) == head


@FEW
@pytest.mark.parametrize("completion", ["add1", "add1u"])
@given(case=cases(), comparison=st.booleans())
def test_nor_does_completion(completion: str, case: tuple[Election, Conditions], *, comparison: bool) -> None:
    election, conditions = case
    outcome = tally(
        election, "equal-shares", {"completion": completion, "comparison": comparison}, conditions=conditions
    )
    check_conditions(election, conditions, outcome)


@pytest.mark.parametrize("rule", MONEY_RULES)
def test_an_open_gate_would_be_noticed(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    election = approvals({"a": 3, "b": 3}, 6, ["ab", "ab"])
    conditions = Conditions(exclusions=(("a", "b"),))
    check_conditions(election, conditions, tally(election, rule, conditions=conditions))
    if rule == "max-welfare":  # it decides rivals together, not at the gate
        monkeypatch.setattr("pbvote.tally.knapsack.Knapsack._rivals", {0: frozenset(), 1: frozenset()})
    monkeypatch.setattr(Gate, "barred", lambda *_: None)
    with pytest.raises(AssertionError):
        check_conditions(election, conditions, tally(election, rule, conditions=conditions))


@pytest.mark.parametrize("rule", MONEY_RULES)
def test_a_ring_fence_keeps_money_for_its_own(rule: str) -> None:
    projects = [Project("road", 6), Project("tree", 4, "", ("green",)), Project("path", 3)]
    ballots = [Ballot(("road",))] * 9 + [Ballot(("path",))] * 3 + [Ballot(("tree",))]
    election = Election.of(projects=projects, budget=10, vote_type=VoteType.APPROVAL, ballots=ballots)
    conditions = Conditions(pots=(Pot("green", 4, ("green",)), Pot("any", 6)))
    parameters = {"completion": "add1u"} if rule == "equal-shares" else {}
    outcome = tally(election, rule, parameters, conditions=conditions)
    assert "path" not in outcome.funded
    assert outcome.project("path").awarded == 0
    assert tally(election, rule, parameters).project("path").funded


def test_shares_are_reduced_by_what_is_prefunded() -> None:
    election = approvals({"a": 4, "b": 6}, 10, ["b", "b", "a", ""])
    assert tally(election, "equal-shares").start_share == 2.5
    outcome = tally(election, "equal-shares", conditions=Conditions(prefunded=("a",)))
    assert outcome.start_share == 1.5
    assert outcome.funded == ("a",)
    assert outcome.steps[0].left == 6


def test_prefunded_needs_no_votes_but_money() -> None:
    election = approvals({"a": 4, "b": 6}, 5, ["b"])
    assert tally(election, "greedy", conditions=Conditions(prefunded=("a",), min_votes=3)).funded == ("a",)
    with pytest.raises(ConditionError, match=r"^prefunded: 'b' cannot be paid for"):
        tally(election, "greedy", conditions=Conditions(prefunded=("b",)))


def test_least_support() -> None:
    outcome = tally(approvals({"a": 1, "b": 1}, 5, ["ab", "a"]), "greedy", conditions=Conditions(min_votes=2))
    assert outcome.funded == ("a",)
    assert reason_text(outcome.project("b").reasons[0], outcome) == "It has 1 supporter, and 2 are needed."


@SOME
@given(cases(), st.sampled_from(["greedy", "greedy-per-cost"]), st.booleans())
def test_a_part_is_all_the_room_and_never_too_small(
    case: tuple[Election, Conditions],
    rule: str,
    skip: bool,  # noqa: FBT001  drawn
) -> None:
    election, conditions = case
    smallest = {p.id: max(1, p.cost // 2) for p in election.projects if p.cost}
    conditions = replace(conditions, smallest=smallest)
    outcome = tally(election, rule, {"skip": skip}, conditions=conditions)
    check_conditions(election, conditions, outcome)
    place = {project.id: index for index, project in enumerate(election.projects)}
    gate = Gate(election, conditions)
    for step in outcome.steps:
        project = place[step.project]
        assert step.cost == min(election.costs[project], gate.room(project))
        assert step.cost >= smallest.get(step.project, 0)
        gate.take(project, step.cost)
    if skip:
        for result in outcome.projects:
            if not result.funded and result.votes >= max(1, conditions.min_votes):
                assert gate.closed(place[result.id], smallest.get(result.id, 0))


def test_the_reserve_list_is_in_the_order_of_the_rule() -> None:
    votes = ["a"] * 5 + ["b"] * 4 + ["c"] * 3 + ["d"] * 3
    election = approvals({"a": 9, "b": 8, "c": 2, "d": 1, "e": 1}, 9, votes)
    conditions = Conditions(reserve=3)
    assert tally(election, "greedy", conditions=conditions).reserve == ("b", "d", "c")
    per_cost = tally(election, "greedy-per-cost", conditions=conditions)
    assert (per_cost.funded, per_cost.reserve) == (("d", "c"), ("a", "b"))
    assert tally(election, "greedy", conditions=Conditions(reserve=1)).reserve == ("b",)
    rivals = Conditions(reserve=3, exclusions=(("a", "b"),))
    assert tally(election, "greedy", conditions=rivals).reserve == ("d", "c")
    assert tally(election, "greedy").reserve == ()


SET: dict[str, Conditions] = {
    "pots": Conditions(pots=(Pot("all", 9),)),
    "prefunded": Conditions(prefunded=("a",)),
    "exclusions": Conditions(exclusions=(("a", "b"),)),
    "min_votes": Conditions(min_votes=1),
    "smallest": Conditions(smallest={"a": 1}),
    "reserve": Conditions(reserve=1),
}


@pytest.mark.parametrize("condition", SET)
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_honours_or_refuses_each_condition(rule: str, condition: str) -> None:
    election, parameters = approvals({"a": 3, "b": 4}, 9, ["a", "b"]), {"k": 1} if rule == "top" else {}
    if condition in RULES[rule].refuses:
        with pytest.raises(ConditionError, match=f"^{condition}: {rule} cannot honour it: [a-z', ]+$") as caught:
            tally(election, rule, parameters, conditions=SET[condition])
        assert caught.value.condition == condition
    else:
        assert tally(election, rule, parameters, conditions=SET[condition]).conditions == SET[condition]


def test_which_rule_refuses_what() -> None:
    assert {name: set(rule.refuses) for name, rule in RULES.items()} == {
        "greedy": set(),
        "greedy-per-cost": set(),
        **{name: {"smallest"} for name in WHOLE_RULES},
        "top": set(SET) - {"min_votes"},
        "priorities": set(SET),
    }


def pots(*amounts: int) -> Conditions:
    return Conditions(pots=tuple(Pot(f"pot {number}", amount) for number, amount in enumerate(amounts)))


MISFITS: Iterable[Any] = [
    (pots(5), "pots: the pots hold 0.05 together; expected the budget, 9"),
    (pots(1000, -100), "pots: 'pot 1' holds -1, below zero"),
    (pots(*[1] * (MOST_POTS + 1)), "pots: 13 pots; expected at most 12"),
    (Conditions(pots=(Pot("a", 400), Pot("a", 500))), "pots: 'a' is listed more than once"),
    (Conditions(pots=(Pot("a", 900, (), ("z",)),)), "pots: 'z' is not a project"),
    (Conditions(prefunded=("z",)), "prefunded: 'z' is not a project"),
    (Conditions(prefunded=("a", "a")), "prefunded: a project is listed more than once"),
    (Conditions(exclusions=(("a", "z"),)), "exclusions: 'z' is not a project"),
    (Conditions(exclusions=(("a",),)), "exclusions: a: expected two or more different projects"),
    (Conditions(exclusions=(("a", "a"),)), "exclusions: a, a: expected two or more different projects"),
    (Conditions(exclusions=((),)), "exclusions: an empty group: expected two or more different projects"),
    (
        Conditions(exclusions=(("a", "b"),), prefunded=("b", "a")),
        "exclusions: 'a' and 'b' exclude each other but both are prefunded",
    ),
    (Conditions(min_votes=-1), "min_votes: -1 is below zero"),
    (Conditions(reserve=-2), "reserve: -2 is below zero"),
    (Conditions(smallest={"z": 1}), "smallest: 'z' is not a project"),
    (Conditions(smallest={"a": 0}), "smallest: 'a' costs 3; 0 is no part of that"),
    (Conditions(smallest={"a": 350}), "smallest: 'a' costs 3; 3.50 is no part of that"),
]


@pytest.mark.parametrize(("conditions", "problem"), MISFITS)
def test_says_what_does_not_fit_the_election(conditions: Conditions, problem: str) -> None:
    election = approvals({"a": 300, "b": 400}, 900, ["a", "b"], minor_units=100)
    with pytest.raises(ConditionError) as caught:
        tally(election, "greedy", conditions=conditions)
    assert str(caught.value) == problem
    assert problem.startswith(caught.value.condition)
