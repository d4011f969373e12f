"""The handlers of the pages and of the files that they load."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from litestar import Request, Response, route
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import Method

from pbvote.web.access import PUBLIC
from pbvote.web.assets import IMMUTABLE
from pbvote.web.caching import kept, not_kept
from pbvote.web.pages.site import Site

METHODS: tuple[Method, ...] = ("GET", "HEAD")
REVALIDATE = "no-cache"

# One handler for every page. Litestar never turns back on its way through the parts of an address, so beside the pages
# that other handlers make (`/plain`) each start of their addresses is named too.
SHELLS = (
    "/{lang:str}",
    "/{lang:str}/{rest:path}",
    "/{lang:str}/plan/{rest:path}",
    "/{lang:str}/r",
    "/{lang:str}/r/{round_slug:str}",
    "/{lang:str}/r/{round_slug:str}/{rest:path}",
    "/{lang:str}/r/{round_slug:str}/plain/{rest:path}",
    "/{lang:str}/r/{round_slug:str}/plain/comments/{rest:path}",
    "/{lang:str}/r/{round_slug:str}/plain/night/{rest:path}",
    "/{lang:str}/r/{round_slug:str}/plain/proposals/{rest:path}",
    "/{lang:str}/r/{round_slug:str}/plain/receipt/{rest:path}",
    "/{lang:str}/r/{round_slug:str}/plain/results/{rest:path}",
)


def page_routes(first: Site, now: Callable[[], Site] | None = None) -> list[HTTPRouteHandler]:
    """The handlers for `/`, every page in every language, and `/s/...`; anything unknown is the 404 page.

    `now` gives the site as it is shown now; without it, it never changes.
    """

    def site() -> Site:
        return now() if now else first

    @route("/", http_method=METHODS, guards=[PUBLIC], opt=not_kept("it takes nothing to say"), include_in_schema=False)
    async def front_door() -> Redirect:
        return Redirect(f"/{first.default}/")

    @route(
        "/s/{version:str}/{file:path}",
        http_method=METHODS,
        guards=[PUBLIC],
        opt=not_kept("it is in memory, and browsers keep it for good"),
        include_in_schema=False,
    )
    async def asset(version: FromPath[str], file: FromPath[Path], request: Request[Any, Any, Any]) -> Response[bytes]:
        stored = site().file(version, file.as_posix().lstrip("/"))
        if stored is None:
            raise NotFoundException("There is no such file.")
        return stored.answer(request.headers, IMMUTABLE)

    @route(list(SHELLS), http_method=METHODS, guards=[PUBLIC], opt=kept(), include_in_schema=False)
    async def shell(request: Request[Any, Any, Any]) -> Response[bytes]:
        stored, status = site().shell(request.scope["path"])
        return stored.answer(request.headers, REVALIDATE, status)

    return [front_door, asset, shell]
