"""What grows, measured every so often by each process: in the database, on the disk, and in itself.

Nothing here waits for a writer, and nothing is counted that would take long in a large database: rows of tables are
estimates (PostgreSQL's own; on SQLite the highest row number).
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, literal, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.pool import QueuePool

from pbvote import __version__, metrics
from pbvote.accounts.models import Login
from pbvote.audit.models import AuditEvent
from pbvote.ballotlog.models import Log
from pbvote.db import Base, Database, now
from pbvote.following.models import News
from pbvote.notices.models import Outgoing
from pbvote.operations.gathering import Board, values_of
from pbvote.operations.lately import last_backup
from pbvote.operations.status import Figures, Trend
from pbvote.proposals.models import Attachment, ProposalDraft
from pbvote.rounds.service import rounds_due
from pbvote.voting.models import WaitingBallot

EVERY_SECONDS = 15.0  # what is in the database
TABLES_EVERY = 20  # times as seldom
MOST_COUNTED = 100_000  # rows of a table without row numbers: so many, or more
STEP = 64 * 1024  # bytes, some forty votes
LOOK_EVERY = 1.0  # this process
LAGS = 15  # looks over which the event loop's worst lag is told
log = logging.getLogger("pbvote.operations")

ESTIMATES = text("SELECT relname, reltuples FROM pg_class WHERE relkind IN ('r', 'p') AND relname = ANY(:names)")
SCHEMA = text("SELECT version_num FROM alembic_version")
WITHOUT_NUMBERS = text("SELECT name FROM pragma_table_list WHERE wr = 1")


async def measure(database: Database, data_dir: Path, *, tables: bool = True) -> None:
    """Measure what is in the database and on the disk, and set the gauges; `tables` the number of their rows too."""
    async with database.session(write=False) as db:
        for gauge, query in _counted().items():
            gauge.set(await db.scalar(query) or 0)
        metrics.SIGN_INS.set(await db.scalar(_rows(Login).where(Login.expires_at > await now(db))) or 0)
        metrics.ROUNDS_HELD.set(len(await rounds_due(db)))
        for table, rows in (await rows_of_tables(db) if tables else {}).items():
            metrics.TABLE_ROWS.labels(table).set(rows)
            if table == AuditEvent.__tablename__:
                metrics.AUDIT_EVENTS.set(rows)
        metrics.release_is(__version__, await db.scalar(SCHEMA) or "")
        backup = await last_backup(db)
        metrics.BACKUP_DONE.set(backup.timestamp() if backup else 0)
        metrics.DATABASE_BYTES.set(_in_steps(await size_of_database(db)))
    metrics.DISK_FREE_BYTES.set(_in_steps(await asyncio.to_thread(free_disk, data_dir)))
    metrics.measured()


def _counted() -> Mapping[Any, Select[Any]]:
    return {
        metrics.WAITING_BALLOTS: _rows(WaitingBallot),
        metrics.LOG_LEAVES: select(func.sum(Log.size)),
        metrics.OUTBOX: _rows(Outgoing),
        metrics.FOLLOW_QUEUE: _rows(News),
        metrics.DRAFTS: _rows(ProposalDraft),
        metrics.PICTURE_BYTES: select(func.sum(Attachment.size + func.coalesce(func.length(Attachment.small), 0))),
    }


def _rows(model: type[Base]) -> Select[Any]:
    return select(func.count()).select_from(model)


async def rows_of_tables(db: AsyncSession) -> dict[str, int]:
    """About how many rows each table has: on SQLite the highest row number or, without numbers, a count that ends."""
    names = sorted(Base.metadata.tables)
    if db.get_bind().dialect.name != "sqlite":
        found: dict[str, float] = dict((await db.execute(ESTIMATES, {"names": names})).all())
        return {name: max(0, round(found.get(name, 0))) for name in names}
    counted = set(await db.scalars(WITHOUT_NUMBERS))
    found_here = {}
    for name in names:
        table = Base.metadata.tables[name]
        some = select(literal(1)).select_from(table).limit(MOST_COUNTED).subquery()
        numbered: Select[Any] = select(func.max(literal_column("rowid"))).select_from(table)
        query = select(func.count()).select_from(some) if name in counted else numbered
        found_here[name] = await db.scalar(query) or 0
    return found_here


async def size_of_database(db: AsyncSession) -> int:
    """Bytes that the database takes; on SQLite without its write-ahead log."""
    if db.get_bind().dialect.name == "sqlite":
        query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        query = "SELECT pg_database_size(current_database())"
    return int(await db.scalar(text(query)) or 0)


def _in_steps(size: int) -> int:
    """Bytes in whole steps: every vote takes some pages of a disk, and none is to be seen to arrive."""
    return size - size % STEP


def free_disk(folder: Path) -> int:
    """Free bytes of the disk that a folder, which may not be there yet, lies on."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return shutil.disk_usage(there).free


async def measure_for_ever(database: Database, data_dir: Path) -> None:
    """Measure until cancelled; a failure is logged and tried again."""
    passes = 0
    while True:
        try:
            await measure(database, data_dir, tables=passes % TABLES_EVERY == 0)
            passes += 1
        except Exception as error:  # noqa: BLE001  # the database may be away for a while
            log.error("measuring failed, trying again: %s", type(error).__name__)  # noqa: TRY400
        await asyncio.sleep(EVERY_SECONDS)


@dataclass(slots=True)
class Look:
    """What a process sees of itself; `lags` are how late the event loop was at the last looks, in seconds."""

    state: Mapping[str, Any]
    lags: deque[float] = field(default_factory=lambda: deque(maxlen=LAGS))

    def at(self, lag: float) -> None:
        """Set this process' gauges, and let the others see them."""
        self.lags.append(lag)
        metrics.LOOP_LAG_SECONDS.set(round(max(self.lags), 4))
        metrics.WORKERS.set(1)
        metrics.RESIDENT_BYTES.set(resident_bytes())
        metrics.LIMITER_BUCKETS.set(len(self.state["limiter"].spent))
        database: Database = self.state["database"]
        pools = {"reading": database.engine.pool, "writing": database.writer.pool}
        for name, pool in pools.items():
            if isinstance(pool, QueuePool):
                metrics.POOL_IN_USE.labels(name).set(pool.checkedout())
        board: Board | None = self.state.get("board")
        if board:
            board.publish()
        trend: Trend = self.state["trend"]
        if trend.is_due(at := time.time()):
            trend.note(Figures.of(values_of(board)), at)


async def look_for_ever(state: Mapping[str, Any]) -> None:
    """Look at this process until cancelled."""
    look = Look(state)
    look.at(0.0)
    while True:
        before = time.perf_counter()
        await asyncio.sleep(LOOK_EVERY)
        look.at(max(0.0, time.perf_counter() - before - LOOK_EVERY))


def resident_bytes() -> int:
    """Memory of this process that is in RAM; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * 4096
