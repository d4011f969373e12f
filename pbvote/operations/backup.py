"""Making a backup while votes come in: written, read back and checked before it gets its name."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from pbvote import __version__
from pbvote.audit.events.operations import BackupMade
from pbvote.audit.service import record
from pbvote.db import Database
from pbvote.errors import SettingsError
from pbvote.operations import snapshot
from pbvote.operations.belonging import check_values
from pbvote.operations.disk import LOW, MIB
from pbvote.operations.examining import examine, log_states, opened
from pbvote.operations.manifest import (
    DATABASE,
    ENDING,
    FORMAT,
    Manifest,
    Part,
    pack,
    part_of,
    read_manifest,
    unpack,
)
from pbvote.settings import Settings

SCRATCH = ".pbvote-backup-"
OPEN_POLLS = "SELECT id FROM polls WHERE keys_destroyed_at IS NULL ORDER BY id"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was read back and is good; `removed` are the older ones that made room for it."""

    file: Path
    manifest: Manifest
    part: Part
    removed: Sequence[Path] = ()


async def make_backup(settings: Settings, target: Path, keep: int | None = None) -> Backup:
    """Make a backup: into a folder under a name with the time, or as a new file.

    Nothing stands under the good name before all of it is on the disk and was checked. Raises SettingsError for a
    target that cannot be used, BackupIsDamaged if what was read back is not what was meant.
    """
    folder, named = _place(target, settings)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder) as scratch:
        unfinished, manifest = await _write(settings, Path(scratch))
        check(unfinished, Path(scratch))
        part = part_of(unfinished)
        file = named or folder / name_of(settings, manifest.made_at)
        _give_name(unfinished, file)
    removed = _remove_old(settings, folder, keep, file) if keep and named is None else []
    return Backup(file, manifest, part, removed)


def check(file: Path, scratch: Path) -> Manifest:
    """Read a backup back as if it were restored, into the folder `scratch`, and check everything about it.

    Raises BackupIsDamaged.
    """
    manifest = read_manifest(file)
    taken_out = scratch / f"again-{DATABASE}"
    try:
        unpack(file, manifest, taken_out)
        examine(taken_out, manifest)
    finally:
        taken_out.unlink(missing_ok=True)
    return manifest


async def note(database: Database, backup: Backup) -> None:
    """Write into the audit log that there is a good backup: that is where its age is known from."""
    of = backup.manifest.made_at.isoformat()
    async with database.session(write=True) as db:
        await record(db, BackupMade(of=of, bytes=backup.part.bytes, sha256=backup.part.sha256))


def name_of(settings: Settings, made_at: datetime) -> str:
    """A name that sorts by time and says whose backup it is."""
    return f"{_plain(settings.name)}-{made_at:%Y-%m-%dT%H-%M-%S-%f}Z{ENDING}"


def sync_folder(folder: Path) -> None:
    """Have a folder's names on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def _write(settings: Settings, scratch: Path) -> tuple[Path, Manifest]:
    copied = scratch / DATABASE
    seen = await snapshot.take(settings.database_url, copied)
    with opened(copied) as connection:
        logs = log_states(connection)
        polls = [str(UUID(hex=poll)) for (poll,) in connection.execute(OPEN_POLLS)]
    manifest = Manifest(
        format=FORMAT,
        installation=settings.name,
        release=__version__,
        schema=seen.schema,
        made_at=seen.made_at,
        database="sqlite" if settings.embedded else "postgresql",
        parts={DATABASE: part_of(copied)},
        tables=seen.tables,
        logs=logs,
        keys=check_values(settings.keys_dir, polls),
    )
    unfinished = scratch / "backup"
    pack(unfinished, copied, manifest)
    copied.unlink()
    return unfinished, manifest


def _place(target: Path, settings: Settings) -> tuple[Path, Path | None]:
    """The folder, and the name that was asked for, if one was. Raises SettingsError."""
    folder, named = (target, None) if target.is_dir() else (target.parent, target)
    if not folder.is_dir():
        raise SettingsError(f"There is no folder {folder}; expected one for the backup.")
    if folder.resolve().is_relative_to(settings.keys_dir):
        raise SettingsError(
            f"{folder} lies inside PBVOTE_KEYS_DIR; expected another folder: backups and keys are kept apart."
        )
    if named and named.exists():
        raise SettingsError(f"There is already a file {named}; expected a new name, or a folder.")
    _require_room(folder, settings.database_file)
    return folder, named


def _require_room(folder: Path, database: Path | None) -> None:
    """Raise SettingsError where a backup would not fit, or take the room that votes need on the same disk."""
    if database is None or not database.exists():
        return
    free, shared = shutil.disk_usage(folder).free, folder.stat().st_dev == database.stat().st_dev
    needed = 2 * database.stat().st_size + (LOW if shared else 0)
    if free < needed:
        raise SettingsError(
            f"There is not enough room in {folder}: making a backup takes up to {needed // MIB} MiB there for a while, "
            f"and {free // MIB} are free."
        )


def _give_name(unfinished: Path, file: Path) -> None:
    """A backup that is on the disk gets its name, and that is on the disk too."""
    if file.exists():
        raise SettingsError(f"There is already a file {file}; expected a new name, or a folder.")
    unfinished.rename(file)
    sync_folder(file.parent)


def _remove_old(settings: Settings, folder: Path, keep: int, newest: Path) -> list[Path]:
    """Remove all backups of this installation that `make_backup` named in this folder but the last `keep`."""
    ours = re.compile(rf"{re.escape(_plain(settings.name))}-\d{{4}}-\d\d-\d\dT[\d-]+Z{re.escape(ENDING)}")
    there = sorted(file for file in folder.iterdir() if ours.fullmatch(file.name) and file != newest)
    surplus = there[: max(0, len(there) - (keep - 1))]
    for file in surplus:
        with suppress(FileNotFoundError):
            file.unlink()
    return surplus


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", name)
