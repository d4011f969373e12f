"""`pbvote serve` for requests by the thousand from one address: the same server, with limits by address that never end.

`python -m tests.campaigns.fuzz_server [--planted]`; with `--planted` two routes are broken, for the negative control:
one fails, and one answers with something else than the description says.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar

from pbvote.cli import main
from pbvote.web.limits import Limit, Limiter
from tests.campaigns.fuzz_world import World
from tests.campaigns.serving import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0

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

    Litestar.__call__ = planted  # type: ignore[method-assign]


@contextmanager
def serving(world: World, *, planted: bool = False) -> Iterator[str]:
    """The real server of that installation, without limits by address; its address."""
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("PBVOTE_")}
    env |= dict(world.env) | {"PBVOTE_PORT": str(port)}
    command = [sys.executable, "-m", "tests.campaigns.fuzz_server", *(["--planted"] if planted else [])]
    with (world.folder / "server.log").open("wb") as log:
        process = subprocess.Popen(  # our own module
            command, cwd=ROOT, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process, world)
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE)
        written = (world.folder / "server.log").read_text(errors="replace")
        if written:
            sys.stderr.write(f"The server wrote:\n{written[-6_000:]}\n")


def _wait(address: str, process: subprocess.Popen[bytes], world: World) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{address}/api/health", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError((world.folder / "server.log").read_text(errors="replace")[-2_000:])


if __name__ == "__main__":
    without_limits()
    if "--planted" in sys.argv:
        plant()
    sys.argv = ["pbvote", "serve"]
    main()
