"""What a result keeps of a count: margins, pots, part-funding, rivals, other rules; and results stored before that."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from sqlalchemy import update

from pbvote.db import Database
from pbvote.keys import Keys
from pbvote.outcomes import others, service
from pbvote.outcomes.election import ListedProject
from pbvote.outcomes.models import Outcome
from pbvote.outcomes.others import FAILED, TOO_LARGE, OtherCount, other_counts
from pbvote.outcomes.result import CountedResult, MarginsResult, stored_result
from pbvote.outcomes.telling import counted_result
from pbvote.tally import NO_CONDITIONS, Ballot, Conditions, Election, ParameterError, Pot, Project, VoteType, tally
from pbvote.tally.ties import DEFAULT_TIES
from tests.conftest import SettableClock, browser
from tests.house import let_in, make_people, make_round
from tests.outcomes.counting import SLUG, count, hold_the_vote, publish

OLD = Path(__file__).parent / "data" / "result_of_the_first_version.json"
TITLES = ("Trees & benches", "Youth club", "Ramp", "Seed swap")
COSTS = (100_00, 250_00, 400_00, 75_00)
PROJECTS = [
    ListedProject(number, f"id-{number}", title, "parks" if number % 2 else "young", cost)
    for number, (title, cost) in enumerate(zip(TITLES, COSTS, strict=True), start=1)
]
CATEGORIES = [
    {"id": "parks", "name": "Parks and nature", "theme": "parks"},
    {"id": "young", "name": "Young people", "theme": "young"},
]
BALLOTS = ((1,), (1, 2), (1,), (4,), (1, 4), (2, 3), (3,), ())


def election() -> Election:
    return Election.of(
        projects=[
            Project(id=one.reference, cost=one.cost, name=one.title, categories=(one.category,)) for one in PROJECTS
        ],
        budget=500_00,
        vote_type=VoteType.APPROVAL,
        ballots=Counter(Ballot(tuple(f"id-{number}" for number in ballot)) for ballot in BALLOTS),
        currency="GBP",
        minor_units=100,
        meta={},
    )


def result(
    rule: str, parameters: Mapping[str, Any] | None = None, conditions: Conditions = NO_CONDITIONS
) -> CountedResult:
    counted = tally(election(), rule, parameters, conditions=conditions, margins=True)
    simple = tally(election(), "greedy")
    return counted_result(counted, simple, others_than(rule, parameters), PROJECTS, CATEGORIES, 1)


def others_than(rule: str, parameters: Mapping[str, Any] | None = None) -> list[OtherCount]:
    number = {project.reference: project.number for project in PROJECTS}
    return other_counts(election(), tally(election(), rule, parameters), DEFAULT_TIES, NO_CONDITIONS, number)


def test_a_project_that_is_not_funded_says_how_close_it_came() -> None:
    ramp = result("greedy").projects[2]
    assert (ramp.funded, ramp.awarded) == (False, 0)
    assert ramp.margins == MarginsResult(max_cost=249_99, step=3, supporters=1)
    assert "At a cost of £249.99 or less it would have been funded, in step 3." in {one.detail for one in ramp.also}
    assert result("max-welfare").projects[2].margins is None


def test_rivals_stand_by_their_numbers() -> None:
    steps = result("equal-shares").steps
    named = [rival.number for step in steps for rival in step.rivals]
    assert named
    assert set(named) <= {1, 2, 3, 4}


def test_part_funding_and_pots_are_told_in_pence_and_numbers() -> None:
    conditions = Conditions(
        pots=(Pot("County", 425_00), Pot("Police", 75_00, categories=("young",))),
        smallest={"id-2": 50_00},
        exclusions=(("id-3", "id-4"),),
        reserve=2,
    )
    found = result("greedy", conditions=conditions)
    assert found.conditions is not None
    assert [(pot.id, pot.amount, pot.categories) for pot in found.conditions.pots] == [
        ("County", 425_00, []),
        ("Police", 75_00, ["young"]),
    ]
    assert (found.conditions.smallest, found.conditions.exclusions) == ({"2": 50_00}, [[3, 4]])
    spent = {pot.id: pot.spent for pot in found.conditions.pots}
    assert sum(spent.values()) == found.cost == sum(project.awarded for project in found.projects)
    assert all(sum(project.pots.values()) == project.awarded for project in found.projects)
    assert sum(category.cost for category in found.categories) == found.cost


def test_a_rival_is_named_by_its_title() -> None:
    ramp = result("greedy", conditions=Conditions(exclusions=(("id-1", "id-3"),))).projects[2]
    assert (ramp.why.code, ramp.why.params) == ("excluded_by", {"rival": "Trees & benches"})
    assert ramp.why.detail == "Only one of it and Trees & benches could be funded, and Trees & benches was."


def test_a_project_funded_in_part_gets_less_than_it_costs() -> None:
    found = result("greedy", conditions=Conditions(smallest={"id-3": 10_00}))
    ramp = found.projects[2]
    assert (ramp.funded, ramp.awarded, ramp.cost, found.cost) == (True, 75_00, 400_00, 500_00)
    assert [step.cost for step in found.steps if step.number == 3] == [75_00]
    assert ramp.why.detail.startswith("It gets £75 of the £400 it asked for")


def test_the_reserve_list_is_numbers() -> None:
    assert result("greedy", conditions=Conditions(reserve=3)).reserve == [3]


def test_every_other_rule_that_decides_money_is_counted_and_the_rounds_own_is_not() -> None:
    labels = {other.label: other for other in others_than("equal-shares", {"completion": "add1u"})}
    assert set(labels) == {"greedy", "greedy-per-cost", "equal-shares", "phragmen", "maximin-support", "max-welfare"}
    assert labels["greedy"].funded == [1, 4, 2]
    assert labels["greedy"].cost == 425_00
    assert "equal-shares/add1u" in {other.label for other in others_than("equal-shares")}
    assert "greedy" in {other.label for other in others_than("greedy", {"skip": False})}
    assert "greedy" not in {other.label for other in others_than("greedy")}


def test_maximin_support_is_left_out_of_a_large_election(monkeypatch: pytest.MonkeyPatch) -> None:
    size = 7 * 4  # distinct ballots times projects
    for most, skipped in ((size, ""), (size - 1, TOO_LARGE)):
        monkeypatch.setattr(others, "MOST_FOR_MAXIMIN_SUPPORT", most)
        [found] = [other for other in others_than("greedy") if other.rule == "maximin-support"]
        assert (found.skipped, found.funded is None) == (skipped, skipped == TOO_LARGE)


def test_another_rule_that_fails_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(election: Election, rule: str, *rest: Any, **named: Any) -> Any:
        if rule == "phragmen":
            raise ZeroDivisionError("ballot 12")
        if rule == "max-welfare":
            raise ParameterError("utility", "too many sets")
        return tally(election, rule, *rest, **named)

    monkeypatch.setattr(others, "tally", broken)
    number = {project.reference: project.number for project in PROJECTS}
    with caplog.at_level(logging.ERROR):
        found = other_counts(election(), tally(election(), "greedy"), DEFAULT_TIES, NO_CONDITIONS, number)
    skipped = {other.label: other.skipped for other in found if other.skipped}
    assert skipped == {"phragmen": FAILED, "max-welfare": "does_not_fit"}
    assert "phragmen failed: ZeroDivisionError" in caplog.text
    assert "ballot 12" not in caplog.text


def test_what_is_stored_is_read_back_as_it_was() -> None:
    found = result("equal-shares", {"completion": "add1u"})
    assert stored_result(json.loads(json.dumps(msgspec.to_builtins(found)))) == found


def test_a_result_of_the_first_version_is_read_with_nothing_where_it_had_nothing() -> None:
    old = stored_result(json.loads(OLD.read_text()))
    assert (old.budget, old.cost, old.rule.id) == (500_00, 425_00, "equal-shares")
    assert (old.comparison, old.conditions, old.reserve, old.others) == (None, None, [], [])
    assert [project.awarded for project in old.projects] == [100_00, 250_00, 0, 75_00]
    assert {project.margins for project in old.projects} == {None}
    assert all(step.rivals == [] for step in old.steps)


async def test_a_result_of_the_first_version_is_published_and_shown(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock
) -> None:
    await make_people(database)
    await make_round(database)
    await hold_the_vote(database, keys, clock)
    async with browser(app) as officer, browser(app) as second:
        await let_in(database, officer, "officer@example.org")
        await let_in(database, second, "second@example.org")
        outcome = await count(officer)
        async with database.session(write=True) as db:
            await db.execute(update(Outcome).values(result=json.loads(OLD.read_text())))
        assert (await officer.get(f"/api/rounds/{SLUG}/count")).json()["others"] == []
        assert (await publish(officer, second, outcome)).status_code == 200
    async with browser(app) as anybody:
        assert (await anybody.get(f"/api/rounds/{SLUG}/results")).json()["projects"][2]["margins"] is None
        page = await anybody.get(f"/en/r/{SLUG}/plain/results")
    assert page.status_code == 200
    assert "Trees &amp; benches" in page.text


async def test_a_rule_that_cannot_count_these_votes_says_so(
    app: Litestar, database: Database, keys: Keys, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*rest: Any, **named: Any) -> Any:
        raise ParameterError("utility", f"too many sets for {len(rest) + len(named)} things")

    await make_people(database)
    await make_round(database)
    await hold_the_vote(database, keys, clock)
    monkeypatch.setattr(service, "tally", refuse)
    async with browser(app) as officer:
        await let_in(database, officer, "officer@example.org")
        answer: httpx.Response = await officer.post(f"/api/rounds/{SLUG}/count", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "rule_cannot_count")
