"""Sequential Phragmen: published examples, a literal program, conditions, reasons, real elections."""

import json
import random
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbvote.tally import Election, Outcome, VoteType, outcome_to_json, read_pabulib, reason_text, tally
from pbvote.tally.conditions import ConditionError, Conditions, Pot
from tests.tally.elections import approvals, elections, needs_real_files, real_files

STOP: Mapping[str, bool] = {"skip": False}
SKIP: Mapping[str, bool] = {"skip": True}


def loads(outcome: Outcome) -> list[tuple[str, Fraction]]:
    return [(step.project, step.score) for step in outcome.steps if step.phase == "phragmen"]


def literal(election: Election, *, skip: bool) -> list[tuple[str, Fraction]]:
    """The rule as it is written, with a fraction for each voter: the projects bought, each with its load."""
    voters = []
    for ballot, count in election.ballots():
        liked = [p for place, p in enumerate(ballot.projects) if not ballot.points or ballot.points[place] > 0]
        voters += [liked] * count
    loads = [Fraction(0)] * len(voters)
    backers = {p.id: [v for v, liked in enumerate(voters) if p.id in liked] for p in election.projects}
    open_ = [p for p in election.projects if backers[p.id] and 0 < p.cost <= election.budget]
    left, bought = election.budget, []
    while open_ := [p for p in open_ if p.cost <= left or not skip]:
        offer = {p: (p.cost + sum(loads[v] for v in backers[p.id])) / Fraction(len(backers[p.id])) for p in open_}
        tied = [p for p in open_ if offer[p] == min(offer.values())]
        if any(p.cost > left for p in tied):
            break
        winner = min(tied, key=lambda p: (p.cost, -len(backers[p.id]), election.projects.index(p)))
        for voter in backers[winner.id]:
            loads[voter] = offer[winner]
        open_.remove(winner)
        left -= winner.cost
        bought.append((winner.id, offer[winner]))
    return bought


@settings(deadline=None)
@given(elections(), st.booleans())
def test_does_what_is_written(election: Election, skip: bool) -> None:  # noqa: FBT001  drawn
    assert loads(tally(election, "phragmen", {"skip": skip})) == literal(election, skip=skip)


@settings(deadline=None, max_examples=30)
@given(elections(VoteType.CUMULATIVE), st.booleans())
def test_points_above_zero_are_support(election: Election, skip: bool) -> None:  # noqa: FBT001  drawn
    assert loads(tally(election, "phragmen", {"skip": skip})) == literal(election, skip=skip)


@pytest.mark.parametrize("seed", range(5))
def test_stays_exact_over_many_rounds(seed: int) -> None:
    """The denominators of the last loads have dozens of digits."""
    draw = random.Random(seed)  # noqa: S311  not a secret
    names = [chr(0x100 + number) for number in range(60)]
    ballots = ["".join(draw.sample(names, draw.randint(1, 20))) for _ in range(97)]
    election = approvals({name: draw.choice([1, 7, 60, 61, 997]) for name in names}, 15_000, ballots)
    outcome = tally(election, "phragmen", SKIP)
    assert loads(outcome) == literal(election, skip=True)
    assert outcome.steps[-1].score.denominator > 10**40


def test_the_running_example_of_the_book() -> None:
    """Lackner, Skowron: Multi-Winner Voting with Approval Preferences (2023), example 2.9, as abcvoting prints it.

    The loads 1/8, 11/32, 55/128 and 5/8 bring a, b, c, d; b and c tie for the second seat.
    """
    ballots = ["ab"] * 3 + ["ac"] * 3 + ["ad"] * 2 + ["bcf", "e", "f", "g"]
    outcome = tally(approvals(dict.fromkeys("abcdefg", 1), 4, ballots), "phragmen")
    fractions = [Fraction(1, 8), Fraction(11, 32), Fraction(55, 128), Fraction(5, 8)]
    assert loads(outcome) == list(zip("abcd", fractions, strict=True))
    assert [(tie.step, tie.tied, tie.winner) for tie in outcome.ties] == [(2, ("b", "c"), "b")]


def test_another_example_of_the_book() -> None:
    """The same book, example 2.12, as abcvoting prints it: c, b, d with the loads 1/5, 1/3, 29/60."""
    ballots = ["cd"] * 3 + ["ab"] * 2 + ["ac"] * 2 + ["bd"]
    outcome = tally(approvals(dict.fromkeys("abcd", 1), 3, ballots), "phragmen")
    assert loads(outcome) == [("c", Fraction(1, 5)), ("b", Fraction(1, 3)), ("d", Fraction(29, 60))]


def test_parties_get_the_seats_of_dhondt() -> None:
    """Disjoint lists get what D'Hondt gives them, in his order: the k-th seat of n voters has the load k / n.

    Brill, Laslier, Skowron: Multiwinner Approval Rules as Apportionment Methods (2018).
    """
    ballots = ["abc"] * 53 + ["def"] * 24 + ["ghi"] * 23
    outcome = tally(approvals(dict.fromkeys("abcdefghi", 1), 5, ballots), "phragmen")
    assert loads(outcome) == [
        ("a", Fraction(1, 53)),
        ("b", Fraction(2, 53)),
        ("d", Fraction(1, 24)),
        ("g", Fraction(1, 23)),
        ("c", Fraction(3, 53)),
    ]


DEAR = approvals({"hall": 8, "bins": 4, "trees": 2}, 10, [("hall",)] * 4 + [("bins",)] + [("trees",)] * 2 + [()])


