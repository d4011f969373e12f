"""Voting codes: 16 Crockford symbols in four groups, of which the last two check the others.

14 symbols are random (70 bits). The check is their number modulo 1021, the largest prime below 32 * 32, which finds
every single wrong symbol and every swap of two neighbours. What is stored is HMAC-SHA256(pepper, code): without the
pepper, which lies outside the database, nobody can try codes against it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import ClassVar

from pbvote.errors import DomainError, Reason
from pbvote.symbols import SYMBOLS, decode, encode, grouped, tidy

RANDOM_SYMBOLS = 14
CHECK_SYMBOLS = 2
LENGTH = RANDOM_SYMBOLS + CHECK_SYMBOLS
MODULUS = 1021


class BadCode(DomainError):
    """What was typed cannot be a voting code: it was mistyped."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "This is not a voting code"


def new_code() -> str:
    """A new random code, as printed: `K7QF-2MXR-9CVW-TN3H`."""
    body = secrets.randbits(5 * RANDOM_SYMBOLS)
    return grouped(encode(body, RANDOM_SYMBOLS) + encode(body % MODULUS, CHECK_SYMBOLS))


def read_code(typed: str) -> str:
    """The code in its plain form, without groups. Raises BadCode, saying what is wrong."""
    code = tidy(typed)
    if len(code) != LENGTH:
        raise _bad("code_length", f"A voting code has {LENGTH} letters and digits; this has {len(code)}.")
    if wrong := sorted(set(code) - set(SYMBOLS)):
        raise _bad("code_symbol", f"A voting code has no {wrong[0]!r}. Please check it against your letter.")
    if decode(code[:RANDOM_SYMBOLS]) % MODULUS != decode(code[RANDOM_SYMBOLS:]):
        raise _bad("code_mistyped", "One letter or digit of the code is wrong. Please check it against your letter.")
    return code


def hash_code(pepper: bytes, code: str) -> bytes:
    """What the roll stores for a code in its plain form, or as printed."""
    return hmac.digest(pepper, tidy(code).encode(), hashlib.sha256)


def _bad(code: str, detail: str) -> BadCode:
    return BadCode(detail, [Reason(code, detail, {}, "code")])
