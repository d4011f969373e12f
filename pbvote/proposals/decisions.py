"""What officers decide about a proposal, and what makes a decision incomplete. Pure."""

from __future__ import annotations

import msgspec

from pbvote.errors import Reason
from pbvote.proposals.states import Decision


class Checks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The three checks of a proposal."""

    appropriate: bool
    feasible: bool
    sustainable: bool


class DecisionMade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An officer's decision: `cost` (pence) only when the proposal is accepted with changes."""

    decision: Decision
    reason: str
    checks: Checks
    cost: int | None
    version: int


CHECKS = Checks.__struct_fields__


def decision_reasons(made: DecisionMade) -> list[Reason]:
    """What is wrong with a decision, but for its reason and the height of its cost."""
    reasons = []
    failed = [name for name in CHECKS if not getattr(made.checks, name)]
    if made.decision.accepts and failed:
        detail = f"An accepted proposal passes all three checks; this one is not {' or '.join(failed)}."
        reasons.append(Reason("checks_not_met", detail, {"checks": ", ".join(failed)}, "checks"))
    changed = made.decision is Decision.ACCEPTED_WITH_CHANGES
    if changed and made.cost is None:
        reasons.append(Reason("cost_missing", "Give the cost that the proposal now has.", {}, "cost"))
    elif not changed and made.cost is not None:
        detail = "Only a proposal that is accepted with changes gets another cost."
        reasons.append(Reason("cost_not_asked", detail, {}, "cost"))
    return reasons
