"""Whether this process can take votes now: what a load balancer asks before it sends somebody here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from pbvote import metrics
from pbvote.db import Database, unfinished_migrations
from pbvote.errors import DomainError, Reason
from pbvote.operations.measuring import free_disk

PATIENCE = 3.0  # seconds for the database to answer
ASKED_AGAIN_AFTER = 1.0  # however many ask
LEAST_FREE_BYTES = 64 * 1024 * 1024


class CannotServe(DomainError):
    """This process cannot take votes at the moment; each reason says why."""

    status = 503
    title = "Not ready"

    def __init__(self, reasons: list[Reason]) -> None:
        super().__init__(" ".join(reason.detail for reason in reasons), reasons)
        self.retry_after = 5


@dataclass(slots=True)
class Readiness:
    """What was found last, for a second: asking costs little, however often it is done."""

    database: Database
    data_dir: Path
    asked: float = float("-inf")
    found: list[Reason] = field(default_factory=list)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def require(self) -> None:
        """Raise CannotServe if there is a reason."""
        async with self.turn:
            if monotonic() - self.asked > ASKED_AGAIN_AFTER:
                self.found = await self._reasons()
                self.asked = monotonic()
        if self.found:
            raise CannotServe(self.found)

    async def _reasons(self) -> list[Reason]:
        found = await self._of_the_database()
        if metrics.casts_are_full():
            found.append(_reason("intake_full", "As many votes as can wait are waiting to be written."))
        if await asyncio.to_thread(free_disk, self.data_dir) < LEAST_FREE_BYTES:
            found.append(_reason("disk_full", "The disk of the data folder is full."))
        return found

    async def _of_the_database(self) -> list[Reason]:
        try:
            async with asyncio.timeout(PATIENCE):
                unfinished = await unfinished_migrations(self.database.engine)
        except Exception:  # noqa: BLE001  # whatever it is, the database does not answer
            return [_reason("database_away", "The database does not answer.")]
        detail = "The database's schema is not that of this release; run `pbvote migrate`."
        return [_reason("schema_not_current", detail)] if unfinished else []


def _reason(code: str, detail: str) -> Reason:
    return Reason(code, detail, {}, "")
