"""What somebody asks of `pbvote verify`: files and keys as they are typed, read strictly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pbvote.ballotbox.archive import MOST_BYTES, MOST_FILES
from pbvote.ballotbox.checking import Kept
from pbvote.ballotbox.checkpoints import read_text
from pbvote.ballotbox.documents import MalformedError
from pbvote.ballotbox.notes import LONGEST_NOTE, VerifyKey, read_key, read_note
from pbvote.ballotbox.receipts import read_receipt

LONGEST_BUNDLE = MOST_BYTES + MOST_FILES * 1_024
_Read = TypeVar("_Read")


class UnreadableError(ValueError):
    """Something that was brought along cannot be read; the message says what, where, and what was expected."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A bundle's file; keys to trust, as text; a file with a checkpoint that was kept; files with receipts."""

    bundle: Path
    pins: tuple[str, ...] = ()
    checkpoint: Path | None = None
    receipts: tuple[Path, ...] = ()

    def data(self) -> bytes:
        """The bundle's bytes. Raises UnreadableError."""
        return _content(self.bundle, "The bundle", LONGEST_BUNDLE, "the zip file that the result's page offers")

    def kept(self) -> Kept:
        """What the reader brings along. Raises UnreadableError."""
        checkpoint = self.checkpoint and _read(
            self.checkpoint, "The checkpoint", LONGEST_NOTE, "a signed checkpoint of the log", _checkpoint
        )
        receipts = tuple(
            _read(path, "The receipt", LONGEST_NOTE, "a receipt as the voting page gives it", read_receipt)
            for path in self.receipts
        )
        return Kept(tuple(map(_pin, self.pins)), checkpoint or None, receipts)


def _pin(text: str) -> VerifyKey:
    try:
        return read_key(text.strip())
    except MalformedError as error:
        expected = "NAME+ID+BASE64, as the notice of the vote gives it"
        raise UnreadableError(f"The key {text[:60]!r} cannot be read: {error}; expected {expected}") from None


def _checkpoint(data: bytes) -> str:
    """The note, with the line ends that were signed: mail and Windows may have changed them."""
    try:
        encoded = data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise MalformedError(f"not UTF-8 at byte {error.start}") from None
    read_text(read_note(encoded).text)
    return encoded


def _read(path: Path, what: str, longest: int, expected: str, read: Callable[[bytes], _Read]) -> _Read:
    try:
        return read(_content(path, what, longest, expected))
    except MalformedError as error:
        raise UnreadableError(f"{what} {path} cannot be read: {error}; expected {expected}") from None


def _content(path: Path, what: str, longest: int, expected: str) -> bytes:
    """The file's bytes; no more of them are read than it can have."""
    try:
        with path.open("rb") as file:
            data = file.read(longest + 1)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = getattr(error, "strerror", None) or error
        raise UnreadableError(f"{what} {path} cannot be read: {reason}; expected {expected}") from None
    if len(data) > longest:
        raise UnreadableError(f"{what} {path} has more than {longest} bytes; expected {expected}")
    return data
