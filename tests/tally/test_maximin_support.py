"""Maximin support: published examples, brute force, proofs in integers of any size, conditions, real elections."""

import json
from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbvote.tally import Ballot, Election, Outcome, Project, VoteType, outcome_to_json, read_pabulib, reason_text, tally
from pbvote.tally.conditions import ConditionError, Conditions, Pot
from pbvote.tally.flow import Flow, Net
from pbvote.tally.support import Utility, support_of
from tests.tally.elections import approvals, elections, needs_real_files, real_files

LONG = {"poland_warszawa_2024"}


def loads(outcome: Outcome) -> list[tuple[str, Fraction]]:
    return [(step.project, step.score) for step in outcome.steps if step.phase == "maximin-support"]


def supporters(election: Election, projects: Sequence[int]) -> int:
    """How many voters support one of the projects."""
    ids = {election.projects[project].id for project in projects}
    return sum(
        count
        for ballot, count in election.ballots()
        if any(p in ids and (not ballot.points or ballot.points[n] > 0) for n, p in enumerate(ballot.projects))
    )


def highest_load(election: Election, projects: Sequence[int]) -> Fraction:
    """The highest load of any voter when the cost of the projects is spread best: the heaviest of all subsets."""
    subsets = chain.from_iterable(combinations(projects, size) for size in range(1, len(projects) + 1))
    return max(Fraction(sum(election.costs[p] for p in each), supporters(election, each)) for each in subsets)


def literal(election: Election) -> list[tuple[str, Fraction]]:
    """The rule as it is written, by brute force: the projects bought, each with the highest load that it brings."""
    left, bought, steps = election.budget, list[int](), list[tuple[str, Fraction]]()
    votes = [supporters(election, [project]) for project in range(len(election.projects))]
    while True:
        fitting = [p for p, cost in enumerate(election.costs) if p not in bought and votes[p] and 0 < cost <= left]
        if not fitting:
            return steps
        load = {project: highest_load(election, [*bought, project]) for project in fitting}
        winner = min(fitting, key=lambda p: (load[p], election.costs[p], -votes[p], p))
        bought.append(winner)
        left -= election.costs[winner]
        steps.append((election.projects[winner].id, load[winner]))


@settings(deadline=None)
@given(elections())
def test_does_what_is_written(election: Election) -> None:
    assert loads(tally(election, "maximin-support")) == literal(election)


@settings(deadline=None, max_examples=30)
@given(elections(VoteType.CUMULATIVE))
def test_points_above_zero_are_support(election: Election) -> None:
    assert loads(tally(election, "maximin-support")) == literal(election)


@st.composite
def large(draw: st.DrawFn) -> Election:
    """Costs near a power of two and crowds of voters: up to what 64 bits hold when multiplied, and beyond."""
    power = draw(st.sampled_from([3, 45, 53, 56, 58, 59, 60, 61, 80]))
    names = "abcdef"[: draw(st.integers(2, 6))]
    cost = st.one_of(st.integers(1, 2**power), st.integers(1, 8).map(lambda eighths: eighths * 2 ** (power - 3)))
    voters = st.sampled_from([1, 2, 3, 7, 2**33])
    ballots = st.dictionaries(st.frozensets(st.sampled_from(names)), voters, min_size=1, max_size=12)
    return Election.of(
        projects=[Project(name, draw(cost)) for name in names],
        budget=draw(st.integers(2**power, 4 * 2**power)),
        vote_type=VoteType.APPROVAL,
        ballots={Ballot(tuple(sorted(chosen))): count for chosen, count in draw(ballots).items()},
    )


@settings(deadline=None)
@given(large())
def test_does_what_is_written_with_numbers_of_any_size(election: Election) -> None:
    assert loads(tally(election, "maximin-support")) == literal(election)


