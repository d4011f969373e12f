"""E-mail that waits to be sent, as it is stored.

No row names an elector or a ballot: whom a message is for and what it says are sealed, and ids are random.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from pbvote.db import Base


class Outgoing(Base):
    """A message on its way out. It is deleted once it is sent, and when there is no use in trying any more.

    `round_id` is empty where a message is about no round. `tries` counts how often somebody began to send it; nobody
    else does before `next_try_at`.
    """

    __tablename__ = "outbox"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # the name and shape that SQLAlchemy reads

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    round_id: Mapped[UUID | None] = mapped_column(ForeignKey("rounds.id"))
    kind: Mapped[str]
    sealed: Mapped[bytes]
    tries: Mapped[int]
    next_try_at: Mapped[datetime] = mapped_column(index=True)
