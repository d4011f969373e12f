"""The turnout audit: some of those who are marked as having voted are asked whether they did.

An insider who holds every key could cast ballots for people who stay at home; no proof of cryptography tells. People
do. Who is asked is drawn by public dice after the close. References are on the roll only as keyed hashes, so officers
bring their own list and get back which of it are to be asked; who that was is stored nowhere, only what came of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import ClassVar
from uuid import UUID

import anyio.to_thread
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import Actor
from pbvote.audit.events.voting import TurnoutAudited, TurnoutSampleDrawn
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import DomainError, InputIsWrong, Reason
from pbvote.keys import Keys
from pbvote.keys.polls import link_key
from pbvote.roll.file import RollFile, RollFileIsWrong, Row, rows_of
from pbvote.roll.importing import hash_reference
from pbvote.roll.models import Elector
from pbvote.rounds.approvals import MAY_APPROVE, Consent, Step, ask_or_approve
from pbvote.rounds.models import Approval, Poll, Round
from pbvote.rounds.phases import Action
from pbvote.rounds.service import lock
from pbvote.voting.casting import slot_of
from pbvote.voting.dice import TURNOUT_AUDIT, dice_of
from pbvote.voting.models import Slot, TurnoutAudit
from pbvote.voting.sampling import SIZES, drawn, sample_size
from pbvote.voting.uniqueness import MAY_SEE

AUDIT_TURNOUT = "turnout_audit"


class DiceNotRolled(DomainError):
    """Without public dice somebody would choose who is asked."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Dice are needed first"


class NobodyCanBeAsked(DomainError):
    """The forum does not know who holds which code, so it cannot ask anybody whether they voted."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "Nobody can be asked"


class KeysAreDestroyed(DomainError):
    """Nobody can tell any more who is marked as having voted."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The keys are destroyed"


class AuditIsRecorded(DomainError):
    """What came of the turnout audit is on record already."""

    status: ClassVar[int] = 409
    title: ClassVar[str] = "The audit is recorded"


@dataclass(frozen=True, slots=True)
class AuditState:
    """How far the audit is: the dice, how many are marked, how many of the roll can be asked, and what came of it."""

    digits: str | None
    marked: int
    with_reference: int
    recorded: TurnoutAudit | None


@dataclass(frozen=True, slots=True)
class Sample:
    """Whom to ask: the `references` of the file in the order of their lots.

    Of the `size` people drawn, `elsewhere` have a reference that is not in the file, and `unknown` none at all: their
    codes were handed out, so they count as not reached.
    """

    size: int
    references: list[str]
    elsewhere: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of it: of `size` drawn, `asked` were tried; so many said yes, said no, or were not reached."""

    size: int
    asked: int
    yes: int
    no: int
    not_reached: int


async def audit_state(db: AsyncSession, round_: Round, position: int | None, actor: Actor) -> AuditState:
    """How far the audit of a vote is, for its officers, organisers and scrutineers.

    `position` is that of the vote, here as in all that follows; None is the one that has closed last.
    """
    actor.require(round_.forum_id, *MAY_SEE)
    poll = round_.closed_poll_at(position)
    known = (Elector.round_id == round_.id, Elector.reference_hash.is_not(None))
    return AuditState(
        digits=await dice_of(db, poll.id, TURNOUT_AUDIT),
        marked=await _marked(db, poll),
        with_reference=(await db.execute(select(func.count()).where(*known))).scalar_one(),
        recorded=await recorded_audit(db, poll.id),
    )


async def recorded_audit(db: AsyncSession, poll_id: UUID) -> TurnoutAudit | None:
    """What came of the turnout audit of a vote, if it is recorded."""
    return await db.get(TurnoutAudit, poll_id)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sample that would find `percent` of false marks, in the vote of that position."""

    percent: int
    position: int | None = None


async def draw_sample(
    db: AsyncSession, keys: Keys, round_: Round, wanted: Wanted, file: RollFile, actor: Actor
) -> Sample:
    """Whom of a list to ask. The same dice give the same sample each time; nothing of it is stored.

    Raises DiceNotRolled, NobodyCanBeAsked, KeysAreDestroyed, or RollFileIsWrong for a list that cannot be read.
    """
    actor.require(round_.forum_id, *MAY_APPROVE)
    round_.require(Action.ROLL_DICE, await now(db))
    poll = round_.closed_poll_at(wanted.position)
    if wanted.percent not in SIZES:
        detail = f"Expected one of {', '.join(map(str, SIZES))}: the share of false marks that would be found."
        raise InputIsWrong(detail, [Reason("unknown_share", detail, {}, "percent")])
    if file.wrong:
        raise RollFileIsWrong("The list cannot be used as it is.", list(file.problems))
    if poll.keys_destroyed_at is not None:
        raise KeysAreDestroyed("The keys of this vote are destroyed: nobody can tell any more who is marked.")
    chosen = await _drawn_references(db, keys, poll, wanted.percent)
    sample = await anyio.to_thread.run_sync(_of_the_list, keys, round_.id, chosen, file)
    await record(db, TurnoutSampleDrawn(actor_id=actor.account_id, round_id=round_.id, size=sample.size))
    return sample


