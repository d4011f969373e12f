"""Ballots as bytes: one canonical encoding for each choice, a commitment to it, and the receipt made from that.

Encoding, all numbers big-endian: format 0x01; the poll's id, 16 bytes; form, 1 byte (1 set, 2 ranking, 3 with points);
the number of entries, 4 bytes; for each entry the project's number, 4 bytes and, in form 3, its points, 4 bytes. Sets
and points are in the order of project numbers, rankings in the voter's order. It says what the rule consumes and
nothing else: no voter, no time.

commitment = SHA-256("pbvote ballot 1" || 0x00 || canonical ballot || nonce of 32 random bytes).
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from pbvote.symbols import encode, grouped

FORMAT = 1
DOMAIN = b"pbvote ballot 1\x00"
RECEIPT_SYMBOLS = 12
_HEAD = struct.Struct(">B16sBI")
_LARGEST = 2**32 - 1


class Form(IntEnum):
    """What the order of a ballot's entries means, and whether they carry points."""

    SET = 1
    RANKING = 2
    POINTS = 3


_FORMS = {int(form): form for form in Form}


class NotCanonicalError(ValueError):
    """These bytes are not a canonical ballot; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class CanonicalBallot:
    """A ballot of a poll: project numbers and, in the form with points, as many points."""

    poll: UUID
    form: Form
    projects: tuple[int, ...]
    points: tuple[int, ...] = ()

    def encode(self) -> bytes:
        """The one encoding of this ballot."""
        entries: list[tuple[int, ...]] = [(number,) for number in self.projects]
        if self.form is Form.POINTS:
            entries = list(zip(self.projects, self.points, strict=True))
        if self.form is not Form.RANKING:
            entries.sort()
        if any(not 0 <= number <= _LARGEST for entry in entries for number in entry):
            raise NotCanonicalError(f"project numbers and points go from 0 to {_LARGEST}")
        head = _HEAD.pack(FORMAT, self.poll.bytes, self.form, len(entries))
        return head + b"".join(struct.pack(f">{len(entry)}I", *entry) for entry in entries)


def decode(data: bytes) -> CanonicalBallot:
    """The ballot that these bytes encode. Raises NotCanonicalError unless they are its one encoding."""
    if len(data) < _HEAD.size:
        raise NotCanonicalError(f"{len(data)} bytes are fewer than the {_HEAD.size} of a ballot's head")
    version, poll, number, count = _HEAD.unpack_from(data)
    form = _FORMS.get(number)
    if version != FORMAT or form is None:
        raise NotCanonicalError(f"format {version} and form {number} are not known")
    width = 2 if form is Form.POINTS else 1
    if len(data) != _HEAD.size + 4 * width * count:
        raise NotCanonicalError(f"{count} entries do not take {len(data)} bytes")
    numbers = struct.unpack_from(f">{count * width}I", data, _HEAD.size)
    points = numbers[1::2] if width > 1 else ()
    entries = list(zip(numbers[::2], points, strict=True)) if width > 1 else list(numbers)
    if form is not Form.RANKING and entries != sorted(entries):
        raise NotCanonicalError("the entries are not in order")
    return CanonicalBallot(UUID(bytes=poll), form, numbers[::width], points)


def encoded_size(form: Form, entries: int) -> int:
    """Bytes of a ballot with so many entries."""
    return _HEAD.size + (8 if form is Form.POINTS else 4) * entries


def commitment(canonical: bytes, nonce: bytes) -> bytes:
    """The 32 bytes that stand for a ballot without telling it."""
    return hashlib.sha256(DOMAIN + canonical + nonce).digest()


def receipt(committed: bytes) -> str:
    """Twelve symbols (60 bits) of a commitment, as the voter keeps them: `K7QF-2MXR-9CVW`."""
    return grouped(encode(receipt_bits(committed), RECEIPT_SYMBOLS))


def receipt_bits(committed: bytes) -> int:
    """The 60 bits of a commitment that its twelve symbols stand for."""
    return int.from_bytes(committed[:8]) >> 4
