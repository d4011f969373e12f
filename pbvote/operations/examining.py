"""Looking into a database that lies there as a SQLite file: it is whole, and its logs are what was signed.

Only public keys are needed. What takes the keys of a vote, whether each slot points to a ballot that is there, is
checked when votes are counted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from pbvote.ballotbox.checkpoints import open_checkpoint, read_text
from pbvote.ballotbox.documents import MalformedError, NotAuthenticError
from pbvote.ballotbox.merkle import Frontier, leaf_hash
from pbvote.ballotbox.notes import read_key, read_note
from pbvote.operations.manifest import BackupIsDamaged, LogState, Manifest
from pbvote.operations.rows import sqlite_digests, sqlite_revision

LEAVES_AT_ONCE = 10_000
# Ballots in the box that are not in the log, and the other way round. Both are there from the same transaction on.
NOT_IN_THE_LOG = """
SELECT count(*) FROM (
    SELECT 'ballot ' || lower(hex(commitment)) FROM sealed_ballots WHERE poll_id = :poll
    EXCEPT SELECT leaf FROM log_leaves WHERE poll_id = :poll)
"""
NOT_IN_THE_BOX = """
SELECT count(*) FROM (
    SELECT leaf FROM log_leaves WHERE poll_id = :poll AND leaf LIKE 'ballot %'
    EXCEPT SELECT 'ballot ' || lower(hex(commitment)) FROM sealed_ballots WHERE poll_id = :poll)
"""


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """The database in a file that nobody writes to, for reading."""
    with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro&immutable=1", uri=True)) as connection:
        connection.execute("PRAGMA temp_store = MEMORY")
        yield connection


def examine(file: Path, manifest: Manifest) -> None:
    """Check all that a backup's database can be checked for. Raises BackupIsDamaged with the first thing found."""
    try:
        with opened(file) as connection:
            _is_whole(connection)
            if (revision := sqlite_revision(connection)) != manifest.schema:
                raise BackupIsDamaged(f"The schema is {revision}, and the manifest says {manifest.schema}.")
            for table, digest in _differing(sqlite_digests(connection), manifest.tables):
                raise BackupIsDamaged(f"The rows of the table {table} are not those that were stored ({digest}).")
            if log_states(connection) != manifest.logs:
                raise BackupIsDamaged("The logs are not those that the manifest speaks of.")
    except sqlite3.Error as error:
        raise BackupIsDamaged(f"The database cannot be read: {error}.") from None


def log_states(connection: sqlite3.Connection) -> dict[str, LogState]:
    """Every log, by poll, rebuilt from its entries. Raises BackupIsDamaged unless each is what was signed."""
    rows = connection.execute("SELECT poll_id, origin, log_key, size, nodes FROM logs ORDER BY poll_id").fetchall()
    return {str(UUID(hex=row[0])): _log_state(connection, row) for row in rows}


def _is_whole(connection: sqlite3.Connection) -> None:
    """SQLite's own look at every page and index, and at every row that points to another one."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise BackupIsDamaged(f"The database is damaged: {found}.")
    if broken := connection.execute("PRAGMA foreign_key_check").fetchone():
        raise BackupIsDamaged(f"A row of the table {broken[0]} belongs to one of {broken[2]} that is not there.")


def _differing(found: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for table in sorted(found.keys() | expected.keys()):
        one, other = found.get(table), expected.get(table)
        if one != other:
            yield table, f"{one.rows if one else 'no'} rows, expected {other.rows if other else 'none'}"


def _log_state(connection: sqlite3.Connection, row: tuple[str, str, str, int, bytes]) -> LogState:
    poll, origin, log_key, size, nodes = row
    frontier = _rebuilt(connection, poll, origin)
    if (frontier.size, b"".join(frontier.nodes)) != (size, nodes):
        raise BackupIsDamaged(f"The log {origin} has not the entries that it says it has.")
    last = connection.execute(
        "SELECT note FROM log_checkpoints WHERE poll_id = ? ORDER BY size DESC LIMIT 1", [poll]
    ).fetchone()
    note = last[0] if last else ""
    if size or note:
        try:
            point = open_checkpoint(note, read_key(log_key), origin)
        except (MalformedError, NotAuthenticError) as error:
            raise BackupIsDamaged(
                f"The last checkpoint of the log {origin} is not signed by its key: {error}."
            ) from None
        if (point.size, point.root) != (size, frontier.root()):
            raise BackupIsDamaged(f"The last checkpoint of the log {origin} was not signed for its entries.")
    for query, what in (
        (NOT_IN_THE_LOG, "in the box and not in the log"),
        (NOT_IN_THE_BOX, "in the log and not in the box"),
    ):
        if number := connection.execute(query, {"poll": poll}).fetchone()[0]:
            raise BackupIsDamaged(f"Of the vote {origin}, {number} ballots are {what}.")
    return LogState(origin, log_key, size, frontier.root().hex(), note)


def _rebuilt(connection: sqlite3.Connection, poll: str, origin: str) -> Frontier:
    """The log's tree from its entries; on the way, every checkpoint that was ever signed has to fit."""
    signed = dict(connection.execute("SELECT size, note FROM log_checkpoints WHERE poll_id = ? ORDER BY size", [poll]))
    cursor = connection.execute("SELECT number, leaf FROM log_leaves WHERE poll_id = ? ORDER BY number", [poll])
    frontier = Frontier()
    while leaves := cursor.fetchmany(LEAVES_AT_ONCE):
        if [number for number, _ in leaves] != list(range(frontier.size, frontier.size + len(leaves))):
            raise BackupIsDamaged(f"The log {origin} lacks entries after the first {frontier.size}.")
        hashes = [leaf_hash(leaf.encode()) for _, leaf in leaves]
        begin = 0
        for size in sorted(size for size in signed if frontier.size < size <= frontier.size + len(leaves)):
            frontier = frontier.extend(hashes[begin : (begin := begin + size - frontier.size)])
            if root_of(signed[size], origin) != frontier.root():
                raise BackupIsDamaged(f"The checkpoint of the log {origin} at {size} was not signed for its entries.")
        frontier = frontier.extend(hashes[begin:])
    return frontier


def root_of(note: str, origin: str) -> bytes:
    """The root that a checkpoint speaks of, whoever signed it."""
    try:
        return read_text(read_note(note).text).root
    except MalformedError:
        raise BackupIsDamaged(f"A checkpoint of the log {origin} cannot be read.") from None
