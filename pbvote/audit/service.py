"""Writing the audit trail."""

from __future__ import annotations

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.audit.events import Event
from pbvote.audit.models import AuditEvent
from pbvote.db import now
from pbvote.errors import snake

ENVELOPE = ("type", "actor_id", "round_id")


async def record(db: AsyncSession, event: Event) -> None:
    """Write `event` in the transaction of the change that it tells of."""
    data = {key: value for key, value in msgspec.to_builtins(event).items() if key not in ENVELOPE}
    kind = snake(type(event).__name__)
    db.add(AuditEvent(at=await now(db), actor_id=event.actor_id, round_id=event.round_id, kind=kind, data=data))
