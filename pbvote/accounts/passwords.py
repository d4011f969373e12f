"""People's passwords: argon2id with OWASP's parameters (19 MiB, two passes, one lane), at most four at once.

Each hash takes 19 MiB and some 20 ms of a core; the bound keeps a flood of sign-ins from taking the machine.
"""

from __future__ import annotations

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from pbvote.errors import InputIsWrong, Reason

AT_ONCE = 4
SHORTEST = 12
LONGEST = 200

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_limiter: anyio.CapacityLimiter | None = None
# What is checked when there is no such account, so that the answer takes as long as for a wrong password.
_NOBODY = _hasher.hash("nobody has this password")


def _at_most_four() -> anyio.CapacityLimiter:
    global _limiter  # noqa: PLW0603  # a limiter belongs to the event loop that first uses it
    if _limiter is None:
        _limiter = anyio.CapacityLimiter(AT_ONCE)
    return _limiter


def check_new_password(password: str) -> None:
    """Raise InputIsWrong unless the password has 12 to 200 characters (NCSC: length, no composition rules)."""
    if not SHORTEST <= len(password) <= LONGEST:
        detail = f"A password needs {SHORTEST} to {LONGEST} characters; this one has {len(password)}."
        params: dict[str, int | str] = {"shortest": SHORTEST, "longest": LONGEST}
        raise InputIsWrong(detail, [Reason("password_length", detail, params, "password")])


async def hash_password(password: str) -> str:
    """The argon2id hash, with its parameters and salt, as text."""
    check_new_password(password)
    return await anyio.to_thread.run_sync(_hasher.hash, password, limiter=_at_most_four())


async def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is the hash's; without a hash it takes as long and is False."""

    def verify() -> bool:
        try:
            return _hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
        except (VerifyMismatchError, InvalidHashError):
            return False

    return await anyio.to_thread.run_sync(verify, limiter=_at_most_four())
