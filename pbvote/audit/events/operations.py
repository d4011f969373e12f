"""Backups."""

from __future__ import annotations

from pbvote.audit.events.event import Event


class BackupMade(Event, frozen=True):
    """A backup of the whole database was made and read back; `of` is the instant that it shows."""

    of: str
    bytes: int
    sha256: str


class DatabaseRestored(Event, frozen=True):
    """The database was restored from a backup that shows the instant `of`; logs that may still grow are held."""

    of: str
    installation: str
    held: int
