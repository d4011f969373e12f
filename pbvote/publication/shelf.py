"""Published files that somebody asked for lately, in memory: a bundle of 100,000 ballots has 40 MB.

However many fetch it at once, a process reads it once and holds it once. A publication never changes, so nothing here
is ever out of date.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

import anyio.to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from pbvote.ballotbox.archive import read_archive
from pbvote.ballotbox.bundle import SUPERSEDED
from pbvote.publication.files import BUNDLE
from pbvote.publication.models import PublicationFile

MOST_BYTES = 128 * 2**20  # a file that is larger than this is read anew each time
MOST_LISTS = 16


@dataclass(frozen=True, slots=True)
class Shelved:
    """A published file, and SHA-256 of it in hex."""

    name: str
    media_type: str
    content: bytes
    sha256: str


@dataclass(slots=True)
class Shelf:
    """The files that this process holds, those asked for last at the end, and who was superseded by publication."""

    files: OrderedDict[tuple[UUID, str], Shelved] = field(default_factory=OrderedDict)
    lists: OrderedDict[UUID, frozenset[bytes]] = field(default_factory=OrderedDict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def file(self, db: AsyncSession, publication_id: UUID, name: str) -> Shelved | None:
        """A file of a publication, if it has it."""
        async with self.lock:
            key = (publication_id, name)
            shelved = self.files.get(key) or await _read(db, publication_id, name)
            if shelved is not None:
                self.files[key] = shelved
                self.files.move_to_end(key)
            while sum(len(one.content) for one in self.files.values()) > MOST_BYTES:
                self.files.popitem(last=False)
            return shelved

    async def superseded(self, db: AsyncSession, publication_id: UUID) -> frozenset[bytes]:
        """The commitments in the log that did not count, as the publication's bundle says."""
        if publication_id not in self.lists:
            bundle = await self.file(db, publication_id, BUNDLE)
            content = bundle.content if bundle else b""
            self.lists[publication_id] = await anyio.to_thread.run_sync(_superseded, content)
            while len(self.lists) > MOST_LISTS:
                self.lists.popitem(last=False)
        return self.lists[publication_id]


async def _read(db: AsyncSession, publication_id: UUID, name: str) -> Shelved | None:
    file = await db.get(PublicationFile, (publication_id, name))
    if file is None:
        return None
    db.expunge(file)  # the session need not hold it, too
    digest = await anyio.to_thread.run_sync(hashlib.sha256, file.content)
    return Shelved(name, file.media_type, file.content, digest.hexdigest())


def _superseded(bundle: bytes) -> frozenset[bytes]:
    return frozenset(bytes.fromhex(line.decode()) for line in read_archive(bundle)[SUPERSEDED].splitlines())
