"""The audit trail as it is stored. Rows are only ever added: triggers in the database refuse anything else."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from pbvote.db import Base, uuid7


class AuditEvent(Base):
    """One change of state. `actor_id` is empty where the clock or a resident without an account acted."""

    __tablename__ = "audit_events"
    # for each way to page through the log, an index in its order
    __table_args__ = (
        Index(None, "at", "id"),
        Index(None, "round_id", "at", "id"),
        Index(None, "actor_id", "at", "id"),
        Index(None, "kind", "at", "id"),
        Index(None, "round_id", "actor_id", "at", "id"),
        Index(None, "round_id", "kind", "at", "id"),
        Index(None, "actor_id", "kind", "at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    round_id: Mapped[UUID | None]
    kind: Mapped[str]
    data: Mapped[dict[str, Any]]
