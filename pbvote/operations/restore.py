"""Putting a backup back: into either database, all of it or nothing, and never over something silently."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa
from psycopg import sql

from pbvote.ballotbox.documents import MalformedError, NotAuthenticError
from pbvote.ballotbox.merkle import Frontier, leaf_hash
from pbvote.ballotbox.notes import read_key
from pbvote.ballotlog.holds import Seen, read_seen
from pbvote.db.migrations import upgrade
from pbvote.errors import SettingsError
from pbvote.operations.backup import sync_folder
from pbvote.operations.belonging import strangers
from pbvote.operations.examining import examine, log_states, opened
from pbvote.operations.manifest import DATABASE, BackupIsDamaged, Manifest, read_manifest, unpack
from pbvote.operations.rows import VERSION, fill_postgresql, postgresql_digests, postgresql_tables, sqlite_tables
from pbvote.operations.settling import settle
from pbvote.settings import Settings

SCRATCH = ".pbvote-restore-"
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
FOREIGN_KEYS = """
SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace ORDER BY c.relname, k.conname
"""
SCHEMA_IS_THERE = f"SELECT count(*) FROM pg_class WHERE relname = '{VERSION}'"  # noqa: S608  # a constant
STOP = "Stop every server of this installation first"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, what was there before and where it is kept, and which logs are held now.

    `lost` says what people outside have seen that is not in the backup; `checked` how many checkpoints were compared.
    """

    manifest: Manifest
    aside: str
    held: Sequence[UUID]
    lost: Sequence[str]
    checked: int


def restore(
    settings: Settings, file: Path, seen: Sequence[str] = (), *, replace: bool = False, without_keys: bool = False
) -> Restored:
    """Restore a backup. `seen` are checkpoints that witnesses or others have kept, as signed notes.

    Raises SettingsError, before anything is touched, for a database that is in use or not empty (unless `replace`: then
    the old one is kept aside) and for keys that do not belong to the backup (unless `without_keys`); BackupIsDamaged
    for a file that is not what was once backed up.
    """
    manifest = read_manifest(file)
    if not without_keys and (wrong := [*strangers(settings.keys_dir, manifest.keys), *_not_its_logs(manifest)]):
        raise SettingsError(" ".join(wrong))
    shown = [_seen(text, manifest) for text in seen]
    target = settings.database_file
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=_room_beside(target)) as scratch:
        if target:
            aside = _look_at_sqlite(target, replace=replace)
        copied = Path(scratch) / DATABASE
        unpack(file, manifest, copied)
        examine(copied, manifest)
        with opened(copied) as connection:
            lost = [sentence for one in shown if (sentence := _lacking(connection, manifest, one))]
        if target:
            held = _into_sqlite(copied, target, aside, manifest)
            kept = str(aside) if aside else ""
        else:
            held, kept = _into_postgresql(settings.database_url, copied, manifest, replace=replace)
    return Restored(manifest, kept, held, lost, len(shown))


def _not_its_logs(manifest: Manifest) -> list[str]:
    """A backup made where no keys were: nothing here could be compared."""
    if manifest.logs and not manifest.keys:
        return ["The backup does not say which keys belong to it; restore it with --without-keys and compare yourself."]
    return []


def _seen(text: str, manifest: Manifest) -> Seen:
    """A checkpoint that somebody kept, if the key of one of the backup's logs has signed it. Raises SettingsError."""
    problem = "it is signed by no key of this installation"
    for log_key in sorted({log.log_key for log in manifest.logs.values()}):
        try:
            return read_seen(text, read_key(log_key))
        except (MalformedError, NotAuthenticError) as error:
            problem = str(error)
    raise SettingsError(f"This is no checkpoint of a log in the backup: {problem}.")


def _lacking(connection: sqlite3.Connection, manifest: Manifest, seen: Seen) -> str:
    """What the backup lacks of a checkpoint, as a sentence; empty if it lacks nothing."""
    log = manifest.logs.get(str(seen.poll_id))
    size = log.size if log else 0
    if seen.point.size > size:
        return (
            f"The log {seen.point.origin} was published with {seen.point.size} entries; the backup has {size}, so the "
            f"last {seen.point.size - size} are lost."
        )
    query = "SELECT leaf FROM log_leaves WHERE poll_id = ? AND number < ? ORDER BY number"
    leaves = connection.execute(query, [seen.poll_id.hex, seen.point.size])
    if Frontier().extend(leaf_hash(leaf.encode()) for (leaf,) in leaves).root() != seen.point.root:
        return f"The log {seen.point.origin} was published with other entries than the backup has."
    return ""


def _room_beside(target: Path | None) -> Path | None:
    """Where the work is done: beside the database, so that its last step is a change of name."""
    if target is None:
        return None
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return target.parent


