"""What the doctor asks of the machine and of the database server. Everything here only looks."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db.leadership import LOCK

ASK_SECONDS = 3
HALF, LOW_HALF = 32, 0xFFFF_FFFF
# An advisory lock on one number stands in pg_locks as two halves, without a sign (PostgreSQL's manual, 53.13).
LED = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND classid = CAST(:high AS bigint)::oid AND objid = CAST(:low AS bigint)::oid"
)
USED = text("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
MOST = text("SELECT current_setting('max_connections')::int")


def missing_keys(folder: Path, poll: str, all_of: Sequence[str], one_of: Sequence[str]) -> list[str]:
    """The files of a vote's keys that should be there and are not."""
    lacking = [f"polls/{poll}.{kind}" for kind in all_of if not (folder / f"polls/{poll}.{kind}").exists()]
    if not any((folder / f"polls/{poll}.{kind}").exists() for kind in one_of):
        lacking.append(" or ".join(f"polls/{poll}.{kind}" for kind in one_of))
    return lacking


def ntp_says() -> bool | None:
    """Whether the machine's clock is set by NTP; None where nobody can tell."""
    program = shutil.which("timedatectl")
    if program is None:
        return None
    command = [program, "show", "--property=NTPSynchronized", "--value"]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=ASK_SECONDS)  # noqa: S603  # the system's own
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(done.stdout.strip())


async def somebody_leads(db: AsyncSession, file: Path | None) -> bool:
    """Whether a server holds the lock of whoever does the background work."""
    if file is not None:
        return _is_locked(file.with_name(f"{file.name}-leader"))
    number = LOCK % 2**64
    found = await db.scalar(LED, {"high": number >> HALF, "low": number & LOW_HALF})
    return bool(found)


def _is_locked(path: Path) -> bool:
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(number)
    return False


async def connections(db: AsyncSession) -> tuple[int, int]:
    """How many connections PostgreSQL has, and how many it allows."""
    return int(await db.scalar(USED) or 0), int(await db.scalar(MOST) or 1)


async def database_version(db: AsyncSession) -> str:
    """The database, by name and version."""
    if db.get_bind().dialect.name == "sqlite":
        return f"SQLite {await db.scalar(text('SELECT sqlite_version()'))}"
    return f"PostgreSQL {await db.scalar(text('SHOW server_version'))}"
