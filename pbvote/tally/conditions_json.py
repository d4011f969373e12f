"""Conditions as JSON, in the shape in which an outcome shows them. Amounts are in currency units."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NoReturn, TypeVar

from pbvote.tally.conditions import (
    EXCLUSIONS,
    MIN_VOTES,
    POTS,
    PREFUNDED,
    RESERVE,
    SMALLEST,
    ConditionError,
    Conditions,
    Pot,
)
from pbvote.tally.money import amount

Json = dict[str, Any]
T = TypeVar("T")

_AMOUNT = re.compile(r"-?\d{1,18}(\.\d{1,9})?", re.ASCII)


def conditions_to_json(conditions: Conditions, minor_units: int) -> Json:
    """The conditions that are set, and only those."""
    every: Json = {
        POTS: [
            {
                "id": pot.id,
                "amount": amount(pot.amount, minor_units),
                "categories": list(pot.categories),
                "projects": list(pot.projects),
            }
            for pot in conditions.pots
        ],
        PREFUNDED: list(conditions.prefunded),
        EXCLUSIONS: [list(group) for group in conditions.exclusions],
        MIN_VOTES: conditions.min_votes,
        SMALLEST: {project: amount(least, minor_units) for project, least in sorted(conditions.smallest.items())},
        RESERVE: conditions.reserve,
    }
    return {name: every[name] for name in conditions.used()}


def conditions_from_json(data: object, minor_units: int) -> Conditions:
    """The conditions that `conditions_to_json` wrote, or somebody wrote by hand; every key may be left out.

    A pot needs an `id` and an `amount`. An amount is a whole number or text such as `"12.50"`. Raises `ConditionError`
    with the place of what is wrong, such as `pots[1].amount`; whether it fits an election `Conditions.check` says.
    """
    readers: Mapping[str, Callable[[object, str], Any]] = {
        POTS: lambda value, path: _each(value, path, lambda pot, where: _pot(pot, where, minor_units)),
        PREFUNDED: _ids,
        EXCLUSIONS: lambda value, path: _each(value, path, _ids),
        MIN_VOTES: _whole,
        SMALLEST: lambda value, path: {
            name: _amount(least, f"{path}.{name}", minor_units) for name, least in _object(value, path).items()
        },
        RESERVE: _whole,
    }
    given = _object(data, "conditions")
    _check_keys(given, "conditions", list(readers))
    return Conditions(**{name: readers[name](value, name) for name, value in given.items()})


def _pot(value: object, path: str, minor_units: int) -> Pot:
    given = _object(value, path)
    _check_keys(given, path, ["id", "amount", "categories", "projects"], needed=("id", "amount"))
    return Pot(
        _text(given["id"], f"{path}.id"),
        _amount(given["amount"], f"{path}.amount", minor_units),
        _ids(given.get("categories", []), f"{path}.categories"),
        _ids(given.get("projects", []), f"{path}.projects"),
    )


def _check_keys(given: Json, path: str, known: list[str], needed: tuple[str, ...] = ()) -> None:
    for name in given:
        if name not in known:
            _refuse(path, f"{name!r} is not known; expected {', '.join(known)}")
    for name in needed:
        if name not in given:
            _refuse(path, f"{name} is missing")


def _ids(value: object, path: str) -> tuple[str, ...]:
    return _each(value, path, _text)


def _each(value: object, path: str, read: Callable[[object, str], T]) -> tuple[T, ...]:
    if not isinstance(value, list):
        _refuse(path, f"{value!r} is no list")
    return tuple(read(one, f"{path}[{place}]") for place, one in enumerate(value))


def _object(value: object, path: str) -> Json:
    if not isinstance(value, dict):
        _refuse(path, f"{value!r} is no object with names and values")
    return value


def _text(value: object, path: str) -> str:
    if not isinstance(value, str) or not value:
        _refuse(path, f"{value!r} is no name; expected text")
    return value


def _whole(value: object, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse(path, f"{value!r} is no whole number")
    return value


def _amount(value: object, path: str, minor_units: int) -> int:
    """The amount in minor units. JSON's numbers with a point are refused: not every reader has them exactly."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    found = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
    if not found:
        _refuse(path, f'{value!r} is no amount; expected currency units such as 100 or "12.50"')
    minor = Fraction(found[0]) * minor_units
    if minor.denominator > 1:
        _refuse(path, f"{value!r} has more decimals than the currency")
    return minor.numerator


def _refuse(path: str, problem: str) -> NoReturn:
    raise ConditionError(re.split(r"[.\[]", path)[0], problem, path)
