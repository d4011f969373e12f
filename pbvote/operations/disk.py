"""Room on the disk of an embedded database: what is refused when it becomes scarce, and a reserve for the end.

A file of RESERVE bytes lies beside the database and does nothing. When a write fails for want of space it is given up:
then votes that were refused can be sent again, and the vote can be closed, counted and published. It is made anew when
there is room. PostgreSQL's disk may be on another machine, so all this is for SQLite.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import event

from pbvote import metrics
from pbvote.db import Database

Room = Literal["enough", "low", "scarce"]
MIB = 1024 * 1024
# What a close writes is the last batch: the ballots of some ten seconds. 20,000 of them, at under 1 KB each and twice
# (in the write-ahead log and in the file), are 40 MB; the outcome and the bundle take a few MB more.
RESERVE = 64 * MIB
# A vote takes about 1 KB (bench/restore.py), twice while it is in the write-ahead log: room for 250,000.
LOW = 512 * MIB  # from here on no uploads: a photo takes as much as 400 votes
# Room for some 60,000 votes.
SCARCE = 128 * MIB  # from here on nothing of what residents write, but votes
EVERY_SECONDS = 1.0
NAME = "{database}-reserve"
log = logging.getLogger("pbvote.disk")


@dataclass(slots=True)
class Disk:
    """The disk that the database lies on. `free` is what can be written besides the reserve."""

    file: Path
    usage: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    size: int = RESERVE
    room: Room = "enough"
    was_full: bool = False

    @property
    def reserve(self) -> Path:
        """The reserve file."""
        return self.file.with_name(NAME.format(database=self.file.name))

    @property
    def reserved(self) -> int:
        """How much the reserve file holds: 0 when it was given up."""
        try:
            return self.reserve.stat().st_size
        except OSError:
            return 0

    def look(self) -> Room:
        """See how much room there is, and make the reserve where it is missing and fits."""
        try:
            free = self.usage(self.file.parent)
        except OSError:  # the folder is gone, or the disk does not answer: the database will say so
            return self.room
        reserved = self.reserved
        if reserved < self.size and free >= self.size + SCARCE:
            reserved = self._make(free)
            free = self.usage(self.file.parent)
        self.room = "scarce" if free < SCARCE or reserved < self.size else "low" if free < LOW else "enough"
        metrics.DISK_RESERVE_BYTES.set(reserved)
        return self.room

    def give_up_reserve(self) -> None:
        """Something could not be written for want of space: let go of the reserve, loudly."""
        self.room, self.was_full = "scarce", True
        if self.reserved:
            with suppress(OSError):  # another process was faster
                self.reserve.unlink()
            metrics.DISK_RESERVE_BYTES.set(0)
            log.error("the disk is full: the reserve of %s MiB was given up; make room now", self.size // MIB)

    def _make(self, free: int) -> int:
        """Make the reserve, whole or not at all; how much it holds."""
        try:
            number = os.open(self.reserve, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return 0
        try:
            os.posix_fallocate(number, 0, self.size)
            os.fsync(number)
        except OSError:
            with suppress(OSError):
                self.reserve.unlink()
            return 0
        finally:
            os.close(number)
        if self.was_full:
            self.was_full = False
            log.warning("there is room on the disk again: %s MiB", free // MIB)
        return self.size


def guard(database: Database, file: Path | None) -> Disk | None:
    """Watch over the disk of an embedded database; None for another one."""
    if file is None:
        return None
    disk, ours = Disk(file), {engine.url.database for engine in database.engines}

    def failed(context: Any) -> None:  # noqa: ANN401  # SQLAlchemy's event has no type in its public part
        # Errors are events of the dialect: one that other engines share tells of their errors too.
        if context.engine.url.database in ours and is_full(context.original_exception):
            disk.give_up_reserve()

    for engine in database.engines:
        event.listen(engine, "handle_error", failed)
    return disk


def is_full(error: BaseException | None) -> bool:
    """Whether something was not written for want of space."""
    if isinstance(error, sqlite3.Error):
        # An I/O error of the shared-memory file beside the log is how SQLite says that it could not make it longer.
        return getattr(error, "sqlite_errorname", "") in {"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_WRITE"}
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}


async def watch(disk: Disk) -> None:
    """Look again and again until cancelled."""
    while True:
        await asyncio.to_thread(disk.look)
        await asyncio.sleep(EVERY_SECONDS)
