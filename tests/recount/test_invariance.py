"""What must not matter does not: the order of ballots, how they are counted together, units, names, idle projects."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pbvote.recount import Cast, Recount, RecountError, recount
from pbvote.recount.adapter import of
from pbvote.tally import RULES, Ballot, Election, ParameterError, Project, outcome_to_json
from pbvote.tally.conditions import ConditionError, Conditions, Pot
from tests.recount.cases import TIES, Case, cases, terms_of

FEWER = settings(max_examples=settings().max_examples // 4, deadline=None)
every_rule = pytest.mark.parametrize("rule", RULES)
CHANCE = st.randoms(use_true_random=False)


def text(case: Case) -> str:
    """Every byte of the outcome, or that it was refused."""
    try:
        return json.dumps(outcome_to_json(case.tally()))
    except (ParameterError, ConditionError) as error:
        return str(error)


def again(election: Election, ballots: list[Ballot] | dict[Ballot, int], projects: list[Project]) -> Election:
    """The election with other ballots or projects."""
    return Election.of(
        projects=projects,
        budget=election.budget,
        vote_type=election.vote_type,
        ballots=ballots,
        currency=election.currency,
        minor_units=election.minor_units,
    )


@every_rule
def test_the_order_of_ballots_and_who_counts_them_together(rule: str) -> None:
    @FEWER
    @given(cases(rule), CHANCE)
    def same(case: Case, chance: random.Random) -> None:
        ballots = [ballot for ballot, count in case.election.ballots() for _ in range(count)]
        chance.shuffle(ballots)
        one_by_one = again(case.election, ballots, list(case.election.projects))
        assert one_by_one == case.election
        assert text(case.on(one_by_one)) == text(case)

    same()


@every_rule
def test_the_second_count_knows_no_order_either(rule: str) -> None:
    @FEWER
    @given(cases(rule), CHANCE)
    def same(case: Case, chance: random.Random) -> None:
        ballots = of(case.election)
        split = [
            Cast(cast.projects * 2, cast.points * 2) for cast in ballots.cast for _ in range(cast.count)
        ]  # every ballot on its own, and every project on it twice
        chance.shuffle(split)

        def counted(cast: tuple[Cast, ...]) -> Recount | str:
            try:
                terms = terms_of(case.conditions)
                return recount(replace(ballots, cast=cast), rule, case.parameters, case.ties, terms)
            except RecountError as error:
                return str(error)

        assert counted(tuple(split)) == counted(ballots.cast)

    same()


@every_rule
def test_a_finer_unit_of_money(rule: str) -> None:
    """Everything costs ten times as many units of a tenth: the same is funded."""

    @FEWER
    @given(cases(rule))
    def same(case: Case) -> None:
        election, asked = case.election, case.conditions
        finer = Election(
            tuple(replace(project, cost=10 * project.cost) for project in election.projects),
            10 * election.budget,
            election.vote_type,
            election.profile,
            election.currency,
            10 * election.minor_units,
        )
        scaled = replace(
            asked,
            pots=tuple(Pot(pot.id, 10 * pot.amount, pot.categories, pot.projects) for pot in asked.pots),
            smallest={name: 10 * amount for name, amount in asked.smallest.items()},
        )
        parameters = dict(case.parameters)
        if "step" in parameters:
            parameters["step"] = 10 * int(parameters["step"])
        small, large = text(case), text(replace(case.on(finer, scaled), parameters=parameters))
        if small.startswith("{"):
            one, other = json.loads(small), json.loads(large)
            assert [one[key] for key in ("funded", "raises", "reserve")] == [
                other[key] for key in ("funded", "raises", "reserve")
            ]
            for amount in ("cost", "unspent", "final_share", "welfare"):  # "0.1" pounds may be written "0.10"
                assert Fraction(one[amount] or 0) == Fraction(other[amount] or 0)
        else:
            assert not large.startswith("{")

    same()


@every_rule
def test_a_project_that_nobody_votes_for(rule: str) -> None:
    @FEWER
    @given(cases(rule), st.integers(0, 6), st.integers(0, 60))
    def same(case: Case, place: int, cost: int) -> None:
        projects = list(case.election.projects)
        projects.insert(place, Project("idle", cost, categories=("green",)))
        with_idle = again(case.election, dict(case.election.ballots()), projects)
        one, other = text(case), text(case.on(with_idle))
        if one.startswith("{"):
            assert [name for name in json.loads(other)["funded"] if name != "idle"] == json.loads(one)["funded"]
        else:
            assert not other.startswith("{")

    same()


@every_rule
def test_names_and_places_of_projects(rule: str) -> None:
    """Where costs and votes tell all projects apart, neither their names nor their order matter."""

    @FEWER
    @given(cases(rule, free=True), CHANCE)
    def same(case: Case, chance: random.Random) -> None:
        case = replace(case, ties=TIES[0])
        election = case.election
        votes = dict.fromkeys((project.id for project in election.projects), 0)
        for ballot, count in election.ballots():
            for name in supported(ballot):
                votes[name] += count
        ranks = sorted((project.cost, votes[project.id]) for project in election.projects)
        assume(all(one != other for one, other in pairwise(ranks)))
        names = [project.id for project in election.projects]
        chance.shuffle(names)
        new = {project.id: name.upper() for project, name in zip(election.projects, names, strict=True)}
        projects = [replace(project, id=new[project.id]) for project in election.projects]
        chance.shuffle(projects)
        ballots = {
            Ballot(tuple(new[name] for name in ballot.projects), ballot.points): count
            for ballot, count in election.ballots()
        }
        one, other = text(case), text(case.on(again(election, ballots, projects)))
        if not one.startswith("{"):
            assert not other.startswith("{")
        elif rule == "max-welfare":  # among sets of equal welfare and cost the first in ballot order is funded
            assert [json.loads(one)[key] for key in ("welfare", "cost")] == [
                json.loads(other)[key] for key in ("welfare", "cost")
            ]
        else:
            assert {new[name] for name in json.loads(one)["funded"]} == set(json.loads(other)["funded"])

    same()


def supported(ballot: Ballot) -> list[str]:
    if not ballot.points:
        return list(ballot.projects)
    return [name for name, points in zip(ballot.projects, ballot.points, strict=True) if points > 0]


def test_conditions_are_none_by_default() -> None:
    assert Conditions() == Conditions(pots=(), prefunded=(), exclusions=(), min_votes=0, smallest={}, reserve=0)
