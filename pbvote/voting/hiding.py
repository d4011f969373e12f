"""What a slot points to, and what waits for its batch, hidden by the vote's link key. Pure.

Whoever reads the tables while voting is open sees when rows were written: PostgreSQL keeps it in `xmin` and `ctid`, and
both databases in their write-ahead logs and in pages that were not yet used again. If a slot named its ballot there,
two votes of one elector would be tied together, and a code handed out at a desk to the vote that followed it. So
neither names a ballot: only the log does, in batches.

ChaCha20-Poly1305, with a random nonce of 12 bytes before the ciphertext.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

NONCE_BYTES = 12
COMMITMENT_BYTES = 32


class NotHiddenHereError(ValueError):
    """These bytes were not hidden with this key for this place: they were changed, or moved."""


@dataclass(frozen=True)
class Veil:
    """The vote's link key, put to this use. Never printed: what it is made of has no place in a log."""

    link: bytes
    poll_id: UUID

    def __repr__(self) -> str:
        return f"Veil({self.poll_id})"

    def pointer(self, slot: bytes, commitment: bytes) -> bytes:
        """What a slot holds for the ballot that counts: different bytes each time."""
        return _hidden(self._pointers, slot, commitment)

    def pointed(self, slot: bytes, pointer: bytes) -> bytes:
        """The commitment that a slot points to. Raises NotHiddenHereError."""
        return _shown(self._pointers, slot, pointer)

    def waiting_id(self, commitment: bytes) -> bytes:
        """Under which key a ballot waits: the same for the same ballot, so that none waits twice."""
        return hmac.digest(self._key(b"waiting id"), commitment, hashlib.sha256)

    def hidden_ballot(self, waiting_id: bytes, commitment: bytes, envelope: bytes) -> bytes:
        """A ballot as it waits."""
        return _hidden(self._waiting, waiting_id, commitment + envelope)

    def shown_ballot(self, waiting_id: bytes, hidden: bytes) -> tuple[bytes, bytes]:
        """The commitment and the envelope of a ballot that waits. Raises NotHiddenHereError."""
        shown = _shown(self._waiting, waiting_id, hidden)
        return shown[:COMMITMENT_BYTES], shown[COMMITMENT_BYTES:]

    @cached_property
    def _pointers(self) -> ChaCha20Poly1305:
        return ChaCha20Poly1305(self._key(b"pointers"))

    @cached_property
    def _waiting(self) -> ChaCha20Poly1305:
        return ChaCha20Poly1305(self._key(b"waiting ballots"))

    def _key(self, purpose: bytes) -> bytes:
        """HMAC-SHA256(link key, purpose || 0x00 || poll): a slot's message is 32 bytes, and none of these is."""
        return hmac.digest(self.link, purpose + b"\x00" + self.poll_id.bytes, hashlib.sha256)


def _hidden(key: ChaCha20Poly1305, place: bytes, content: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + key.encrypt(nonce, content, place)


def _shown(key: ChaCha20Poly1305, place: bytes, hidden: bytes) -> bytes:
    try:
        return key.decrypt(hidden[:NONCE_BYTES], hidden[NONCE_BYTES:], place)
    except (InvalidTag, ValueError):
        raise NotHiddenHereError("the bytes were changed, or are those of another place") from None
