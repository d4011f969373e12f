"""Rounds, their templates and phases, and what takes two officers."""

from __future__ import annotations

from typing import Any

from pbvote.audit.events.event import Event


class RoundMade(Event, frozen=True):
    """A round was made from a template."""

    slug: str
    template: str


class RoundChanged(Event, frozen=True):
    """A part of a round's set-up was changed; `change` holds what it is now."""

    part: str
    change: dict[str, Any]


class TemplateSaved(Event, frozen=True):
    """The set-up of a round was saved as a template of its forum."""

    forum: str
    title: str


class TemplateRemoved(Event, frozen=True):
    """A forum removed a template of its own."""

    forum: str
    title: str


class PhaseBegan(Event, frozen=True):
    """A round went from one phase to the next."""

    before: str
    phase: str
    reason: str = ""


class RoundOpened(Event, frozen=True):
    """The organiser opened a round: from now on it is public and follows its calendar."""


class ApprovalAsked(Event, frozen=True):
    """The first of two officers asked for something that needs two."""

    action: str
    subject: str
    reason: str = ""


class ApprovalGiven(Event, frozen=True):
    """The second of two officers approved."""

    action: str
    subject: str
