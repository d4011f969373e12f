"""The bundle of a publication: made of what was frozen, what was opened, and the log. Pure, but for who asks.

docs/bundle-format.md says what stands in it, and how anybody checks it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pbvote.ballotbox import documents
from pbvote.ballotbox.bundle import (
    APPROVALS,
    BALLOTS,
    OUTCOME,
    ROLL,
    SUPERSEDED,
    WITNESSES,
    Ballots,
    Bundle,
)
from pbvote.ballotbox.bundle_files import write_bundle
from pbvote.ballotbox.log import read_leaf
from pbvote.ballotbox.notes import read_key, read_note
from pbvote.ballotbox.opening import Opening

ONLINE = "online"  # the only channel so far
HASHED = {"approvals": APPROVALS, "ballots": BALLOTS, "outcome": OUTCOME, "roll": ROLL}
HASHED |= {"superseded": SUPERSEDED, "witnesses": WITNESSES}


@dataclass(frozen=True, slots=True)
class Material:
    """What a bundle is made of. `witnesses` are the keys, as text, of those who signed one of the checkpoints."""

    poll_id: UUID
    config: bytes
    election: bytes
    openings: Sequence[Opening]
    superseded: Sequence[bytes]
    outcome: Mapping[str, Any]
    approvals: Sequence[Mapping[str, str]]
    electors: int
    witnesses: Sequence[str]


def result_hashes(material: Material) -> dict[str, str]:
    """What the leaf `result` says of the files: SHA-256 in hex, under the leaf's own names."""
    files = _bundle(material, [], []).files()
    return {f"{field}_sha256": hashlib.sha256(files[name]).hexdigest() for field, name in HASHED.items()}


def bundle_zip(material: Material, leaves: Sequence[bytes], checkpoints: Sequence[str], *, with_ballots: bool) -> bytes:
    """The bundle as a file: with every ballot, or with totals only."""
    bundle = _bundle(material, leaves, checkpoints)
    return write_bundle(bundle if with_ballots else bundle.totals_only())


def _bundle(material: Material, leaves: Sequence[bytes], checkpoints: Sequence[str]) -> Bundle:
    return Bundle(
        config=documents.decode(material.config),
        roll={"channels": {ONLINE: len(material.openings)}, "electors": material.electors},
        approvals=list(material.approvals),
        outcome=dict(material.outcome),
        log=tuple(read_leaf(leaf) for leaf in leaves),
        checkpoints=tuple(read_note(note) for note in checkpoints),
        witnesses=tuple(read_key(key) for key in sorted(material.witnesses)),
        superseded=tuple(sorted(material.superseded)),
        ballots=Ballots.of(material.election, material.openings),
        election=material.election,
    )