@settings(deadline=None)
@given(large(), st.data())
def test_a_flow_proves_both_answers(election: Election, data: st.DataObject) -> None:
    support = support_of(election, Utility.VOTES)
    supported = [project for project, votes in enumerate(support.votes) if votes]
    flow = Flow(Net(support, election.costs))
    for project in supported:
        flow = flow.with_project(project)
    if not supported:
        return
    best = highest_load(election, supported)
    load = best * data.draw(st.sampled_from([Fraction(1, 2), Fraction(99, 100)]))
    while burden := flow.fit(load):
        assert load < burden.load <= best
        assert burden.cost == sum(election.costs[project] for project in burden.projects)
        assert burden.voters == supporters(election, burden.projects)
        load = burden.load
    assert load == best
    for ballot, count in enumerate(support.counts):
        assert flow.together[ballot] <= load * int(count) * flow.scale
    placed = [sum(flow.carried[flow.net.slices[project]].tolist()) for project in supported]
    wanted = [election.costs[project] * flow.scale for project in supported]
    assert all(0 <= little <= much for little, much in zip(placed, wanted, strict=True))
    # any heavier burden would leave more than that without a place
    assert (sum(wanted) - sum(placed)) * load.denominator < flow.scale


def test_the_first_example_of_its_paper() -> None:
    """Sanchez-Fernandez, Fernandez, Fisteus, Brill: The Maximin Support Method (2022), examples 3.1 and 4.1: a, c, d.

    The loads follow from the definition: a has 160 supporters; d has 95; c shares 215 with a, which is 2 / 215.
    """
    groups = {"ab": 100, "ac": 60, "b": 40, "c": 55, "d": 95, "e": 30, "efg": 50}
    ballots = [tuple(chosen) for chosen, count in groups.items() for _ in range(count)]
    outcome = tally(approvals(dict.fromkeys("abcdefg", 1), 3, ballots), "maximin-support")
    assert loads(outcome) == [("a", Fraction(1, 160)), ("c", Fraction(2, 215)), ("d", Fraction(1, 95))]


def test_spreads_better_than_phragmen() -> None:
    """The ballots of Lackner, Skowron: Multi-Winner Voting with Approval Preferences (2023), example 2.9.

    The loads follow from the definition: a has 8 supporters and b has 4; a, b, c have 9 together; d has 2.
    """
    ballots = ["ab"] * 3 + ["ac"] * 3 + ["ad"] * 2 + ["bcf", "e", "f", "g"]
    outcome = tally(approvals(dict.fromkeys("abcdefg", 1), 4, ballots), "maximin-support")
    fractions = [Fraction(1, 8), Fraction(1, 4), Fraction(1, 3), Fraction(1, 2)]
    assert loads(outcome) == list(zip("abcd", fractions, strict=True))
    assert [(tie.step, tie.tied) for tie in outcome.ties] == [(2, ("b", "c")), (4, ("d", "f"))]


def test_parties_get_the_seats_of_dhondt() -> None:
    """Disjoint lists get what D'Hondt gives them: with 340, 280, 160 and 60 votes 3, 3, 1 and 0 of seven seats.

    That maximin support extends D'Hondt is what its paper is named for; the numbers are the usual textbook ones.
    """
    parties = {"abcde": 340, "fghij": 280, "klmno": 160, "pqrst": 60}
    ballots = [tuple(names) for names, count in parties.items() for _ in range(count)]
    election = approvals(dict.fromkeys("".join(parties), 1), 7, ballots)
    assert "".join(tally(election, "maximin-support").funded) == "afbkgch"


def test_passes_over_what_does_not_fit() -> None:
    election = approvals({"a": 600, "b": 600, "c": 300}, 1000, ["a"] * 6 + ["b"] * 5 + ["c"], minor_units=100)
    outcome = tally(election, "maximin-support")
    assert outcome.funded == ("a", "c")
    assert outcome.stop.code == "exhaustive"
    assert [reason_text(reason, outcome) for reason in outcome.project("b").reasons] == [
        "After step 1, 4 was left, 2 less than it costs.",
        "With it somebody would then have had to carry 1.20; without it nobody carries more than 1.",
    ]


