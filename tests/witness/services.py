"""Logs that are shown honestly, and logs that are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pbvote.ballotbox.checkpoints import Checkpoint, sign
from pbvote.ballotbox.log import ballot_leaf
from pbvote.ballotbox.merkle import Tree, leaf_hash
from pbvote.ballotbox.notes import KeyType, SigningKey
from pbvote.witness.looking import Refused, Shown, Unable

ORIGIN = "vote.example.org/6f1f3e3c-0b5a-4f0e-9a52-6f0f2f0f2f0f"


def key(seed: int, kind: KeyType = KeyType.NOTE, name: str = "vote.example.org") -> SigningKey:
    return SigningKey(name, kind, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


LOG_KEY, OTHER_KEY = key(1), key(2)
WITNESS = key(3, KeyType.COSIGNATURE, "neighbour.example.org")


def leaf(number: int) -> bytes:
    return ballot_leaf(number.to_bytes(32))


@dataclass
class Fake:
    """A service that shows the first `size` of its leaves, and whose answers a test can change."""

    leaves: list[bytes]
    size: int
    key: SigningKey = LOG_KEY
    named_key: SigningKey | None = None
    origin: str = ORIGIN
    proof: Sequence[bytes] | None = None
    refuses: bool = False
    unable: bool = False
    asked: list[tuple[int, int]] = field(default_factory=list)

    @property
    def tree(self) -> Tree:
        return Tree(map(leaf_hash, self.leaves))

    def note(self) -> str:
        return sign(Checkpoint(self.origin, self.size, self.tree.root(self.size)), self.key)

    def shown(self) -> Shown:
        if self.unable:
            raise Unable("There is no network.")
        return Shown(self.origin, (self.named_key or self.key).verify_key.text, self.note())

    def consistency(self, first: int, second: int) -> Sequence[bytes]:
        self.asked.append((first, second))
        if self.refuses or second > len(self.leaves):
            raise Refused("the log is not that long")
        return self.tree.consistency(first, second) if self.proof is None else self.proof
