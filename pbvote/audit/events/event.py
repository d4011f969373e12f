"""What every event has."""

from __future__ import annotations

from uuid import UUID

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What every event has: who did it (nobody, for the clock) and in which round (none, for the installation)."""

    actor_id: UUID | None = None
    round_id: UUID | None = None
