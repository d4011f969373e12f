"""What a count found, as it is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from pbvote.db import Base, uuid7


class Outcome(Base):
    """The result of one count: never changed; a second count is a second row.

    `result` is the tally's whole outcome with its steps and reasons; `election_sha256` identifies what was counted.
    """

    __tablename__ = "outcomes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    poll_id: Mapped[UUID] = mapped_column(ForeignKey("polls.id"), index=True)
    counted_at: Mapped[datetime]
    counted_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    electors: Mapped[int]
    ballots: Mapped[int]
    blank: Mapped[int]
    election_sha256: Mapped[str]
    result: Mapped[dict[str, Any]]
