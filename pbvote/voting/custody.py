"""Who keeps the key that opens the ballots: this host, or a board of three people. Chosen before voting opens."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor, Role
from pbvote.audit.events.voting import CustodyChosen
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import InputIsWrong, Reason
from pbvote.keys import Keys
from pbvote.keys.polls import forget_seal
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.phases import Action
from pbvote.rounds.service import lock
from pbvote.voting.rehearsal import BOARD, HOST


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is to keep the key, `host` or `board`, of the vote of that position; None is the current one."""

    custody: str
    position: int | None = None


async def choose_custody(db: AsyncSession, keys: Keys, round_: Round, choice: Choice, actor: Actor) -> Poll:
    """Let this host or a board keep a vote's key. A key that was made for the other is destroyed, so it is tried anew.

    What two officers agreed to before is then no longer what opens. Raises RulesAreFrozen from the opening on.
    """
    actor.require(round_.forum_id, Role.ORGANISER)
    round_ = await lock(db, round_)
    round_.require(Action.CONFIGURE, await now(db))
    custody = choice.custody
    if custody not in {HOST, BOARD}:
        detail = f"Expected who keeps the key: {HOST} or {BOARD}."
        raise InputIsWrong(detail, [Reason("unknown_custody", detail, {}, "custody")])
    poll = round_.poll if choice.position is None else round_.poll_at(choice.position)
    if poll.custody != custody:
        forget_seal(keys, poll.id)
        poll.custody, poll.rehearsed_at = custody, None
        await record(db, CustodyChosen(actor_id=actor.account_id, round_id=round_.id, custody=custody))
    return poll
