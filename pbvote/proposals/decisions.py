"""What officers decide about a proposal, and what makes a decision incomplete. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from pbvote.errors import Reason
from pbvote.plain_text import Limit, read_texts
from pbvote.proposals.content import MOST_MONEY, LineDraft
from pbvote.proposals.states import Decision

CheckName = Literal["appropriate", "feasible", "sustainable"]


class Checks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The three checks of a proposal."""

    appropriate: bool
    feasible: bool
    sustainable: bool


class DecisionMade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An officer's decision. Without `checks` those count that were recorded one by one.

    `cost` (pence) only when the proposal is accepted with changes and officers have not costed it line by line.
    """

    decision: Decision
    reason: str
    checks: Checks | None
    cost: int | None
    version: int


class ChangesWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the one who sent a proposal is asked to change; the public reads it."""

    reason: str
    version: int


class CheckMade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the three checks, with a note for officers."""

    passes: bool
    note: str
    version: int


class CostingMade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What officers find that a proposal costs, and how much of it others pay (pence).

    Without `others` it is what the proposal says. Without lines there is no costing.
    """

    lines: list[LineDraft]
    others: int | None
    version: int


MOST_LINES = 100  # of a costing: a merge brings the lines of several proposals together
LINE = Limit(120)
CHECKS = Checks.__struct_fields__
Recorded = Mapping[str, bool | None]  # the checks by name; None for one that is not recorded


def decision_reasons(made: DecisionMade, checks: Recorded, asked: int, costed: int | None) -> list[Reason]:
    """What is wrong with a decision, but for its reason and the height of its cost.

    `asked` is what the proposal asks for, `costed` what officers found that the ballot should say, in pence.
    """
    reasons = []
    if made.decision.accepts:
        reasons += _check_reasons(checks)
    changed = made.decision is Decision.ACCEPTED_WITH_CHANGES
    if changed and made.cost is None and costed is None:
        reasons.append(Reason("cost_missing", "Give the cost that the proposal now has.", {}, "cost"))
    elif not changed and made.cost is not None:
        detail = "Only a proposal that is accepted with changes gets another cost."
        reasons.append(Reason("cost_not_asked", detail, {}, "cost"))
    elif made.cost is not None and costed is not None and made.cost != costed:
        detail = "Officers have costed this line by line, and the amount follows from that. Change the lines instead."
        reasons.append(Reason("cost_from_costing", detail, {"costed": costed}, "cost"))
    if made.decision is Decision.ACCEPTED and costed is not None and costed != asked:
        detail = "Officers' lines come to another amount than is asked for: accept with changes, or change the lines."
        reasons.append(Reason("costing_differs", detail, {"costed": costed, "asked": asked}, "decision"))
    return reasons


def amount_decided(made: DecisionMade, asked: int, costed: int | None) -> int:
    """The amount that goes on the ballot (pence): the ask, or for a changed proposal what officers found."""
    if made.decision is not Decision.ACCEPTED_WITH_CHANGES:
        return asked
    return next((amount for amount in (costed, made.cost) if amount is not None), asked)


def read_lines(lines: Sequence[LineDraft]) -> tuple[list[LineDraft], list[Reason]]:
    """Officers' lines with their texts tidied, and everything that is wrong with them."""
    if len(lines) > MOST_LINES:
        detail = f"There are {len(lines)} lines of costs; expected at most {MOST_LINES}."
        return list(lines), [Reason("bad_number_of_lines", detail, {"lines": len(lines), "most": MOST_LINES}, "lines")]
    fields = [f"lines.{index}.what" for index in range(len(lines))]
    texts, reasons = read_texts(
        {field: line.what for field, line in zip(fields, lines, strict=True)}, dict.fromkeys(fields, LINE)
    )
    for index, line in enumerate(lines):
        if not 0 < line.amount <= MOST_MONEY:
            detail = f"An amount is from 1 to {MOST_MONEY:,} pence."
            reasons.append(Reason("bad_amount", detail, {"most": MOST_MONEY}, f"lines.{index}.amount"))
    tidied = [msgspec.structs.replace(line, what=texts[field]) for field, line in zip(fields, lines, strict=True)]
    return tidied, reasons


def others_reasons(others: int, whole: int) -> list[Reason]:
    """Why others cannot pay this much (pence) of a whole cost."""
    if 0 <= others < whole:
        return []
    detail = "What others pay is from nothing to less than the whole cost."
    return [Reason("others_pay_too_much", detail, {"whole": whole}, "others")]


def _check_reasons(checks: Recorded) -> list[Reason]:
    failed = [name for name in CHECKS if checks.get(name) is False]
    missing = [name for name in CHECKS if checks.get(name) is None]
    reasons = []
    if failed:
        detail = f"An accepted proposal passes all three checks; this one is not {' or '.join(failed)}."
        reasons.append(Reason("checks_not_met", detail, {"checks": ", ".join(failed)}, "checks"))
    if missing:
        detail = f"Not checked yet: {', '.join(missing)}."
        reasons.append(Reason("checks_not_recorded", detail, {"checks": ", ".join(missing)}, "checks"))
    return reasons
