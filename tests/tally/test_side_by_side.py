"""Every rule on the same ballots: the tally of each, and what they share."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings

from pbvote.tally import RULES, Conditions, Election, Pot, tally
from pbvote.tally.comparison_json import comparison_to_json
from pbvote.tally.conditions import ConditionError
from pbvote.tally.fairness_report import report_of
from pbvote.tally.side_by_side import Contestant, Skipped, compare, contestants
from tests.tally.elections import approvals, elections

TWO = (Contestant("greedy", "greedy"), Contestant("equal-shares", "equal-shares"))
PARK_TOWN = approvals({"p": 6, "t": 4, "b": 4, "z": 9}, 10, ["pt", "pt", "pt", "b", "b"])


def test_all_rules_about_money_take_part_and_equal_shares_twice() -> None:
    labels = [contestant.label for contestant in contestants()]
    assert {label for label in labels if "/" not in label} == {
        name for name, rule in RULES.items() if rule.decides_money
    }
    place = labels.index("equal-shares")
    assert labels[place + 1] == "equal-shares/add1u"


def test_says_what_all_some_and_none_would_fund() -> None:
    found = compare(PARK_TOWN, TWO)
    greedy, shares = (entry.outcome.funded for entry in found.entries)
    assert greedy == ("t", "p")
    assert shares == ("t", "b")
    assert (found.by_all, found.by_some, found.by_none) == (("t",), ("p", "b"), ("z",))
    assert found.funders("p") == ("greedy",)
    [agreement] = found.agreements
    assert (agreement.projects, agreement.money) == (1, 4)


@given(elections())
@settings(max_examples=30, deadline=None)
def test_each_entry_is_the_tally_of_its_rule(election: Election) -> None:
    found = compare(election)
    for entry in found.entries:
        alone = tally(election, entry.outcome.rule, {"completion": "add1u"} if "/" in entry.label else {})
        assert entry.outcome == alone
        assert entry.report == report_of(election, alone)
    assert [(pair.one, pair.other) for pair in found.agreements] == list(
        combinations([entry.label for entry in found.entries], 2)
    )
    assert sorted(found.by_all + found.by_some + found.by_none) == sorted(project.id for project in election.projects)


def test_a_rule_that_cannot_is_skipped_with_the_reason() -> None:
    asked = (*TWO, Contestant("by points", "greedy", {"utility": "points"}))
    found = compare(PARK_TOWN, asked, conditions=Conditions(smallest={"b": 2}))
    assert [entry.label for entry in found.entries] == ["greedy"]
    assert found.skipped == (
        Skipped(
            "equal-shares", "smallest: equal-shares cannot honour it: supporters pay a project's whole cost or nothing"
        ),
        Skipped("by points", "utility: points needs cumulative or scoring ballots; these are approval"),
    )


def test_conditions_that_do_not_fit_are_an_error() -> None:
    with pytest.raises(ConditionError, match="the pots hold 3 together"):
        compare(PARK_TOWN, TWO, conditions=Conditions(pots=(Pot("council", 3),)))


def test_money_given_in_part_agrees_in_part() -> None:
    asked = (Contestant("a", "greedy"), Contestant("b", "greedy-per-cost"))
    election = approvals({"p": 6, "b": 8}, 10, ["p", "p", "b"])
    found = compare(election, asked, conditions=Conditions(smallest={"b": 2}))
    assert [agreement.money for agreement in found.agreements] == [10]


def test_nothing_to_compare_gives_an_empty_comparison() -> None:
    found = compare(PARK_TOWN, ())
    assert (found.entries, found.agreements, found.by_all, found.by_some) == ((), (), (), ())


def test_tells_whose_turn_it_is() -> None:
    told: list[str] = []
    compare(PARK_TOWN, TWO, progress=told.append)
    assert told == ["greedy", "equal-shares"]


def test_the_json_has_every_rule_and_pair() -> None:
    data = comparison_to_json(compare(PARK_TOWN, TWO))
    assert [rule["label"] for rule in data["rules"]] == ["greedy", "equal-shares"]
    assert data["rules"][0]["fairness"]["share_with_funded"] == "3/5"
    assert data["by_some"] == {"p": ["greedy"], "b": ["equal-shares"]}
    assert data["agreements"] == [{"one": "greedy", "other": "equal-shares", "projects": 1, "money": 4}]
