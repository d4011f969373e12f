"""What a proposal says: the limits of its texts and costs, checked all at once. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from pbvote.errors import Reason
from pbvote.plain_text import Limit, email_reasons, fold, read_texts, tidy

MOST_LINES = 30
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
    """A proposal as it is put forward. Its cost is the sum of its lines."""

    title: str
    summary: str
    description: str
    category: str
    place: str
    proposer: str
    contact_email: str
    running_costs: str
    lines: list[LineDraft]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a round asks of a proposal: its categories, and what an award may be in pence."""

    categories: Collection[str]
    smallest: int | None
    largest: int | None
    budget: int


def read_draft(draft: Draft, limits: Limits) -> tuple[Draft, list[Reason]]:
    """The draft with its texts tidied, and everything that is wrong with it."""
    texts, reasons = read_texts({field: getattr(draft, field) for field in TEXTS}, TEXTS)
    reasons += email_reasons(texts["contact_email"], "contact_email")
    if draft.category not in limits.categories:
        reasons.append(Reason("unknown_category", "Choose one of the round's categories.", {}, "category"))
    lines = [LineDraft(tidy(line.what), line.amount, line.basis) for line in draft.lines]
    reasons += _line_reasons(lines) or cost_reasons(sum(line.amount for line in lines), limits, "lines")
    return msgspec.structs.replace(draft, lines=lines, **texts), reasons


def cost_reasons(cost: int, limits: Limits, field: str) -> list[Reason]:
    """Why a proposal cannot have this cost (pence) in a round."""
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


def _line_reasons(lines: Sequence[LineDraft]) -> list[Reason]:
    if not 1 <= len(lines) <= MOST_LINES:
        detail = f"There are {len(lines)} lines of costs; expected 1 to {MOST_LINES}."
        return [Reason("bad_number_of_lines", detail, {"lines": len(lines), "most": MOST_LINES}, "lines")]
    reasons = []
    for index, line in enumerate(lines):
        reasons += read_texts({f"lines.{index}.what": line.what}, {f"lines.{index}.what": LINE})[1]
        if not 0 < line.amount <= MOST_MONEY:
            detail = f"An amount is from 1 to {MOST_MONEY:,} pence."
            reasons.append(Reason("bad_amount", detail, {"most": MOST_MONEY}, f"lines.{index}.amount"))
    return reasons
