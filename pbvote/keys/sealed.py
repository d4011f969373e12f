"""Personal data at rest: sealed, so that the database, its log and its backups hold none of it in the clear.

ChaCha20-Poly1305 (RFC 8439) with a random nonce of 12 bytes before what it seals, under a key that HKDF-SHA256 (RFC
5869) derives from `pepper.key` for each purpose. What a row is about is authenticated with it: a row that is put in
another one's place does not open. Contents are padded to a multiple of 64 bytes, so that their length tells little.
Random nonces are good for 2**32 seals under one key (NIST SP 800-38D, 8.3), which no roll comes near.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
PADDED_TO = 64
LABEL = b"pbvote sealed personal data, version 1: "

T = TypeVar("T")


class SealIsBrokenError(Exception):
    """What is stored does not open: it was changed, moved, or sealed with the keys of another installation."""


@dataclass(frozen=True, slots=True, repr=False)
class Sealer:
    """Seals and opens what belongs to one purpose. Never printed: it has no repr."""

    cipher: ChaCha20Poly1305

    @classmethod
    def of(cls, pepper: bytes, purpose: str) -> Sealer:
        """The sealer of a purpose; that of another purpose opens none of its seals."""
        key = HKDF(SHA256(), length=32, salt=None, info=LABEL + purpose.encode()).derive(pepper)
        return cls(ChaCha20Poly1305(key))

    def seal(self, about: bytes, content: object) -> bytes:
        """Seal what msgspec can write as JSON. `about` names the row; it is not stored, and opening asks for it."""
        text = msgspec.json.encode(content)
        padded = text.ljust(-(-len(text) // PADDED_TO) * PADDED_TO)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self.cipher.encrypt(nonce, padded, about)

    def open(self, about: bytes, sealed: bytes, kind: type[T]) -> T:
        """What was sealed, as a value of its kind. Raises SealIsBrokenError."""
        try:
            text = self.cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
        except (InvalidTag, ValueError):  # ValueError: shorter than a nonce
            raise SealIsBrokenError("A sealed row does not open with the keys of this installation.") from None
        return msgspec.json.decode(text, type=kind)
