"""The run sheet: the order that a seed draws, and the lines with their times."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.nights.qr import QUIET, qr_code
from pbvote.nights.runsheet import BreakPlan, Presented, SheetPlan, in_order, plan_reasons, run_sheet, starts

PLAN = SheetPlan(welcome=10, each=3, breaks=[BreakPlan(2, 15)], first_vote=15, count=20, second_vote=10)
THREE = [Presented(number, f"Proposal {number}", "Somebody") for number in (1, 2, 3)]


def test_the_order_is_what_a_shell_works_out() -> None:
    by_hand = sorted((1, 2, 3), key=lambda number: hashlib.sha256(f"4162{number}".encode()).hexdigest())
    assert [one.number for one in in_order(THREE, "4162")] == by_hand == [3, 1, 2]


def test_without_a_seed_proposals_stand_by_their_numbers() -> None:
    assert [one.number for one in in_order(THREE[::-1], "")] == [1, 2, 3]


@given(st.text(min_size=1, max_size=20), st.permutations(range(1, 12)))
def test_who_leaves_moves_nobody_else_and_the_list_decides_nothing(seed: str, numbers: list[int]) -> None:
    everybody = [Presented(number, "", "") for number in numbers]
    ordered = in_order(everybody, seed)
    assert in_order(sorted(everybody, key=lambda one: one.number), seed) == ordered
    assert in_order(everybody[1:], seed) == [one for one in ordered if one != everybody[0]]


def test_the_lines_come_in_order_with_breaks_votes_and_times() -> None:
    items = run_sheet(PLAN, THREE, 2)
    assert [item.key for item in items] == [
        *("welcome-0", "presentation-1", "presentation-2", "break-2", "presentation-3"),
        *("vote-1", "count-1", "vote-2", "count-2"),
    ]
    begins = datetime(2026, 3, 20, 19, 0, tzinfo=UTC)
    assert [f"{at:%H:%M}" for at in starts(items, begins)][:6] == ["19:00", "19:10", "19:13", "19:16", "19:31", "19:34"]
    assert [item.key for item in run_sheet(PLAN, THREE, 1)][-1] == "count-1"


def test_a_part_without_minutes_is_left_out_and_a_late_break_comes_before_the_vote() -> None:
    plan = msgspec.structs.replace(PLAN, welcome=0, count=0, breaks=[BreakPlan(9, 5)])
    assert [item.key for item in run_sheet(plan, THREE[:1], 1)] == ["presentation-1", "break-9", "vote-1"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"each": 0}, "each"),
        ({"welcome": -1}, "welcome"),
        ({"first_vote": 181}, "first_vote"),
        ({"breaks": [BreakPlan(1, 0)]}, "breaks.0"),
        ({"breaks": [BreakPlan(0, 5)]}, "breaks"),
        ({"breaks": [BreakPlan(2, 5), BreakPlan(2, 6)]}, "breaks"),
    ],
)
def test_minutes_that_make_no_sense_are_refused(change: dict[str, object], field: str) -> None:
    assert [reason.field for reason in plan_reasons(msgspec.structs.replace(PLAN, **change))] == [field]
    assert plan_reasons(PLAN) == []


def test_a_presenter_s_words_stay_with_their_line() -> None:
    [line] = [item for item in run_sheet(PLAN, [replace(THREE[0], proposer="Mill Lane Hall")], 1) if item.proposer]
    assert (line.kind, line.title, line.proposer, line.minutes) == ("presentation", "Proposal 1", "Mill Lane Hall", 3)


def test_a_qr_code_is_a_path_with_white_around_it() -> None:
    code = qr_code("https://vote.example.org/en/r/harbourside-2026/vote")
    assert code.path.startswith(f"M{QUIET} {QUIET}h1v1h-1z")
    places = [[int(part) for part in one.split("h")[0].split()] for one in code.path.split("M")[1:]]
    assert {QUIET, code.side - QUIET - 1} <= {x for x, _ in places}
    assert all(QUIET <= at < code.side - QUIET for place in places for at in place)
