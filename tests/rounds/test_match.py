"""Match rules: exact to the penny, whatever the share."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.rounds.match import Counted, Finances, MatchRule, match_of, match_reasons, match_rule_reasons, most_to_ask

MONEY = st.integers(0, 10**12)
KINDS: list[Counted] = ["cash", "kind", "hours"]
QUARTER = MatchRule(1, 4, ("cash",), None, None)
ONE_TO_ONE = MatchRule(1, 2, ("cash", "hours"), 11_09, None)
ONE_FOR_TWO = MatchRule(1, 3, ("cash", "kind"), None, 2_500_00)


@st.composite
def rules(draw: st.DrawFn) -> MatchRule:
    of = draw(st.integers(2, 1_000))
    counts = tuple(draw(st.lists(st.sampled_from(KINDS), min_size=1, unique=True)))
    value = draw(st.integers(1, 100_00)) if "hours" in counts else None
    return MatchRule(draw(st.integers(1, of - 1)), of, counts, value, draw(st.none() | st.integers(1, 10**12)))


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        (QUARTER, []),
        (None, []),
        (MatchRule(0, 4, ("cash",), None, None), ["bad_match_share"]),
        (MatchRule(4, 4, ("cash",), None, None), ["bad_match_share"]),
        (MatchRule(1, 1_001, ("cash",), None, None), ["bad_match_share"]),
        (MatchRule(1, 4, (), None, None), ["match_counts_nothing"]),
        (MatchRule(1, 4, ("hours",), None, None), ["bad_hour_value"]),
        (MatchRule(1, 4, ("hours",), 0, None), ["bad_hour_value"]),
        (MatchRule(1, 4, ("cash",), 11_09, None), ["bad_hour_value"]),
        (MatchRule(1, 4, ("cash",), None, 0), ["bad_amount"]),
        (MatchRule(2, 1, (), 5, -1), ["bad_match_share", "match_counts_nothing", "bad_hour_value", "bad_amount"]),
    ],
)
def test_a_rule_that_cannot_be_used_says_why(rule: MatchRule | None, codes: list[str]) -> None:
    reasons = match_rule_reasons(rule)
    assert [reason.code for reason in reasons] == codes
    assert all(reason.field.startswith("match.") for reason in reasons)


@pytest.mark.parametrize(
    ("rule", "finances", "codes"),
    [
        (QUARTER, Finances(100_00, 25_01, cash=75_00), ["ask_over_the_match_rule"]),
        (QUARTER, Finances(100_00, 25_00, cash=74_99), ["match_too_small"]),
        (QUARTER, Finances(100_00, 25_00, kind=75_00, hours=9), ["match_too_small"]),  # neither counts
        (QUARTER, Finances(99_99, 25_00, cash=99_99), ["ask_over_the_match_rule"]),  # a quarter is 24.9975 pounds
        (QUARTER, Finances(99_99, 24_99, cash=75_00), []),
        (ONE_TO_ONE, Finances(2_000_00, 1_000_00, cash=778_20, hours=20), []),  # 20 hours are 221.80 pounds
        (ONE_TO_ONE, Finances(2_000_00, 1_000_00, cash=778_19, hours=20), ["match_too_small"]),
        (ONE_FOR_TWO, Finances(300_00, 100_00, cash=150_00, kind=50_00), []),
        (ONE_FOR_TWO, Finances(9_000_00, 2_500_01, cash=9_000_00), ["ask_over_the_match_rule"]),  # over the cap
        (ONE_FOR_TWO, Finances(300_00, 300_00), ["ask_over_the_match_rule"]),  # nothing else is needed
        (None, Finances(300_00, 300_00), []),
    ],
)
def test_the_usual_rules_are_exact_to_the_penny(rule: MatchRule | None, finances: Finances, codes: list[str]) -> None:
    assert [reason.code for reason in match_reasons(rule, finances)] == codes


@given(rules(), MONEY, MONEY, MONEY, MONEY, st.integers(0, 10**6))
def test_a_proposal_fits_exactly_when_the_fractions_say_so(
    rule: MatchRule, whole: int, ask: int, cash: int, kind: int, hours: int
) -> None:
    worth = {"cash": cash, "kind": kind, "hours": hours * (rule.hour_value or 0)}
    brought = sum(worth[one] for one in rule.counts)
    fits = Fraction(ask) <= Fraction(rule.part, rule.of) * whole and (rule.cap is None or ask <= rule.cap)
    reasons = match_reasons(rule, Finances(whole, ask, cash, kind, hours))
    assert {reason.code for reason in reasons} == {
        *(() if fits else ("ask_over_the_match_rule",)),
        *(() if ask + brought >= whole else ("match_too_small",)),
    }


@given(rules(), MONEY, MONEY)
def test_the_most_to_ask_is_taken_and_a_penny_more_is_not(rule: MatchRule, whole: int, cash: int) -> None:
    rule = MatchRule(rule.part, rule.of, ("cash",), None, rule.cap)
    most = most_to_ask(rule, whole)
    finances = Finances(whole, most, cash=whole - most)
    assert match_reasons(rule, finances) == []
    assert [one.code for one in match_reasons(rule, replace(finances, ask=most + 1))] == ["ask_over_the_match_rule"]
    assert match_of(rule, replace(finances, cash=cash, kind=5, hours=5)) == cash
