"""What the ballot box's cryptography costs: a ballot's way in, and verifying a bundle of 100,000 by several rules.

Run: .venv/bin/python bench/ballotbox.py [cast | verify] [BALLOTS]
CPU milliseconds a ballot, in one process and one thread. Verifying: CPU seconds and the peak memory of a process of its
own that reads the file, checks everything and counts again. The figures are those of the machine that it names.
"""

from __future__ import annotations

import hashlib
import io
import platform
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
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
from pbvote.verify import OK, verify

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
RULES: tuple[tuple[str, dict[str, str | int | bool]], ...] = (
    ("greedy", {}),
    ("equal-shares", {}),
    ("equal-shares", {"completion": "add1u"}),
    ("phragmen", {}),
    ("max-welfare", {}),
)


def main(arguments: list[str]) -> None:
    """Print the tables that were asked for, both by default."""
    parts = [word for word in arguments if word in {"cast", "verify"}] or ["cast", "verify"]
    ballots = next((int(word) for word in arguments if word.isdigit()), BALLOTS)
    if arguments[:1] == ["one"]:  # the process that is measured
        verify_one(Path(arguments[1]))
        return
    print(f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}")
    if "cast" in parts:
        casting()
    if "verify" in parts:
        verifying(ballots)


def casting() -> None:
    """A ballot's way into the box, and out of it."""
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

    print("| step | CPU ms a ballot |\n|---|---:|")
    total = sum(
        row(name, step) for name, step in (("commit", commit), ("seal", seal_it), ("log, batches of 20", append))
    )
    print(f"| **commit, seal and log** | **{total:.3f}** |")
    row("promise", lambda number: promise(SIGNER, POLL, openings[number].commitment, None))
    row("unseal and check", lambda number: unseal_ballot(KEY, POLL, openings[number].commitment, envelopes[number]))


def verifying(ballots: int) -> None:
    """A bundle by each rule, verified in a process of its own."""
    openings = [opening_of(POLL) for _ in range(ballots)]
    print(f"| verify {ballots:,} ballots | MB | CPU s | peak MB |\n|---|---:|---:|---:|")
    for rule, parameters in RULES:
        with tempfile.NamedTemporaryFile(suffix=".zip") as file:
            file.write(data := write_bundle(bundle_of(openings, rule, parameters)))
            file.flush()
            command = [sys.executable, __file__, "one", file.name]
            told = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # this program
        name = " ".join([f"`{rule}`", *(f"{key} {value}" for key, value in parameters.items())])
        print(f"| {name} | {len(data) / 1e6:.0f} | {told.stdout.strip()} |")


def verify_one(file: Path) -> None:
    """Verify and print the figures; what is wrong ends it with an error."""
    started = time.process_time()
    report = verify(file.read_bytes())
    took = time.process_time() - started
    if report.code != OK:
        raise SystemExit(" ".join(report.wrong))
    print(f"{took:.1f} | {peak()}")


def peak() -> int:
    """The most memory that this process has had, in MB: what ru_maxrss says may be the starting process'."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024


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


def bundle_of(openings: list[Opening], rule: str, parameters: dict[str, Any]) -> Bundle:
    """A bundle with these ballots and a checkpoint for every batch."""
    count = len(openings)
    election, outcome = count_of(openings, rule, parameters)
    ballots = Ballots.of(election, openings)
    commitments = [ballot.commitment for ballot in ballots.counted]
    config = {
        "format": CONFIG_FORMAT,
        "log_key": SIGNER.verify_key.text,
        "origin": SIGNER.name,
        "poll": str(POLL),
        "budget": BUDGET,
        "projects": [{"cost": COST * (1 + n), "number": n, "reference": f"P{n}"} for n in range(PROJECTS)],
        "rule": {"id": rule, "parameters": parameters},
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


def count_of(openings: list[Opening], rule: str, parameters: dict[str, Any]) -> tuple[bytes, dict[str, object]]:
    """The election's file, and the outcome by the rule, from the tally."""
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
    counted = tally(election, rule, parameters, margins=False)
    awarded = {step.project: step.cost for step in counted.steps}
    projects = [{"awarded": awarded.get(f"P{n}", 0), "number": n} for n in range(PROJECTS)]
    return stream.getvalue(), {"projects": projects}


if __name__ == "__main__":
    main(sys.argv[1:])
