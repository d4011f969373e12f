"""What an operator should know of an installation: each finding with what to do about it.

`pbvote doctor` prints the findings, and the operator's page shows them. Every check is on its own: where one cannot
look, that is its finding, and the others go on.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote import __version__
from pbvote.ballotlog.holds import holds
from pbvote.ballotlog.models import Log
from pbvote.ballotlog.service import LogIsDamaged, intact_leaves, require_as_signed
from pbvote.db import Database, database_clock, unfinished_migrations
from pbvote.durability import problems
from pbvote.errors import SettingsError
from pbvote.keys import read_keys
from pbvote.keys.installation import NAMES
from pbvote.keys.polls import BOARD, LINK, PUBLIC, SEAL
from pbvote.notices.models import Outgoing
from pbvote.operations import surroundings
from pbvote.operations.disk import LOW, MIB, SCARCE, Disk
from pbvote.operations.lately import last_backup
from pbvote.rounds.models import Poll, Round
from pbvote.rounds.phases import Phase
from pbvote.rounds.service import rounds_due
from pbvote.settings import Settings
from pbvote.voting.batches import polls_with_a_batch

Level = Literal["good", "look", "wrong"]
GOOD: Level = "good"
LOOK: Level = "look"
WRONG: Level = "wrong"
CLOCK_LOOK, CLOCK_WRONG = timedelta(seconds=2), timedelta(seconds=30)
HELD_AFTER = timedelta(minutes=2)  # the clock's task looks every second, and at a held round every quarter minute
OUTBOX_LATE = timedelta(minutes=30)  # two tries have failed by then
BATCH_WITHIN = 15.0  # seconds: batches are entered every ten
BACKUP_WITHIN, BACKUP_LATE = timedelta(hours=26), timedelta(days=8)
CONNECTIONS_LOOK = 0.8
PATIENCE = 20.0  # seconds for a check that has to ask somebody who may not answer


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: how it is, in a sentence, and what to do about it (empty where nothing is)."""

    name: str
    level: Level
    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class _Case:
    """What the checks look at. Thorough ones read every log anew, and wait to see whether batches move."""

    database: Database
    settings: Settings
    thorough: bool


Check = Callable[[_Case], Awaitable[list[Finding]]]


async def findings(database: Database, settings: Settings, *, thorough: bool = True) -> list[Finding]:
    """Everything that was looked at, in a fixed order, also what is good. Changes nothing.

    `thorough` reads every ballot log from its first entry on, and waits some seconds if a batch of ballots waits.
    """
    case = _Case(database, settings, thorough)
    found: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            async with asyncio.timeout(None if thorough else PATIENCE):
                found += await check(case)
        except Exception as error:  # noqa: BLE001  # a check that cannot look says so, and the others go on
            sentence = f"This could not be looked at ({type(error).__name__})."
            remedy = "See whether the database answers and the schema is there; then run `pbvote doctor` again."
            found.append(Finding(name, WRONG, sentence, remedy))
    return found


def exit_code(found: list[Finding]) -> int:
    """0 if everything is good, 1 if there is something to look at, 2 if something is wrong."""
    return max(({GOOD: 0, LOOK: 1, WRONG: 2}[one.level] for one in found), default=0)


async def _release(case: _Case) -> list[Finding]:
    async with case.database.session(write=False) as db:
        server = await surroundings.database_version(db)
    python = ".".join(map(str, sys.version_info[:3]))
    return [Finding("release", GOOD, f"pbvote {__version__} on Python {python} and {server}.")]


async def _schema(case: _Case) -> list[Finding]:
    if await unfinished_migrations(case.database.engine):
        remedy = "Make a backup, then run `pbvote migrate`."
        return [Finding("schema", WRONG, "The database's schema is not that of this release.", remedy)]
    return [Finding("schema", GOOD, "The database's schema is that of this release.")]


async def _durability(case: _Case) -> list[Finding]:
    remedy = "Change the database's configuration as the sentence says; docs/operating.md has it under Durability."
    found = [Finding("durability", WRONG, problem, remedy) for problem in await problems(case.database)]
    return found or [Finding("durability", GOOD, "What is committed survives a power cut.")]


