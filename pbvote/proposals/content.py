"""What a proposal says: the limits of its texts and costs, checked all at once. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from pbvote.errors import Reason
from pbvote.plain_text import Limit, email_reasons, fold, read_texts, tidy
from pbvote.rounds.match import Finances, MatchRule, match_reasons

MOST_LINES = 30
MOST_HOURS = 100_000
NORTHMOST, EASTMOST = 90_000_000, 180_000_000  # millionths of a degree
MOST_MONEY = 10**12
LINE = Limit(120)
TEXTS = {
    "title": Limit(90),
    "summary": Limit(200),
    "description": Limit(5_000, lines=True),
    "place": Limit(120),
    "proposer": Limit(90),
    "contact_email": Limit(254),
    "running_costs": Limit(500, required=False, lines=True),
}
SEARCHED = ("title", "summary", "description", "place", "proposer")


class LineDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the costs: what, how much in pence, and how well that is known."""

    what: str
    amount: int
    basis: Literal["estimate", "quote"]


class Draft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A proposal as it is put forward. Its lines add up to the whole cost; money is pence.

    `ask` is what the pot is asked for, the whole cost if None; `smallest` the least that would still do, where the
    round funds in part. A place is words, and a point on the map in millionths of a degree, or the whole area.
    """

    title: str
    summary: str
    description: str
    category: str
    place: str
    proposer: str
    contact_email: str
    running_costs: str
    lines: list[LineDraft]
    ask: int | None = None
    smallest: int | None = None
    match_cash: int = 0
    match_kind: int = 0
    match_hours: int = 0
    whole_area: bool = False
    latitude: int | None = None
    longitude: int | None = None

    @property
    def whole(self) -> int:
        """What all of it costs."""
        return sum(line.amount for line in self.lines)

    @property
    def asked(self) -> int:
        """What the pot is asked for."""
        return self.whole if self.ask is None else self.ask


@dataclass(frozen=True, slots=True)
class Limits:
    """What a round asks of a proposal: its categories, what an award may be in pence, what people have to bring.

    An `advisory` round has no money to ask for, so its proposals may cost nothing.
    """

    categories: Collection[str]
    smallest: int | None
    largest: int | None
    budget: int
    match: MatchRule | None = None
    part_funding: bool = False
    advisory: bool = False


def read_draft(draft: Draft, limits: Limits) -> tuple[Draft, list[Reason]]:
    """The draft with its texts tidied, and everything that is wrong with it."""
    wanted = TEXTS | {"place": Limit(TEXTS["place"].most, required=not draft.whole_area)}
    texts, reasons = read_texts({field: getattr(draft, field) for field in wanted}, wanted)
    reasons += email_reasons(texts["contact_email"], "contact_email")
    if draft.category not in limits.categories:
        reasons.append(Reason("unknown_category", "Choose one of the round's categories.", {}, "category"))
    lines = [LineDraft(tidy(line.what), line.amount, line.basis) for line in draft.lines]
    tidied = msgspec.structs.replace(draft, lines=lines, **texts)
    reasons += _place_reasons(tidied)
    reasons += _line_reasons(lines, 0 if limits.advisory else 1) or money_reasons(tidied, limits)
    return tidied, reasons


def money_reasons(draft: Draft, limits: Limits) -> list[Reason]:
    """Why a proposal cannot ask for what it asks for, where its lines are in order."""
    amounts = {"match_cash": draft.match_cash, "match_kind": draft.match_kind}
    wrong = [_bad_amount(name) for name, amount in amounts.items() if not 0 <= amount <= MOST_MONEY]
    if not 0 <= draft.match_hours <= MOST_HOURS:
        detail = f"Hours are from 0 to {MOST_HOURS:,}."
        wrong.append(Reason("bad_hours", detail, {"most": MOST_HOURS}, "match_hours"))
    wrong += cost_reasons(draft.asked, limits, "lines" if draft.ask is None else "ask")
    if draft.asked > draft.whole:
        params: dict[str, int | str] = {"ask": draft.asked, "whole": draft.whole}
        wrong.append(Reason("ask_over_cost", "The ask is more than the whole cost.", params, "ask"))
    if wrong or limits.advisory:
        return wrong
    finances = Finances(draft.whole, draft.asked, draft.match_cash, draft.match_kind, draft.match_hours)
    return match_reasons(limits.match, finances) + _smallest_reasons(draft, limits)


def _smallest_reasons(draft: Draft, limits: Limits) -> list[Reason]:
    if draft.smallest is None:
        return []
    if not limits.part_funding:
        return [Reason("smallest_not_asked", "This round funds a proposal as a whole or not at all.", {}, "smallest")]
    if not 0 < draft.smallest <= draft.asked:
        params: dict[str, int | str] = {"smallest": draft.smallest, "ask": draft.asked}
        detail = "The smallest amount is above nothing and at most what is asked for."
        return [Reason("smallest_over_ask", detail, params, "smallest")]
    return []


def _place_reasons(draft: Draft) -> list[Reason]:
    point = (draft.latitude, draft.longitude)
    if point == (None, None):
        return []
    if draft.whole_area:
        return [Reason("place_twice", "Choose either a point on the map or the whole area.", {}, "place")]
    latitude, longitude = point
    known = latitude is not None and longitude is not None
    if not known or abs(latitude or 0) > NORTHMOST or abs(longitude or 0) > EASTMOST:
        return [Reason("bad_point", "This is no point on the map.", {}, "place")]
    return []


def _bad_amount(field: str) -> Reason:
    return Reason("bad_amount", f"An amount is from 1 to {MOST_MONEY:,} pence.", {"most": MOST_MONEY}, field)


def cost_reasons(cost: int, limits: Limits, field: str) -> list[Reason]:
    """Why a proposal cannot have this cost (pence) in a round."""
    if limits.advisory and 0 <= cost <= MOST_MONEY:
        return []
    if not 0 < cost <= MOST_MONEY:
        return [Reason("bad_amount", f"A cost is from 1 to {MOST_MONEY:,} pence.", {"most": MOST_MONEY}, field)]
    if limits.smallest is not None and cost < limits.smallest:
        detail = "This costs less than the smallest award of the round."
        return [Reason("cost_too_small", detail, {"cost": cost, "smallest": limits.smallest}, field)]
    if limits.largest is not None and cost > limits.largest:
        detail = "This costs more than the largest award of the round."
        return [Reason("cost_too_large", detail, {"cost": cost, "largest": limits.largest}, field)]
    if cost > limits.budget:
        detail = "This costs more than all the money of the round."
        return [Reason("cost_over_budget", detail, {"cost": cost, "budget": limits.budget}, field)]
    return []


def search_text(draft: Draft) -> str:
    """The words by which a proposal is found."""
    return fold("\n".join(getattr(draft, field) for field in SEARCHED))


def _line_reasons(lines: Sequence[LineDraft], fewest: int) -> list[Reason]:
    if not fewest <= len(lines) <= MOST_LINES:
        detail = f"There are {len(lines)} lines of costs; expected {fewest} to {MOST_LINES}."
        return [Reason("bad_number_of_lines", detail, {"lines": len(lines), "most": MOST_LINES}, "lines")]
    reasons = []
    for index, line in enumerate(lines):
        reasons += read_texts({f"lines.{index}.what": line.what}, {f"lines.{index}.what": LINE})[1]
        if not 0 < line.amount <= MOST_MONEY:
            reasons.append(_bad_amount(f"lines.{index}.amount"))
    return reasons
