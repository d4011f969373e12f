"""Letting a held log go on after a restore, once it is known what of it was published."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.audit.events.ballotlog import LogContinued
from pbvote.audit.service import record
from pbvote.ballotbox.log import event_leaf
from pbvote.ballotlog.holds import Seen, holds, release
from pbvote.ballotlog.models import Log, LogHold, LogLeaf
from pbvote.ballotlog.service import append
from pbvote.db import now
from pbvote.errors import SettingsError
from pbvote.keys import Keys
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.phases import Phase
from pbvote.rounds.service import lock


async def continue_logs(
    db: AsyncSession, keys: Keys, slug: str | None, seen: Sequence[Seen], *, nothing_newer: bool
) -> list[str]:
    """Let the held logs of a round, or of all rounds, go on: what was done, a sentence for each.

    For each log somebody has to show the newest checkpoint that is known outside, or to say that nothing newer than the
    backup was published (`nothing_newer`). Votes that were paused stay so until two officers resume them; the log says
    that they were. Raises LogWouldFork, and SettingsError for a log of which nothing was said.
    """
    done = []
    for held in await holds(db):
        poll = (await db.scalars(select(Poll).where(Poll.id == held.poll_id))).one()
        round_ = (await db.scalars(select(Round).where(Round.id == poll.round_id))).one()
        if slug is None or round_.slug == slug:
            done.append(await _continue(db, keys, held, round_, seen, nothing_newer=nothing_newer))
    if not done:
        raise SettingsError(f"No log {'of ' + slug + ' ' if slug else ''}is held.")
    return done


async def _continue(  # what is held, of which round, and what is known of it
    db: AsyncSession, keys: Keys, held: LogHold, round_: Round, seen: Sequence[Seen], *, nothing_newer: bool
) -> str:
    of_this = [one for one in seen if one.poll_id == held.poll_id]
    if not of_this and not nothing_newer:
        raise SettingsError(
            f"Nobody has shown a checkpoint of the vote {held.poll_id} in {round_.slug}; expected one with --seen, or "
            "--nothing-newer if you are sure that nothing was published after the backup."
        )
    round_ = await lock(db, round_)
    await release(db, held.poll_id, of_this)
    log = await db.get(Log, held.poll_id)
    if log and round_.phase == Phase.VOTING and round_.poll.id == held.poll_id and not await _is_paused(db, log):
        leaf = event_leaf("pause", at=await now(db), by=[], reason=round_.paused_reason)
        await append(db, keys, held.poll_id, [leaf])
    longest = max((one.point.size for one in of_this), default=0)
    size = log.size if log else 0
    await record(db, LogContinued(round_id=round_.id, poll_id=held.poll_id, size=held.size, seen=longest))
    return f"{round_.slug}: the log of the vote {held.poll_id} goes on, with {size} entries."


async def _is_paused(db: AsyncSession, log: Log) -> bool:
    """Whether the log's last word on it is a pause."""
    words = or_(LogLeaf.leaf.startswith("pause "), LogLeaf.leaf.startswith("resume "))
    query = select(LogLeaf.leaf).where(LogLeaf.poll_id == log.poll_id, words).order_by(LogLeaf.number.desc()).limit(1)
    last = await db.scalar(query)
    return last is not None and last.startswith("pause ")
