"""Sending what waits in the outbox: at least once, by one process at a time, again later when it does not work.

A message is claimed in one transaction, sent outside any, and deleted in another one. A process that dies in between
leaves a claim that runs out; then somebody else sends the message, with the same Message-ID.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from time import monotonic
from typing import Any

import anyio.to_thread

from pbvote.db import Database, now
from pbvote.keys import Keys
from pbvote.notices.mailers import Connection, ConnectionLost, Mailer, NeverAgain, TryLater
from pbvote.notices.messages import NotAMessageError, compose
from pbvote.notices.service import CLAIMED_FOR, Claimed, claim, done, something_is_due, try_again

log = logging.getLogger("pbvote.notices")


async def send_waiting(database: Database, keys: Keys, mailer: Mailer, name: str = "") -> int:
    """Send everything that is due, and put off what cannot be sent now; how many messages went out.

    `name` stands before the sender's address.
    """
    sent = 0
    while True:
        async with database.session(write=False) as db:
            if not await something_is_due(db):
                return sent
        async with database.session(write=True, quiet=True) as db:
            claimed = await claim(db, keys)
        sent += await _send_claimed(database, mailer, name, claimed)


@dataclass(slots=True)
class _Line:
    """The connection for some messages: opened when it is needed, and once more when a message broke it."""

    mailer: Mailer
    connection: Connection | None = None
    unreachable: ConnectionLost | None = field(default=None)

    async def send(self, to: str, message: EmailMessage) -> None:
        """Raises TryLater or NeverAgain."""
        if self.unreachable is not None:
            raise self.unreachable
        try:
            if self.connection is None:
                self.connection = await anyio.to_thread.run_sync(self.mailer.connect)
        except ConnectionLost as error:
            self.unreachable = error  # one wait for a server that is away is enough
            raise
        try:
            await anyio.to_thread.run_sync(self.connection.send, to, message)
        except ConnectionLost:
            await self.close()
            raise

    async def close(self) -> None:
        if self.connection is not None:
            await anyio.to_thread.run_sync(self.connection.close)
            self.connection = None


async def _send_claimed(database: Database, mailer: Mailer, name: str, claimed: Sequence[Claimed]) -> int:
    """Send what was claimed, as long as nobody else may claim it."""
    line, begun, sent = _Line(mailer), monotonic(), 0
    try:
        for one in claimed:
            if monotonic() - begun > CLAIMED_FOR.total_seconds() / 2:
                break  # the rest comes back when the claim has run out
            sent += await _to_its_end(_send_one(database, line, name, one))
    finally:
        await line.close()
    return sent


async def _send_one(database: Database, line: _Line, name: str, claimed: Claimed) -> bool:
    """Send one message, if there is still any use in it, and note what came of it; whether it went out."""
    message, sent, later = claimed.message, False, False
    async with database.session(write=False) as db:
        moment = await now(db)
    if message.to and (message.until is None or moment < message.until):
        try:
            await line.send(message.to, compose(message, claimed.id, line.mailer.sender, name, moment))
            sent = True
        except TryLater as error:
            later = True
            _say("could not be sent now", claimed, error)
        except (NeverAgain, NotAMessageError) as error:
            _say("was given up", claimed, error)
    async with database.session(write=True, quiet=True) as db:
        if not later:
            await done(db, claimed)
        elif not await try_again(db, claimed):
            log.error("an e-mail (%s) of round %s was given up after %d tries", *_names(claimed), claimed.tries)
    return sent


async def _to_its_end(work: Coroutine[Any, Any, bool]) -> bool:
    """Do it, and when the server is stopped meanwhile, do it to its end: what went out must not go out again."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _say(what: str, claimed: Claimed, error: Exception) -> None:
    log.warning("an e-mail (%s) of round %s %s: %s", *_names(claimed), what, error)


def _names(claimed: Claimed) -> tuple[str, str]:
    return claimed.kind, str(claimed.round_id or "none")
