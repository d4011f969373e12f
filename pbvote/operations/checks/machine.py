"""What this machine has to have in order: the keys, the clock, the disk."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from pbvote.ballotlog.models import Log
from pbvote.db import database_clock
from pbvote.errors import SettingsError
from pbvote.keys import read_keys
from pbvote.keys.installation import NAMES
from pbvote.keys.polls import BOARD, LINK, PUBLIC, SEAL
from pbvote.operations import surroundings
from pbvote.operations.checks.finding import GOOD, LOOK, WRONG, Case, Finding
from pbvote.operations.disk import LOW, MIB, SCARCE, Disk
from pbvote.rounds.models import Poll

CLOCK_LOOK, CLOCK_WRONG = timedelta(seconds=2), timedelta(seconds=30)


async def keys(case: Case) -> list[Finding]:
    """Whether the keys of the installation and of every vote are there, for their owner only."""
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


async def clock(case: Case) -> list[Finding]:
    """Whether this machine and the database agree on the time, and whether NTP sets the clock."""
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


async def disk(case: Case) -> list[Finding]:
    """How much room is left for the data, and whether the reserve is there."""
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
