"""Whose turn it is to write, among the processes of one SQLite database.

SQLite lets one write at a time. Who finds it busy sleeps for a while and tries again, so that processes which write
without a pause leave each other waiting for seconds. The kernel wakes who waits for a lock of a file, in the order in
which they came, and lets the lock of a dead process go. It gives the order only: the referee is SQLite's own lock.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(slots=True)
class Turn:
    """A turn to write, of one thread of this process: the lock of a file beside the database."""

    path: Path
    file: int | None = None

    def take(self, *_: object) -> None:
        """Wait for it, and have it until it is given on; it may be had already."""
        with suppress(OSError):  # where no file can be made, SQLite's own way of waiting has to do
            if self.file is None:
                self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self.file, fcntl.LOCK_EX)

    def give_on(self) -> None:
        """Let the next one write. Nothing happens to a turn that was never taken."""
        if self.file is not None:
            with suppress(OSError):
                fcntl.flock(self.file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file. It stays, for others may wait for its lock."""
        if self.file is not None:
            os.close(self.file)
            self.file = None
