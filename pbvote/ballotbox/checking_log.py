"""Checking a bundle's log: its checkpoints, the keys that signed them, and a checkpoint that somebody kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from pbvote.ballotbox.bundle import Bundle
from pbvote.ballotbox.checkpoints import Checkpoint, open_checkpoint, read_text
from pbvote.ballotbox.documents import MalformedError, NotAuthenticError
from pbvote.ballotbox.findings import Finding, verdict
from pbvote.ballotbox.log import BALLOT, Leaf
from pbvote.ballotbox.merkle import Tree
from pbvote.ballotbox.notes import KeyType, Note, VerifyKey, read_key, verify


def check_checkpoints(bundle: Bundle, tree: Tree) -> Iterator[Finding]:
    """Signatures, roots, growth, the order of ballots within a batch, and that the last one covers the whole log."""
    log_key = read_key(bundle.config["log_key"])
    points = [read_text(note.text) for note in bundle.checkpoints]
    wrong = [
        reason
        for note, point in zip(bundle.checkpoints, points, strict=True)
        if (reason := _checkpoint_problem(bundle, note, point, log_key, tree))
    ]
    if any(first.size >= second.size for first, second in pairwise(points)):
        wrong.append("the checkpoints do not grow")
    if not points or points[-1].size != len(tree):
        wrong.append(f"no checkpoint covers the whole log of {len(tree)} entries")
    wrong += list(_unsorted(bundle.log, points))
    yield verdict(
        wrong,
        f"The log has {len(tree)} entries, and {len(points)} signed checkpoints show that it only ever grew.",
        "The log or its checkpoints were changed",
    )


def _checkpoint_problem(bundle: Bundle, note: Note, point: Checkpoint, log_key: VerifyKey, tree: Tree) -> str | None:
    try:
        signed = verify(note, [log_key, *bundle.witnesses])
    except NotAuthenticError as error:
        return f"checkpoint {point.size}: {error}"
    if log_key not in signed or len(signed) != len(note.signatures):
        return (
            f"checkpoint {point.size} has signatures that are not of the log or a listed witness, or comes without one"
        )
    if point.origin != bundle.config["origin"]:
        return f"checkpoint {point.size} is one of another log, {point.origin[:60]!r}"
    if point.more or point.size > len(tree) or tree.root(point.size) != point.root:
        return f"the first {point.size} entries are not those that checkpoint {point.size} was signed for"
    return None


def _unsorted(log: Sequence[Leaf], points: Sequence[Checkpoint]) -> Iterator[str]:
    """Ballots between two checkpoints stand in the order of commitments, which hides the order of voting."""
    sizes = {point.size for point in points}
    for place, (first, second) in enumerate(pairwise(log), start=1):
        both = first.type == second.type == BALLOT
        if both and place not in sizes and first.commitment >= second.commitment:
            yield f"ballot {second.commitment.hex()} stands out of order in its batch, or twice"


def check_pins(bundle: Bundle, pins: Sequence[VerifyKey]) -> Iterator[Finding]:
    """Whether the log's key, and the witnesses, are those that the reader trusts."""
    log_key = read_key(bundle.config["log_key"])
    if not pins:
        told = f"You named no key to trust: compare the log's with the notice of the vote. It is {log_key.text}"
        yield Finding(True, told, note=True)
    if log_key in pins:
        yield Finding(True, "The log is signed with the key that you trust.")
    elif any(pin.type is KeyType.NOTE for pin in pins):
        yield Finding(False, f"The log is signed with a key that you did not name. It is {log_key.text}")
    yield from (_witnessed(bundle, pin) for pin in pins if pin.type is KeyType.COSIGNATURE)


def _witnessed(bundle: Bundle, witness: VerifyKey) -> Finding:
    """A witness vouches for a result only if it saw the close, which fixes the ballots that count."""
    size = max((read_text(note.text).size for note in bundle.checkpoints if _has_signed(witness, note)), default=0)
    if not size:
        return Finding(False, f"The witness {witness.name} signed no checkpoint.")
    if not any(leaf.type == "close" for leaf in bundle.log[:size]):
        return Finding(
            False,
            f"The witness {witness.name} saw the log of {size} entries only, and not the close: it cannot tell whether "
            "what came after was changed.",
        )
    return Finding(True, f"The witness {witness.name} saw the log of {size} entries.")


def _has_signed(key: VerifyKey, note: Note) -> bool:
    try:
        return key in verify(note, [key])
    except NotAuthenticError:
        return False


def check_kept(bundle: Bundle, tree: Tree, encoded: str | None) -> Iterator[Finding]:
    """Whether the log begins with what a checkpoint says that somebody kept."""
    if encoded is None:
        return
    try:
        point = open_checkpoint(encoded, read_key(bundle.config["log_key"]), bundle.config["origin"])
    except (MalformedError, NotAuthenticError) as error:
        yield Finding(False, f"Your checkpoint is not one of this log: {error}.")
        return
    if point.size <= len(tree) and tree.root(point.size) == point.root:
        yield Finding(True, f"The log begins with the {point.size} entries of your checkpoint.")
    else:
        yield Finding(False, f"The log is not the one of your checkpoint: its first {point.size} entries were changed.")
