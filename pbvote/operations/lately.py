"""When a backup was made last: asked by a server again and again, which never makes one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.audit.events.operations import BackupMade, DatabaseRestored
from pbvote.audit.models import AuditEvent
from pbvote.errors import snake


async def last_backup(db: AsyncSession) -> datetime | None:
    """The instant that the last good backup shows, or the one that the database was restored from; None for neither."""
    instants = []
    for kind in (BackupMade, DatabaseRestored):
        query = select(AuditEvent.data).where(AuditEvent.kind == snake(kind.__name__))
        data = await db.scalar(query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(1))
        if data:
            instants.append(datetime.fromisoformat(data["of"]))
    return max(instants, default=None)
