"""Migrations that are killed: run in a process of their own, which kills itself before its n-th statement."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from pbvote.db import migrate


def migrate_until(url: str, statement: int, *, piecemeal: bool = False) -> None:
    """Migrate, and die before the n-th statement, its commit counted as one; never with 0.

    With `piecemeal` every statement is committed by itself, as a database without transactional DDL does it.
    """
    count = 0

    def next_one() -> None:
        nonlocal count
        count += 1
        if count == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(connection: Connection, cursor: Any, *rest: object) -> None:
        del connection, cursor, rest
        next_one()

    def after(connection: Connection, cursor: Any, *rest: object) -> None:
        del cursor, rest
        raw = connection.connection.cursor()
        raw.execute("COMMIT")
        if connection.dialect.name == "sqlite":
            raw.execute("BEGIN IMMEDIATE")
        raw.close()

    def commit(connection: Connection) -> None:
        del connection
        next_one()

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "commit", commit)
    if piecemeal:
        event.listen(Engine, "after_cursor_execute", after)
    asyncio.run(migrate(url))
