"""Match rules: how much of a proposal's cost its own people have to bring. Pure, and exact: integers alone decide.

The usual ones: 25 % is 1/4, 1:1 is 1/2, and 1 pound for every 2 raised is 1/3 of the whole cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from pbvote.errors import Reason

Counted = Literal["cash", "kind", "hours"]
MOST_PARTS = 1_000
MOST_HOUR_VALUE = 100_00
MOST_MONEY = 10**12


class MatchRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pot may be asked for `part` of `of` parts of the whole cost, and never for more than `cap` pence.

    The rest must be there in what `counts`: money, things given, or volunteers' hours of `hour_value` pence each.
    """

    part: int
    of: int
    counts: tuple[Counted, ...]
    hour_value: int | None
    cap: int | None


@dataclass(frozen=True, slots=True)
class Finances:
    """What a proposal costs in all, what it asks a pot for, and what it brings. Pence, but `hours` are whole hours."""

    whole: int
    ask: int
    cash: int = 0
    kind: int = 0
    hours: int = 0


def match_of(rule: MatchRule, finances: Finances) -> int:
    """What a proposal brings of what counts, in pence."""
    worth = {"cash": finances.cash, "kind": finances.kind, "hours": finances.hours * (rule.hour_value or 0)}
    return sum(worth[kind] for kind in set(rule.counts))


def most_to_ask(rule: MatchRule, whole: int) -> int:
    """The most, in pence, that a proposal of this whole cost may ask for."""
    share = whole * rule.part // rule.of
    return share if rule.cap is None else min(share, rule.cap)


def match_reasons(rule: MatchRule | None, finances: Finances) -> list[Reason]:
    """Why a proposal's money does not fit the rule; empty without a rule. The field is `ask` or `match`."""
    if rule is None:
        return []
    reasons = []
    most = most_to_ask(rule, finances.whole)
    if finances.ask > most:
        params: dict[str, int | str] = {"ask": finances.ask, "most": most, "part": rule.part, "of": rule.of}
        detail = f"The ask of {_pounds(finances.ask)} is too much: at this cost at most {_pounds(most)} are given."
        reasons.append(Reason("ask_over_the_match_rule", detail, params, "ask"))
    needed, brought = finances.whole - finances.ask, match_of(rule, finances)
    if brought < needed:
        params = {"needed": needed, "brought": brought, "missing": needed - brought}
        detail = f"Besides the ask, {_pounds(needed)} are needed; what you bring is worth {_pounds(brought)}."
        reasons.append(Reason("match_too_small", detail, params, "match"))
    return reasons


def _pounds(pence: int) -> str:
    return f"{pence // 100:,}.{pence % 100:02}"


def match_rule_reasons(rule: MatchRule | None) -> list[Reason]:
    """What makes a match rule unusable."""
    if rule is None:
        return []
    reasons = []
    if not 0 < rule.part < rule.of <= MOST_PARTS:
        detail = f"The share of a pot is less than the whole, such as 1 of 4, in numbers up to {MOST_PARTS:,}."
        reasons.append(Reason("bad_match_share", detail, {"most": MOST_PARTS}, "match.part"))
    if not rule.counts:
        reasons.append(Reason("match_counts_nothing", "Say what counts as match.", {}, "match.counts"))
    value = rule.hour_value
    if ("hours" in rule.counts) != (value is not None) or (value is not None and not 0 < value <= MOST_HOUR_VALUE):
        detail = f"Where hours count, an hour is worth from 1 to {MOST_HOUR_VALUE:,} pence; else it has no value."
        reasons.append(Reason("bad_hour_value", detail, {"most": MOST_HOUR_VALUE}, "match.hour_value"))
    if rule.cap is not None and not 0 < rule.cap <= MOST_MONEY:
        detail = f"An amount is from 1 to {MOST_MONEY:,} pence."
        reasons.append(Reason("bad_amount", detail, {"most": MOST_MONEY}, "match.cap"))
    return reasons
