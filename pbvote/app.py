"""The composition root: every part of the house is put together here and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote import __version__
from pbvote.accounts import api as accounts_api
from pbvote.db import Clock, connect, database_clock
from pbvote.errors import DomainError
from pbvote.settings import Settings
from pbvote.web import problems
from pbvote.web.access import PUBLIC, require_declared_access
from pbvote.web.headers import header_hook
from pbvote.web.limits import Limiter
from pbvote.web.sign_in import SAFE_METHODS, SameOriginWrites, WhoIsAsking, provide_actor, provide_visitor

MOST_BYTES = 64 * 1024


async def provide_session(request: Request[Any, Any, Any]) -> AsyncGenerator[AsyncSession]:
    """One request, one transaction, committed before the answer leaves."""
    async with request.app.state.database.session(write=request.method not in SAFE_METHODS) as session:
        yield session


def create_app(settings: Settings, clock: Clock = database_clock, *, background: bool = True) -> Litestar:
    """The whole application. Raises UndeclaredRouteError if a route declares no access.

    `background` starts the work that follows the clock; without it somebody else (another process, a test) does it.
    """
    del background
    database = connect(settings.database_url, clock)
    app = Litestar(
        route_handlers=[*accounts_api.handlers],
        dependencies={
            "db": Provide(provide_session),
            "actor": Provide(provide_actor),
            "visitor": Provide(provide_visitor),
        },
        middleware=[SameOriginWrites(settings.base_url), WhoIsAsking(database)],
        before_send=[header_hook(https=settings.base_url.startswith("https"))],
        exception_handlers={
            DomainError: problems.answer,
            HTTPException: problems.answer_http,
            Exception: problems.answer_unexpected,
        },
        request_class=problems.StrictRequest,
        request_max_body_size=MOST_BYTES,
        openapi_config=OpenAPIConfig(
            title="pbvote",
            version=__version__,
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
            openapi_router=Router(path="/api", guards=[PUBLIC], route_handlers=[]),
        ),
        state=State({"database": database, "settings": settings, "limiter": Limiter(settings.trusted_proxies)}),
        lifespan=[_database_closed_at_the_end],
    )
    require_declared_access(app)
    return app


@asynccontextmanager
async def _database_closed_at_the_end(app: Litestar) -> AsyncIterator[None]:
    yield
    await app.state.database.engine.dispose()
