from __future__ import annotations

import json
from importlib import resources
from importlib.resources.abc import Traversable
from operator import attrgetter
from pathlib import Path

import msgspec
import pytest
from jsonschema import Draft202012Validator

from pbvote.ballots.design import Design, Kind, design_reasons
from pbvote.errors import NotFound
from pbvote.rounds.changes import ABOUT, award_reasons
from pbvote.rounds.match import MatchRule, match_rule_reasons, most_to_ask
from pbvote.rounds.phases import Phase
from pbvote.rounds.pots import PotPlan, pot_reasons
from pbvote.rounds.rules import ROUND_RULES, complete_parameters, rule_reasons, rules_for, tie_reasons
from pbvote.rounds.templates import Category, PollPlan, RuleChoice, Template, UsualPhase, all_templates, shipped
from tests import template_schema

FOLDER = resources.files("pbvote.rounds") / "templates"
FILES: list[Traversable] = sorted(FOLDER.iterdir(), key=attrgetter("name"))
DOCS = Path(__file__).parents[2] / "docs"


def test_refuses_an_unknown_template() -> None:
    with pytest.raises(NotFound, match="the templates are area-forum-ranked, area-forum-small, city-wide, "):
        shipped("lottery")


def test_refuses_a_template_with_a_field_too_many_or_too_few() -> None:
    whole = json.loads((FOLDER / "city-wide.json").read_bytes())
    assert not problems(whole)
    for broken in (
        {**whole, "colour": "red"},
        {key: whole[key] for key in whole if key != "polls"},
        {**whole, "polls": [{**whole["polls"][0], "design": {}}]},
        {**whole, "comments": "loud"},
    ):
        assert problems(broken)
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(json.dumps(broken), type=Template)


def problems(content: object) -> list[str]:
    """What the published schema has against a template."""
    validator = Draft202012Validator(json.loads((DOCS / "template.schema.json").read_text()))
    return [error.message for error in validator.iter_errors(content)]


def test_the_published_schema_is_that_of_the_struct() -> None:
    assert (DOCS / "template.schema.json").read_text() == template_schema.text()


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_every_file_keeps_to_the_schema_and_has_the_name_of_its_template(file: Traversable) -> None:
    content = json.loads(file.read_bytes())
    assert problems(content) == []
    assert file.name == f"{content['id']}.json"


def test_the_page_on_templates_describes_every_field_and_every_template() -> None:
    page = (DOCS / "templates.md").read_text()
    structs = (Template, PollPlan, Category, UsualPhase, RuleChoice, PotPlan, MatchRule, Design)
    names = {name for struct in structs for name in struct.__struct_fields__}
    names |= {one.id for one in all_templates()}
    assert {name for name in names if f"`{name}`" not in page} == set()


@pytest.mark.parametrize("one", all_templates(), ids=lambda one: one.id)
def test_a_round_can_begin_from_each(one: Template) -> None:
    texts = {"title": one.title, "description": one.description, "eligibility": one.eligibility}
    assert all(0 < len(text) <= ABOUT[field].most for field, text in texts.items())
    assert 0 < len(one.sentence) <= 140
    ids = [category.id for category in one.categories]
    assert len(set(ids)) == len(ids) >= 5
    assert pot_reasons(one.pots, ids) + award_reasons(one.smallest_award, one.largest_award) == []
    assert match_rule_reasons(one.match) == []
    assert 0 < len(one.polls) <= 2
    for position, poll in enumerate(one.polls, start=1):
        among = rules_for(position, len(one.polls), advisory=one.advisory)
        assert design_reasons(poll.design) == []
        assert rule_reasons(poll.rule.id, poll.rule.parameters, poll.design, among) == []
        assert tie_reasons(poll.ties) == []
    between = [Phase.VOTING, Phase.SHORTLIST] * (len(one.polls) - 1)
    phases = [Phase.PROPOSALS, Phase.REVIEW, *between, Phase.VOTING, Phase.COUNTING]
    assert [usual.phase for usual in one.phases] == phases
    assert all(usual.days > 0 for usual in one.phases)


def test_the_templates_are_what_they_say() -> None:
    by_id = {one.id: one for one in all_templates()}
    votes = {
        id_: [(poll.design.kind.value, poll.rule.id, sum(pot.amount for pot in one.pots)) for poll in one.polls]
        for id_, one in by_id.items()
    }
    assert votes == {
        "area-forum-ranked": [("ranking", "greedy", 20_000_00)],
        "area-forum-small": [("knapsack", "greedy", 2_000_00)],
        "city-wide": [("approval", "equal-shares", 0)],
        "community-first": [("approval", "greedy", 0)],
        "community-forum-budget": [("score", "top", 0), ("approval", "greedy", 0)],
        "match-25": [("knapsack", "equal-shares", 0)],
        "pooled-pot": [("approval", "equal-shares", 50_000_00)],
        "service-priorities": [("points", "priorities", 0)],
    }
    night = by_id["community-forum-budget"]
    first, second = night.polls
    assert (first.design.every, first.design.max_points, first.rule.parameters["k"]) == (True, 5, 9)
    assert (second.design.min_choices, second.design.max_choices) == (3, 3)
    assert (night.night, night.part_funding, night.confirmed_by) == (True, True, "the partnership")
    ranked = by_id["area-forum-ranked"]
    assert (ranked.part_funding, ranked.confirmed_by) == (True, "the partnership")
    matched = by_id["community-first"]
    assert (matched.smallest_award, matched.largest_award) == (250_00, 2_500_00)
    assert matched.match == MatchRule(1, 2, ("cash", "hours"), 11_09, None)
    quarter = by_id["match-25"].match
    assert quarter is not None
    assert most_to_ask(quarter, 1_000_00) == 250_00
    assert [pot.fenced for pot in by_id["pooled-pot"].pots] == [True, True, False]
    assert by_id["service-priorities"].advisory


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


def test_a_rule_is_for_one_kind_of_vote() -> None:
    money, shortlist, advice = (
        rules_for(*at, advisory=advisory) for at, advisory in (((1, 1), False), ((1, 2), False), ((2, 2), True))
    )
    assert (list(shortlist), list(advice), list(money)) == (["top"], ["priorities"], list(ROUND_RULES))
    [reason] = rule_reasons("greedy", {}, design(Kind.SCORE), shortlist)
    assert (reason.code, reason.params) == ("rule_not_for_this_vote", {"rule": "greedy", "rules": "top"})
    [reason] = rule_reasons("top", {}, design(Kind.SCORE), shortlist)
    assert (reason.code, reason.params) == ("bad_rule_parameter", {"parameter": "k"})


@pytest.mark.parametrize("rule", ROUND_RULES)
def test_every_parameter_is_stored(rule: str) -> None:
    complete = complete_parameters(rule, {})
    assert list(complete) == [parameter.name for parameter in ROUND_RULES[rule].parameters]
    assert None not in complete.values()
    assert rule_reasons(rule, complete, design(Kind.APPROVAL)) == []
