"""The Merkle tree of RFC 9162 (section 2.1), with SHA-256: roots, proofs, and checking them.

leaf hash = SHA-256(0x00 || leaf); node hash = SHA-256(0x01 || left || right); the empty tree's root is SHA-256 of
nothing. A tree of n leaves has on its left the largest power of two below n. All functions take leaf *hashes*.

A `Frontier` is what appending needs: the roots of the perfect subtrees, one for each bit of the size. A `Tree` keeps
all of them, 64 bytes a leaf, and gives proofs between any two sizes in O(log n).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root of a tree with these leaf hashes."""
    return Tree(hashes).root()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree's size and the roots of its perfect subtrees, the largest first. Encoded: its `nodes`, joined."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.nodes) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves has not {len(self.nodes)} perfect subtrees")
        if any(len(node) != HASH_BYTES for node in self.nodes):
            raise ValueError(f"every node has {HASH_BYTES} bytes")

    def extend(self, hashes: Iterable[bytes]) -> Frontier:
        """The frontier after appending leaves; O(log n) for each at most, O(1) on average."""
        size, nodes = self.size, list(self.nodes)
        for appended in hashes:
            node, full = appended, size
            while full & 1:
                node, full = node_hash(nodes.pop(), node), full >> 1
            nodes.append(node)
            size += 1
        return Frontier(size, tuple(nodes))

    def root(self) -> bytes:
        """The tree's root, in O(log n)."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root


class Tree:
    """A tree that gives roots and proofs for every size that it has had. Each level is kept as its hashes, joined."""

    def __init__(self, hashes: Iterable[bytes] = ()) -> None:
        self._levels = [bytearray()]
        for each in hashes:
            self.append(each)

    def __len__(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    def append(self, appended: bytes) -> None:
        """Append a leaf hash."""
        level, number = 0, len(self)
        self._levels[0] += appended
        while number & 1:  # it is a right child, so its parent is complete
            if level + 1 == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level + 1] += node_hash(self._node(level, number - 1), self._node(level, number))
            level, number = level + 1, number >> 1

    def leaf(self, index: int) -> bytes:
        """The leaf hash at an index below the size."""
        return self._node(0, index)

    def root(self, size: int | None = None) -> bytes:
        """The root at a size, or now. Raises ValueError if the tree has never had it."""
        size = self._known(size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The proof that the leaf at `index` is in the tree of `size` leaves (PATH of RFC 9162, 2.1.3.1)."""
        start, end = 0, self._known(size)
        if not 0 <= index < end:
            raise ValueError(f"a tree of {end} leaves has no leaf {index}")
        path = []
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._subtree(middle, end))
                end = middle
            else:
                path.append(self._subtree(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, first: int, second: int | None = None) -> list[bytes]:
        """The proof that the tree of `second` leaves begins with that of `first` (PROOF of RFC 9162, 2.1.4.1)."""
        start, end = 0, self._known(second)
        if not 0 <= first <= end:
            raise ValueError(f"a tree of {end} leaves never begins with {first}")
        if first in {0, end}:
            return []
        path = []
        while first != end:
            middle = start + _split(end - start)
            if first <= middle:
                path.append(self._subtree(middle, end))
                end = middle
            else:
                path.append(self._subtree(start, middle))
                start = middle
        if start:  # else the first tree is itself a perfect subtree, and its root is known
            path.append(self._subtree(start, end))
        return path[::-1]

    def _node(self, level: int, number: int) -> bytes:
        return bytes(self._levels[level][number * HASH_BYTES : (number + 1) * HASH_BYTES])

    def _known(self, size: int | None) -> int:
        size = len(self) if size is None else size
        if not 0 <= size <= len(self):
            raise ValueError(f"the tree has {len(self)} leaves, not {size}")
        return size

    def _subtree(self, start: int, end: int) -> bytes:
        """The root over leaves from `start` to `end`, where `start` is a multiple of a power of two that is enough."""
        count = end - start
        level = count.bit_length() - 1
        if count == 1 << level:
            return self._node(level, start >> level)
        middle = start + _split(count)
        return node_hash(self._subtree(start, middle), self._subtree(middle, end))


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that the leaf hash stands at `index` in the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes([leaf, root, *proof]):
        return False
    position, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and node == root


def is_consistent(first: int, second: int, roots: tuple[bytes, bytes], proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the second tree begins with the first (RFC 9162, 2.1.4.2).

    `roots` are the first and the second tree's. The empty tree and the same tree need an empty proof.
    """
    if not 0 <= first <= second or not _are_hashes([*roots, *proof]):
        return False
    if first in {0, second}:
        return not proof and roots[0] == (roots[1] if first else EMPTY_ROOT) and (second > 0 or roots[1] == EMPTY_ROOT)
    nodes = list(proof) if first & (first - 1) else [roots[0], *proof]
    if not nodes:
        return False
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, node)
        position, last = position >> 1, last >> 1
    return last == 0 and (old, new) == roots


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _are_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
