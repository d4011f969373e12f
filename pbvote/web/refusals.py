"""Which problems a handler may answer with, read off the code: the errors that it and its verbs name.

A verb that raises an error names its class, and whoever calls the verb names the verb. So what is named, and what that
names in turn, within our own packages, is everything that can be raised; some of it perhaps never is.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

from pbvote.errors import DomainError

OURS, WEB = "pbvote.", "pbvote.web."


def statuses_of(handler: Callable[..., Any]) -> frozenset[int]:
    """The statuses of every error that can be reached from here."""
    waiting, seen, found = [inspect.unwrap(handler)], set(), set()
    while waiting:
        function = waiting.pop()
        if function in seen or not isinstance(function, FunctionType):
            continue
        seen.add(function)
        for thing in _named(function):
            if isinstance(thing, type) and issubclass(thing, DomainError):
                found.add(thing.status)
            elif isinstance(thing, type):
                waiting += [method for name, method in _methods(thing) if name in {"__init__", "__post_init__"}]
            else:
                waiting.append(thing)
    return frozenset(found)


@cache
def _named(function: FunctionType) -> tuple[Any, ...]:
    """Our own functions and classes that a function names: by themselves, in a module, or as a method that refuses."""
    return tuple(_all_named(function))


def _all_named(function: FunctionType) -> Iterator[Any]:
    names, known = _names(function.__code__), function.__globals__
    places = [known[name] for name in names if isinstance(known.get(name), ModuleType | type)]
    for name in names:
        found = [known.get(name), *(vars(place).get(name) for place in places)]
        for thing in (inspect.unwrap(_bare(one)) for one in found if callable(_bare(one))):
            if _is_ours(thing):
                yield thing
        yield from _refusing_methods(web=function.__module__.startswith(WEB)).get(name, [])


@cache
def _refusing_methods(*, web: bool) -> dict[str, list[FunctionType]]:
    """Methods of our classes that name an error, by their name: whose method it is cannot be read off a call.

    Those of the web layer are asked by the web layer alone.
    """
    found: dict[str, list[FunctionType]] = {}
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith(OURS)]
    for module in [module for module in modules if web or not module.__name__.startswith(WEB)]:
        for thing in vars(module).values():
            if isinstance(thing, type) and thing.__module__ == module.__name__ and not issubclass(thing, Exception):
                for name, method in _methods(thing):
                    if not name.startswith("__") and _names_an_error(method):
                        found.setdefault(name, []).append(method)
    return found


def _names_an_error(method: FunctionType) -> bool:
    named = (method.__globals__.get(name) for name in _names(method.__code__))
    return any(isinstance(thing, type) and issubclass(thing, DomainError) for thing in named)


def _methods(kind: type) -> list[tuple[str, FunctionType]]:
    bare = ((name, _bare(value)) for name, value in vars(kind).items())
    return [(name, method) for name, method in bare if isinstance(method, FunctionType)]


def _bare(thing: Any) -> Any:  # noqa: ANN401  # whatever a module holds
    """The function inside a class method, a static method or a property."""
    if isinstance(thing, property):
        return thing.fget
    return getattr(thing, "__func__", thing)


def _is_ours(thing: Any) -> bool:  # noqa: ANN401  # whatever a module holds
    return str(getattr(thing, "__module__", "")).startswith(OURS)


def _names(code: CodeType) -> set[str]:
    """What the code and the functions inside it name."""
    names = set(code.co_names)
    for part in code.co_consts:
        if isinstance(part, CodeType):
            names |= _names(part)
    return names
