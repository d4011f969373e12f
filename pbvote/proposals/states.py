"""The statuses of a proposal and which decision leads where."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pbvote.errors import DomainError


class Status(StrEnum):
    """Where a proposal stands.

    `changes_requested` waits for the resident. `merged` and `split` are now told by other proposals, which the lineage
    names. `shortlisted` is what the first of two votes took into the second one, and `placed` what has its place in an
    order that gives no money.
    """

    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    ACCEPTED = "accepted"
    ACCEPTED_WITH_CHANGES = "accepted_with_changes"
    REJECTED = "rejected"
    MERGED = "merged"
    SPLIT = "split"
    WITHDRAWN = "withdrawn"
    ON_THE_BALLOT = "on_the_ballot"
    SHORTLISTED = "shortlisted"
    FUNDED = "funded"
    PART_FUNDED = "part_funded"
    RESERVE = "reserve"
    NOT_FUNDED = "not_funded"
    PLACED = "placed"


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
UNDECIDED = frozenset({Status.SUBMITTED, Status.CHANGES_REQUESTED})
JOINED = frozenset({Status.MERGED, Status.SPLIT})
OUTCOMES = frozenset({Status.FUNDED, Status.PART_FUNDED, Status.RESERVE, Status.NOT_FUNDED})
REVIEWED = UNDECIDED | ACCEPTED | {Status.REJECTED}  # what officers may still decide about

_VOTED = OUTCOMES | {Status.SHORTLISTED}
NEXT: dict[Status, frozenset[Status]] = {
    **dict.fromkeys(UNDECIDED, REVIEWED | JOINED | {Status.WITHDRAWN}),
    **dict.fromkeys(ACCEPTED, REVIEWED | JOINED | {Status.WITHDRAWN, Status.ON_THE_BALLOT}),
    Status.REJECTED: REVIEWED | JOINED,
    **dict.fromkeys(JOINED | {Status.WITHDRAWN}, frozenset()),
    Status.ON_THE_BALLOT: _VOTED | {Status.PLACED},
    Status.PLACED: frozenset(),
    Status.SHORTLISTED: _VOTED | {Status.ON_THE_BALLOT},
    **{status: (_VOTED if status is Status.NOT_FUNDED else OUTCOMES) - {status} for status in OUTCOMES},
}


class NotFromThisStatus(DomainError):
    """A proposal that stands where it stands cannot become that."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Not with this proposal"


def move(before: Status, after: Status) -> Status:
    """The new status, if it may follow the old one. Raises NotFromThisStatus.

    Officers may decide again, also to confirm, until the vote opens; they may ask for other changes than they asked for
    before. A proposal goes back to `submitted` when it is sent again, and when what it says has become another thing by
    a merge or its undoing. What was withdrawn stays so. A publication that supersedes another may change what was
    shortlisted or funded.
    """
    if after not in NEXT[before]:
        raise _refusal(before, after)
    return after


def back(before: Status, after: Status) -> Status:
    """Where a merged or split proposal stands once that is undone: where it stood. Raises NotFromThisStatus."""
    if before not in JOINED or after not in REVIEWED:
        raise _refusal(before, after)
    return after


def _refusal(before: Status, after: Status) -> NotFromThisStatus:
    was, wanted = (status.value.replace("_", " ") for status in (before, after))
    return NotFromThisStatus(f"A proposal that is {was} cannot become {wanted}.")
