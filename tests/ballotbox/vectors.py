"""Worked examples of every format of the ballot box, for whoever writes another verifier.

Run: .venv/bin/python -m tests.ballotbox.vectors            (writes tests/data/ballotbox/*)
They come from hashes instead of randomness, so they come out the same each time; `test_vectors.py` sees to it. Only the
sealed envelopes cannot: HPKE draws a key for each. They are kept as they are, and must be opened.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from pbvote.ballotbox import documents
from pbvote.ballotbox.bundle_files import write_bundle
from pbvote.ballotbox.canonical import CanonicalBallot, Form, receipt
from pbvote.ballotbox.checkpoints import Checkpoint, cosign, sign
from pbvote.ballotbox.merkle import Tree, leaf_hash
from pbvote.ballotbox.opening import Opening, padded_size
from pbvote.ballotbox.randomness import nonce, offer, server_random
from pbvote.ballotbox.receipts import promise
from pbvote.ballotbox.sealing import seal
from tests.ballotbox.bundles import LOG_KEY, ORIGIN, POLL, WITNESS, made, make_bundle

FOLDER = Path(__file__).parents[1] / "data" / "ballotbox"
SEAL_KEY = X25519PrivateKey.from_private_bytes(made("seal key"))
BALLOTS = (
    CanonicalBallot(POLL, Form.SET, ()),
    CanonicalBallot(POLL, Form.SET, (7, 2)),
    CanonicalBallot(POLL, Form.RANKING, (7, 2)),
    CanonicalBallot(POLL, Form.POINTS, (7, 2), (1, 5)),
)
DOCUMENTS: tuple[Any, ...] = (
    None,
    {"b": [1, -2, True, None], "a": "caf\u00e9", "10": 1, "9": 2},
    'quote " backslash \\ slash / tab \t unit \u001f delete \u007f line \u2028 smile \U0001f600',
)
SIZES = (0, 1, 2, 3, 7, 8, 13)
INCLUSIONS = ((0, 1), (2, 3), (4, 7), (12, 13))
CONSISTENCIES = ((1, 2), (3, 7), (4, 8), (7, 13), (8, 13))


def openings() -> list[Opening]:
    """The openings of the ballots above."""
    return [
        Opening(
            POLL,
            server_random(made("ticket key"), POLL, bytes([number]) * 16),
            made(f"drawn {number}"),
            ballot.encode(),
        )
        for number, ballot in enumerate(BALLOTS)
    ]


def commitments() -> list[dict[str, Any]]:
    """From a choice to its receipt."""
    return [
        {
            "poll": str(POLL),
            "form": int(ballot.form),
            "projects": list(ballot.projects),
            "points": list(ballot.points),
            "canonical": opening.canonical.hex(),
            "server_random": opening.server_random.hex(),
            "offer": offer(POLL, opening.server_random).hex(),
            "browser_random": opening.browser_random.hex(),
            "nonce": nonce(POLL, opening.server_random, opening.browser_random).hex(),
            "commitment": opening.commitment.hex(),
            "symbols": receipt(opening.commitment),
            "opening_of_200_bytes": opening.encode(200).hex(),
        }
        for ballot, opening in zip(BALLOTS, openings(), strict=True)
    ]


def merkle() -> dict[str, Any]:
    """Roots and proofs of trees whose leaves are the texts `leaf 0`, `leaf 1`, ..."""
    tree = Tree(leaf_hash(f"leaf {number}".encode()) for number in range(max(SIZES)))
    return {
        "leaf_hashes": [leaf_hash(f"leaf {number}".encode()).hex() for number in range(max(SIZES))],
        "roots": [{"size": size, "root": tree.root(size).hex()} for size in SIZES],
        "inclusion": [
            {"index": index, "size": size, "proof": [node.hex() for node in tree.inclusion(index, size)]}
            for index, size in INCLUSIONS
        ],
        "consistency": [
            {"first": first, "second": second, "proof": [node.hex() for node in tree.consistency(first, second)]}
            for first, second in CONSISTENCIES
        ],
    }


def signatures() -> dict[str, Any]:
    """Keys, a checkpoint with a witness, and receipts in both forms."""
    checkpoint = Checkpoint(ORIGIN, 13, bytes.fromhex(merkle()["roots"][-1]["root"]))
    note, [_, one, *_] = sign(checkpoint, LOG_KEY), openings()
    receipts = [promise(LOG_KEY, POLL, one.commitment, drawn) for drawn in (one.browser_random, None)]
    return {
        "log_private_key": LOG_KEY.private.private_bytes_raw().hex(),
        "log_key": LOG_KEY.verify_key.text,
        "witness_private_key": WITNESS.private.private_bytes_raw().hex(),
        "witness_key": WITNESS.verify_key.text,
        "checkpoint": note,
        "cosigned_at": 1_772_442_000,
        "cosigned_checkpoint": cosign(note, WITNESS, 1_772_442_000),
        "receipts": [{"text": item.text(), "json": item.json().decode()} for item in receipts],
    }


def sealed() -> dict[str, Any]:
    """Envelopes to be opened; new ones each time this is called."""
    size = padded_size(Form.POINTS, 9)
    return {
        "poll": str(POLL),
        "private_key": SEAL_KEY.private_bytes_raw().hex(),
        "public_key": SEAL_KEY.public_key().public_bytes_raw().hex(),
        "padded_size": size,
        "envelopes": [
            {
                "commitment": opening.commitment.hex(),
                "opening": opening.encode(size).hex(),
                "envelope": seal(SEAL_KEY.public_key(), POLL, opening.commitment, opening.encode(size)).hex(),
            }
            for opening in openings()
        ],
    }


def vectors() -> dict[str, bytes]:
    """Every file that comes out the same each time, by name."""
    bundle = make_bundle()
    canonical = [{"document": document, "encoded": documents.encode(document).decode()} for document in DOCUMENTS]
    return {
        "commitments.json": _json(commitments()),
        "documents.json": _json(canonical),
        "merkle.json": _json(merkle()),
        "signatures.json": _json(signatures()),
        "bundle.zip": write_bundle(bundle),
        "bundle-totals.zip": write_bundle(bundle.totals_only()),
    }


def main() -> None:
    """Write them all; envelopes only where there are none yet."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in vectors().items():
        (FOLDER / name).write_bytes(content)
    if not (FOLDER / "sealed.json").exists():
        (FOLDER / "sealed.json").write_bytes(_json(sealed()))
    sys.stdout.write(f"{len(list(FOLDER.iterdir()))} files in {FOLDER}\n")


def _json(value: object) -> bytes:
    """For people to read, so not in the canonical form."""
    return json.dumps(value, indent=1, ensure_ascii=True).encode() + b"\n"


if __name__ == "__main__":
    main()
