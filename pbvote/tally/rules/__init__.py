"""The rules, by name: a new one is one module here and one entry below."""

from __future__ import annotations

from pbvote.tally.rules import (
    equal_shares,
    greedy,
    greedy_per_cost,
    max_welfare,
    maximin_support,
    phragmen,
    priorities,
    top,
)
from pbvote.tally.rules.rule import Kind, Parameter, ParameterError, Rule

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        greedy.RULE,
        greedy_per_cost.RULE,
        equal_shares.RULE,
        phragmen.RULE,
        maximin_support.RULE,
        max_welfare.RULE,
        top.RULE,
        priorities.RULE,
    )
}

__all__ = ["RULES", "Kind", "Parameter", "ParameterError", "Rule"]
