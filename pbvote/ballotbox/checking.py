"""Checking a bundle: every claim in it that needs no counting, told in plain sentences.

What a bundle says of itself is checked against itself first; what makes it more than that comes from outside: a pinned
key, a checkpoint that somebody kept, a voter's receipt.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pbvote.ballotbox import receipts
from pbvote.ballotbox.bundle import (
    APPROVALS,
    BALLOTS,
    CONFIG,
    OUTCOME,
    ROLL,
    SUPERSEDED,
    WITNESSES,
    Bundle,
    counted_sha256,
)
from pbvote.ballotbox.canonical import receipt_bits
from pbvote.ballotbox.checking_log import check_checkpoints, check_kept, check_pins
from pbvote.ballotbox.documents import NotAuthenticError
from pbvote.ballotbox.envelope import WrongBallotError
from pbvote.ballotbox.findings import Finding, verdict
from pbvote.ballotbox.log import BALLOT, order_problem
from pbvote.ballotbox.merkle import Tree, leaf_hash
from pbvote.ballotbox.notes import VerifyKey, read_key
from pbvote.ballotbox.receipts import Receipt


@dataclass(frozen=True, slots=True)
class Kept:
    """What the reader of a bundle brings along: keys they trust, a checkpoint they kept, receipts of voters."""

    pins: tuple[VerifyKey, ...] = ()
    checkpoint: str | None = None
    receipts: tuple[Receipt, ...] = ()


def check(bundle: Bundle, kept: Kept | None = None) -> list[Finding]:
    """Every finding on a bundle, right and wrong; counting is not among them."""
    kept = kept or Kept()
    problem = order_problem(bundle.log)
    last = {leaf.type: leaf.fields or {} for leaf in bundle.log}
    if problem is not None or "result" not in last:
        return [Finding(False, f"The log is not one of a whole vote: {problem or 'it has no result'}.")]
    tree = Tree(leaf_hash(leaf.encode()) for leaf in bundle.log)
    in_log = [leaf.commitment for leaf in bundle.log if leaf.type == BALLOT]
    return [
        *check_checkpoints(bundle, tree),
        *check_pins(bundle, kept.pins),
        *check_kept(bundle, tree, kept.checkpoint),
        *_files(bundle, last),
        *_roll(bundle),
        *_box(bundle, in_log, last["close"]),
        *_ballots(bundle),
        *(_receipt(bundle, set(in_log), receipt) for receipt in kept.receipts),
    ]


def _files(bundle: Bundle, last: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """The hashes in the log, of the newest result, against the files."""
    files = bundle.files()
    expected = {CONFIG: last["config"]["config_sha256"]}
    names = {APPROVALS: "approvals", BALLOTS: "ballots", OUTCOME: "outcome", ROLL: "roll"}
    names |= {SUPERSEDED: "superseded", WITNESSES: "witnesses"}
    expected |= {name: last["result"][f"{field}_sha256"] for name, field in names.items()}
    wrong = [
        f"{name} is not the file that the log names"
        for name, digest in expected.items()
        if name in files and hashlib.sha256(files[name]).hexdigest() != digest
    ]
    if last["config"]["poll"] != bundle.config["poll"]:
        wrong.append("the log is one of another vote than the config")
    ballots, election = bundle.ballots, bundle.election
    if ballots and election is not None and hashlib.sha256(election).hexdigest() != ballots.election_sha256:
        wrong.append("election.pb is not the file that ballots.txt names")
    yield verdict(wrong, "Every file is the one that the log names.", "A file was changed")


def _roll(bundle: Bundle) -> Iterator[Finding]:
    """Electors by the log's own account, and no more ballots than electors."""
    electors = 0
    for leaf in bundle.log:
        if leaf.type == "open" and leaf.fields:  # what was changed before is in the number that the vote opened with
            electors = leaf.fields["electors"]
        elif leaf.type == "roll-change" and leaf.fields:
            electors += leaf.fields["added"] - leaf.fields["removed"]
    voted = sum(bundle.roll["channels"].values())
    wrong = []
    if bundle.roll["electors"] != electors:
        wrong.append(f"the roll names {bundle.roll['electors']} electors, the log {electors}")
    if voted > electors:
        wrong.append(f"{voted} ballots count, of {electors} electors")
    yield verdict(wrong, f"{voted} of {electors} electors voted.", "The roll does not fit the ballots")


