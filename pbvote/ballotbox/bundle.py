"""The bundle: everything that is needed to check a result. `bundle_files` writes it and reads it.

docs/bundle-format.md describes it byte by byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pbvote.ballotbox import documents
from pbvote.ballotbox.documents import Document
from pbvote.ballotbox.log import Leaf
from pbvote.ballotbox.notes import Note, VerifyKey
from pbvote.ballotbox.opening import Opening

CONFIG_FORMAT = "pbvote config 1"
BALLOTS_FORMAT = "pbvote ballots 1"
APPROVALS, BALLOTS, CHECKPOINTS, CONFIG = "approvals.json", "ballots.txt", "checkpoints.txt", "config.json"
ELECTION, LOG, OUTCOME, ROLL = "election.pb", "log.txt", "outcome.json", "roll.json"
SUPERSEDED, WITNESSES = "superseded.txt", "witnesses.txt"
ALWAYS = frozenset({APPROVALS, CHECKPOINTS, CONFIG, LOG, OUTCOME, ROLL, SUPERSEDED, WITNESSES})
WITH_BALLOTS = frozenset({BALLOTS, ELECTION})


@dataclass(frozen=True, slots=True)
class CountedBallot:
    """A line of ballots.txt: the commitment, and what is said to open it."""

    commitment: bytes
    opening: Opening


@dataclass(frozen=True, slots=True)
class Ballots:
    """The ballots that were counted, by commitment, and the SHA-256 of the `.pb` file made from them."""

    election_sha256: str
    counted: tuple[CountedBallot, ...]

    @staticmethod
    def of(election: bytes, openings: Iterable[Opening]) -> Ballots:
        """The ballots with these openings, from which this `.pb` file was made."""
        counted = sorted((CountedBallot(opening.commitment, opening) for opening in openings), key=_by_commitment)
        return Ballots(hashlib.sha256(election).hexdigest(), tuple(counted))


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle's files, read. `ballots` and `election` are None where so few voted that only totals are published."""

    config: Mapping[str, Any]
    roll: Mapping[str, Any]
    approvals: Document
    outcome: Document
    log: tuple[Leaf, ...]
    checkpoints: tuple[Note, ...]
    witnesses: tuple[VerifyKey, ...]
    superseded: tuple[bytes, ...]
    ballots: Ballots | None = None
    election: bytes | None = None

    @property
    def poll(self) -> UUID:
        """The poll that the config names."""
        return UUID(self.config["poll"])

    def files(self) -> dict[str, bytes]:
        """The content of every file, by name."""
        files = {
            APPROVALS: documents.encode(self.approvals),
            CHECKPOINTS: "\n".join(note.encode() for note in self.checkpoints).encode(),
            CONFIG: documents.encode(self.config),
            LOG: lines_of(leaf.encode() for leaf in self.log),
            OUTCOME: documents.encode(self.outcome),
            ROLL: documents.encode(self.roll),
            SUPERSEDED: superseded_file(self.superseded),
            WITNESSES: witnesses_file(self.witnesses),
        }
        if self.ballots is not None and self.election is not None:
            files |= {BALLOTS: ballots_file(self.ballots), ELECTION: self.election}
        return files

    def totals_only(self) -> Bundle:
        """The same bundle without ballots, for the public where fewer than 30 were counted."""
        return Bundle(
            self.config,
            self.roll,
            self.approvals,
            self.outcome,
            self.log,
            self.checkpoints,
            self.witnesses,
            self.superseded,
        )


def ballots_file(ballots: Ballots) -> bytes:
    """What stands in ballots.txt: the format, the hash of election.pb, and a line for each ballot by commitment.

    The hash of election.pb stands here and not in the log, because from a hash alone one could try out who voted for
    what in a small round; the openings' randomness makes that of this file safe to publish.
    """
    lines = [
        f"{ballot.commitment.hex()} {ballot.opening.server_random.hex()} {ballot.opening.browser_random.hex()} "
        f"{ballot.opening.canonical.hex()}"
        for ballot in ballots.counted
    ]
    return lines_of(line.encode() for line in (BALLOTS_FORMAT, f"election {ballots.election_sha256}", *lines))


def superseded_file(commitments: tuple[bytes, ...]) -> bytes:
    """What stands in superseded.txt: commitments of ballots that were replaced or voided, in order."""
    return lines_of(commitment.hex().encode() for commitment in sorted(commitments))


def witnesses_file(keys: tuple[VerifyKey, ...]) -> bytes:
    """What stands in witnesses.txt: the keys of the witnesses whose cosignatures are shown, in order."""
    return lines_of(text.encode() for text in sorted(key.text for key in keys))


def counted_sha256(commitments: list[bytes]) -> str:
    """What the leaf `close` fixes before any ballot is unsealed: SHA-256 of the counted commitments, in order."""
    return hashlib.sha256(b"".join(sorted(commitments))).hexdigest()


def lines_of(lines: Iterator[bytes]) -> bytes:
    """A file of these lines, each of which ends with a newline."""
    return b"".join(line + b"\n" for line in lines)


def _by_commitment(ballot: CountedBallot) -> bytes:
    return ballot.commitment
