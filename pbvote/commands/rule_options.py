"""The options that choose a rule and its parameters, the same wherever a rule is chosen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import rich_click as click

from pbvote.tally import DEFAULT_TIES, NO_CONDITIONS, ConditionError, Conditions, ParameterError, TieOrder
from pbvote.tally.conditions_json import conditions_from_json
from pbvote.tally.money import amount
from pbvote.tally.outcome import Value

Command = Callable[..., Any]

PARAMETERS = (
    click.option(
        "--utility",
        type=click.Choice(["cost", "votes", "points", "borda", "mean"]),
        help="What a project is worth, or what is counted.",
    ),
    click.option("--completion", type=click.Choice(["none", "add1", "add1u"]), help="Equal Shares: spend the rest."),
    click.option("--start", type=click.Choice(["exact", "floor"]), help="Equal Shares: the first share."),
    click.option(
        "--step", metavar="AMOUNT", help="Equal Shares: raise the share by this many currency units at a time."
    ),
    click.option("--max-steps", type=click.IntRange(min=1), help="Equal Shares: raise the share so often at most."),
    click.option(
        "--stop-when-exhaustive/--no-stop-when-exhaustive",
        default=None,
        help="Equal Shares: stop raising the share as soon as no other project fits.",
    ),
    click.option(
        "--comparison/--no-comparison",
        default=None,
        help="Equal Shares: let the count by most votes win if more voters are better off with it.",
    ),
    click.option(
        "--eligibility",
        metavar="FRACTION",
        help="Equal Shares: a project needs votes / voters >= FRACTION * cost / budget.",
    ),
    click.option(
        "--threshold", type=click.IntRange(min=0), help="Greedy: the least score with which a project is funded."
    ),
    click.option(
        "--skip/--no-skip", default=None, help="Greedy, Phragmen: pass over a project that does not fit, or stop there."
    ),
    click.option("-k", "--k", "k", type=click.IntRange(min=1), help="Top: how many projects are chosen."),
    click.option(
        "--ties", default=str(DEFAULT_TIES), show_default=True, help="What breaks ties, in order; also lot:SEED."
    ),
)


def rule_parameters(command: Command) -> Command:
    """Add every parameter of the rules to a command; `chosen` and `tie_order` read what was given."""
    for option in reversed(PARAMETERS):
        command = option(command)
    return command


def chosen(given: Mapping[str, Value | None], minor_units: int) -> dict[str, Value]:
    """The parameters that were given. Raises ParameterError for a step that is no amount."""
    parameters = {name: value for name, value in given.items() if value is not None and name != "ties"}
    if "step" in parameters:
        parameters["step"] = _minor_units(str(parameters["step"]), minor_units)
    return parameters


def tie_order(text: str) -> TieOrder:
    """The order of tie rules. Raises ParameterError."""
    try:
        return TieOrder.parse(text)
    except ValueError as error:
        raise ParameterError("ties", str(error)) from error


conditions_option = click.option(
    "--conditions",
    "conditions_file",
    metavar="FILE.json",
    type=click.Path(path_type=Path),
    help="Pots, prefunded projects, exclusions and whatever else holds besides the rule.",
)


def read_conditions(file: Path | None, minor_units: int) -> Conditions:
    """The conditions in the file; none without a file. Raises ConditionError."""
    if file is None:
        return NO_CONDITIONS
    try:
        data = json.loads(file.read_bytes(), object_pairs_hook=_no_key_twice)
    except OSError as error:
        raise ConditionError("conditions", f"{file}: {error.strerror}; expected a JSON file") from error
    except (ValueError, RecursionError) as error:
        raise ConditionError("conditions", f"{file} cannot be read as JSON: {error}") from error
    return conditions_from_json(data, minor_units)


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for place, (name, _) in enumerate(pairs) if name in dict(pairs[:place]))
        raise ValueError(f"{twice!r} is listed twice")
    return found


def _minor_units(text: str, units: int) -> int:
    """An amount of currency units in minor units."""
    try:
        value = Decimal(text) * units
    except InvalidOperation as error:
        raise ParameterError("step", f"{text!r} is no amount; expected currency units such as 1 or 0.50") from error
    if not value.is_finite() or value <= 0 or value != value.to_integral_value():
        raise ParameterError("step", f"{text} is not known; expected at least {amount(1, units)} and no more decimals")
    return int(value)
