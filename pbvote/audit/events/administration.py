"""What administrators choose for the installation."""

from __future__ import annotations

from typing import Any

from pbvote.audit.events.event import Event


class SecondStepRequired(Event, frozen=True):
    """An administrator chose whether everybody on staff needs a second step."""

    required: bool


class BrandingChanged(Event, frozen=True):
    """An administrator changed the name or the colours that pages show."""

    change: dict[str, Any]


class RetentionChanged(Event, frozen=True):
    """An administrator changed how long things are kept."""

    change: dict[str, Any]
