"""Reading the audit trail: page by page, each from where the last one ended, so that no page costs more than another.

A page of one round, person or kind follows an index in its order. For the rounds of a forum each round gives its newest
events, and the newest of those are the page: that takes a step into the index for each round, whatever their size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, and_, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from pbvote.audit.events import Event
from pbvote.audit.models import AuditEvent
from pbvote.db import UtcDateTime
from pbvote.errors import snake

YEARS = range(2000, 2200)
ROUNDS_AT_ONCE = 200  # SQLite joins at most 500 selects


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the moment and id of its last event."""

    at: datetime
    id: UUID

    def text(self) -> str:
        """The place as it stands in an address."""
        return f"{self.at.isoformat()}_{self.id.hex}"

    @classmethod
    def read(cls, text: str) -> Place | None:
        """The place that a text stands for, or None."""
        at, _, id_ = text.partition("_")
        try:
            moment = datetime.fromisoformat(at)
            return cls(moment, UUID(hex=id_)) if moment.tzinfo and moment.year in YEARS else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: of these rounds (None: of everything), by this person, of this kind, from and until a moment."""

    rounds: Sequence[UUID] | None = None
    actor: UUID | None = None
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


def kinds() -> list[str]:
    """Every kind of event that there is."""

    def below(kind: type[Event]) -> set[str]:
        return {snake(one.__name__) for one in kind.__subclasses__()}.union(*map(below, kind.__subclasses__()))

    return sorted(below(Event))


async def events(db: AsyncSession, wanted: Wanted, after: Place | None, limit: int) -> list[AuditEvent]:
    """The newest events that are wanted and come after a place in the order from new to old; at most `limit`."""
    if wanted.rounds is None:
        return list(await db.scalars(_in_order(select(AuditEvent).where(*_conditions(wanted, after)), limit)))
    found: list[AuditEvent] = []
    for start in range(0, len(wanted.rounds), ROUNDS_AT_ONCE):
        some = wanted.rounds[start : start + ROUNDS_AT_ONCE]
        newest = select(AuditEvent.id).where(*_conditions(wanted, after))
        each = [_in_order(newest.where(AuditEvent.round_id == one), limit).subquery() for one in some]
        together = union_all(*(select(one.c.id) for one in each)).subquery()
        query = select(AuditEvent).where(AuditEvent.id.in_(select(together.c.id)))
        found += await db.scalars(_in_order(query, limit))
    return sorted(found, key=lambda event: (event.at, event.id), reverse=True)[:limit]


def _in_order(query: Select[Any], limit: int) -> Select[Any]:
    """The newest first."""
    return query.order_by(AuditEvent.at.desc(), AuditEvent.id.desc()).limit(limit)


def _conditions(wanted: Wanted, after: Place | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.actor is not None:
        conditions.append(AuditEvent.actor_id == wanted.actor)
    if wanted.kind:
        conditions.append(AuditEvent.kind == wanted.kind)
    if wanted.since is not None:
        conditions.append(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(AuditEvent.at < wanted.until)
    if after is not None:
        at, id_ = literal(after.at, UtcDateTime()), literal(after.id, Uuid())
        # the first part bounds the index; the second leaves out what the last page had of the same moment
        conditions += [AuditEvent.at <= at, or_(AuditEvent.at < at, and_(AuditEvent.at == at, AuditEvent.id < id_))]
    return conditions
