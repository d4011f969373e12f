"""Waiting for something to become true, with an end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 60.0


async def until(
    holds: Callable[[], bool] | Callable[[], Awaitable[bool]], every: float = 0.005, patience: float = PATIENCE
) -> None:
    """Return as soon as it holds, which may be asked of a coroutine function. Raises TimeoutError."""
    async with asyncio.timeout(patience):
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(every)
