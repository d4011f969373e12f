"""The result: counted, published, certified."""

from __future__ import annotations

from uuid import UUID

from pbvote.audit.events.event import Event


class Counted(Event, frozen=True):
    """The ballots were counted by the rule."""

    outcome_id: UUID
    ballots: int


class Published(Event, frozen=True):
    """An outcome was made official."""

    outcome_id: UUID
    number: int


class ResultCertified(Event, frozen=True):
    """Two officers certified the result: the time for challenges is over."""


class PollKeysDestroyed(Event, frozen=True):
    """Two officers destroyed the keys of a vote: nobody can tie an elector to a ballot any more."""

    destroyed: list[str]
