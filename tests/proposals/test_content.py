from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.proposals.content import MOST_MONEY, Draft, Limits, LineDraft, cost_reasons, read_draft, search_text
from pbvote.rounds.match import MatchRule

LIMITS = Limits(categories=frozenset({"parks"}), smallest=250_00, largest=5_000_00, budget=20_000_00)
BENCH = Draft(
    title="A bench by the school",
    summary="A place to sit while waiting.",
    description="One bench of recycled plastic.",
    category="parks",
    place="School Lane",
    proposer="Friends of School Lane",
    contact_email="kim@example.org",
    running_costs="None",
    lines=[LineDraft("Bench", 600_00, "quote"), LineDraft("Fitting", 150_00, "estimate")],
)


def refused(limits: Limits = LIMITS, **changes: Any) -> list[tuple[str, str]]:
    _, reasons = read_draft(msgspec.structs.replace(BENCH, **changes), limits)
    return [(reason.field, reason.code) for reason in reasons]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"title": " "}, "title", "text_missing"),
        ({"title": "x" * 91}, "title", "text_too_long"),
        ({"title": "a\nb"}, "title", "text_not_plain"),
        ({"summary": "x" * 201}, "summary", "text_too_long"),
        ({"description": "x" * 5_001}, "description", "text_too_long"),
        ({"description": "a\x07"}, "description", "text_not_plain"),
        ({"place": ""}, "place", "text_missing"),
        ({"proposer": ""}, "proposer", "text_missing"),
        ({"contact_email": ""}, "contact_email", "text_missing"),
        ({"contact_email": "kim"}, "contact_email", "bad_email"),
        ({"running_costs": "x" * 501}, "running_costs", "text_too_long"),
        ({"category": "roads"}, "category", "unknown_category"),
        ({"lines": []}, "lines", "bad_number_of_lines"),
        ({"lines": [LineDraft("Brick", 100_00, "quote")] * 31}, "lines", "bad_number_of_lines"),
        ({"lines": [LineDraft("Bench", 0, "quote")]}, "lines.0.amount", "bad_amount"),
        (
            {"lines": [LineDraft("Bench", 600_00, "quote"), LineDraft("Rebate", -1, "quote")]},
            "lines.1.amount",
            "bad_amount",
        ),
        ({"lines": [LineDraft("Moon", MOST_MONEY + 1, "estimate")]}, "lines.0.amount", "bad_amount"),
        ({"lines": [LineDraft(" ", 600_00, "quote")]}, "lines.0.what", "text_missing"),
        ({"lines": [LineDraft("Bench", 249_99, "quote")]}, "lines", "cost_too_small"),
        ({"lines": [LineDraft("Bench", 5_000_01, "quote")]}, "lines", "cost_too_large"),
        ({"ask": 750_01}, "ask", "ask_over_cost"),
        ({"ask": 249_99}, "ask", "cost_too_small"),
        ({"ask": 0}, "ask", "bad_amount"),
        ({"match_cash": -1}, "match_cash", "bad_amount"),
        ({"match_kind": MOST_MONEY + 1}, "match_kind", "bad_amount"),
        ({"match_hours": 100_001}, "match_hours", "bad_hours"),
        ({"smallest": 300_00}, "smallest", "smallest_not_asked"),
        ({"latitude": 1, "longitude": None}, "place", "bad_point"),
        ({"latitude": 90_000_001, "longitude": 0}, "place", "bad_point"),
        ({"latitude": 0, "longitude": -180_000_001}, "place", "bad_point"),
        ({"latitude": 0, "longitude": 0, "whole_area": True}, "place", "place_twice"),
    ],
)
def test_refuses_what_a_proposal_cannot_say(changes: dict[str, Any], field: str, code: str) -> None:
    assert refused(**changes) == [(field, code)]


def test_refuses_what_all_the_money_cannot_pay_for() -> None:
    limits = Limits(LIMITS.categories, None, None, 500_00)
    assert refused(limits) == [("lines", "cost_over_budget")]


def test_says_everything_at_once() -> None:
    fields = [field for field, _ in refused(title="", summary="x" * 300, category="", contact_email="@", lines=[])]
    assert fields == ["title", "summary", "contact_email", "category", "lines"]


def test_takes_a_proposal_and_tidies_it() -> None:
    draft, reasons = read_draft(msgspec.structs.replace(BENCH, title="  A bench ", running_costs=""), LIMITS)
    assert not reasons
    assert draft.title == "A bench"


def test_a_proposal_is_found_by_its_public_words_only() -> None:
    assert "friends of school lane" in search_text(BENCH)
    assert "kim" not in search_text(BENCH)


@given(st.integers(), st.one_of(st.none(), st.integers(1, 10**6)), st.one_of(st.none(), st.integers(1, 10**6)))
def test_a_cost_lies_between_the_awards_and_within_the_money(
    cost: int, smallest: int | None, largest: int | None
) -> None:
    limits = Limits(frozenset(), smallest, largest, 10**6)
    fits = cost > 0 and cost >= (smallest or 0) and cost <= (largest or 10**6)
    assert (cost_reasons(cost, limits, "cost") == []) == fits


THIRD = MatchRule(part=1, of=3, counts=("cash", "hours"), hour_value=12_00, cap=None)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, ["ask_over_the_match_rule"]),
        ({"ask": 250_01, "match_cash": 499_99}, ["ask_over_the_match_rule"]),
        ({"ask": 250_00, "match_cash": 499_99}, ["match_too_small"]),
        ({"ask": 250_00, "match_cash": 380_00, "match_kind": 500_00}, ["match_too_small"]),
        ({"ask": 250_00, "match_cash": 380_00, "match_hours": 10}, []),
    ],
)
def test_where_people_bring_a_share_the_sum_is_exact(changes: dict[str, Any], codes: list[str]) -> None:
    limits = dataclasses.replace(LIMITS, match=THIRD)
    assert [code for _, code in refused(limits, **changes)] == codes


@pytest.mark.parametrize(("smallest", "codes"), [(0, ["smallest_over_ask"]), (1, []), (750_00, []), (750_01, None)])
def test_the_smallest_amount_is_part_of_the_ask(smallest: int, codes: list[str] | None) -> None:
    limits = dataclasses.replace(LIMITS, part_funding=True)
    expected = ["smallest_over_ask"] if codes is None else codes
    assert [code for _, code in refused(limits, smallest=smallest)] == expected


def test_the_whole_area_needs_no_words_and_an_advisory_round_no_costs() -> None:
    assert refused(place="", whole_area=True) == []
    advisory = dataclasses.replace(LIMITS, advisory=True, smallest=None, largest=None, budget=0)
    assert refused(advisory, lines=[]) == []
    assert [code for _, code in refused(lines=[])] == ["bad_number_of_lines"]
