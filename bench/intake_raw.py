"""The raw limit: the same rows as a cast writes, into the same tables, by one process and without anything else.

One commit for each cast, over as many connections as there are clients; and besides, as information, in transactions of
64 over one connection. SQLite has one writer: its connections wait for each other in a queue, which is faster than
letting them meet in the file. PostgreSQL gets each transaction in one pipeline, with prepared statements.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import psycopg

TOGETHER = 64
KEY, WAITING, POINTER = 32, 211, 60  # bytes of keys and digests, of a hidden ballot, and of what a slot holds
INSERTS = (
    "INSERT INTO cast_keys (poll_id, key, digest) VALUES ({0}, {0}, {0})",
    "INSERT INTO waiting_ballots (poll_id, id, hidden) VALUES ({0}, {0}, {0})",
    "INSERT INTO slots (poll_id, slot, ballot, locked, noticed) VALUES ({0}, {0}, {0}, {0}, {0})",
)
Row = tuple[object, ...]


def rows(poll_id: object) -> tuple[Row, Row, Row]:
    """The three rows of a cast, with random content."""
    return (
        (poll_id, secrets.token_bytes(KEY), secrets.token_bytes(KEY)),
        (poll_id, secrets.token_bytes(KEY), secrets.token_bytes(WAITING)),
        (poll_id, secrets.token_bytes(KEY), secrets.token_bytes(POINTER), False, False),
    )


def sqlite_singly(path: Path, poll_id: UUID, connections: int, seconds: float) -> float:
    """Casts a second, one commit for each."""
    line, until, done = threading.Lock(), time.perf_counter() + seconds, [0] * connections

    def write(number: int) -> None:
        connection = _opened(path)
        while time.perf_counter() < until:
            made = rows(poll_id.hex)
            with line:
                connection.execute("BEGIN IMMEDIATE")
                for statement, row in zip(INSERTS, made, strict=True):
                    connection.execute(statement.format("?"), row)
                connection.execute("COMMIT")
            done[number] += 1
        connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - started)


def sqlite_together(path: Path, poll_id: UUID, seconds: float) -> float:
    """Casts a second in transactions of 64."""
    connection, casts, started = _opened(path), 0, time.perf_counter()
    while time.perf_counter() < started + seconds:
        made = [rows(poll_id.hex) for _ in range(TOGETHER)]
        connection.execute("BEGIN IMMEDIATE")
        for statement, table in zip(INSERTS, zip(*made, strict=True), strict=True):
            connection.executemany(statement.format("?"), table)
        connection.execute("COMMIT")
        casts += TOGETHER
    connection.close()
    return casts / (time.perf_counter() - started)


async def postgres_singly(url: str, poll_id: UUID, connections: int, seconds: float) -> float:
    """Casts a second, one commit for each."""
    opened = [await _connected(url) for _ in range(connections)]
    started = time.perf_counter()

    async def write(connection: psycopg.AsyncConnection[Row]) -> int:
        casts = 0
        while time.perf_counter() < started + seconds:
            async with connection.pipeline():
                await connection.execute("BEGIN")
                for statement, row in zip(_for_postgres(), rows(poll_id), strict=True):
                    await connection.execute(statement, row, prepare=True)
                await connection.execute("COMMIT")
            casts += 1
        return casts

    done = await asyncio.gather(*(write(connection) for connection in opened))
    took = time.perf_counter() - started
    for connection in opened:
        await connection.close()
    return sum(done) / took


async def postgres_together(url: str, poll_id: UUID, seconds: float) -> float:
    """Casts a second in transactions of 64."""
    connection, casts, started = await _connected(url), 0, time.perf_counter()
    while time.perf_counter() < started + seconds:
        made = [rows(poll_id) for _ in range(TOGETHER)]
        async with connection.transaction(), connection.cursor() as cursor:
            for statement, table in zip(_for_postgres(), zip(*made, strict=True), strict=True):
                await cursor.executemany(statement, table)
        casts += TOGETHER
    await connection.close()
    return casts / (time.perf_counter() - started)


def _for_postgres() -> Iterator[bytes]:
    return (statement.format("%s").encode() for statement in INSERTS)


def _opened(path: Path) -> sqlite3.Connection:
    """A connection set up as pbvote's own."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=60, check_same_thread=False)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


async def _connected(url: str) -> psycopg.AsyncConnection[Row]:
    parts = urlsplit(url)
    host = parse_qs(parts.query)["host"][0]
    return await psycopg.AsyncConnection.connect(
        host=host, dbname=parts.path.lstrip("/"), user="postgres", autocommit=True
    )
