"""What has to be done again and again, by a server or by an operator: leading, sending messages, backups."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.db import database_clock
from pbvote.notices.models import Outgoing
from pbvote.operations import surroundings
from pbvote.operations.checks.finding import GOOD, LOOK, WRONG, Case, Finding
from pbvote.operations.lately import last_backup
from pbvote.rounds.models import Round
from pbvote.rounds.phases import Phase

OUTBOX_LATE = timedelta(minutes=30)  # two tries have failed by then
BACKUP_WITHIN, BACKUP_LATE = timedelta(hours=26), timedelta(days=8)


async def leader(case: Case) -> list[Finding]:
    """Whether a server does the work that follows the clock."""
    async with case.database.session(write=False) as db:
        led = await surroundings.somebody_leads(db, case.settings.database_file)
    if led:
        return [Finding("leader", GOOD, "A server does the work that follows the clock.")]
    sentence = (
        "No server does the work that follows the clock: votes are neither opened nor closed, and no mail is sent."
    )
    return [Finding("leader", LOOK, sentence, "Start `pbvote serve`, or look into its log if it runs.")]


async def outbox(case: Case) -> list[Finding]:
    """Whether messages go out."""
    async with case.database.session(write=False) as db:
        moment = await database_clock(db)
        number = await db.scalar(select(func.count()).select_from(Outgoing)) or 0
        stuck = await db.scalar(select(func.count()).where(Outgoing.next_try_at < moment - OUTBOX_LATE)) or 0
        tried = await db.scalar(select(func.count()).where(Outgoing.tries > 1)) or 0
    if number and case.settings.mail is None:
        sentence = f"{number} messages wait, and no mail server is set."
        return [Finding("outbox", LOOK, sentence, "Set PBVOTE_MAIL and PBVOTE_MAIL_FROM, or let them run out.")]
    if stuck:
        sentence = f"{stuck} of {number} messages should have been tried half an hour ago: nobody sends."
        return [Finding("outbox", WRONG, sentence, "See whether a server runs and leads.")]
    if tried:
        sentence = f"{tried} of {number} messages were refused and are tried again."
        return [Finding("outbox", LOOK, sentence, "See whether the mail server answers; its log says why.")]
    return [Finding("outbox", GOOD, f"{number} messages wait, none of them for long.")]


async def backup(case: Case) -> list[Finding]:
    """How old the last good backup is; while people vote, an old one is wrong."""
    remedy = "Run `pbvote backup FOLDER --keep 14` every night, and every hour while people vote."
    async with case.database.session(write=False) as db:
        moment, last = await database_clock(db), await last_backup(db)
        voting = await _voting(db)
    if last is None:
        return [Finding("backup", WRONG if voting else LOOK, "There was no backup yet.", remedy)]
    age = moment - last
    hours = f"The last good backup shows how things were {age.total_seconds() / 3600:,.1f} hours ago."
    if age > BACKUP_WITHIN:
        return [Finding("backup", WRONG if voting or age > BACKUP_LATE else LOOK, hours, remedy)]
    return [Finding("backup", GOOD, hours)]


async def _voting(db: AsyncSession) -> bool:
    return bool(await db.scalar(select(func.count()).where(Round.phase == Phase.VOTING)))
