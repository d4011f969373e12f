"""Forums."""

from __future__ import annotations

from typing import Any

from pbvote.audit.events.event import Event


class ForumAdded(Event, frozen=True):
    """A forum was added."""

    slug: str


class ForumChanged(Event, frozen=True):
    """A part of a forum was changed; `change` holds what it is now."""

    forum: str
    part: str
    change: dict[str, Any]


class BandsChanged(Event, frozen=True):
    """What forums get by their population was changed; `bands` holds what it is now."""

    bands: list[Any]