def test_a_project_may_bring_no_higher_load() -> None:
    """The load is the highest of all voters, so cheap projects of other people tie once somebody carries much."""
    election = approvals({"a": 9, "b": 4, "c": 2, "d": 3}, 14, ["a", "bc", "bc", "d", "d"])
    outcome = tally(election, "maximin-support")
    assert loads(outcome)[0] == ("c", Fraction(1))
    assert [tie.tied for tie in outcome.ties] == []
    conditions = Conditions(exclusions=(("b", "c"),))
    assert loads(tally(election, "maximin-support", conditions=conditions)) == [
        ("c", Fraction(1)),
        ("d", Fraction(3, 2)),
        ("a", Fraction(9)),
    ]


def test_says_why_in_sentences_and_as_money() -> None:
    election = approvals({"a": 250, "b": 100}, 400, ["a", "a", "b", "ab", "b"], minor_units=100)
    outcome = tally(election, "maximin-support")
    assert [reason_text(reason, outcome) for reason in outcome.project("a").reasons] == [
        (
            "With it the supporters can share the cost of all funded projects so that nobody carries more than 0.83;"
            " with no other project could that be less."
        )
    ]
    assert outcome.stop.code == "everything_funded"
    assert [step["score"] for step in outcome_to_json(outcome)["steps"]] == ["1/3", "5/6"]


def test_prefunded_projects_load_nobody() -> None:
    election = approvals({"a": 5, "b": 4, "c": 4}, 9, ["ab"] * 2 + ["c"] * 2)
    outcome = tally(election, "maximin-support", conditions=Conditions(prefunded=("a",)))
    assert outcome.funded == ("a", "b")
    assert loads(outcome) == [("b", Fraction(2))]
    assert outcome.stop.code == "all_considered"


def test_passes_over_what_its_pots_cannot_pay_for() -> None:
    election = approvals({"a": 4, "b": 4, "c": 6}, 12, ["ab"] * 3 + ["c"])
    pots = (Pot("green", 5, projects=("a", "b")), Pot("other", 7, projects=("c",)))
    outcome = tally(election, "maximin-support", conditions=Conditions(pots=pots))
    assert loads(outcome) == [("a", Fraction(4, 3)), ("c", Fraction(6))]
    assert [reason.code for reason in outcome.project("b").reasons] == ["pot_used_up", "higher_top_load"]
    assert outcome.project("b").reasons[1].params == {"load": Fraction(8, 3), "top_load": Fraction(4, 3)}


def test_cannot_fund_in_part() -> None:
    with pytest.raises(ConditionError, match="whole cost"):
        tally(approvals({"a": 2}, 3, ["a"]), "maximin-support", conditions=Conditions(smallest={"a": 1}))


@pytest.mark.parametrize("ballots", [[], [()], [(), ()]])
def test_nobody_supports_anything(ballots: list[tuple[str, ...]]) -> None:
    assert tally(approvals({"a": 1}, 3, ballots), "maximin-support").funded == ()


def files() -> list[object]:
    return [
        pytest.param(file, id=file.stem, marks=[pytest.mark.slow] if file.stem in LONG else []) for file in real_files()
    ]


@needs_real_files
@pytest.mark.parametrize("file", files())
def test_funds_what_the_oracle_funds(file: Path) -> None:
    outcomes = json.loads(file.with_suffix(".expected.json").read_text())["outcomes"]
    expected = [outcome for outcome in outcomes if outcome["rule"] == "maximin-support"]
    assert len(expected) == 1
    election = read_pabulib(file).election
    outcome = tally(election, "maximin-support")
    assert set(outcome.funded) == set(expected[0]["funded"])
    assert outcome.cost == int(expected[0]["cost"]) * election.minor_units
