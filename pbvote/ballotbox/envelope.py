"""What is stored for a ballot: its opening (canonical bytes and nonce) in an envelope.

The first byte names the envelope's kind, so that boxes of different kinds can be told apart. Kind 0 is not sealed:
whoever can read the database can read the ballot, but not whose it is.
"""

from __future__ import annotations

from pbvote.ballotbox.canonical import NONCE_BYTES, CanonicalBallot, NotCanonicalError, commitment, decode

OPEN = b"\x00"


class WrongBallotError(ValueError):
    """A stored ballot is not the one that its commitment stands for."""


def wrap(canonical: bytes, nonce: bytes) -> bytes:
    """Put an opening into an envelope."""
    return OPEN + nonce + canonical


def unwrap(envelope: bytes, committed: bytes) -> CanonicalBallot:
    """Take the ballot out and check it against its commitment. Raises WrongBallotError."""
    if envelope[:1] != OPEN or len(envelope) < 1 + NONCE_BYTES:
        raise WrongBallotError(f"the envelope of ballot {committed.hex()} is of an unknown kind")
    nonce, canonical = envelope[1 : 1 + NONCE_BYTES], envelope[1 + NONCE_BYTES :]
    if commitment(canonical, nonce) != committed:
        raise WrongBallotError(f"ballot {committed.hex()} is not what its commitment stands for")
    try:
        return decode(canonical)
    except NotCanonicalError as error:
        raise WrongBallotError(f"ballot {committed.hex()} cannot be read: {error}") from None
