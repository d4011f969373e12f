from __future__ import annotations

import json
from importlib import resources

import msgspec
import pytest

from pbvote.ballots.design import Design, Kind, design_reasons
from pbvote.errors import NotFound
from pbvote.rounds.changes import ABOUT, award_reasons, pot_reasons
from pbvote.rounds.phases import Phase
from pbvote.rounds.rules import ROUND_RULES, complete_parameters, rule_reasons, tie_reasons
from pbvote.rounds.templates import Template, all_templates, template


def test_refuses_an_unknown_template() -> None:
    with pytest.raises(NotFound, match="the templates are area-forum-small, city-wide, community-forum-budget"):
        template("lottery")


def test_refuses_a_template_with_a_field_too_many_or_too_few() -> None:
    whole = json.loads((resources.files("pbvote.rounds") / "templates" / "city-wide.json").read_bytes())
    for broken in (
        {**whole, "colour": "red"},
        {key: whole[key] for key in whole if key != "ties"},
        {**whole, "design": {}},
    ):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(json.dumps(broken), type=Template)


def test_there_are_three() -> None:
    assert [one.id for one in all_templates()] == ["area-forum-small", "city-wide", "community-forum-budget"]


@pytest.mark.parametrize("one", all_templates(), ids=lambda one: one.id)
def test_a_round_can_begin_from_each(one: Template) -> None:
    texts = {"title": one.title, "description": one.description, "eligibility": one.eligibility}
    assert all(0 < len(text) <= ABOUT[field].most for field, text in texts.items())
    assert 0 < len(one.sentence) <= 140
    assert len({category.id for category in one.categories}) == len(one.categories) >= 5
    assert pot_reasons(one.pots) + award_reasons(one.smallest_award, one.largest_award) == []
    assert design_reasons(one.design) == []
    assert rule_reasons(one.rule.id, one.rule.parameters, one.design) == []
    assert tie_reasons(one.ties) == []
    assert [usual.phase for usual in one.phases] == [Phase.PROPOSALS, Phase.REVIEW, Phase.VOTING, Phase.COUNTING]
    assert all(usual.days > 0 for usual in one.phases)


def test_the_templates_are_what_they_say() -> None:
    area, city, community = all_templates()
    assert (sum(pot.amount for pot in area.pots), area.design.kind, area.rule.id) == (2_000_00, Kind.KNAPSACK, "greedy")
    assert (city.design.kind, city.design.min_choices, city.rule.id) == (Kind.APPROVAL, 3, "equal-shares")
    assert city.rule.parameters["completion"] == "add1u"
    assert (community.design.kind, community.rule.id) == (Kind.KNAPSACK, "equal-shares")


def design(kind: Kind) -> Design:
    points = 10 if kind in {Kind.POINTS, Kind.SCORE} else None
    return Design(kind, 1, None, points if kind is Kind.POINTS else None, points)


@pytest.mark.parametrize(
    ("rule", "parameters", "kind", "said"),
    [
        ("lottery", {}, Kind.APPROVAL, "There is no rule 'lottery'"),
        ("greedy", {"mood": "good"}, Kind.APPROVAL, "mood: greedy has no such parameter."),
        ("greedy", {"skip": "yes"}, Kind.APPROVAL, "skip: 'yes' is not known"),
        ("greedy", {"utility": ["votes"]}, Kind.APPROVAL, "utility: ['votes'] is not known"),
        ("greedy", {"utility": "points"}, Kind.KNAPSACK, "utility: points needs"),
        ("greedy", {"utility": "borda"}, Kind.SCORE, "utility: borda needs"),
        ("equal-shares", {"step": 0}, Kind.APPROVAL, "step: 0 is not known"),
        ("equal-shares", {"step": True}, Kind.APPROVAL, "step: True is not known"),
        ("equal-shares", {"completion": None}, Kind.APPROVAL, "completion: None is not known"),
    ],
)
def test_refuses_a_rule_that_cannot_count_the_ballots(
    rule: str, parameters: dict[str, object], kind: Kind, said: str
) -> None:
    [reason] = rule_reasons(rule, parameters, design(kind))
    assert reason.field == "rule"
    assert said in reason.detail


@pytest.mark.parametrize(
    "ties", [["lottery"], ["cheapest", "cheapest"], ["lot"], ["lot:482915"], ["cheapest,most-votes", "cheapest"]]
)
def test_refuses_an_order_of_ties_that_decides_nothing(ties: list[str]) -> None:
    assert [reason.field for reason in tie_reasons(ties)] == ["ties"]


def test_an_order_of_ties_that_names_nothing_leaves_everything_to_dice() -> None:
    assert tie_reasons([]) == []


@pytest.mark.parametrize("rule", ROUND_RULES)
def test_every_parameter_is_stored(rule: str) -> None:
    complete = complete_parameters(rule, {})
    assert list(complete) == [parameter.name for parameter in ROUND_RULES[rule].parameters]
    assert None not in complete.values()
    assert rule_reasons(rule, complete, design(Kind.APPROVAL)) == []
