"""A ballot that somebody filled in on a page without JavaScript: what was typed, what it means, what is wrong with it.

The fields of its form: `choice`, a project number, once for each box that is ticked (approval and knapsack ballots);
`give-12`, what is typed beside project 12 (points and score ballots; on a ranking, its place); `code`; `eligible` and
`blank`, each `yes` or not there; `order`, which keeps the list as it was shown; `key`, which names one sending;
and `act`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pbvote.ballots.design import Choice, Design, Kind, ballot_reasons
from pbvote.errors import InputIsWrong, Reason

TICKED = frozenset({Kind.APPROVAL, Kind.KNAPSACK})
SINGLE = frozenset({"act", "code", "eligible", "blank", "order", "key"})
GIVE = re.compile(r"give-([1-9][0-9]{0,6})")
PROJECT = re.compile(r"[1-9][0-9]{0,6}")
WHOLE = re.compile(r"[0-9]{1,7}")
ORDER = re.compile(r"[0-9]{1,10}")


class NotThisForm(InputIsWrong):
    """What came is not the form that this round's ballot page sends."""

    title = "This form cannot be read"


class Act(StrEnum):
    """What the sender of the form wants."""

    CHECK = "check"
    CHANGE = "change"
    SEND = "send"


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it was filled in; `typed` is what stands beside projects, unread."""

    act: Act
    order: int
    ticked: tuple[int, ...] = ()
    typed: tuple[tuple[int, str], ...] = ()
    code: str = ""
    eligible: bool = False
    blank: bool = False
    key: str = ""

    @property
    def marks(self) -> dict[int, str]:
        """What is marked beside each project: the text, or an empty one for a tick."""
        return {**dict.fromkeys(self.ticked, ""), **{project: text for project, text in self.typed if text.strip()}}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a choice comes to: its cost, its points, and what it leaves of the limit (None where there is none)."""

    cost: int
    points: int
    left: int | None


def read_filled(fields: Sequence[tuple[str, str]], design: Design) -> Filled:
    """The filled-in form. Raises NotThisForm for any field or value that the page cannot have sent."""
    names = Counter(name for name, _ in fields)
    single = {name: value for name, value in fields if name in SINGLE}
    rest = [(name, value) for name, value in fields if name not in SINGLE]
    ticked = [value for name, value in rest if name == "choice" and design.kind in TICKED and PROJECT.fullmatch(value)]
    typed = [(found[1], value) for name, value in rest if (found := GIVE.fullmatch(name)) and design.kind not in TICKED]
    strange = (
        any(names[name] > 1 for name in SINGLE)
        or len(ticked) + len(typed) < len(rest)
        or single.get("act") not in set(Act)
        or not ORDER.fullmatch(single.get("order", ""))
        or {single.get("eligible", "yes"), single.get("blank", "yes")} != {"yes"}
    )
    if strange:
        raise NotThisForm("This is not the form of this ballot. Please open the ballot again.")
    return Filled(
        act=Act(single["act"]),
        order=int(single["order"]),
        ticked=tuple(int(value) for value in ticked),
        typed=tuple((int(project), value) for project, value in typed),
        code=single.get("code", ""),
        eligible="eligible" in single,
        blank="blank" in single,
        key=single.get("key", ""),
    )


def read_choice(filled: Filled, design: Design) -> tuple[Choice, list[Reason]]:
    """What the marks mean, as far as they can be read, and what cannot. Nothing and nought leave a project out."""
    if design.kind in TICKED:
        return Choice(filled.ticked, None), []
    numbers: list[tuple[int, int]] = []
    reasons: list[Reason] = []
    for project, text in filled.typed:
        typed = text.strip() or "0"
        if not WHOLE.fullmatch(typed):
            detail = f"Enter a whole number for project {project}, or leave it empty."
            reasons.append(Reason("not_a_whole_number", detail, {"project": project}, f"give-{project}"))
        elif int(typed):
            numbers.append((project, int(typed)))
    if design.kind is not Kind.RANKING:
        return Choice(tuple(project for project, _ in numbers), tuple(points for _, points in numbers)), reasons
    places = Counter(place for _, place in numbers)
    for project, place in numbers:
        if places[place] > 1:
            detail = f"More than one project has the place {place}."
            reasons.append(Reason("same_place", detail, {"project": project, "place": place}, f"give-{project}"))
    return Choice(tuple(project for project, _ in sorted(numbers, key=lambda mark: mark[1])), None), reasons


def what_is_wrong(filled: Filled, design: Design, costs: Mapping[int, int], budget: int) -> list[Reason]:
    """Everything for which the voter has to go back to the form; `field` is what it belongs to there."""
    choice, reasons = read_choice(filled, design)
    reasons += [_placed(reason) for reason in ballot_reasons(design, choice, costs, budget)]
    if filled.blank and filled.marks:
        reasons.append(Reason("blank_and_chosen", "Choose projects or send a blank vote, not both.", {}, "blank"))
    elif not filled.blank and not choice.projects and not reasons:
        reasons.append(Reason("nothing_chosen", "Choose a project, or tick the blank vote.", {}, "choices"))
    if not filled.code.strip():
        reasons.append(Reason("code_missing", "Enter your voting code.", {}, "code"))
    if not filled.eligible:
        reasons.append(Reason("not_confirmed", "Confirm that you can vote.", {}, "eligible"))
    return reasons


def _placed(reason: Reason) -> Reason:
    """A reason of the design, at the field of this form that it is about."""
    one = reason.field == "points" and "project" in reason.params
    return replace(reason, field=f"give-{reason.params['project']}" if one else "choices")


def standing(choice: Choice, design: Design, costs: Mapping[int, int], budget: int) -> Standing:
    """What the choice comes to, whether or not it is within the limit."""
    cost, points = sum(costs.get(number, 0) for number in choice.projects), sum(choice.points or ())
    match design.kind:
        case Kind.KNAPSACK:
            left: int | None = budget - cost
        case Kind.POINTS:
            left = (design.total_points or 0) - points
        case _:
            left = None if design.max_choices is None else design.max_choices - len(choice.projects)
    return Standing(cost, points, left)
