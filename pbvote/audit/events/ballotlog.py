"""The ballot log and its witnesses."""

from __future__ import annotations

from uuid import UUID

from pbvote.audit.events.event import Event


class WitnessAdded(Event, frozen=True):
    """A witness' key was added to those whose cosignatures are shown."""

    key: str


class LogContinued(Event, frozen=True):
    """A log that was held after a restore goes on at `size`; `seen` is the longest that people outside have shown."""

    poll_id: UUID
    size: int
    seen: int
