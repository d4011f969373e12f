"""One look at a log, and whether what it shows follows on what was seen before. Knows no files and no network.

The rules are those of a C2SP witness (c2sp.org/tlog-witness): only a checkpoint that was checked here can be
countersigned, and it has to be remembered first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pbvote.ballotbox.checkpoints import Checkpoint, check_follows, cosign, open_checkpoint, read_text
from pbvote.ballotbox.documents import MalformedError, NotAuthenticError
from pbvote.ballotbox.notes import KeyType, Note, SigningKey, VerifyKey, read_key, read_note


class Unable(Exception):
    """Nothing could be checked; the message is a sentence. It says nothing against the vote."""


class Refused(Exception):
    """The service answered, and did not give what was asked for; the message is what it said."""


class Wrong(Exception):
    """What the service shows contradicts what was seen before, or is not signed as it must be.

    `evidence` is what somebody else needs to see the same: notes, and hashes of a proof.
    """

    def __init__(self, what: str, *evidence: str) -> None:
        super().__init__(what)
        self.evidence = evidence


@dataclass(frozen=True, slots=True)
class Shown:
    """What a service says of its log: the origin, the key as text, and the newest checkpoint as a note."""

    origin: str
    log_key: str
    note: str


class Service(Protocol):
    """The log of a vote, as its service shows it. Raises Unable and Refused."""

    def shown(self) -> Shown:
        """The log at its newest checkpoint."""

    def consistency(self, first: int, second: int) -> Sequence[bytes]:
        """The proof that the log of the second size begins with that of the first."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a witness remembers: the key of the log, and the last checkpoint (None before the first look)."""

    key: VerifyKey
    note: str | None


@dataclass(frozen=True, slots=True)
class Looked:
    """A checkpoint that was checked: it is the log's, and follows on `before`. Only `look` makes one."""

    key: VerifyKey
    note: str
    point: Checkpoint
    before: Checkpoint | None


def look(service: Service, seen: Seen | None) -> Looked:
    """Look at the log; without `seen`, the key that the service names is believed. Raises Wrong and Unable."""
    try:
        shown = service.shown()
    except Refused as error:
        raise Unable(str(error)) from None
    key, before = seen.key if seen else _first_key(shown), _last(seen)
    old = [seen.note] if seen and seen.note else []
    if shown.log_key != key.text:
        raise Wrong(f"the service names another key of the log, {shown.log_key[:200]!r}", *old, shown.note)
    try:
        point = open_checkpoint(shown.note, key, before.origin if before else shown.origin)
    except (MalformedError, NotAuthenticError) as error:
        raise Wrong(f"its newest checkpoint is not one of this log: {error}", *old, shown.note) from None
    if point.more:
        raise Wrong("its newest checkpoint has lines that no checkpoint of pbvote has", shown.note)
    if before:
        _check_that_one_follows(service, before, point, [*old, shown.note])
    return Looked(key, shown.note, point, before)


def countersign(looked: Looked, key: SigningKey, time: int) -> str:
    """The checkpoint with the log's signature and this witness', made at `time` (seconds since 1970)."""
    note = read_note(looked.note)
    own = [line for line in note.signatures if (line.name, line.id) == (looked.key.name, looked.key.id)]
    return cosign(Note(note.text, tuple(own)).encode(), key, time)


def _check_that_one_follows(service: Service, before: Checkpoint, point: Checkpoint, notes: Sequence[str]) -> None:
    """Raise Wrong unless the longer log begins with the shorter one, and Unable if what is shown is the shorter one."""
    first, second = sorted((before, point), key=lambda one: one.size)
    proof: Sequence[bytes] = []
    try:
        if first.size < second.size:
            proof = service.consistency(first.size, second.size)
        check_follows(first, second, proof)
    except Refused as error:
        what = (
            f"the service does not prove that its log of {point.size} entries and the {before.size} seen before are one"
        )
        raise Wrong(f"{what}: {error}", *notes) from None
    except NotAuthenticError as error:
        raise Wrong(str(error), *notes, *(one.hex() for one in proof)) from None
    if point.size < before.size:
        raise Unable(
            f"The service shows the log as it was with {point.size} entries, and it has had {before.size}. That may be "
            "an old copy that was kept on its way. Please look again in a minute."
        )


def _first_key(shown: Shown) -> VerifyKey:
    try:
        key = read_key(shown.log_key)
    except MalformedError as error:
        raise Unable(f"What the service names as the key of its log cannot be read: {error}.") from None
    if key.type is not KeyType.NOTE:
        raise Unable("What the service names as the key of its log is the key of a witness.")
    return key


def _last(seen: Seen | None) -> Checkpoint | None:
    return read_text(read_note(seen.note).text) if seen and seen.note else None
