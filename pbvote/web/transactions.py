"""One request, one transaction."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from litestar import Request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.web.caching import FOR_EVERYBODY, QUIET, REPLICA_FAILED
from pbvote.web.sign_in import SAFE_METHODS


async def provide_session(request: Request[Any, Any, Any]) -> AsyncGenerator[AsyncSession]:
    """The transaction of a request, committed before its answer leaves.

    What is read for everybody at once, to be kept for a moment, may come from the replica.
    """
    write, fresh = request.method not in SAFE_METHODS, not request.scope["state"].get(FOR_EVERYBODY)
    quiet = bool(request.route_handler.opt.get(QUIET))
    async with request.app.state.database.session(write=write, quiet=quiet, fresh=fresh) as session:
        try:
            yield session
        except SQLAlchemyError:
            request.scope["state"][REPLICA_FAILED] = session.info.get("replica", False)
            raise