def _look_at_sqlite(target: Path, *, replace: bool) -> Path | None:
    """Where the old database is to be kept; None where there is nothing to keep. Raises SettingsError."""
    if not target.exists():
        return None
    try:
        with closing(sqlite3.connect(target, timeout=1, isolation_level=None)) as connection:
            # Leaving WAL needs the database for itself, and puts everything into its one file.
            (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            filled = [name for name in sqlite_tables(connection) if _has_rows(connection, name)]
    except sqlite3.OperationalError:
        mode, filled = "locked", []
    except sqlite3.DatabaseError:  # damaged: perhaps the reason why somebody restores
        mode, filled = "delete", ["it"]
    if mode != "delete":
        raise SettingsError(f"The database {target} is in use. {STOP}.")
    if filled and not replace:
        raise SettingsError(
            f"The database {target} is not empty; expected none, or --replace, which keeps it aside under another name."
        )
    return target.with_name(f"{target.name}.before-restore-{_stamp()}")


def _has_rows(connection: sqlite3.Connection, table: str) -> bool:
    return connection.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone() is not None  # noqa: S608  # of the schema


def _into_sqlite(copied: Path, target: Path, aside: Path | None, manifest: Manifest) -> list[UUID]:
    engine = sa.create_engine(f"sqlite:///{copied}", hide_parameters=True)
    with engine.begin() as connection:
        upgrade(connection)
        held = settle(connection, manifest)
    engine.dispose()
    with opened(copied) as connection:
        if log_states(connection) != manifest.logs:
            raise BackupIsDamaged("The logs are not those of the backup any more.")
    sync_file(copied)
    for ending in ("-wal", "-shm"):  # of a damaged database; a whole one has none any more
        target.with_name(target.name + ending).unlink(missing_ok=True)
    if aside:
        target.rename(aside)
    copied.rename(target)
    sync_folder(target.parent)
    return held


def _into_postgresql(url: str, copied: Path, manifest: Manifest, *, replace: bool) -> tuple[list[UUID], str]:
    """In one transaction, so that it is all there or as if nothing had been done."""
    engine = sa.create_engine(url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            raw: Any = connection.connection.driver_connection
            aside = _make_room(raw, replace=replace)
            upgrade(connection, manifest.schema)
            with opened(copied) as source:
                _fill(raw, source)
            found = postgresql_digests(raw)
            if dict(manifest.tables) != found:
                raise BackupIsDamaged("The rows in the database are not those of the backup. Nothing was changed.")
            upgrade(connection)
            return settle(connection, manifest), aside
    finally:
        engine.dispose()


def _make_room(raw: psycopg.Connection, *, replace: bool) -> str:
    """An empty schema; the name under which the old one is kept, or "". Raises SettingsError."""
    if _number(raw, OTHERS):
        raise SettingsError(f"The database is in use. {STOP}.")
    (schema,) = raw.execute("SELECT current_schema()").fetchone() or ("public",)
    tables = postgresql_tables(raw)
    exists = sql.SQL("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT 1) one")
    filled = [name for name in tables if _number(raw, exists.format(sql.Identifier(name)))]
    if filled and not replace:
        raise SettingsError("The database is not empty; expected an empty one, or --replace, which keeps it aside.")
    aside = f"before_restore_{_stamp().replace('-', '_').lower()}"
    if tables or _number(raw, SCHEMA_IS_THERE):
        raw.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(schema), sql.Identifier(aside)))
        raw.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        return aside if filled else ""
    return ""


def _fill(raw: psycopg.Connection, source: sqlite3.Connection) -> None:
    """Copy every table. Rows that point to others are checked at once at the end, in whatever order tables come."""
    keys = raw.execute(FOREIGN_KEYS).fetchall()
    for table, name, _ in keys:
        _alter(raw, table, sql.SQL("DROP CONSTRAINT {}").format(sql.Identifier(name)))
    for table in sqlite_tables(source):
        fill_postgresql(raw, table, source)
    for table, name, definition in keys:
        _alter(raw, table, sql.SQL("ADD CONSTRAINT {} {}").format(sql.Identifier(name), sql.SQL(definition)))


def _alter(raw: psycopg.Connection, table: str, change: sql.Composed) -> None:
    raw.execute(sql.SQL("ALTER TABLE {} {}").format(sql.Identifier(table), change))


def _number(raw: psycopg.Connection, query: Any) -> int:  # noqa: ANN401  # text or a composed statement
    row = raw.execute(query).fetchone()
    return int(row[0]) if row else 0


def sync_file(file: Path) -> None:
    """Have a file on the disk."""
    sync_folder(file)


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S-%f}"
