"""Lists are paged: one shape for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
from litestar.params import FromQuery

from pbvote.errors import InputIsWrong, Reason

MOST_ITEMS = 200
USUAL_ITEMS = 50
LAST_PAGE = 1_000_000

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list: `total` is how many items there are in all, pages count from 1."""

    items: list[T]
    total: int
    page: int
    size: int


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is asked for."""

    page: int
    size: int

    @property
    def offset(self) -> int:
        """How many items come before the page."""
        return (self.page - 1) * self.size

    def of(self, items: list[T], total: int) -> Page[T]:
        """The page with its items."""
        return Page(items, total, self.page, self.size)


def provide_paging(page: FromQuery[int] = 1, size: FromQuery[int] = USUAL_ITEMS) -> Paging:
    """The page that `?page=&size=` asks for. Raises InputIsWrong."""
    reasons = [
        Reason("bad_parameter", f"{name} is {value}; expected a number from 1 to {most}.", {}, name)
        for name, value, most in (("page", page, LAST_PAGE), ("size", size, MOST_ITEMS))
        if not 1 <= value <= most
    ]
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
    return Paging(page, size)
