"""The tally's rules as a round uses them: which there are, and whether a choice of rule fits a ballot design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pbvote.ballots.design import Design, Kind
from pbvote.errors import Reason
from pbvote.tally.election import VoteType
from pbvote.tally.rules import RULES, Parameter, ParameterError
from pbvote.tally.rules.rule import Rule, check_utility
from pbvote.tally.ties import LOT, TieOrder

TOP, PRIORITIES = "top", "priorities"
# A share is raised by one unit of the currency at a time unless the round says otherwise: 100 pence.
MINOR_UNITS = 100
# A vote whose rule is frozen must be countable however few people vote: a share never has to grow beyond what the
# dearest project costs, and that is a million pounds at most, a pound at a time.
ROUND_DEFAULTS: Mapping[str, int] = {"max_steps": 1_000_000}
# How money is given away.
ROUND_RULES = {name: rule for name, rule in RULES.items() if rule.decides_money}
SHORTLIST_RULES = {TOP: RULES[TOP]}
ADVISORY_RULES = {PRIORITIES: RULES[PRIORITIES]}
ALL_RULES = ROUND_RULES | SHORTLIST_RULES | ADVISORY_RULES
VOTE_TYPES = {
    Kind.APPROVAL: VoteType.APPROVAL,
    Kind.KNAPSACK: VoteType.APPROVAL,
    Kind.RANKING: VoteType.ORDINAL,
    Kind.POINTS: VoteType.CUMULATIVE,
    Kind.SCORE: VoteType.SCORING,
}


def vote_type_of(design: Design) -> VoteType:
    """Pabulib's name for the ballots of a design."""
    if design.kind is Kind.APPROVAL and design.max_choices == 1:
        return VoteType.CHOOSE_1
    return VoteType(VOTE_TYPES[design.kind])


def rules_for(position: int, polls: int, *, advisory: bool) -> Mapping[str, Rule]:
    """The rules that a vote may be counted by: the first of two makes a shortlist, the last gives money or advice."""
    if position < polls:
        return SHORTLIST_RULES
    return ADVISORY_RULES if advisory else ROUND_RULES


def default_of(parameter: Parameter) -> int | str | bool | None:
    """The value of a parameter that nobody chose; None where one must be chosen."""
    if parameter.name in ROUND_DEFAULTS:
        return ROUND_DEFAULTS[parameter.name]
    try:
        return parameter.default_in(MINOR_UNITS)
    except ParameterError:
        return None


def complete_parameters(rule_id: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter of a known rule: those given, and the defaults of the others, so that nothing is implied."""
    return {
        parameter.name: given[parameter.name] if parameter.name in given else default_of(parameter)
        for parameter in ALL_RULES[rule_id].parameters
    }


def rule_reasons(
    rule_id: str, given: Mapping[str, Any], design: Design, among: Mapping[str, Rule] = ROUND_RULES, field: str = "rule"
) -> list[Reason]:
    """Everything that is wrong with a choice of rule and parameters for ballots of this design."""
    rule = among.get(rule_id)
    if rule is None:
        if rule_id in ALL_RULES:
            detail = f"The rule {rule_id!r} is not for this vote; expected {', '.join(among)}."
            return [Reason("rule_not_for_this_vote", detail, {"rule": rule_id, "rules": ", ".join(among)}, field)]
        detail = f"There is no rule {rule_id[:60]!r}; the rules are {', '.join(among)}."
        return [Reason("unknown_rule", detail, {"rule": rule_id[:60]}, field)]
    known = {parameter.name: parameter for parameter in rule.parameters}
    reasons = [_reason(name, f"{rule_id} has no such parameter", field) for name in given if name not in known]
    for name, parameter in known.items():
        try:
            value = parameter.check(given[name] if name in given else parameter.default_in(MINOR_UNITS))
            if name == "utility":
                check_utility(str(value), VOTE_TYPES[design.kind])
        except ParameterError as error:
            reasons.append(_reason(name, str(error).removeprefix(f"{name}: "), field))
    return reasons


def tie_reasons(ties: Sequence[str]) -> list[Reason]:
    """What is wrong with an order of tie rules.

    An order without `ballot-order`, be it empty, leaves the last word to public dice. They are rolled after the vote,
    so a lot itself cannot be set up.
    """
    if not ties:
        return []
    try:
        order = TieOrder.parse(",".join(ties))
    except ValueError as error:
        return [Reason("bad_ties", f"{error}.", {}, "ties")]
    if any(rule.name == LOT for rule in order.rules):
        return [Reason("bad_ties", "A lot cannot be drawn before the vote; choose another order.", {}, "ties")]
    return []


def _reason(parameter: str, problem: str, field: str) -> Reason:
    return Reason("bad_rule_parameter", f"{parameter[:60]}: {problem}.", {"parameter": parameter[:60]}, field)
