"""The run sheet of a Decision Night: who presents when, with the breaks and the votes. Pure.

The order of presentations is drawn as the lots of the tally are: each proposal draws SHA-256 of the seed and its
number, both UTF-8, one after the other, and the lowest comes first. Whoever knows the seed can work the order out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from pbvote.errors import Reason
from pbvote.tally.ties import lot

MOST_MINUTES = 180
MOST_BREAKS = 5
WELCOME, PRESENTATION, BREAK, VOTE, COUNT = "welcome", "presentation", "break", "vote", "count"


class BreakPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A break of so many minutes after so many presentations."""

    after: int
    minutes: int


class SheetPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many minutes everything has; what has none is left out. `count` is the time to count each vote."""

    welcome: int
    each: int
    breaks: list[BreakPlan]
    first_vote: int
    count: int
    second_vote: int


@dataclass(frozen=True, slots=True)
class Presented:
    """A proposal that is presented, and who presents it."""

    number: int
    title: str
    proposer: str


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the run sheet. `key` names it as long as the sheet lasts; `number` is a proposal's or a vote's."""

    key: str
    kind: str
    number: int
    title: str
    proposer: str
    minutes: int


def drawn_lot(seed: str, number: int) -> bytes:
    """The lot that a proposal draws."""
    return lot(seed, str(number))


def in_order(presented: Sequence[Presented], seed: str) -> list[Presented]:
    """The order of presentations: by lot, and by number as long as there is no seed."""
    if not seed:
        return sorted(presented, key=lambda one: one.number)
    return sorted(presented, key=lambda one: drawn_lot(seed, one.number))


def run_sheet(plan: SheetPlan, ordered: Sequence[Presented], votes: int) -> list[Item]:
    """Every line of the sheet, in order. Breaks after the last presentation come before the first vote."""
    items = [_line(WELCOME, 0, plan.welcome)]
    for place, one in enumerate(ordered, start=1):
        items.append(_line(PRESENTATION, one.number, plan.each, one))
        items += [_line(BREAK, place, pause.minutes) for pause in plan.breaks if pause.after == place]
    items += [_line(BREAK, pause.after, pause.minutes) for pause in plan.breaks if pause.after > len(ordered)]
    for vote, minutes in ((1, plan.first_vote), (2, plan.second_vote))[:votes]:
        items += [_line(VOTE, vote, minutes), _line(COUNT, vote, plan.count)]
    return [item for item in items if item.minutes > 0]


def starts(items: Sequence[Item], begins: datetime) -> list[datetime]:
    """When each line begins, if every one takes its time."""
    moments, moment = [], begins
    for item in items:
        moments.append(moment)
        moment += timedelta(minutes=item.minutes)
    return moments


def plan_reasons(plan: SheetPlan) -> list[Reason]:
    """What is wrong with the minutes of a sheet."""
    minutes = {
        "welcome": (plan.welcome, 0),
        "each": (plan.each, 1),
        "first_vote": (plan.first_vote, 1),
        "count": (plan.count, 0),
        "second_vote": (plan.second_vote, 0),
    } | {f"breaks.{place}": (pause.minutes, 1) for place, pause in enumerate(plan.breaks)}
    reasons = [
        Reason(
            "minutes_out_of_range",
            f"Expected {least} to {MOST_MINUTES} minutes, not {given}.",
            {"least": least, "most": MOST_MINUTES},
            field,
        )
        for field, (given, least) in minutes.items()
        if not least <= given <= MOST_MINUTES
    ]
    places = [pause.after for pause in plan.breaks]
    if len(places) > MOST_BREAKS or len(set(places)) < len(places) or any(place < 1 for place in places):
        detail = f"Expected at most {MOST_BREAKS} breaks, each after another number of presentations."
        reasons.append(Reason("breaks_unclear", detail, {"most": MOST_BREAKS}, "breaks"))
    return reasons


def _line(kind: str, number: int, minutes: int, one: Presented | None = None) -> Item:
    return Item(f"{kind}-{number}", kind, number, one.title if one else "", one.proposer if one else "", minutes)
