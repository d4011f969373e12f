"""What a rule is: a name, explicit parameters, and a function that counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pbvote.tally.draft import Draft
from pbvote.tally.election import Election, VoteType
from pbvote.tally.outcome import Value
from pbvote.tally.reasons import Reason


class ParameterError(ValueError):
    """A parameter has no such value, or does not fit the election. `parameter` names it."""

    def __init__(self, parameter: str, problem: str) -> None:
        super().__init__(f"{parameter}: {problem}")
        self.parameter = parameter


@dataclass(frozen=True)
class Parameter:
    """A parameter of a rule. One with `choices` is text, a `bool` default makes it yes or no, else it is a number.

    A number's default of `None` is one currency unit, in minor units; no number is below one.
    """

    name: str
    about: str
    default: Value | None
    choices: tuple[str, ...] = ()

    def check(self, value: Value) -> Value:
        """The value, if it is one that the parameter takes. Raises `ParameterError`."""
        if self.choices:
            if value not in self.choices:
                raise ParameterError(self.name, f"{value!r} is not known; expected {', '.join(self.choices)}")
            return str(value)
        if isinstance(self.default, bool):
            if not isinstance(value, bool):
                raise ParameterError(self.name, f"{value!r} is not known; expected true or false")
        elif isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ParameterError(self.name, f"{value!r} is not known; expected a whole number above zero")
        return value


@dataclass(frozen=True)
class Rule:
    """A way to count. `count` writes its decisions into the draft and returns why it ended."""

    name: str
    about: str
    parameters: tuple[Parameter, ...]
    count: Callable[[Draft, Mapping[str, Value]], Reason]

    def complete(self, given: Mapping[str, Value], election: Election) -> dict[str, Value]:
        """All parameters, given or by default, checked against the election. Raises `ParameterError`."""
        names = [parameter.name for parameter in self.parameters]
        for name in given:
            if name not in names:
                raise ParameterError(name, f"{self.name} has no such parameter; expected {', '.join(names)}")
        complete = {}
        for parameter in self.parameters:
            default = election.minor_units if parameter.default is None else parameter.default
            complete[parameter.name] = parameter.check(given.get(parameter.name, default))
        check_utility(str(complete.get("utility", "")), election.vote_type)
        return complete


def check_utility(utility: str, vote_type: VoteType) -> None:
    """Raise `ParameterError` if the ballots cannot tell the utility."""
    if utility == "points" and not vote_type.has_points:
        raise ParameterError("utility", f"points needs cumulative or scoring ballots; these are {vote_type}")
    if utility == "borda" and vote_type is not VoteType.ORDINAL:
        raise ParameterError("utility", f"borda needs ordinal ballots; these are {vote_type}")
