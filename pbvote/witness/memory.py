"""What a witness remembers between looks: a checkpoint in FILE, and the log's key in FILE.key, both as they are.

So `pbvote verify --checkpoint FILE --pin "$(cat FILE.key)"` reads them, too. A checkpoint is written in one step and is
on the disk before anything is signed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pbvote.ballotbox.checkpoints import open_checkpoint, read_text
from pbvote.ballotbox.documents import MalformedError, NotAuthenticError
from pbvote.ballotbox.notes import VerifyKey, read_key, read_note
from pbvote.witness.looking import Looked, Seen, Unable


@dataclass(frozen=True, slots=True)
class Memory:
    """The files of one witness for one log."""

    file: Path

    @property
    def key_file(self) -> Path:
        """Where the log's key is."""
        return _beside(self.file, ".key")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other witnesses with the same file waiting: two that sign at once could sign what does not fit."""
        lock = _beside(self.file, ".lock")
        try:
            handle = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            raise Unable(
                f"Somebody else is looking with {self.file} at this moment. If not, a look was broken off: remove "
                f"{lock}, then look again."
            ) from None
        os.close(handle)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)

    def read(self, pin: VerifyKey | None) -> Seen | None:
        """What was seen, with the key that was pinned or remembered; None before anything was. Raises Unable."""
        note = self.file.read_bytes().decode(errors="replace") if self.file.exists() else None
        key = self._key()
        if pin and key and pin != key:
            raise Unable(f"The key in {self.key_file} is not the one that you gave: {key.text}")
        known = pin or key
        if known is None:
            if note is not None:
                raise Unable(f"{self.key_file} is missing. Give the key of the log with --pin.")
            return None
        if note is not None:
            try:
                open_checkpoint(note, known, read_text(read_note(note).text).origin)
            except (MalformedError, NotAuthenticError) as error:
                raise Unable(f"{self.file} is not a checkpoint that this key has signed: {error}.") from None
        return Seen(known, note)

    def keep(self, looked: Looked) -> None:
        """Remember a look. The key is written once and never replaced."""
        if not self.key_file.exists():
            _write(self.key_file, f"{looked.key.text}\n")
        _write(self.file, looked.note)

    def keep_evidence(self, what: str, evidence: Sequence[str]) -> Path:
        """Write down what contradicts what, in a new file."""
        number = 1
        while (file := _beside(self.file, f".evidence-{number}")).exists():
            number += 1
        rule = "-" * 72
        _write(file, "\n".join([what, *(part for one in evidence for part in (rule, one.rstrip("\n"))), rule, ""]))
        return file

    def _key(self) -> VerifyKey | None:
        if not self.key_file.exists():
            return None
        try:
            return read_key(self.key_file.read_text(encoding="utf-8", errors="replace").strip())
        except MalformedError as error:
            raise Unable(f"{self.key_file} cannot be read: {error}.") from None


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(file.name + ending)


def _write(file: Path, text: str) -> None:
    """Replace a file in one step, and only once the new one is on the disk."""
    made = _beside(file, ".new")
    with made.open("w", encoding="utf-8", newline="") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    made.replace(file)