async def _keys(case: _Case) -> list[Finding]:
    folder = case.settings.keys_dir
    remedy = f"Put the file back into {folder} from your copy of the keys, readable by its owner only (mode 600)."
    found = []
    try:
        read_keys(folder)
    except SettingsError as error:
        found.append(Finding("keys", WRONG, str(error), remedy))
    if folder.exists() and (mode := folder.stat().st_mode & 0o777) & 0o077:
        sentence = f"The folder {folder} can be opened by others (mode {mode:o})."
        found.append(Finding("keys", WRONG, sentence, f"Run `chmod 700 {folder}`."))
    async with case.database.session(write=False) as db:
        query = select(Poll.id).join(Log, Log.poll_id == Poll.id).where(Poll.keys_destroyed_at.is_(None))
        for poll in await db.scalars(query.order_by(Poll.id)):
            for lacking in surroundings.missing_keys(folder, str(poll), (LINK, PUBLIC), (SEAL, BOARD)):
                sentence = f"The key {lacking} of a vote is missing: without it the vote cannot go on or be counted."
                found.append(Finding("keys", WRONG, sentence, remedy))
    return found or [Finding("keys", GOOD, f"The {len(NAMES)} keys and those of every vote are there.")]


async def _clock(case: _Case) -> list[Finding]:
    async with case.database.session(write=False) as db:
        before = datetime.now(UTC)
        there = await database_clock(db)
        after = datetime.now(UTC)
    apart = max(before - there, there - after, timedelta(0))
    remedy = "Let both machines set their clocks by NTP (systemd-timesyncd or chrony)."
    if apart > CLOCK_LOOK:
        level = WRONG if apart > CLOCK_WRONG else LOOK
        sentence = f"The database's clock, which decides, and this machine's are {apart.total_seconds():.0f} s apart."
        return [Finding("clock", level, sentence, remedy)]
    synchronised = await asyncio.to_thread(surroundings.ntp_says)
    if synchronised is False:
        return [Finding("clock", LOOK, "This machine's clock is not set by NTP.", remedy)]
    how = "is set by NTP" if synchronised else "agrees with the database's; whether NTP sets it is not known"
    return [Finding("clock", GOOD, f"The clock {how}.")]


async def _disk(case: _Case) -> list[Finding]:
    file = case.settings.database_file
    if file is None:
        return [Finding("disk", GOOD, "PostgreSQL keeps the data; watch the room on its disk where it runs.")]
    disk = Disk(file)
    free = await asyncio.to_thread(disk.usage, file.parent)
    remedy = f"Make room on the disk of {file.parent}, or move the data to a larger one. Never delete files beside the "
    remedy += "database that are not yours to delete."
    if disk.reserved < disk.size and free < disk.size + SCARCE:
        sentence = f"The disk is full or nearly so ({free // MIB} MiB free), and the reserve for the close is used."
        return [Finding("disk", WRONG, sentence, remedy)]
    if free < LOW:
        what = "only votes and what officers do are taken" if free < SCARCE else "no uploads are taken"
        return [Finding("disk", WRONG if free < SCARCE else LOOK, f"{free // MIB} MiB are free: {what}.", remedy)]
    if disk.reserved < disk.size:
        sentence = "The reserve for a full disk is not there; a running server makes it."
        return [Finding("disk", LOOK, sentence, "Start the server, and look again after a few seconds.")]
    return [Finding("disk", GOOD, f"{free / 1e9:,.1f} GB are free, and the reserve is there.")]


async def _held_rounds(case: _Case) -> list[Finding]:
    async with case.database.session(write=False) as db:
        moment = await database_clock(db)
        late = [round_.slug for round_ in await rounds_due(db) if _late(round_, moment)]
    if not late:
        return [Finding("rounds", GOOD, "No round is past the time of its next step.")]
    remedy = (
        "Each round's page says under Set-up what it lacks. If it lacks nothing, see whether a server runs and leads."
    )
    return [Finding("rounds", LOOK, f"Past the time of their next step: {', '.join(late)}.", remedy)]


