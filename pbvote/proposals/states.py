"""The statuses of a proposal and which decision leads where."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pbvote.errors import DomainError


class Status(StrEnum):
    """Where a proposal stands."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_CHANGES = "accepted_with_changes"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    ON_THE_BALLOT = "on_the_ballot"
    FUNDED = "funded"
    NOT_FUNDED = "not_funded"


class Decision(StrEnum):
    """What officers can decide."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_CHANGES = "accepted_with_changes"
    REJECTED = "rejected"

    @property
    def accepts(self) -> bool:
        """True when the proposal may go on the ballot."""
        return self is not Decision.REJECTED


ACCEPTED = frozenset({Status.ACCEPTED, Status.ACCEPTED_WITH_CHANGES})
NEXT: dict[Status, frozenset[Status]] = {
    Status.SUBMITTED: ACCEPTED | {Status.REJECTED, Status.WITHDRAWN},
    Status.ACCEPTED: ACCEPTED | {Status.REJECTED, Status.WITHDRAWN, Status.ON_THE_BALLOT},
    Status.ACCEPTED_WITH_CHANGES: ACCEPTED | {Status.REJECTED, Status.WITHDRAWN, Status.ON_THE_BALLOT},
    Status.REJECTED: ACCEPTED | {Status.REJECTED},
    Status.WITHDRAWN: frozenset(),
    Status.ON_THE_BALLOT: frozenset({Status.FUNDED, Status.NOT_FUNDED}),
    Status.FUNDED: frozenset({Status.NOT_FUNDED}),
    Status.NOT_FUNDED: frozenset({Status.FUNDED}),
}


class NotFromThisStatus(DomainError):
    """A proposal that stands where it stands cannot become that."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Not with this proposal"


def move(before: Status, after: Status) -> Status:
    """The new status, if it may follow the old one. Raises NotFromThisStatus.

    Officers may decide again, also to confirm, until the vote opens. What was withdrawn stays so. A publication that
    supersedes another may change what was funded.
    """
    if after not in NEXT[before]:
        was, wanted = (status.value.replace("_", " ") for status in (before, after))
        raise NotFromThisStatus(f"A proposal that is {was} cannot become {wanted}.")
    return after
