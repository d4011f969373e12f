"""One-time codes of an app (TOTP, RFC 6238) and recovery codes, as values. No database.

The codes are those of every such app: SHA-1, six digits, steps of 30 seconds. The arithmetic is `cryptography`'s.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from pbvote.symbols import GROUP, SYMBOLS, encode, grouped, tidy

DIGITS = 6
STEP_SECONDS = 30
SECRET_BYTES = 20  # as long as the hash (RFC 4226, section 4, R6)
DRIFT = 1  # steps that a clock may be off, each way (RFC 6238, section 5.2)
RECOVERY_CODES = 10
RECOVERY_SYMBOLS = 12  # 60 bits


def new_secret() -> bytes:
    """A secret for an app."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """The secret as it is typed into an app: base 32 (RFC 4648), in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))


def app_link(secret: bytes, account: str, issuer: str) -> str:
    """The link that the QR code holds (the Key URI format that apps read)."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    text = base64.b32encode(secret).decode().rstrip("=")
    return f"otpauth://totp/{label}?secret={text}&issuer={quote(issuer, safe='')}&digits={DIGITS}&period={STEP_SECONDS}"


def step_at(moment: datetime) -> int:
    """The number of the time step that a moment lies in (RFC 6238, section 4.2)."""
    return int(moment.timestamp()) // STEP_SECONDS


def code_of(secret: bytes, step: int) -> str:
    """The code of a time step."""
    return HOTP(secret, DIGITS, SHA1()).generate(step).decode()  # noqa: S303  # RFC 6238; HMAC does not need collisions to be hard


def step_of(secret: bytes, typed: str, moment: datetime, after: int) -> int | None:
    """The time step whose code was typed, if it is one of now and later than `after`; None otherwise.

    Every step is compared, so that how long it takes tells nothing.
    """
    digits = "".join(typed.split())
    now, found = step_at(moment), None
    for step in range(now - DRIFT, now + DRIFT + 1):
        same = hmac.compare_digest(code_of(secret, step).encode(), digits.encode())
        if same and step > after:
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Ten codes, each to be used once: twelve symbols in three groups."""
    bits = 5 * RECOVERY_SYMBOLS
    return [grouped(encode(secrets.randbits(bits), RECOVERY_SYMBOLS)) for _ in range(RECOVERY_CODES)]


def hash_recovery_code(pepper: bytes, account: bytes, typed: str) -> bytes | None:
    """What is stored of a recovery code, however it was typed; None for what can be none."""
    symbols = tidy(typed)
    if len(symbols) != RECOVERY_SYMBOLS or set(symbols) - set(SYMBOLS):
        return None
    return hmac.digest(pepper, b"recovery code\x00" + account + symbols.encode(), hashlib.sha256)