def _late(round_: Round, moment: datetime) -> bool:
    """Whether the step was due a while ago: the last instant that has passed is the one that is waited for."""
    passed = [instant for _, instant in round_.calendar.items() if instant is not None and instant <= moment]
    return moment - max(passed, default=moment) > HELD_AFTER


async def _holds(case: _Case) -> list[Finding]:
    async with case.database.session(write=False) as db:
        held = await holds(db)
    if not held:
        return [Finding("held logs", GOOD, "No ballot log is held.")]
    sentence = f"{len(held)} ballot logs are held since a backup was restored: nothing is added to them."
    remedy = "Find the newest checkpoints that witnesses have, then `pbvote continue-log`; see Restoring in the manual."
    return [Finding("held logs", WRONG, sentence, remedy)]


async def _outbox(case: _Case) -> list[Finding]:
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


async def _batches(case: _Case) -> list[Finding]:
    waiting = await _waiting(case)
    if waiting and case.thorough:
        await asyncio.sleep(BATCH_WITHIN)
        later = await _waiting(case)
        if [poll for poll, size in waiting.items() if later.get(poll) == size]:
            sentence = "Ballots wait for their batch, and it does not enter the log."
            remedy = "See whether a server runs and leads, and what its log says of `entering the batch`."
            return [Finding("batches", WRONG, sentence, remedy)]
    return [Finding("batches", GOOD, "Ballots that wait enter the log in their batches.")]


async def _waiting(case: _Case) -> dict[str, int]:
    """The votes in which a batch waits, and how long their logs are."""
    async with case.database.session(write=False) as db:
        polls = await polls_with_a_batch(db)
        rows = await db.execute(select(Log.poll_id, Log.size).where(Log.poll_id.in_(polls)))
        return {str(poll): size for poll, size in rows}


async def _leader(case: _Case) -> list[Finding]:
    async with case.database.session(write=False) as db:
        led = await surroundings.somebody_leads(db, case.settings.database_file)
    if led:
        return [Finding("leader", GOOD, "A server does the work that follows the clock.")]
    sentence = (
        "No server does the work that follows the clock: votes are neither opened nor closed, and no mail is sent."
    )
    return [Finding("leader", LOOK, sentence, "Start `pbvote serve`, or look into its log if it runs.")]


async def _backup(case: _Case) -> list[Finding]:
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


async def _logs(case: _Case) -> list[Finding]:
    keys = read_keys(case.settings.keys_dir)
    found = []
    async with case.database.session(write=False) as db:
        polls = list(await db.scalars(select(Log.poll_id).order_by(Log.poll_id)))
    for poll in polls:
        try:
            async with case.database.session(write=False) as db:
                await (intact_leaves if case.thorough else require_as_signed)(db, keys, poll)
        except LogIsDamaged as error:
            remedy = (
                "Stop the server, keep a copy of everything as it is, and look into it; restore a backup if need be."
            )
            found.append(Finding("logs", WRONG, f"The vote {poll}: {error}", remedy))
    how = "every entry" if case.thorough else "their roots"
    return found or [Finding("logs", GOOD, f"{len(polls)} ballot logs are as they were signed ({how}).")]


async def _connections(case: _Case) -> list[Finding]:
    if case.settings.embedded:
        return []
    async with case.database.session(write=False) as db:
        used, most = await surroundings.connections(db)
    sentence = f"{used} of {most} connections of PostgreSQL are in use."
    if used > CONNECTIONS_LOOK * most:
        remedy = "Raise max_connections, or run fewer processes: each opens up to twenty, and a few of its own."
        return [Finding("connections", LOOK, sentence, remedy)]
    return [Finding("connections", GOOD, sentence)]


CHECKS: Mapping[str, Check] = {
    "release": _release,
    "schema": _schema,
    "durability": _durability,
    "keys": _keys,
    "clock": _clock,
    "disk": _disk,
    "connections": _connections,
    "leader": _leader,
    "rounds": _held_rounds,
    "batches": _batches,
    "held logs": _holds,
    "outbox": _outbox,
    "logs": _logs,
    "backup": _backup,
}
