"""The log's leaves: one line of text each, so that anybody can read the log and hash it line by line.

A leaf is the UTF-8 text of a line without its newline. A ballot is `ballot ` and its commitment in 64 lower-case
hexadecimal digits; every other leaf is its type, a space, and a canonical JSON object (`documents`) with exactly the
fields of EVENTS. The type cannot hold a space and the JSON no newline, so a leaf has one reading and a log file is its
leaves with a newline after each. Ballots have no time; what officers and the clock do has one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pbvote.ballotbox.documents import MalformedError, decode, encode

BATCH = 20
BALLOT = "ballot"
LONGEST_LEAF = 65_536

# The fields of each event and what they are: `time` (UTC, to the second), `count`, `sha256`, `text`, `uuid`, and `by`,
# the officers who approved it, in order; empty where the clock did it.
EVENTS: Mapping[str, Mapping[str, str]] = {
    "config": {"config_sha256": "sha256", "poll": "uuid"},
    "open": {"at": "time", "by": "by", "electors": "count"},
    "roll-change": {"added": "count", "at": "time", "by": "by", "reason": "text", "removed": "count"},
    "paper-batch": {"at": "time", "ballots": "count", "batch": "text", "by": "by"},
    "pause": {"at": "time", "by": "by", "reason": "text"},
    "resume": {"at": "time", "by": "by"},
    "extend": {"at": "time", "by": "by", "reason": "text", "until": "time"},
    "void": {"at": "time", "by": "by", "reason": "text", "slots": "count"},
    "close": {"at": "time", "ballots": "count", "by": "by", "counted": "count", "counted_sha256": "sha256"},
    "dice": {"at": "time", "by": "by", "digits": "text", "purpose": "text"},
    "result": {
        "approvals_sha256": "sha256",
        "at": "time",
        "ballots_sha256": "sha256",
        "by": "by",
        "outcome_sha256": "sha256",
        "roll_sha256": "sha256",
        "superseded_sha256": "sha256",
        "witnesses_sha256": "sha256",
    },
    "certify": {"at": "time", "by": "by"},
    "key-destroyed": {"at": "time", "by": "by", "key": "text"},
}
# What may follow in a log. A pause may still be followed by ballots that were cast before it and wait for their batch.
_VOTING = {BALLOT, "roll-change", "paper-batch", "extend", "void", "close"}
ALLOWED: Mapping[str, AbstractSet[str]] = {
    "start": {"config"},
    "config": {"open", "roll-change"},
    "open": {*_VOTING, "pause"},
    "pause": {*_VOTING, "resume"},
    "close": {"dice", "result"},
    "result": {"dice", "result", "certify"},
    "certify": {"key-destroyed"},
}
_HEX = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf that was read: a ballot has a commitment, everything else has fields."""

    type: str
    commitment: bytes = b""
    fields: Mapping[str, Any] | None = None

    def encode(self) -> bytes:
        """The leaf's bytes."""
        return ballot_leaf(self.commitment) if self.fields is None else event_leaf(self.type, **self.fields)


def ballot_leaf(commitment: bytes) -> bytes:
    """The leaf of a ballot."""
    if len(commitment) != 32:  # noqa: PLR2004  # a SHA-256
        raise MalformedError(f"a commitment has 32 bytes, not {len(commitment)}")
    return f"{BALLOT} {commitment.hex()}".encode()


def ballot_leaves(waiting: Iterable[bytes], *, closing: bool = False) -> list[bytes]:
    """The next batch: every waiting ballot in the order of commitments, if there are enough of them or voting closes.

    Whoever watches the log learns of a ballot only that it is one of a batch, and of a batch no order.
    """
    batch = sorted(waiting)
    return [ballot_leaf(commitment) for commitment in batch] if closing or len(batch) >= BATCH else []


def event_leaf(type_: str, **fields: object) -> bytes:
    """The leaf of an event; datetimes and UUIDs are written as text. Raises MalformedError."""
    written = {name: _as_text(value) for name, value in fields.items()}
    leaf = f"{type_} ".encode() + encode(written)
    read_leaf(leaf)
    return leaf


def read_leaf(leaf: bytes) -> Leaf:
    """The leaf that these bytes are. Raises MalformedError unless they are its one encoding."""
    if len(leaf) > LONGEST_LEAF:
        raise MalformedError(f"a leaf of {len(leaf)} bytes is too long")
    name, _, body = leaf.partition(b" ")
    type_ = name.decode("ascii", "replace")
    if type_ == BALLOT:
        text = body.decode("ascii", "replace")
        if not _HEX.fullmatch(text):
            raise MalformedError("a ballot is 64 lower-case hexadecimal digits")
        return Leaf(BALLOT, bytes.fromhex(text))
    if type_ not in EVENTS:
        raise MalformedError(f"no leaf is of type {type_[:40]!r}")
    fields = decode(body)
    expected = EVENTS[type_]
    if not isinstance(fields, dict) or fields.keys() != expected.keys():
        raise MalformedError(f"a leaf of type {type_} has the fields {', '.join(expected)}, and no others")
    for field, kind in expected.items():
        if not _CHECKS[kind](fields[field]):
            raise MalformedError(f"the field {field} of a leaf of type {type_} is not a {kind}")
    return Leaf(type_, fields=fields)


def has_time(leaf: bytes) -> bool:
    """Whether the leaf says when something was done."""
    return "at" in EVENTS.get(leaf.partition(b" ")[0].decode("ascii", "replace"), {})


def time_of(leaf: bytes) -> str:
    """When it was done, as it stands in the leaf (such texts sort as the times do); empty if it does not say."""
    return str((read_leaf(leaf).fields or {})["at"]) if has_time(leaf) else ""


def not_before(leaf: bytes, earliest: str) -> bytes:
    """The leaf with this time, if its own is earlier."""
    if not has_time(leaf) or time_of(leaf) >= earliest:
        return leaf
    read = read_leaf(leaf)
    return event_leaf(read.type, **{**(read.fields or {}), "at": earliest})


def order_problem(leaves: Iterable[Leaf]) -> str | None:
    """What is wrong with the order of a log's leaves, in words; None if nothing is."""
    stage = "start"
    for number, leaf in enumerate(leaves, start=1):
        if leaf.type not in ALLOWED[stage]:
            return f"leaf {number} is of type {leaf.type}, which cannot stand there"
        if leaf.type == "resume":
            stage = "open"
        elif leaf.type in ALLOWED:
            stage = leaf.type
    return None


def _as_text(value: object) -> object:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise MalformedError("a time needs its zone")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value) if isinstance(value, UUID) else value


def _is_time(value: object) -> bool:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False


def _is_by(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and name for name in value)


_CHECKS: Mapping[str, Callable[[object], bool]] = {
    "time": _is_time,
    "uuid": _is_uuid,
    "by": _is_by,
    "count": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0,
    "sha256": lambda value: isinstance(value, str) and _HEX.fullmatch(value) is not None,
    "text": lambda value: isinstance(value, str),
}
