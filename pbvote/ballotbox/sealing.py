"""Ballots sealed to the poll's public key: whoever has the database, its log or a backup reads none of them.

Envelope of kind 1: 0x01; the encapsulated key, 32 bytes; the ciphertext, which is 16 bytes longer than the opening.
HPKE in base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, ChaCha20Poly1305 0x0003, one
message for each context.

info = "pbvote sealed ballot 1" || 0x00 || poll, 16 bytes || commitment, 32 bytes; aad is empty. Every envelope has a
context of its own, and its key and nonce are derived from `info`: an envelope opened for another poll or another
commitment fails just as with a wrong key. `aad` would add nothing.
"""

from __future__ import annotations

from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from pbvote.ballotbox.envelope import WrongBallotError
from pbvote.ballotbox.opening import Opening, read_opening

SEALED = b"\x01"
OVERHEAD = 1 + 32 + 16
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_INFO = b"pbvote sealed ballot 1\x00"


def seal(public_key: X25519PublicKey, poll: UUID, committed: bytes, opening: bytes) -> bytes:
    """Seal an opening, padded with `Opening.encode`: the envelope is OVERHEAD bytes longer."""
    return SEALED + SUITE.encrypt(opening, public_key, info=_info(poll, committed))


def unseal(private_key: X25519PrivateKey, poll: UUID, committed: bytes, envelope: bytes) -> bytes:
    """The opening in an envelope, exactly as it was sealed. Raises WrongBallotError."""
    if envelope[:1] != SEALED or len(envelope) < OVERHEAD:
        raise WrongBallotError(f"the envelope of ballot {committed.hex()} is not a sealed one")
    try:
        return SUITE.decrypt(envelope[1:], private_key, info=_info(poll, committed))
    except (InvalidTag, ValueError):
        raise WrongBallotError(
            f"the envelope of ballot {committed.hex()} cannot be opened: it was changed, or sealed with another key or "
            "for another ballot"
        ) from None


def unseal_ballot(private_key: X25519PrivateKey, poll: UUID, committed: bytes, envelope: bytes) -> Opening:
    """The opening in an envelope, checked against its commitment and poll. Raises WrongBallotError."""
    return read_opening(unseal(private_key, poll, committed, envelope), poll, committed)


def _info(poll: UUID, committed: bytes) -> bytes:
    return _INFO + poll.bytes + committed
