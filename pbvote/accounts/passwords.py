"""People's passwords: argon2id with OWASP's parameters (19 MiB, two passes, one lane), a few at once, after all else.

Each hash takes 19 MiB and some 20 ms of a core. They run in threads of their own, one less than there are cores, with
less of the processor than the thread that takes votes: so a flood of sign-ins has what is left over. Who comes when
MOST_WAITING wait already is asked to try again.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from pbvote.errors import InputIsWrong, Reason, TryAgain

MOST_AT_ONCE = 4
AT_ONCE = max(1, min(MOST_AT_ONCE, (os.cpu_count() or 1) - 1))
MOST_WAITING = 200  # four seconds' work for one core
AGAIN_SECONDS = 5
# Nineteen steps of niceness are a seventieth of the processor against a thread that wants all of it (Linux shares it by
# 1.25 to the power of the difference), and nearly all of an idle one.
NICENESS = 19
SHORTEST = 12
LONGEST = 200

Result = TypeVar("Result")
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_threads: ThreadPoolExecutor | None = None
_waiting = 0
# What is checked when there is no such account, so that the answer takes as long as for a wrong password.
_NOBODY = _hasher.hash("nobody has this password")


def _step_back() -> None:
    """Let this thread have less of the processor than others. On Linux a thread is a process to the scheduler."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


async def _run(work: Callable[[], Result]) -> Result:
    """Do the work in its turn. Raises TryAgain if too much waits already."""
    global _threads, _waiting  # noqa: PLW0603  # one queue for each process
    if _waiting >= MOST_WAITING + AT_ONCE:
        raise TryAgain(
            "Very many people are signing in at this moment. Please try again in a few seconds.", AGAIN_SECONDS
        )
    if _threads is None:
        _threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords", initializer=_step_back)
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, work)
    finally:
        _waiting -= 1


def check_new_password(password: str) -> None:
    """Raise InputIsWrong unless the password has 12 to 200 characters (NCSC: length, no composition rules)."""
    if not SHORTEST <= len(password) <= LONGEST:
        detail = f"A password needs {SHORTEST} to {LONGEST} characters; this one has {len(password)}."
        params: dict[str, int | str] = {"shortest": SHORTEST, "longest": LONGEST}
        raise InputIsWrong(detail, [Reason("password_length", detail, params, "password")])


async def hash_password(password: str) -> str:
    """The argon2id hash, with its parameters and salt, as text."""
    check_new_password(password)
    return await _run(lambda: _hasher.hash(password))


async def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is the hash's; without a hash it takes as long and is False."""

    def verify() -> bool:
        try:
            return _hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
        except (VerifyMismatchError, InvalidHashError):
            return False

    return await _run(verify)
