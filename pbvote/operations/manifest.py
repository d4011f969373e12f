"""What a backup says of itself, and the file that it is.

It is a ZIP with `pbvote.db`, a SQLite database, and `manifest.json`.
It is the same for both databases, so a backup of one can be restored into the other. Nothing is compressed: sealed
ballots and photos would not become smaller. Any ZIP program opens it, and any SQLite program what is in it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from pbvote.errors import SettingsError

FORMAT = "pbvote backup 1"
DATABASE, MANIFEST = "pbvote.db", "manifest.json"
MOST_MANIFEST_BYTES = 32 << 20  # a few hundred bytes for each vote and table: far more than there can be
AT_ONCE = 1 << 20
ENDING = ".pbbackup"


class Part(msgspec.Struct, frozen=True):
    """A file in the backup."""

    bytes: int
    sha256: str


class Table(msgspec.Struct, frozen=True):
    """How many rows a table has, and the sum of their digests, in whatever order they come (`operations.rows`)."""

    rows: int
    digest: str


class LogState(msgspec.Struct, frozen=True):
    """The log of a poll: its name, its key in public, its length, its root in hex and its last signed checkpoint."""

    origin: str
    log_key: str
    size: int
    root: str
    checkpoint: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a backup says of itself. No key is in it: `keys` are check values, which tell nothing of them.

    `made_at` is the time of the snapshot by the database's clock. `rows` are digests by table, `logs` by poll.
    """

    format: str
    installation: str
    release: str
    schema: str
    made_at: datetime
    database: str
    parts: Mapping[str, Part]
    tables: Mapping[str, Table]
    logs: Mapping[str, LogState]
    keys: Mapping[str, str]


class BackupIsDamaged(Exception):
    """The file is no backup, or not as it was made. The message is a sentence."""


def pack(target: Path, database: Path, manifest: Manifest) -> None:
    """Write the backup and have it on the disk. Raises OSError."""
    with target.open("xb") as stream:
        os.fchmod(stream.fileno(), 0o600)
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            archive.write(database, DATABASE)
            archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        stream.flush()
        os.fsync(stream.fileno())
        # what is read back afterwards comes from the disk, as far as the system lets us ask for that
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read_manifest(file: Path) -> Manifest:
    """What a backup says of itself. Raises BackupIsDamaged, and SettingsError for a file that is not there."""
    try:
        with zipfile.ZipFile(file) as archive:
            if sorted(archive.namelist()) != [MANIFEST, DATABASE]:
                raise BackupIsDamaged(f"{file} is no backup of pbvote.")
            if archive.getinfo(MANIFEST).file_size > MOST_MANIFEST_BYTES:
                raise BackupIsDamaged(f"The manifest in {file} is too long to be one.")
            manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
    except FileNotFoundError:
        raise SettingsError(f"There is no file {file}; expected a backup.") from None
    except (zipfile.BadZipFile, msgspec.DecodeError, EOFError, NotImplementedError):
        raise BackupIsDamaged(f"{file} is no backup of pbvote, or a part of it is missing.") from None
    if manifest.format != FORMAT:
        raise BackupIsDamaged(f"{file} has the format {manifest.format[:40]!r}; this release reads {FORMAT!r}.")
    return manifest


def unpack(file: Path, manifest: Manifest, target: Path) -> None:
    """Take the database out of a backup, if it is what the manifest says. Raises BackupIsDamaged."""
    expected = manifest.parts[DATABASE]
    try:
        with zipfile.ZipFile(file) as archive, archive.open(DATABASE) as stored, target.open("xb") as stream:
            os.fchmod(stream.fileno(), 0o600)
            shutil.copyfileobj(stored, stream, AT_ONCE)
            stream.flush()
            os.fsync(stream.fileno())
    except (zipfile.BadZipFile, EOFError, NotImplementedError):
        raise BackupIsDamaged(f"The database in {file} is damaged.") from None
    if part_of(target) != expected:
        raise BackupIsDamaged(f"The database in {file} is not the one that the manifest speaks of.")


def part_of(file: Path) -> Part:
    """How long a file is, and its SHA-256."""
    with file.open("rb") as stream:
        return Part(file.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest())
