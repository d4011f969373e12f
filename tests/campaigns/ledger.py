"""What voters sent, and what they were told: the ledger of a campaign.

Every attempt is in it before its first byte is sent, and its answer after the whole response was read. All of it has
one order, `step`, so that `box.examine` knows what must have happened before what.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

NEVER = 2**62


@dataclass(slots=True)
class Attempt:
    """One ballot of one elector under one idempotency key, however often it was sent.

    `sent` is the step of its first sending. `done` is the step from which on it cannot get into the box any more if it
    is not there: its answer, or the death of the only server that had it; NEVER while it may be on its way.
    `receipt` is the receipt's file as it was answered, `refused` the status of an answer that it is not in the box.
    """

    code: str
    key: str
    choices: tuple[int, ...]
    ticket: bytes | None = None
    browser_random: bytes | None = None
    sent: int = 0
    done: int = NEVER
    sendings: int = 0
    receipt: str = ""
    commitment: str = ""
    refused: int = 0

    @property
    def acknowledged(self) -> bool:
        """Whether its voter holds a receipt."""
        return bool(self.receipt)


@dataclass(slots=True)
class Ledger:
    """All attempts of a campaign, by code. One for each run: `box.examine` compares it with the whole box."""

    by_code: dict[str, list[Attempt]] = field(default_factory=dict)
    acknowledged: int = 0
    _step: Iterator[int] = field(default_factory=lambda: count(1))
    _open: dict[str, Attempt] = field(default_factory=dict)

    def sending(self, attempt: Attempt) -> None:
        """It is about to be sent, for the first time or again."""
        if not attempt.sendings:
            attempt.sent = next(self._step)
            self.by_code.setdefault(attempt.code, []).append(attempt)
        attempt.sendings += 1
        attempt.done = NEVER
        self._open[attempt.key] = attempt

    def acknowledge(self, attempt: Attempt, commitment: str, receipt: str) -> None:
        """Its receipt has come, whole."""
        self.acknowledged += not attempt.acknowledged
        attempt.commitment, attempt.receipt = commitment, receipt
        self._done(attempt)

    def refuse(self, attempt: Attempt, status: int) -> None:
        """The answer says that it was not and will not be stored (4xx)."""
        attempt.refused = status
        self._done(attempt)

    def server_gone(self) -> None:
        """Every process that could still store an unanswered attempt is dead."""
        step = next(self._step)
        for attempt in self._open.values():
            attempt.done = step
        self._open.clear()

    @property
    def attempts(self) -> list[Attempt]:
        """Every attempt."""
        return [attempt for attempts in self.by_code.values() for attempt in attempts]

    def _done(self, attempt: Attempt) -> None:
        attempt.done = next(self._step)
        self._open.pop(attempt.key, None)