async def record_audit(
    db: AsyncSession, round_: Round, position: int | None, answers: Answers, consent: Consent, actor: Actor
) -> Approval:
    """Put on record what came of the audit: the first officer enters it, the second one approves the same numbers."""
    actor.require(round_.forum_id, *MAY_APPROVE)
    round_ = await lock(db, round_)
    round_.require(Action.ROLL_DICE, await now(db))
    poll = round_.closed_poll_at(position)
    if await recorded_audit(db, poll.id) is not None:
        raise AuditIsRecorded("What came of the turnout audit is on record already.")
    await _digits(db, poll)
    _check(answers, await _marked(db, poll))
    counts = asdict(answers)
    subject = " ".join(map(str, [*counts.values(), *([] if poll is round_.closed_poll else [poll.id])]))
    step = Step(AUDIT_TURNOUT, subject, reason_needed=False)
    approval = await ask_or_approve(db, round_, step, consent, actor)
    if approval.approved_by is not None:
        db.add(TurnoutAudit(poll_id=poll.id, recorded_at=await now(db), **counts))
        await record(db, TurnoutAudited(actor_id=actor.account_id, round_id=round_.id, **counts))
    return approval


async def _digits(db: AsyncSession, poll: Poll) -> str:
    digits = await dice_of(db, poll.id, TURNOUT_AUDIT)
    if digits is None:
        raise DiceNotRolled("Roll dice in public first, for the turnout audit: they draw who is asked.")
    return digits


async def _marked(db: AsyncSession, poll: Poll) -> int:
    query = select(func.count()).where(Slot.poll_id == poll.id, Slot.ballot != b"")
    return (await db.execute(query)).scalar_one()


async def _drawn_references(db: AsyncSession, keys: Keys, poll: Poll, percent: int) -> list[bytes | None]:
    """The keyed references of the people drawn, in the order of their lots; None for whom the forum does not know."""
    poll_id, digits = poll.id, await _digits(db, poll)
    query = select(Elector.id, Elector.reference_hash).where(Elector.round_id == poll.round_id)
    reference_of: dict[UUID, bytes | None] = dict((await db.execute(query)).all())
    if not any(reference_of.values()):
        raise NobodyCanBeAsked(
            "Codes of this round were handed out, so nobody knows who holds which: a turnout audit cannot be done."
        )
    slots = set(await db.scalars(select(Slot.slot).where(Slot.poll_id == poll_id, Slot.ballot != b"")))
    marked = await anyio.to_thread.run_sync(_marked_of, link_key(keys, poll_id), poll_id, reference_of, slots)
    return [reference_of[elector] for elector in drawn(digits, marked, sample_size(percent, len(marked)))]


def _marked_of(link: bytes, poll_id: UUID, electors: Iterable[UUID], slots: set[bytes]) -> list[UUID]:
    return [elector for elector in electors if slot_of(link, poll_id, elector) in slots]


def _of_the_list(keys: Keys, round_id: UUID, chosen: list[bytes | None], file: RollFile) -> Sample:
    rows = [row for row in rows_of(file.content) if isinstance(row, Row)]
    listed = {hash_reference(keys, round_id, row.reference): row.reference for row in rows}
    found = [listed[reference] for reference in chosen if reference in listed]
    unknown = chosen.count(None)
    return Sample(len(chosen), found, elsewhere=len(chosen) - unknown - len(found), unknown=unknown)


def _check(answers: Answers, marked: int) -> None:
    sizes = sorted({sample_size(percent, marked) for percent in SIZES})
    reasons = []
    if answers.size not in sizes:
        detail = f"Expected the size of a sample: {', '.join(map(str, sizes))}."
        reasons.append(Reason("bad_sample_size", detail, {"sizes": ", ".join(map(str, sizes))}, "size"))
    if min(answers.asked, answers.yes, answers.no, answers.not_reached) < 0 or answers.asked > answers.size:
        detail = "Not more people can have been asked than are in the sample."
        reasons.append(Reason("more_than_the_sample", detail, {"size": answers.size}, "asked"))
    if answers.yes + answers.no + answers.not_reached != answers.asked:
        detail = "Yes, no and not reached have to add up to the number of people asked."
        reasons.append(Reason("answers_do_not_add_up", detail, {"asked": answers.asked}, "asked"))
    if reasons:
        raise InputIsWrong(" ".join(reason.detail for reason in reasons), reasons)
