"""What logs and witnesses look like over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from pbvote.ballotbox.log import Leaf
from pbvote.ballotbox.notes import read_key
from pbvote.ballotlog.models import Cosignature, LogCheckpoint, Witness
from pbvote.ballotlog.proofs import Newest
from pbvote.rounds.models import Round
from pbvote.web.instants import Instant


class NoteBody(msgspec.Struct, forbid_unknown_fields=True):
    """A checkpoint of the log as a note, with the lines of witnesses under it."""

    note: str


class KeyBody(msgspec.Struct, forbid_unknown_fields=True):
    """A witness' public key, `name+id+base64`."""

    key: str


class LogRound(msgspec.Struct, frozen=True):
    """The round that a log belongs to."""

    slug: str
    title: str


class SeenOut(msgspec.Struct, frozen=True):
    """A witness, how long the log was that it countersigned last, and when that was by its own clock."""

    name: str
    key: str
    size: int
    seen: Instant

    @classmethod
    def of(cls, signed: Cosignature, round_: Round, language: str) -> SeenOut:
        """The witness behind a cosignature."""
        seen = Instant.of(signed.signed_at, round_.forum.timezone, language)
        return cls(read_key(signed.key).name, signed.key, signed.size, seen)


class LogOut(msgspec.Struct, frozen=True):
    """A log at its newest checkpoint. `root` is in hex; of its `size` entries, `ballots` are ballots."""

    poll_id: UUID
    origin: str
    log_key: str
    size: int
    ballots: int
    root: str
    checkpoint: str
    witnesses: list[SeenOut]
    round: LogRound

    @classmethod
    def of(cls, round_: Round, known: Newest, note: str, events: int, witnesses: list[SeenOut]) -> LogOut:
        """The log; `events` of its entries are no ballots."""
        return cls(
            poll_id=known.log.poll_id,
            origin=known.log.origin,
            log_key=known.log.log_key,
            size=known.point.size,
            ballots=known.point.size - events,
            root=known.point.root.hex(),
            checkpoint=note,
            witnesses=witnesses,
            round=LogRound(round_.slug, round_.title),
        )


class EventOut(msgspec.Struct, frozen=True):
    """An entry of the log that is no ballot. `fields` are those of docs/bundle-format.md, section 3."""

    number: int
    type: str
    at: Instant | None
    until: Instant | None
    fields: dict[str, Any]

    @classmethod
    def of(cls, number: int, event: Leaf, round_: Round, language: str) -> EventOut:
        """The event with its times as they are shown."""
        fields = dict(event.fields or {})
        at, until = (
            Instant.of(datetime.fromisoformat(fields[name]), round_.forum.timezone, language)
            if name in fields
            else None
            for name in ("at", "until")
        )
        return cls(number, event.type, at, until, fields)


class EventsOut(msgspec.Struct, frozen=True):
    """Everything in the log that is no ballot, in order, and how many entries the log has."""

    size: int
    items: list[EventOut]


class CheckpointOut(msgspec.Struct, frozen=True):
    """A checkpoint as a note with its witnesses' lines, and the names of these."""

    size: int
    note: str
    witnesses: list[str]

    @classmethod
    def of(cls, point: LogCheckpoint, signed: Sequence[Cosignature]) -> CheckpointOut:
        """The checkpoint."""
        note = point.note + "".join(cosignature.line for cosignature in signed)
        return cls(point.size, note, [read_key(cosignature.key).name for cosignature in signed])


class CheckpointsOut(msgspec.Struct, frozen=True):
    """Some of the checkpoints, the newest first; `total` is how many there are in all."""

    items: list[CheckpointOut]
    total: int
    offset: int
    limit: int


class InclusionOut(msgspec.Struct, frozen=True):
    """That a leaf stands at `index` (from 0) in the log of `size` entries: RFC 9162, 2.1.3, hashes in hex."""

    index: int
    size: int
    leaf: str
    proof: list[str]


class ConsistencyOut(msgspec.Struct, frozen=True):
    """That the log of `second` entries begins with that of `first`: RFC 9162, 2.1.4, hashes in hex."""

    first: int
    second: int
    proof: list[str]


class CosignedOut(msgspec.Struct, frozen=True):
    """A checkpoint's size, and the names of all who have countersigned it."""

    size: int
    witnesses: list[str]


class WitnessOut(msgspec.Struct, frozen=True):
    """Somebody whose cosignatures count in this round."""

    name: str
    key: str
    added: Instant

    @classmethod
    def of(cls, witness: Witness, round_: Round, language: str) -> WitnessOut:
        """The witness."""
        added = Instant.of(witness.added_at, round_.forum.timezone, language)
        return cls(read_key(witness.key).name, witness.key, added)


class WitnessesOut(msgspec.Struct, frozen=True):
    """The witnesses of a round."""

    items: list[WitnessOut]
