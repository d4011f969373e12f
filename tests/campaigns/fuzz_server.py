"""`pbvote serve` for requests by the thousand from one address: the same server, with limits by address that never end.

`python -m tests.campaigns.fuzz_server [--planted]`; with `--planted` two routes are broken, for the negative control:
one fails, and one answers with something else than the description says.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Litestar

from pbvote.cli import main
from pbvote.web.limits import Limit, Limiter

FAILS, LIES = "/api/branding", "/api/population-bands"


def without_limits() -> None:
    """Nobody's allowance is ever used up."""

    def require(self: Limiter, limit: Limit, address: str) -> None:
        del self, limit, address

    Limiter.require = require  # type: ignore[method-assign]


def plant() -> None:
    """Let one route fail, and let one answer with the wrong shape."""
    real: Callable[..., Awaitable[None]] = Litestar.__call__

    async def planted(self: Litestar, scope: Any, receive: Any, send: Any) -> None:  # ASGI's own types
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == FAILS:
            raise RuntimeError("planted")
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == LIES:
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"items":"planted"}'})
            return
        await real(self, scope, receive, send)

    Litestar.__call__ = planted  # type: ignore[method-assign,assignment]


if __name__ == "__main__":
    without_limits()
    if "--planted" in sys.argv:
        plant()
    sys.argv = ["pbvote", "serve"]
    main()
