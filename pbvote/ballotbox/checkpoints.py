"""Checkpoints: signed statements of a log's length and root (c2sp.org/tlog-checkpoint), and witnesses' cosignatures.

The text of a checkpoint is three lines: the origin, which is the log's name; the number of leaves; base64 of the root.
Logs that others keep may have further lines, which are signed too and kept; ours never have any.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pbvote.ballotbox.documents import MalformedError, NotAuthenticError
from pbvote.ballotbox.merkle import HASH_BYTES, is_consistent
from pbvote.ballotbox.notes import KeyType, Note, SigningKey, VerifyKey, read_note, verify
from pbvote.ballotbox.notes import sign as sign_note

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's origin, how many leaves it has, and their root. `more` is what other logs add, a line each."""

    origin: str
    size: int
    root: bytes
    more: tuple[str, ...] = ()

    def text(self) -> str:
        """What is signed."""
        return "".join(
            f"{line}\n" for line in (self.origin, self.size, base64.b64encode(self.root).decode(), *self.more)
        )


def read_text(text: str) -> Checkpoint:
    """The checkpoint in a note's text. Raises MalformedError unless it is written in its one form."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < _LINES or not all(lines):
        raise MalformedError("a checkpoint has three lines, none of them empty: origin, size and root")
    origin, size, root, *more = lines
    if not _SIZE.fullmatch(size):
        raise MalformedError(f"{size[:40]!r} is not the size of a log")
    checkpoint = Checkpoint(origin, int(size), _root(root), tuple(more))
    if checkpoint.text() != text:
        raise MalformedError("the checkpoint is not written in its one form")
    return checkpoint


def sign(checkpoint: Checkpoint, key: SigningKey) -> str:
    """The checkpoint as a note signed by the log's key. The caller never signs one that does not follow."""
    text = checkpoint.text()
    if read_text(text) != checkpoint or checkpoint.more:
        raise MalformedError(f"a checkpoint of {checkpoint.origin[:60]!r} cannot be signed")
    return Note(text, (sign_note(text, key),)).encode()


def open_checkpoint(encoded: str, key: VerifyKey, origin: str) -> Checkpoint:
    """The checkpoint in a note of the log's key. Raises MalformedError or NotAuthenticError."""
    note = read_note(encoded)
    verify(note, [key])
    checkpoint = read_text(note.text)
    if checkpoint.origin != origin:
        raise NotAuthenticError(f"this is a checkpoint of {checkpoint.origin[:60]!r}, not of {origin[:60]!r}")
    return checkpoint


def cosign(encoded: str, key: SigningKey, time: int) -> str:
    """The note with a witness' cosignature more, made at `time` (seconds since 1970), instead of its earlier one.

    The witness has checked before that the checkpoint is the log's and follows on the last one it cosigned.
    """
    note = read_note(encoded)
    read_text(note.text)
    if key.type is not KeyType.COSIGNATURE:
        raise MalformedError(f"{key.name} is not a witness' key")
    own = sign_note(note.text, key, time)
    others = tuple(line for line in note.signatures if (line.name, line.id) != (own.name, own.id))
    return replace(note, signatures=(*others, own)).encode()


def verify_cosignature(encoded: str, key: VerifyKey) -> int:
    """When the witness cosigned, in seconds since 1970. Raises MalformedError or NotAuthenticError."""
    if key.type is not KeyType.COSIGNATURE:
        raise MalformedError(f"{key.name} is not a witness' key")
    note = read_note(encoded)
    read_text(note.text)
    return verify(note, [key])[key]


def check_follows(before: Checkpoint | None, after: Checkpoint, proof: Sequence[bytes]) -> None:
    """Raise NotAuthenticError unless the log of `after` begins with all that it was at `before`."""
    if before is None:
        return
    if before.origin != after.origin:
        raise NotAuthenticError(f"these are checkpoints of two logs: {before.origin[:60]!r} and {after.origin[:60]!r}")
    if not is_consistent(before.size, after.size, (before.root, after.root), proof):
        raise NotAuthenticError(
            f"the log {after.origin[:60]!r} of {after.size} leaves does not begin with the {before.size} leaves "
            "that it had before: something in it was changed or taken away"
        )


def _root(text: str) -> bytes:
    try:
        root = base64.b64decode(text.encode("ascii", "replace"), validate=True)
    except ValueError:
        root = b""
    if len(root) != HASH_BYTES:
        raise MalformedError("the root of a checkpoint is not 32 bytes in base64")
    return root
