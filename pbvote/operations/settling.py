"""What is done to a restored database, in the same transaction, before anybody can work with it.

Every log that may still grow is held, votes that are open are paused and say so, and whoever was signed in is signed
out: a sign-in that ended after the backup must not live again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from pbvote.accounts.models import Login
from pbvote.audit.events.operations import DatabaseRestored
from pbvote.audit.models import AuditEvent
from pbvote.ballotlog.models import Log, LogHold
from pbvote.errors import snake
from pbvote.operations.manifest import Manifest
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.phases import Phase

SAID = (
    "This service had to be restored from a copy made on {moment:%d %B %Y at %H:%M} UTC. Votes that were cast after "
    "that may be missing. Voting waits until it is decided how it goes on."
)


def settle(connection: sa.Connection, manifest: Manifest) -> list[UUID]:
    """Hold, pause and sign out; the polls whose logs are held now."""
    moment = datetime.now(UTC)
    with Session(connection, join_transaction_mode="rollback_only") as db:
        unfinished = list(db.scalars(sa.select(Poll.id).where(Poll.keys_destroyed_at.is_(None)).order_by(Poll.id)))
        sizes = dict(db.execute(sa.select(Log.poll_id, Log.size)).all())
        for poll in unfinished:
            db.merge(
                LogHold(poll_id=poll, held_at=moment, backup_at=manifest.made_at, size=sizes.get(poll, 0)),
            )
        open_now = (Round.phase == Phase.VOTING, Round.paused_reason == "")
        said = SAID.format(moment=manifest.made_at)
        db.execute(sa.update(Round).where(*open_now).values(paused_reason=said))
        db.execute(sa.delete(Login))
        event = DatabaseRestored(
            of=manifest.made_at.isoformat(), installation=manifest.installation, held=len(unfinished)
        )
        data = {"of": event.of, "installation": event.installation, "held": event.held}
        db.add(AuditEvent(at=moment, kind=snake(type(event).__name__), data=data))
        db.flush()
        db.commit()
    return unfinished
