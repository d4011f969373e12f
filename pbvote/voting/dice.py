"""Public dice, rolled in the forum after the vote has closed: nobody could have known them before.

They draw lots where a tie is left, the sample of the turnout audit, and the sample of a recount on paper. Two officers
enter the digits, each by their own reading; the log keeps them. For each purpose dice are rolled once: who could roll
again could go on until they like the result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.audit.events.voting import DiceRolled
from pbvote.audit.service import record
from pbvote.ballotbox.log import event_leaf, read_leaf
from pbvote.ballotlog.models import LogLeaf
from pbvote.ballotlog.service import append
from pbvote.db import now
from pbvote.errors import DomainError, InputIsWrong, Reason
from pbvote.keys import Keys
from pbvote.rounds.approvals import MAY_APPROVE, Consent, Step, ask_or_approve, names_of_the_two
from pbvote.rounds.models import Approval, Round
from pbvote.rounds.phases import Action
from pbvote.rounds.service import lock
from pbvote.voting.closing import close_by_the_clock

ROLL_DICE = "roll_dice"
TIES, TURNOUT_AUDIT, PAPER_RECOUNT = "ties", "turnout-audit", "paper-recount"
PURPOSES = (TIES, TURNOUT_AUDIT, PAPER_RECOUNT)
FEWEST_DIGITS, MOST_DIGITS = 12, 60
_DIGITS = re.compile(r"[0-9]+")


class DiceWereRolled(DomainError):
    """For this purpose the dice were rolled already; they are not rolled again."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The dice were rolled already"


@dataclass(frozen=True, slots=True)
class Throw:
    """What dice were rolled for, and the digits that they showed; spaces between them do not count.

    `poll` is the position of the vote; None is the one that has closed last.
    """

    purpose: str
    digits: str
    poll: int | None = None


async def roll_dice(
    db: AsyncSession, keys: Keys, round_: Round, throw: Throw, consent: Consent, actor: Actor
) -> Approval:
    """Enter what public dice showed: the first officer reads them out, the second one enters the same digits."""
    actor.require(round_.forum_id, *MAY_APPROVE)
    round_ = await close_by_the_clock(db, keys, round_)
    round_.require(Action.ROLL_DICE, await now(db))
    purpose, plain = throw.purpose, "".join(throw.digits.split())
    _check(purpose, plain)
    poll = round_.closed_poll_at(throw.poll)
    if await dice_of(db, poll.id, purpose) is not None:
        raise DiceWereRolled("The dice were rolled for this already, and their digits are in the log.")
    subject = f"{purpose} {plain}" + ("" if poll is round_.closed_poll else f" {poll.id}")
    step = Step(ROLL_DICE, subject, reason_needed=False)
    approval = await ask_or_approve(db, await lock(db, round_), step, consent, actor)
    if approval.approved_by is not None:
        by = await names_of_the_two(db, approval)
        leaf = event_leaf("dice", at=await now(db), by=by, digits=plain, purpose=purpose)
        await append(db, keys, poll.id, [leaf])
        event = DiceRolled(actor_id=actor.account_id, round_id=round_.id, purpose=purpose, digits=plain)
        await record(db, event)
    return approval


async def dice_of(db: AsyncSession, poll_id: UUID, purpose: str) -> str | None:
    """The digits that were rolled for a purpose; None before."""
    query = select(LogLeaf.leaf).where(LogLeaf.poll_id == poll_id, LogLeaf.leaf.startswith("dice "))
    for leaf in await db.scalars(query.order_by(LogLeaf.number)):
        fields = read_leaf(leaf.encode()).fields or {}
        if fields["purpose"] == purpose:
            return str(fields["digits"])
    return None


def _check(purpose: str, digits: str) -> None:
    reasons = []
    if purpose not in PURPOSES:
        detail = f"Expected what the dice are for: {', '.join(PURPOSES)}."
        reasons.append(Reason("unknown_purpose", detail, {}, "purpose"))
    if not _DIGITS.fullmatch(digits) or not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
        detail = f"Expected {FEWEST_DIGITS} to {MOST_DIGITS} digits, one for each throw of a die."
        params: dict[str, int | str] = {"fewest": FEWEST_DIGITS, "most": MOST_DIGITS}
        reasons.append(Reason("bad_digits", detail, params, "digits"))
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
