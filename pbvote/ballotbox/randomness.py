"""The nonce of a commitment, made by two sides of which neither can steer it.

nonce = SHA-256("pbvote nonce 1" || 0x00 || poll, 16 bytes || server's 32 bytes || browser's 32 bytes).

A plain hash of both parts would leave the last word to the server: it sees the browser's part and could try many of its
own until the nonce suits it, for example until two voters get the same twelve symbols. So the server goes first. The
voting page comes with a ticket and an offer, the hash of the server's part; the browser then draws its part; the answer
to the vote reveals the server's part, and the page checks it against the offer and computes nonce, commitment and
receipt anew. The browser saw only a hash when it drew, the server had given its hash before it saw: a nonce is as
random as the more honest of the two.

The server's part is an HMAC of the ticket, so nothing is stored, and whoever sends a vote twice because the first
answer was lost gets the very same commitment. Without JavaScript the server fills in the browser's part too; such a
receipt says so, and its voter has the server's word only.
"""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

RANDOM_BYTES = 32
TICKET_BYTES = 16
REQUEST_BYTES = 32
_NONCE = b"pbvote nonce 1\x00"
_OFFER = b"pbvote offer 1\x00"
_SERVER = b"pbvote server random 1\x00"
_FILLED_IN = b"pbvote filled-in random 1\x00"


def server_random(key: bytes, poll: UUID, ticket: bytes) -> bytes:
    """The server's part for a ticket of 16 random bytes: HMAC-SHA256(key, domain || poll || ticket)."""
    return hmac.digest(key, _SERVER + poll.bytes + _exactly(TICKET_BYTES, ticket), hashlib.sha256)


def offer(poll: UUID, server: bytes) -> bytes:
    """What the server shows before it sees the other part: SHA-256("pbvote offer 1" || 0x00 || poll || its part)."""
    return hashlib.sha256(_OFFER + poll.bytes + _exactly(RANDOM_BYTES, server)).digest()


def filled_in(key: bytes, poll: UUID, ticket: bytes, request: bytes) -> bytes:
    """The browser's part where there is no JavaScript.

    `request` is the SHA-256 of the request's idempotency key: a page sent twice gives the same part, and two voters who
    were given the same page, from whatever cache, still get two.
    """
    exact = _exactly(TICKET_BYTES, ticket) + _exactly(REQUEST_BYTES, request)
    return hmac.digest(key, _FILLED_IN + poll.bytes + exact, hashlib.sha256)


def nonce(poll: UUID, server: bytes, browser: bytes) -> bytes:
    """The 32 bytes that hide a ballot in its commitment. Raises ValueError unless both parts are 32 bytes."""
    parts = _exactly(RANDOM_BYTES, server) + _exactly(RANDOM_BYTES, browser)
    return hashlib.sha256(_NONCE + poll.bytes + parts).digest()


def _exactly(length: int, part: bytes) -> bytes:
    if len(part) != length:
        raise ValueError(f"expected {length} random bytes and got {len(part)}")
    return part
