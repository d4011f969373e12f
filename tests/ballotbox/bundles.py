"""A whole vote for the ballot box's tests: the same bytes each time, from hashes instead of randomness."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pbvote.ballotbox import documents
from pbvote.ballotbox.bundle import (
    CONFIG_FORMAT,
    Ballots,
    Bundle,
    ballots_file,
    counted_sha256,
    superseded_file,
    witnesses_file,
)
from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.checkpoints import Checkpoint, cosign, sign
from pbvote.ballotbox.log import ballot_leaves, event_leaf, read_leaf
from pbvote.ballotbox.merkle import Frontier, leaf_hash
from pbvote.ballotbox.notes import KeyType, SigningKey, read_note
from pbvote.ballotbox.opening import Opening

POLL = UUID("6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f")
ORIGIN = f"vote.example.org/{POLL}"
OPENED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLOSED = OPENED + timedelta(days=14)
OFFICERS = ["A. Okafor", "Siôn Rees"]
PROJECTS = 9


def made(what: str) -> bytes:
    """32 bytes that look random and are always the same."""
    return hashlib.sha256(f"pbvote test vector: {what}".encode()).digest()


def key_of(name: str, type_: KeyType = KeyType.NOTE) -> SigningKey:
    return SigningKey(name, type_, Ed25519PrivateKey.from_private_bytes(made(f"key {name}")))


LOG_KEY = key_of(ORIGIN)
WITNESS = key_of("witness.example.net/w1", KeyType.COSIGNATURE)


def opening_of(number: int, form: Form = Form.SET) -> Opening:
    """The ballot of a voter: one project in three or so."""
    chosen = [project for project in range(1, PROJECTS + 1) if made(f"choice {number} {project}")[0] < 85]
    points = tuple(1 + project % 3 for project in chosen) if form is Form.POINTS else ()
    canonical = CanonicalBallot(POLL, form, tuple(chosen), points).encode()
    return Opening(POLL, made(f"server {number}"), made(f"browser {number}"), canonical)


@dataclass
class Box:
    """A log that is being written, with a checkpoint whenever one is asked for."""

    leaves: list[bytes] = field(default_factory=list)
    checkpoints: list[str] = field(default_factory=list)
    frontier: Frontier = field(default_factory=Frontier)

    def append(self, *leaves: bytes) -> None:
        self.leaves += leaves
        self.frontier = self.frontier.extend(leaf_hash(leaf) for leaf in leaves)
        note = sign(Checkpoint(ORIGIN, self.frontier.size, self.frontier.root()), LOG_KEY)
        if len(self.checkpoints) % 2:
            note = cosign(note, WITNESS, int(OPENED.timestamp()) + len(self.leaves))
        self.checkpoints.append(note)


Count = Callable[[list[Opening]], tuple[bytes, Any]]


def no_count(openings: list[Opening]) -> tuple[bytes, Any]:
    """Something in place of an election's file and its outcome."""
    return b"META\nkey;value\nnum_votes;%d\n" % len(openings), {"funded": ["P1", "P4"], "rule": "equal-shares"}


def make_bundle(
    voters: int = 45, replaced: int = 5, count: Count = no_count, terms: Mapping[str, Any] | None = None
) -> Bundle:
    """A vote with so many ballots, the first `replaced` of which were replaced by later ones."""
    config = {
        "budget": 2_000_000,
        "currency": "GBP",
        "format": CONFIG_FORMAT,
        "log_key": LOG_KEY.verify_key.text,
        "origin": ORIGIN,
        "poll": str(POLL),
        "projects": [{"cost": 100_000 * n, "number": n, "reference": f"P{n}"} for n in range(1, PROJECTS + 1)],
        "rule": {"id": "equal-shares", "parameters": {"completion": "add1u", "utility": "cost"}},
        "title": "Harbourside: a budget for the quay, 2026",
        **(terms or {}),
    }
    openings = [opening_of(number) for number in range(voters)]
    superseded = tuple(sorted(opening.commitment for opening in openings[:replaced]))
    election, outcome = count(openings[replaced:])
    ballots = Ballots.of(election, openings[replaced:])
    counted = [ballot.commitment for ballot in ballots.counted]
    approvals = [{"action": "publish", "approved_by": OFFICERS[1], "asked_by": OFFICERS[0]}]
    roll = {"channels": {"online": len(counted) - 1, "paper": 1} if counted else {}, "electors": 1_201}
    box = Box()
    box.append(event_leaf("config", config_sha256=hashlib.sha256(documents.encode(config)).hexdigest(), poll=POLL))
    box.append(event_leaf("open", at=OPENED, by=OFFICERS, electors=1_200))
    box.append(event_leaf("roll-change", added=2, at=OPENED, by=OFFICERS, reason="Moved in", removed=1))
    for start in range(0, voters, 25):
        batch = [opening.commitment for opening in openings[start : start + 25]]
        box.append(*ballot_leaves(batch, closing=start + 25 >= voters))
    numbers = {"ballots": voters, "counted": len(counted), "counted_sha256": counted_sha256(counted)}
    box.append(event_leaf("close", at=CLOSED, by=[], **numbers))
    files = {
        "approvals": documents.encode(approvals),
        "ballots": ballots_file(ballots),
        "outcome": documents.encode(outcome),
        "roll": documents.encode(roll),
        "superseded": superseded_file(superseded),
        "witnesses": witnesses_file((WITNESS.verify_key,)),
    }
    hashes = {f"{name}_sha256": hashlib.sha256(content).hexdigest() for name, content in files.items()}
    box.append(event_leaf("result", at=CLOSED + timedelta(days=1), by=OFFICERS, **hashes))
    return Bundle(
        config=config,
        roll=roll,
        approvals=approvals,
        outcome=outcome,
        log=tuple(read_leaf(leaf) for leaf in box.leaves),
        checkpoints=tuple(read_note(note) for note in box.checkpoints),
        witnesses=(WITNESS.verify_key,),
        superseded=superseded,
        ballots=ballots,
        election=election,
    )
