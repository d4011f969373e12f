"""The parent of several processes that answer: it opens the sockets, starts them, and replaces those that die.

It answers nothing itself and knows nothing of the app, so it stays small and has no reason to fail. The first process
starts alone: it makes or brings up to date what the others need, and says what is wrong, once, if something is. They
all accept from the same sockets, so a connection that nobody has accepted yet outlives the death of any of them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from pbvote.serving.inheritance import Inherited

WAITING_CONNECTIONS = 2_048
MOST_SECONDS_TO_STOP = 9.5
# A process that dies is replaced at once; one that dies again soon after its start, ever later.
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
LIVED_LONG = 60.0
FAILED = 1
log = logging.getLogger("pbvote.serving")


@dataclass(slots=True)
class _Family:
    """The parent's side: the command of a child, what children inherit, and those that live."""

    command: Sequence[str]
    sockets: Sequence[socket.socket]
    life: int
    living: set[Process] = field(default_factory=set)

    async def start(self, *, replaces: bool) -> tuple[Process, asyncio.StreamReader]:
        """A new child, and the pipe by which it says that it is ready."""
        read, write = os.pipe()
        inherited = Inherited(tuple(one.fileno() for one in self.sockets), self.life, write, replaces)
        try:
            child = await asyncio.create_subprocess_exec(*self.command, str(inherited), pass_fds=inherited.descriptors)
        finally:
            os.close(write)
        self.living.add(child)
        report = asyncio.StreamReader()
        pipe = os.fdopen(read, "rb")
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(report), pipe)
        return child, report

    async def wait(self, child: Process) -> int:
        """The child's exit status, once it has ended."""
        status = await child.wait()
        self.living.discard(child)
        return status


def supervise(command: Sequence[str], sockets: Sequence[socket.socket], workers: int) -> int:
    """Keep so many children of this command until SIGTERM or SIGINT; the exit status.

    What a child inherits is added to its command as one more argument. If the first one ends before it is ready, all is
    over, with its status.
    """
    life, held = os.pipe()  # the writing end is held by this process alone, and closes however it ends
    try:
        return asyncio.run(_supervise(_Family(command, sockets, life), workers))
    finally:
        os.close(held)
        os.close(life)


async def _supervise(family: _Family, workers: int) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    for one in family.sockets:
        one.listen(WAITING_CONNECTIONS)  # whoever comes while the first child starts, or a dead one is replaced, waits
    first, report = await family.start(replaces=False)
    told_to_stop = asyncio.create_task(stop.wait())
    ready = asyncio.create_task(report.read())
    await asyncio.wait({told_to_stop, ready}, return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set() and not ready.result():
        told_to_stop.cancel()
        return await family.wait(first) or FAILED
    keepers = [asyncio.create_task(_keep(family, first if number == 0 else None)) for number in range(workers)]
    await told_to_stop
    for one in family.sockets:
        one.close()
    for task in (*keepers, ready):
        task.cancel()
    await asyncio.gather(*keepers, ready, return_exceptions=True)
    await _stop(family)
    return 0


async def _keep(family: _Family, child: Process | None) -> None:
    """See to it that one place is taken, until cancelled."""
    pause, begun, replaces = 0.0, time.monotonic(), False
    while True:
        if child is None:
            begun = time.monotonic()
            child, _ = await family.start(replaces=replaces)
        status = await family.wait(child)
        child, replaces = None, True
        pause = 0.0 if time.monotonic() - begun > LIVED_LONG else min(LONGEST_PAUSE, 2 * pause or SHORTEST_PAUSE)
        log.error("a worker ended with status %s, starting another one in %s seconds", status, pause)
        await asyncio.sleep(pause)


async def _stop(family: _Family) -> None:
    """End every child: what it has under way first, and by force when that takes too long."""
    _signal(family, signal.SIGTERM)
    waiting = [asyncio.create_task(child.wait()) for child in family.living]
    if waiting:
        await asyncio.wait(waiting, timeout=MOST_SECONDS_TO_STOP)
        _signal(family, signal.SIGKILL)
        await asyncio.gather(*waiting)


def _signal(family: _Family, number: signal.Signals) -> None:
    for child in family.living:
        with suppress(ProcessLookupError):  # it ended just now
            child.send_signal(number)


def own_command(*arguments: str) -> list[str]:
    """This program once more, by the same Python and with the same options for warnings and the like."""
    options = [f"-W{option}" for option in sys.warnoptions]
    return [sys.executable, *options, "-m", "pbvote", *arguments]