def _box(bundle: Bundle, in_log: list[bytes], close: Mapping[str, Any]) -> Iterator[Finding]:
    """The ballots in the log are those counted and those superseded; and so it was fixed before any was unsealed."""
    superseded = set(bundle.superseded)
    counted = [commitment for commitment in in_log if commitment not in superseded]
    wrong = []
    if len(set(in_log)) != len(in_log):
        wrong.append("a ballot is in the log twice")
    if missing := superseded - set(in_log):
        wrong.append(f"{_some(missing)} is superseded and not in the log")
    if bundle.ballots is not None:
        opened = {ballot.commitment for ballot in bundle.ballots.counted}
        if extra := opened - set(counted):
            wrong.append(f"{_some(extra)} was counted, and is superseded or not in the log")
        if lost := set(counted) - opened:
            wrong.append(f"{_some(lost)} is in the log, and neither counted nor superseded")
    if (close["ballots"], close["counted"]) != (len(in_log), len(counted)):
        wrong.append(f"{len(in_log)} ballots and {len(counted)} that count are not the numbers fixed at the close")
    if close["counted_sha256"] != counted_sha256(counted):
        wrong.append("the ballots that count are not those fixed at the close")
    if sum(bundle.roll["channels"].values()) != len(counted):
        wrong.append("the numbers by channel do not add up to the ballots that count")
    if len(set(map(receipt_bits, in_log))) != len(in_log):
        wrong.append("two ballots have the same receipt")
    yield verdict(
        wrong,
        f"{len(in_log)} ballots are in the box: {len(counted)} count, {len(superseded)} were replaced or voided.",
        "The ballots that count are not those in the box",
    )


def _ballots(bundle: Bundle) -> Iterator[Finding]:
    if bundle.ballots is None:
        told = "Too few people voted to publish ballots: only totals are here, and ballots were not checked."
        yield Finding(True, told, note=True)
        return
    wrong = []
    for ballot in bundle.ballots.counted:
        try:
            ballot.opening.ballot()
        except WrongBallotError as error:
            wrong.append(str(error))
        if ballot.opening.commitment != ballot.commitment:
            wrong.append(f"ballot {ballot.commitment.hex()} is not what its commitment stands for")
    count = len(bundle.ballots.counted)
    yield verdict(
        wrong, f"Each of the {count} ballots is what was committed to when it was cast.", "A ballot was changed"
    )


def _receipt(bundle: Bundle, in_log: set[bytes], receipt: Receipt) -> Finding:
    """In the box, counted, or replaced by a later vote."""
    problem = _receipt_problem(bundle, in_log, receipt)
    if problem is not None:
        return Finding(False, f"Receipt {receipt.symbols} {problem}.")
    told = f"Receipt {receipt.symbols} is in the box, and"
    if receipt.commitment in bundle.superseded:  # whether there was a later vote is known to the voter alone
        return Finding(
            True, f"{told} was replaced by a later vote, or voided. If you did not vote again, ask why.", note=True
        )
    return Finding(True, f"{told} counted.")


def _receipt_problem(bundle: Bundle, in_log: set[bytes], receipt: Receipt) -> str | None:
    try:
        receipts.verify(receipt, read_key(bundle.config["log_key"]))
    except NotAuthenticError:
        return "is not a promise of this log: its signature is wrong"
    if receipt.poll != bundle.poll:
        return "is one of another vote"
    if receipt.commitment not in in_log:
        return "was promised, and its ballot is not in the box"
    if bundle.ballots is None or receipt.commitment in bundle.superseded:
        return None
    opening = next((b.opening for b in bundle.ballots.counted if b.commitment == receipt.commitment), None)
    if opening is None:
        return "is in the box, and was not counted"
    return None if receipts.is_in(receipt, opening) else "is in the box, and was not made with the voter's randomness"


def _some(commitments: set[bytes]) -> str:
    more = f" (and {len(commitments) - 1} more)" if len(commitments) > 1 else ""
    return f"ballot {min(commitments).hex()}{more}"
