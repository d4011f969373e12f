"""Signed notes, as C2SP writes them (c2sp.org/signed-note): a text, an empty line, and a line for each signature.

A signature line is an em dash, a space, the key's name, a space, and base64 of the key's id (4 bytes)
and the signature. key id = SHA-256(name || 0x0A || type || public key)[:4]. A key is passed on as
`name+id in hex+base64(type || key)`.
Types: 0x01, Ed25519 over the text; 0x04, a witness' cosignature with its time (c2sp.org/tlog-cosignature), where the
signature is preceded by the time as 8 bytes, big-endian, and covers `cosignature/v1`, `time N` and the text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pbvote.ballotbox.documents import MalformedError, NotAuthenticError

MOST_SIGNATURES = 100
LONGEST_NOTE = 65_536
_DASH = "\u2014 "
_ID_BYTES, _TIME_BYTES, _SIGNATURE_BYTES, _KEY_BYTES = 4, 8, 64, 32
_LATEST = 2**63 - 1


class KeyType(IntEnum):
    """What a key signs: notes, or checkpoints as a witness."""

    NOTE = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True)
class VerifyKey:
    """A public key under its name. `public` is 32 bytes."""

    name: str
    type: KeyType
    public: bytes

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise MalformedError(f"a key cannot be named {self.name[:60]!r}: names have no spaces and no plus sign")
        if len(self.public) != _KEY_BYTES:
            raise MalformedError(f"the key {self.name[:60]!r} does not have {_KEY_BYTES} bytes")

    @cached_property
    def id(self) -> bytes:
        """The 4 bytes by which signature lines name the key, together with its name."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:_ID_BYTES]

    @cached_property
    def text(self) -> str:
        """The key as it is passed on and printed."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.type]) + self.public).decode()}"

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made the Ed25519 signature."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, repr=False)
class SigningKey:
    """A private key under its name. Never printed: the class has no repr of its content."""

    name: str
    type: KeyType
    private: Ed25519PrivateKey

    @cached_property
    def verify_key(self) -> VerifyKey:
        """The public half."""
        return VerifyKey(self.name, self.type, self.private.public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature line: the key's name and id, and what follows the id."""

    name: str
    id: bytes
    data: bytes

    def line(self) -> str:
        """The line, with its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.id + self.data).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note that was read, and not yet verified. `text` ends with a newline."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> str:
        """The note as it is sent and stored."""
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)


def read_key(text: str) -> VerifyKey:
    """A key as it is passed on. Raises MalformedError unless its id is right."""
    name, _, rest = text.partition("+")
    _, _, encoded = rest.partition("+")
    data = _base64(encoded, "key")
    if data[:1] not in {bytes([type_]) for type_ in KeyType}:
        raise MalformedError(f"the key {name[:60]!r} is of a type that is not known here")
    key = VerifyKey(name, KeyType(data[0]), data[1:])
    if key.text != text:
        raise MalformedError(f"the key {name[:60]!r} was copied wrongly: its id is not that of its content")
    return key


def sign(text: str, key: SigningKey, time: int = 0) -> Signature:
    """This key's signature of a text; `time` (seconds since 1970) is for cosignatures. Raises MalformedError."""
    _check_text(text)
    if key.type is KeyType.NOTE:
        return Signature(key.name, key.verify_key.id, key.private.sign(text.encode()))
    if not 0 < time <= _LATEST:
        raise MalformedError(f"{time} is not a time of a cosignature")
    signature = key.private.sign(_cosigned(text, time))
    return Signature(key.name, key.verify_key.id, time.to_bytes(_TIME_BYTES) + signature)


def read_note(encoded: str) -> Note:
    """The note in this text. Raises MalformedError. Nothing in it is to be trusted before `verify`."""
    if len(encoded) > LONGEST_NOTE:
        raise MalformedError("the note is too long")
    head, separator, lines = encoded.rpartition("\n\n")
    text = head + "\n"
    if not separator or not lines.endswith("\n"):
        raise MalformedError("a note is a text, an empty line, and signature lines that each end with a newline")
    _check_text(text)
    parts = lines[:-1].split("\n")
    if len(parts) > MOST_SIGNATURES:
        raise MalformedError(f"a note has at most {MOST_SIGNATURES} signatures, not {len(parts)}")
    note = Note(text, tuple(_read_signature(line) for line in parts))
    if note.encode() != encoded:
        raise MalformedError("a signature of the note is not written in its one form")
    return note


def verify(note: Note, keys: Sequence[VerifyKey]) -> dict[VerifyKey, int]:
    """The keys among these that signed the note, with the times of cosignatures (0 for other signatures).

    Raises NotAuthenticError if one of them is named and its signature is wrong, or if none of them signed. Signatures
    of other keys are ignored, as C2SP says.
    """
    known = {(key.name, key.id): key for key in keys}
    signed: dict[VerifyKey, int] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.id))
        if key is not None:
            signed[key] = _check(note.text, key, signature)
    if not signed:
        raise NotAuthenticError("the note is not signed by any key that is trusted here")
    return signed


def _check(text: str, key: VerifyKey, signature: Signature) -> int:
    """The signature's time, 0 if its kind has none. Raises NotAuthenticError."""
    timed = key.type is KeyType.COSIGNATURE
    time = int.from_bytes(signature.data[:_TIME_BYTES]) if timed else 0
    message = _cosigned(text, time) if timed else text.encode()
    data = signature.data[_TIME_BYTES:] if timed else signature.data
    if time > _LATEST or len(data) != _SIGNATURE_BYTES or not key.has_signed(message, data):
        raise NotAuthenticError(f"the signature of {key.name} is wrong")
    return time


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(letter.isspace() or letter < " " for letter in name)


def _check_text(text: str) -> None:
    if not text.strip("\n") or not text.endswith("\n"):
        raise MalformedError("the text of a note is not empty and ends with a newline")
    if any(letter < " " and letter != "\n" for letter in text):
        raise MalformedError("a note has no control characters but newlines")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MalformedError("a note is UTF-8") from None


def _read_signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    data = _base64(encoded, "signature")
    if not line.startswith(_DASH) or not _is_name(name) or not space or len(data) <= _ID_BYTES:
        raise MalformedError(f"{line[:60]!r} is not a signature line")
    return Signature(name, data[:_ID_BYTES], data[_ID_BYTES:])


def _base64(text: str, what: str) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii", "replace"), validate=True)
    except binascii.Error:
        data = b""
    if not data or base64.b64encode(data).decode() != text:
        raise MalformedError(f"a {what} is not in base64")
    return data
