"""What a rule is: a name, explicit parameters, and a function that counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pbvote.tally.conditions import ConditionError, Conditions
from pbvote.tally.draft import Draft
from pbvote.tally.election import Election, VoteType
from pbvote.tally.outcome import Value
from pbvote.tally.reasons import Reason

NONE = "none"
_FRACTION = re.compile(r"(\d{1,9})(?:/([1-9]\d{0,8})|\.(\d{1,9}))?", re.ASCII)


class ParameterError(ValueError):
    """A parameter has no such value, or does not fit the election. `parameter` names it."""

    def __init__(self, parameter: str, problem: str) -> None:
        super().__init__(f"{parameter}: {problem}")
        self.parameter = parameter


class Kind(StrEnum):
    """What values a parameter takes."""

    CHOICE = "choice"
    SWITCH = "switch"
    NUMBER = "number"
    MONEY = "money"  # in minor units
    FRACTION = "fraction"  # text such as 1/3 or 0.5, or none


@dataclass(frozen=True)
class Parameter:
    """A parameter of a rule. `least` bounds numbers and money from below.

    Where `default` is `None`, money is one currency unit and anything else must be given.
    """

    name: str
    about: str
    kind: Kind
    default: Value | None = None
    choices: tuple[str, ...] = ()
    least: int = 1

    def default_in(self, minor_units: int) -> Value:
        """The value of the parameter where none is given. Raises `ParameterError` if one must be."""
        if self.default is not None:
            return self.default
        if self.kind is Kind.MONEY:
            return minor_units
        raise ParameterError(self.name, f"is missing; expected {self.expected}")

    @property
    def expected(self) -> str:
        """What a value looks like."""
        return {
            Kind.CHOICE: ", ".join(self.choices),
            Kind.SWITCH: "true or false",
            Kind.FRACTION: "none or a fraction such as 1/3",
        }.get(self.kind, "a whole number above zero" if self.least else "a whole number of at least zero")

    def check(self, value: Value) -> Value:
        """The value, if it is one that the parameter takes. Raises `ParameterError`."""
        match self.kind:
            case Kind.CHOICE:
                good = value in self.choices
            case Kind.SWITCH:
                good = isinstance(value, bool)
            case Kind.FRACTION:
                good = isinstance(value, str) and (value == NONE or _FRACTION.fullmatch(value) is not None)
            case _:
                good = isinstance(value, int) and not isinstance(value, bool) and value >= self.least
        if not good:
            raise ParameterError(self.name, f"{value!r} is not known; expected {self.expected}")
        return value


@dataclass(frozen=True)
class Rule:
    """A way to count. `count` writes its decisions into the draft and returns why it ended.

    `refuses` are the conditions that the rule cannot honour, each with the reason. A rule that `decides_money` keeps to
    the budget.
    """

    name: str
    about: str
    parameters: tuple[Parameter, ...]
    count: Callable[[Draft, Mapping[str, Value]], Reason]
    refuses: Mapping[str, str] = field(default_factory=dict)
    decides_money: bool = True

    def complete(self, given: Mapping[str, Value], election: Election) -> dict[str, Value]:
        """All parameters, given or by default, checked against the election. Raises `ParameterError`."""
        names = [parameter.name for parameter in self.parameters]
        for name in given:
            if name not in names:
                expected = f"expected {', '.join(names)}" if names else "it takes none"
                raise ParameterError(name, f"{self.name} has no such parameter; {expected}")
        complete = {}
        for parameter in self.parameters:
            value = given[parameter.name] if parameter.name in given else parameter.default_in(election.minor_units)
            complete[parameter.name] = parameter.check(value)
        check_utility(str(complete.get("utility", "")), election.vote_type)
        return complete

    def check_conditions(self, conditions: Conditions) -> None:
        """Raise `ConditionError` for a condition that the rule cannot honour."""
        for condition in conditions.used():
            if condition in self.refuses:
                raise ConditionError(condition, f"{self.name} cannot honour it: {self.refuses[condition]}")


def check_utility(utility: str, vote_type: VoteType) -> None:
    """Raise `ParameterError` if the ballots cannot tell the utility."""
    if utility in {"points", "mean"} and not vote_type.has_points:
        raise ParameterError("utility", f"{utility} needs cumulative or scoring ballots; these are {vote_type}")
    if utility == "borda" and vote_type is not VoteType.ORDINAL:
        raise ParameterError("utility", f"borda needs ordinal ballots; these are {vote_type}")