def test_stops_at_the_first_that_does_not_fit() -> None:
    election = approvals({"a": 6, "b": 6, "c": 3}, 10, ["a"] * 6 + ["b"] * 5 + ["c"])
    outcome = tally(election, "phragmen")
    assert outcome.funded == ("a",)
    assert outcome.stop.code == "first_misfit"
    assert [reason.code for reason in outcome.project("b").reasons] == ["does_not_fit", "higher_load"]
    assert [reason.code for reason in outcome.project("c").reasons] == ["after_the_stop", "higher_load"]


def test_stops_when_one_of_those_tied_does_not_fit() -> None:
    election = approvals({"a": 6, "b": 6, "c": 1}, 10, ["a"] * 7 + ["b"] * 6 + ["c"])
    assert tally(election, "phragmen").funded == ("a",)


def test_can_pass_over_what_does_not_fit() -> None:
    election = approvals({"a": 6, "b": 6, "c": 3}, 10, ["a"] * 6 + ["b"] * 5 + ["c"])
    outcome = tally(election, "phragmen", SKIP)
    assert outcome.funded == ("a", "c")
    assert outcome.stop.code == "all_considered"
    assert outcome.project("b").reasons[0].params == {"left": 4, "missing": 2, "step": 1}


def test_says_why_in_sentences() -> None:
    outcome = tally(DEAR, "phragmen")
    assert loads(outcome) == [("trees", Fraction(1)), ("hall", Fraction(2))]

    def sentences(project: str) -> list[str]:
        return [reason_text(reason, outcome) for reason in outcome.project(project).reasons]

    assert sentences("trees") == [
        (
            "Its 2 supporters carry the cost together: it raises their load from 0 on average to 1 each, the lowest of"
            " all projects that could be funded."
        )
    ]
    assert sentences("bins") == [
        "When its turn came 0 was left, 4 less than it costs.",
        "Its 1 supporter would then have carried 4 each; the project funded last brought 2.",
    ]


def test_the_load_is_money_in_the_json() -> None:
    election = approvals({"a": 250, "b": 100}, 400, ["a", "a", "b", "b", "b"], minor_units=100)
    data = outcome_to_json(tally(election, "phragmen"))
    assert [step["score"] for step in data["steps"]] == ["1/3", "1.25"]
    assert data["projects"]["a"]["reasons"][0]["params"] == {"votes": 2, "load_before": 0, "load": "1.25"}


@pytest.mark.parametrize("parameters", [STOP, SKIP])
def test_prefunded_projects_load_nobody(parameters: Mapping[str, bool]) -> None:
    election = approvals({"a": 5, "b": 4, "c": 4}, 9, ["ab"] * 2 + ["c"] * 2)
    assert tally(election, "phragmen", parameters).funded == ("b", "c")
    outcome = tally(election, "phragmen", parameters, conditions=Conditions(prefunded=("a",)))
    assert outcome.funded == ("a", "b")
    assert loads(outcome) == [("b", Fraction(2))]


@pytest.mark.parametrize("parameters", [STOP, SKIP])
def test_passes_over_what_is_excluded(parameters: Mapping[str, bool]) -> None:
    election = approvals({"a": 2, "b": 3, "c": 5}, 10, ["abc", "ab", "ab", "c"])
    assert tally(election, "phragmen", parameters).funded == ("a", "b", "c")
    outcome = tally(election, "phragmen", parameters, conditions=Conditions(exclusions=(("a", "b"),)))
    assert loads(outcome) == [("a", Fraction(2, 3)), ("c", Fraction(17, 6))]
    assert [reason.code for reason in outcome.project("b").reasons] == ["excluded_by", "higher_load"]


@pytest.mark.parametrize("parameters", [STOP, SKIP])
def test_passes_over_what_its_pots_cannot_pay_for(parameters: Mapping[str, bool]) -> None:
    election = approvals({"a": 4, "b": 4, "c": 6}, 12, ["ab"] * 3 + ["c"])
    pots = (Pot("green", 5, projects=("a", "b")), Pot("other", 7, projects=("c",)))
    outcome = tally(election, "phragmen", parameters, conditions=Conditions(pots=pots))
    assert loads(outcome) == [("a", Fraction(4, 3)), ("c", Fraction(6))]
    assert outcome.project("b").reasons[0].code == "pot_used_up"


def test_cannot_fund_in_part() -> None:
    with pytest.raises(ConditionError, match="whole cost"):
        tally(DEAR, "phragmen", conditions=Conditions(smallest={"hall": 1}))


@pytest.mark.parametrize("ballots", [[], [()], [(), ()]])
def test_nobody_supports_anything(ballots: list[tuple[str, ...]]) -> None:
    outcome = tally(approvals({"a": 1}, 3, ballots), "phragmen")
    assert (outcome.funded, outcome.stop.code) == ((), "all_considered")


@needs_real_files
@pytest.mark.parametrize("file", real_files(), ids=lambda file: file.stem)
def test_funds_what_the_oracle_funds(file: Path) -> None:
    outcomes = json.loads(file.with_suffix(".expected.json").read_text())["outcomes"]
    expected = [outcome for outcome in outcomes if outcome["rule"] == "phragmen"]
    assert len(expected) == 1
    election = read_pabulib(file).election
    outcome = tally(election, "phragmen")
    assert set(outcome.funded) == set(expected[0]["funded"])
    assert outcome.cost == int(expected[0]["cost"]) * election.minor_units
    rising = [step.score for step in outcome.steps]
    assert rising == sorted(rising)
