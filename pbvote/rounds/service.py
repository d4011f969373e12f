"""Rounds: find them, lock them, and take them from phase to phase."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.accounts.roles import STAFF, Actor, Role
from pbvote.audit.events.rounds import PhaseBegan
from pbvote.audit.service import record
from pbvote.db import now
from pbvote.errors import InputIsWrong, NotFound
from pbvote.forums.models import Forum
from pbvote.forums.service import is_slug
from pbvote.plain_text import Limit, read_texts
from pbvote.rounds.calendar import INSTANTS
from pbvote.rounds.models import Round, calendar_of
from pbvote.rounds.phases import AFTER, Action, NotInThisPhase, Phase, Standing
from pbvote.rounds.readiness import completeness, held, upcoming

CANCEL_REASON = Limit(1_000, lines=True)
BY_THE_CALENDAR = "by the calendar"
STANDS_STILL = "30s"  # how long a process that shares a round may do nothing
# The SQL of `Round.closes_at`.
closes_at = case((Round.current == 1, Round.voting_close_at), else_=Round.second_voting_close_at)


# Made once: casting asks them with every batch.
_TURN = select(func.pg_advisory_xact_lock(bindparam("line", type_=BigInteger)))
_SHARED_TURN = select(
    func.set_config("idle_in_transaction_session_timeout", STANDS_STILL, True),
    func.pg_advisory_xact_lock_shared(bindparam("line", type_=BigInteger)),
)
_COLUMNS = Round.__table__.c
_STANDING = (
    select(*(_COLUMNS[name] for name in ("phase", *(f"{name}_at" for name in INSTANTS), "current", "paused_reason")))
    .where(_COLUMNS.id == bindparam("round_id"))
    .with_for_update(read=True)
)


async def lock(db: AsyncSession, round_: Round) -> Round:
    """Lock the round's row until the transaction ends and read it anew, pots and polls too.

    Whoever decides by what a round is, locks it first. On SQLite the write transaction is the lock.
    """
    await stand_in_line(db, round_.id)
    query = select(Round).where(Round.id == round_.id).with_for_update(of=Round)
    return (await db.scalars(query.execution_options(populate_existing=True))).one()


async def share(db: AsyncSession, round_id: UUID) -> Round:
    """The round read anew, its row locked until the transaction ends: against whoever would `lock` it, no others."""
    await stand_in_line(db, round_id, shared=True)
    query = select(Round).where(Round.id == round_id).with_for_update(read=True, of=Round)
    return (await db.scalars(query.execution_options(populate_existing=True))).one()


async def share_standing(db: AsyncSession, round_id: UUID, polls: int) -> Standing:
    """As `share`, but only where the round, which has so many polls, stands: casting asks this very often."""
    await stand_in_line(db, round_id, shared=True)
    phase, *instants, current, paused_reason = (await db.execute(_STANDING, {"round_id": round_id})).one()
    return Standing(Phase(phase), calendar_of(instants, polls), current, paused_reason)


async def stand_in_line(db: AsyncSession, round_id: UUID, *, shared: bool = False) -> None:
    """Wait until it is our turn with the round: on PostgreSQL, whoever asks later comes later.

    Row locks alone have no such order: who wants the row for share gets it while others have it for share, however long
    somebody waits to have it alone, so that under load officers could not close a vote. Advisory locks have one line.
    A process that shares the round and stands still, loses its place and its transaction.
    """
    if db.get_bind().dialect.name != "postgresql":
        return
    line = int.from_bytes(round_id.bytes[8:], signed=True)  # the half of the id that is random, as PostgreSQL takes it
    await db.execute(_SHARED_TURN if shared else _TURN, {"line": line})


async def round_of(db: AsyncSession, slug: str, visitor: Actor | None) -> Round:
    """The round of that slug, if the public may see it or the visitor has a role in its forum. Raises NotFound."""
    round_ = await db.scalar(select(Round).where(Round.slug == slug)) if is_slug(slug) else None
    staff = round_ is not None and visitor is not None and visitor.roles_in(round_.forum_id)
    if round_ is None or (round_.opened_at is None and not staff):
        raise NotFound("There is no such round.")
    return round_


async def staff_round(db: AsyncSession, slug: str, actor: Actor) -> Round:
    """The round of that slug, for those who have a role in its forum. Raises NotFound or NotAllowed."""
    round_ = await round_of(db, slug, actor)
    actor.require(round_.forum_id, *STAFF)
    return round_


async def public_rounds(
    db: AsyncSession, *, forum: str | None, phase: Phase | None, offset: int, limit: int
) -> tuple[list[Round], int]:
    """A stretch of the rounds that were opened, but no rehearsals, the newest first, and how many there are."""
    listed = and_(Round.opened_at.is_not(None), Round.rehearsal.is_(False))
    query = select(Round).where(listed).order_by(Round.opened_at.desc(), Round.id.desc())
    if forum is not None:
        query = query.where(Round.forum.has(Forum.slug == (forum if is_slug(forum) else "")))
    if phase is not None:
        query = query.where(_stands_in(phase, await now(db)))
    return await _stretch(db, query, offset, limit)


async def rounds_for(db: AsyncSession, actor: Actor, *, offset: int, limit: int) -> tuple[list[Round], int]:
    """A stretch of all rounds of the forums in which the actor has a role, the newest first, and how many there are."""
    forums = {forum_id for forum_id, _ in actor.roles}
    query = select(Round).where(Round.forum_id.in_(forums)).order_by(Round.created_at.desc(), Round.id.desc())
    return await _stretch(db, query, offset, limit)


async def begin(db: AsyncSession, round_: Round, phase: Phase, actor: Actor | None = None, reason: str = "") -> Round:
    """Enter a phase, under a lock of the round's row. Raises NotInThisPhase if it does not follow.

    No check of roles or readiness: for verbs that have made their own. An end that the clock has already made may be
    written down too. With the shortlist the round turns to its second vote.
    """
    round_ = await lock(db, round_)
    standing = round_.phase_at(await now(db))
    written_late = phase is standing and standing != round_.phase
    other_end = {Phase.PUBLISHED, Phase.SHORTLIST} - {after_the_count(round_)}
    if (phase not in AFTER[standing] or phase in other_end) and not written_late:
        raise NotInThisPhase(f"The phase {phase.value!r} does not follow {standing.value!r}.")
    before, round_.phase = round_.phase if written_late else standing, phase
    if phase is Phase.SHORTLIST:
        round_.current += 1
    event = PhaseBegan(
        actor_id=actor.account_id if actor else None, round_id=round_.id, before=before, phase=phase, reason=reason
    )
    await record(db, event)
    return round_


def after_the_count(round_: Round) -> Phase:
    """What a round becomes when the result of its current vote is published."""
    return Phase.SHORTLIST if round_.current < len(round_.polls) else Phase.PUBLISHED


async def cancel(db: AsyncSession, round_: Round, reason: str, actor: Actor) -> Round:
    """End the round for good, with a reason that the public reads."""
    actor.require(round_.forum_id, Role.ORGANISER)
    texts, reasons = read_texts({"reason": reason}, {"reason": CANCEL_REASON})
    if reasons:
        raise InputIsWrong("Say to everybody why the round is cancelled.", reasons)
    round_ = await lock(db, round_)
    round_.require(Action.CANCEL, await now(db))
    await begin(db, round_, Phase.CANCELLED, actor, texts["reason"])
    round_.cancelled_reason = texts["reason"]
    return round_


async def begin_delivery(db: AsyncSession, round_: Round, actor: Actor) -> Round:
    """Begin to follow the money of the funded projects."""
    actor.require(round_.forum_id, Role.ORGANISER, Role.OFFICER)
    round_ = await lock(db, round_)
    round_.require(Action.BEGIN_DELIVERY, await now(db))
    return await begin(db, round_, Phase.DELIVERY, actor)


async def finish(db: AsyncSession, round_: Round, actor: Actor) -> Round:
    """Close the round: the last pound is spent."""
    actor.require(round_.forum_id, Role.ORGANISER, Role.OFFICER)
    round_ = await lock(db, round_)
    round_.require(Action.FINISH, await now(db))
    return await begin(db, round_, Phase.CLOSED, actor)


async def rounds_due(db: AsyncSession) -> list[Round]:
    """The open rounds whose next phase is due by the calendar, or has begun by the clock and is not written yet."""
    moment = await now(db)
    first = func.coalesce(Round.proposals_open_at, Round.opened_at)
    due = or_(
        and_(Round.phase == Phase.DRAFT, first <= moment),
        and_(Round.phase == Phase.PROPOSALS, Round.proposals_close_at <= moment),
        and_(Round.phase == Phase.REVIEW, Round.voting_open_at <= moment),
        and_(Round.phase == Phase.SHORTLIST, Round.second_voting_open_at <= moment),
        and_(Round.phase == Phase.VOTING, closes_at <= moment),
    )
    return list(await db.scalars(select(Round).where(Round.opened_at.is_not(None), due).order_by(Round.id)))


async def follow_calendar(db: AsyncSession, round_: Round) -> Round:
    """Write the end of proposals that the clock has made, and begin what is due before the vote if the round is ready.

    Opening and closing the vote are not done here: they freeze the rules and the box, which are the voting's verbs.
    """
    round_ = await lock(db, round_)
    moment = await now(db)
    if round_.phase == Phase.PROPOSALS and round_.phase_at(moment) is Phase.REVIEW:
        round_ = await begin(db, round_, Phase.REVIEW, reason=BY_THE_CALENDAR)
    step = upcoming(round_, moment)
    if round_.phase == Phase.DRAFT and step and held(round_, moment) and not completeness(round_):
        round_ = await begin(db, round_, step[0], reason=BY_THE_CALENDAR)
    return round_


def _stands_in(phase: Phase, moment: datetime) -> ColumnElement[bool]:
    """The SQL of `phases.phase_at`."""
    proposals_over = and_(Round.phase == Phase.PROPOSALS, Round.proposals_close_at <= moment)
    voting_over = and_(Round.phase == Phase.VOTING, closes_at <= moment)
    match phase:
        case Phase.PROPOSALS:
            still = or_(Round.proposals_close_at.is_(None), Round.proposals_close_at > moment)
            return and_(Round.phase == phase, still)
        case Phase.VOTING:
            still = or_(closes_at.is_(None), closes_at > moment)
            return and_(Round.phase == phase, still)
        case Phase.REVIEW:
            return or_(Round.phase == phase, proposals_over)
        case Phase.COUNTING:
            return or_(Round.phase == phase, voting_over)
        case _:
            return Round.phase == phase


async def _stretch(db: AsyncSession, query: Select[Round], offset: int, limit: int) -> tuple[list[Round], int]:
    counting = select(func.count()).select_from(query.order_by(None).with_only_columns(Round.id).subquery())
    total = (await db.execute(counting)).scalar_one()
    return list(await db.scalars(query.offset(offset).limit(limit))), total
