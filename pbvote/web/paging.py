"""Lists are paged: one shape for all of them.

Handlers take `page` and `size` themselves. A dependency that reads them would run beside the session's, and one that
refuses a bad number would leave the session open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

MOST_ITEMS = 200
USUAL_ITEMS = 50
LAST_PAGE = 1_000_000

PageNumber = Annotated[int, QueryParameter(ge=1, le=LAST_PAGE)]
PageSize = Annotated[int, QueryParameter(ge=1, le=MOST_ITEMS)]

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
