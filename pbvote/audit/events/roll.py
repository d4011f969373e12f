"""The roll, voting codes and letters."""

from __future__ import annotations

from uuid import UUID

from pbvote.audit.events.event import Event


class CodesIssued(Event, frozen=True):
    """Electors were put on the roll and their voting codes were made."""

    label: str
    count: int


class RollImported(Event, frozen=True):
    """Electors were put on the roll from a file, without codes yet."""

    label: str
    count: int


class LettersMade(Event, frozen=True):
    """New codes were made for a batch and printed; from the second time on, the letters made before are void."""

    label: str
    count: int
    times: int


class LettersPosted(Event, frozen=True):
    """The letters of a batch were posted; their addresses were deleted."""

    label: str
    count: int


class ElectorRegistered(Event, frozen=True):
    """An elector was put on the roll at a desk, on evidence of this kind."""

    elector_id: UUID
    evidence: str


class CodeReplaced(Event, frozen=True):
    """An elector was given a new code in place of a lost one."""

    elector_id: UUID
