"""The opening of a commitment: the ballot and both sides' randomness, in as many bytes for every ballot of a poll.

Encoding: server's part, 32 bytes; browser's part, 32 bytes; the length of the canonical ballot, 4 bytes, big-endian;
the canonical ballot; zero bytes up to the poll's size.

commitment = SHA-256("pbvote ballot 1" || 0x00 || canonical ballot || nonce), the nonce from `randomness`.

*Binding*: a canonical ballot says its own length, so different (ballot, nonce) pairs are different messages, and two
openings of one commitment would be a collision of SHA-256; the same holds for the nonce and its two parts, which have
fixed lengths. *Hiding*: the nonce has 256 bits as soon as one side drew its part at random and keeps it to itself, and
to test a guess of the ballot one has to know it. Equal ballots have different commitments for the same reason.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from pbvote.ballotbox.canonical import CanonicalBallot, Form, NotCanonicalError, commitment, decode, encoded_size
from pbvote.ballotbox.envelope import WrongBallotError
from pbvote.ballotbox.randomness import RANDOM_BYTES, nonce

_LENGTH = struct.Struct(">I")
_FIXED = 2 * RANDOM_BYTES + _LENGTH.size


@dataclass(frozen=True)
class Opening:
    """What opens a commitment of a poll."""

    poll: UUID
    server_random: bytes
    browser_random: bytes
    canonical: bytes

    @cached_property
    def commitment(self) -> bytes:
        """The 32 bytes that stand for this ballot without telling it."""
        return commitment(self.canonical, nonce(self.poll, self.server_random, self.browser_random))

    def encode(self, size: int) -> bytes:
        """These bytes, filled with zeros up to the poll's `padded_size`. Raises ValueError if they do not fit."""
        data = self.server_random + self.browser_random + _LENGTH.pack(len(self.canonical)) + self.canonical
        if len(data) > size:
            raise ValueError(f"an opening of {len(data)} bytes does not fit the poll's {size}")
        return data.ljust(size, b"\x00")

    def ballot(self) -> CanonicalBallot:
        """The ballot. Raises WrongBallotError unless it is a canonical one of this poll."""
        try:
            ballot = decode(self.canonical)
        except NotCanonicalError as error:
            raise WrongBallotError(f"ballot {self.commitment.hex()} cannot be read: {error}") from None
        if ballot.poll != self.poll:
            raise WrongBallotError(f"ballot {self.commitment.hex()} is one of another vote")
        return ballot


def padded_size(form: Form, most_entries: int) -> int:
    """Bytes of every opening of a poll: those of its longest ballot.

    `most_entries` is how many projects a ballot can name at most: the design's maximum, else all projects on the paper.
    """
    return _FIXED + encoded_size(form, most_entries)


def read_opening(data: bytes, poll: UUID, committed: bytes) -> Opening:
    """The opening in these bytes. Raises WrongBallotError unless it is what the commitment of this poll stands for."""
    name = f"ballot {committed.hex()}"
    if len(data) < _FIXED:
        raise WrongBallotError(f"{name} has an opening of only {len(data)} bytes")
    (length,) = _LENGTH.unpack_from(data, 2 * RANDOM_BYTES)
    canonical, padding = data[_FIXED : _FIXED + length], data[_FIXED + length :]
    if len(canonical) != length or padding.strip(b"\x00"):
        raise WrongBallotError(f"{name} has an opening whose length does not fit its content")
    opening = Opening(poll, data[:RANDOM_BYTES], data[RANDOM_BYTES : 2 * RANDOM_BYTES], canonical)
    if opening.commitment != committed:
        raise WrongBallotError(f"{name} is not what its commitment stands for")
    opening.ballot()
    return opening
