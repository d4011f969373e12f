"""What the ballot box's cryptography costs: a ballot's way in, and checking a bundle of 100,000.

Run: .venv/bin/python bench/ballotbox.py [BALLOTS]
CPU milliseconds a ballot, in one process and one thread; the figures are those of the machine that it names.
"""

from __future__ import annotations

import hashlib
import io
import platform
import resource
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from pbvote.ballotbox import documents
from pbvote.ballotbox.bundle import CONFIG_FORMAT, Ballots, Bundle, ballots_file, counted_sha256
from pbvote.ballotbox.bundle_files import write_bundle
from pbvote.ballotbox.canonical import CanonicalBallot, Form
from pbvote.ballotbox.checkpoints import Checkpoint, sign
from pbvote.ballotbox.log import ballot_leaf, ballot_leaves, event_leaf, read_leaf
from pbvote.ballotbox.merkle import Frontier, leaf_hash
from pbvote.ballotbox.notes import KeyType, SigningKey, read_note
from pbvote.ballotbox.opening import Opening, padded_size
from pbvote.ballotbox.randomness import server_random
from pbvote.ballotbox.receipts import promise
from pbvote.ballotbox.sealing import seal, unseal_ballot
from pbvote.tally import Ballot, Election, Project, VoteType, tally, write_pabulib
from pbvote.verify import verify

BALLOTS = 100_000
SAMPLE = 2_000
BATCH = 20
PROJECTS = 60
COST, BUDGET = 500_000, 200_000_000
SIZE = padded_size(Form.SET, PROJECTS)
POLL = uuid4()
KEY = X25519PrivateKey.generate()
PUBLIC = KEY.public_key()
SIGNER = SigningKey(f"bench.example.org/{POLL}", KeyType.NOTE, Ed25519PrivateKey.generate())
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = secrets.token_bytes(32)


def main(ballots: int) -> None:
    """Print both tables."""
    openings: list[Opening] = []
    envelopes: list[bytes] = []

    def commit(_: int) -> None:
        openings.append(opening_of(POLL))
        _ = openings[-1].commitment[0]

    def seal_it(number: int) -> None:
        opening = openings[number]
        envelopes.append(seal(PUBLIC, POLL, opening.commitment, opening.encode(SIZE)))

    frontier = Frontier()

    def append(number: int) -> None:
        """A leaf; and for each batch the frontier as it is stored, and a checkpoint."""
        nonlocal frontier
        if number % BATCH == 0:
            leaves = [leaf_hash(ballot_leaf(item.commitment)) for item in openings[number : number + BATCH]]
            frontier = frontier.extend(leaves)
            sign(Checkpoint(SIGNER.name, frontier.size, frontier.root()), SIGNER)

    print(f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}")
    print("| step | CPU ms a ballot |\n|---|---:|")
    total = sum(
        row(name, step) for name, step in (("commit", commit), ("seal", seal_it), ("log, batches of 20", append))
    )
    print(f"| **commit, seal and log** | **{total:.3f}** |")
    row("promise", lambda number: promise(SIGNER, POLL, openings[number].commitment, None))
    row("unseal and check", lambda number: unseal_ballot(KEY, POLL, openings[number].commitment, envelopes[number]))
    data = write_bundle(bundle_of(ballots))
    started = time.process_time()
    report = verify(data)
    took, memory = time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\nA bundle of {ballots:,} ballots ({len(data) / 1e6:.0f} MB): checked and counted again in")
    print(f"{took:.1f} s of CPU; with making it {memory} MB at most; wrong: {report.wrong or 'nothing'}")


def row(name: str, step: Callable[[int], object]) -> float:
    """Measure a step over the sample."""
    started = time.process_time()
    for number in range(SAMPLE):
        step(number)
    cost = (time.process_time() - started) * 1e3 / SAMPLE
    print(f"| {name} | {cost:.3f} |")
    return cost


def opening_of(poll: UUID) -> Opening:
    """A ballot for five projects."""
    chosen = tuple(sorted({secrets.randbelow(PROJECTS) for _ in range(5)}))
    server = server_random(SECRET, poll, secrets.token_bytes(16))
    return Opening(poll, server, secrets.token_bytes(32), CanonicalBallot(poll, Form.SET, chosen).encode())


def bundle_of(count: int) -> Bundle:
    """A bundle with so many ballots and a checkpoint for every batch."""
    openings = [opening_of(POLL) for _ in range(count)]
    election, outcome = count_of(openings)
    ballots = Ballots.of(election, openings)
    commitments = [ballot.commitment for ballot in ballots.counted]
    config = {
        "format": CONFIG_FORMAT,
        "log_key": SIGNER.verify_key.text,
        "origin": SIGNER.name,
        "poll": str(POLL),
        "budget": BUDGET,
        "projects": [{"cost": COST * (1 + n), "number": n, "reference": f"P{n}"} for n in range(PROJECTS)],
        "rule": {"id": "equal-shares", "parameters": {"completion": "add1u", "utility": "cost"}},
        "ties": ["cheapest", "most-votes"],
        "vote_type": "approval",
    }
    roll = {"channels": {"online": count}, "electors": count}
    close = {"ballots": count, "counted": count, "counted_sha256": counted_sha256(commitments)}
    files = {"ballots": ballots_file(ballots), "roll": documents.encode(roll), "superseded": b"", "witnesses": b""}
    files |= {"approvals": b"[]", "outcome": documents.encode(outcome)}
    hashes = {f"{name}_sha256": hashlib.sha256(content).hexdigest() for name, content in files.items()}
    secrets.SystemRandom().shuffle(commitments)
    batches = [
        [event_leaf("config", config_sha256=hashlib.sha256(documents.encode(config)).hexdigest(), poll=POLL)],
        [event_leaf("open", at=AT, by=[], electors=count)],
        *(ballot_leaves(commitments[start : start + BATCH], closing=True) for start in range(0, count, BATCH)),
        [event_leaf("close", at=AT, by=[], **close), event_leaf("result", at=AT, by=[], **hashes)],
    ]
    frontier, notes = Frontier(), []
    for batch in batches:
        frontier = frontier.extend(map(leaf_hash, batch))
        notes.append(read_note(sign(Checkpoint(SIGNER.name, frontier.size, frontier.root()), SIGNER)))
    log = tuple(read_leaf(leaf) for batch in batches for leaf in batch)
    return Bundle(config, roll, [], outcome, log, tuple(notes), (), (), ballots, election)


def count_of(openings: list[Opening]) -> tuple[bytes, dict[str, object]]:
    """The election's file, and the outcome by Equal Shares, from the tally."""
    election = Election.of(
        projects=[Project(id=f"P{n}", cost=COST * (1 + n), name=f"P{n}") for n in range(PROJECTS)],
        budget=BUDGET,
        vote_type=VoteType.APPROVAL,
        ballots=Counter(Ballot(tuple(f"P{n}" for n in opening.ballot().projects)) for opening in openings),
        currency="GBP",
        minor_units=100,
    )
    stream = io.BytesIO()
    write_pabulib(election, stream)
    counted = tally(election, "equal-shares", {"completion": "add1u", "utility": "cost"})
    awarded = {step.project: step.cost for step in counted.steps}
    projects = [{"awarded": awarded.get(f"P{n}", 0), "number": n} for n in range(PROJECTS)]
    return stream.getvalue(), {"projects": projects}


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else BALLOTS)
