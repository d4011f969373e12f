"""Which of many processes leads: one does the work that must be done once, the others stand by.

Who leads is decided by a lock that the database, or the kernel, takes back from whoever dies.

- On PostgreSQL it is an advisory lock on a connection of its own. The leader says every HEARTBEAT seconds that it
  lives; the server ends the session that has said nothing for SILENCE seconds (`idle_session_timeout`), whether its
  process died, its host vanished, or it stands still. The leader counts from *before* each heartbeat was sent, and
  stops its work PATIENCE seconds after the last one that was answered: before the server lets go of the lock.
- On SQLite it is a lock on a file beside the database (flock), which the kernel takes back when the process ends.

Two can still believe that they lead: a process that stood still for long ends, when it wakes up, the statement that
it was in. That does nothing wrong, because no verb relies on who leads: each looks at what it changes under the row's
lock, in the transaction that changes it. That there is one leader saves work (decision 0017).
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import logging
import os
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from pbvote.db.addresses import database_file, patient

HEARTBEAT = 1.0
PATIENCE = 3.0
SILENCE = 5.0
CONNECTING = 10.0
LOOK_EVERY = 0.2
NO_END = 1e9
LOCK = int.from_bytes(hashlib.sha256(b"pbvote leader").digest()[:8], "big", signed=True)
Work = Callable[[], Coroutine[Any, Any, None]]  # begins what runs until it is cancelled
log = logging.getLogger("pbvote.leader")


@dataclass(slots=True)
class _Claim:
    """Whether the lock is held, and until when that, or an answer, may be relied on, by the monotonic clock."""

    held: bool = False
    until: float = field(default_factory=lambda: monotonic() + CONNECTING)


async def lead(url: str, work: Sequence[Work], tell: Callable[[bool], None]) -> None:
    """Stand by, and do the work while this process leads, until cancelled. `tell` hears of every change."""
    while True:
        claim = _Claim()
        claiming = asyncio.create_task(_claim(url, claim))
        try:
            await _follow(claim, claiming, work, tell)
        finally:
            claiming.cancel()  # and not waited for: to a server that is away, saying goodbye takes long
        if claiming.done() and not claiming.cancelled() and (error := claiming.exception()):
            log.error("nobody leads from here, trying again: %s", type(error).__name__)
        await asyncio.sleep(HEARTBEAT)


async def _follow(
    claim: _Claim, claiming: asyncio.Task[None], work: Sequence[Work], tell: Callable[[bool], None]
) -> None:
    """Return when the claim is lost; the work is done from when the lock is held until then, and has ended."""
    tasks: list[asyncio.Task[None]] = []
    led = False
    try:
        while not claiming.done() and (left := claim.until - monotonic()) > 0:
            if claim.held and not led:
                led = True
                tell(led)
                tasks = [asyncio.create_task(begin()) for begin in work]
            await asyncio.wait({claiming}, timeout=min(left, LOOK_EVERY))
    finally:
        if led:
            tell(False)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _claim(url: str, claim: _Claim) -> None:
    """Ask for the lock until it is held, and hold it. Ends, or raises, when it is held no more."""
    file = database_file(url)
    if file:
        await _claim_file(file.with_name(f"{file.name}-leader"), claim)
    else:
        await _claim_on_server(url, claim)


async def _claim_file(path: Path, claim: _Claim) -> None:
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while _is_same(number, path):  # a file that somebody removed can be locked once more, by another process
            if not claim.held:
                with suppress(BlockingIOError):
                    fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    claim.held = True
            claim.until = monotonic() + NO_END
            await asyncio.sleep(HEARTBEAT)
    finally:
        os.close(number)


def _is_same(number: int, path: Path) -> bool:
    with suppress(OSError):
        return os.path.samestat(os.fstat(number), path.stat())
    return False


async def _claim_on_server(url: str, claim: _Claim) -> None:
    silence = f"-c idle_session_timeout={round(SILENCE * 1000)}"
    address = patient(url, options=silence, application_name=f"pbvote leader {os.getpid()}")
    engine = create_async_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        async with engine.connect() as connection:
            while True:
                asked = monotonic()
                if claim.held:
                    await connection.execute(sa.text("SELECT 1"))
                else:
                    claim.held = bool(await connection.scalar(sa.select(sa.func.pg_try_advisory_lock(LOCK))))
                claim.until = asked + PATIENCE
                await asyncio.sleep(HEARTBEAT)
    finally:
        await engine.dispose()
