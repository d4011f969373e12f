from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.ballotbox.merkle import EMPTY_ROOT, Frontier, Tree, is_consistent, is_included, leaf_hash, root_of

# The reference vectors of Certificate Transparency, RFC 6962 (merkletree tests), which RFC 9162 did not change.
CT_LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
CT_ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
CT_INCLUSION: dict[tuple[int, int], tuple[str, ...]] = {
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
}
CT_CONSISTENCY: dict[tuple[int, int], tuple[str, ...]] = {
    (1, 1): (),
    (1, 8): CT_INCLUSION[0, 8],
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
CT_HASHES = [leaf_hash(bytes.fromhex(leaf)) for leaf in CT_LEAVES]
MOST = 130
HASHES = [leaf_hash(str(number).encode()) for number in range(MOST)]
TREE = Tree(HASHES)
hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=70)


def definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, word by word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + definition(leaves[:half]) + definition(leaves[half:])).digest()


def test_roots_and_proofs_are_the_reference_ones() -> None:
    tree = Tree(CT_HASHES)
    assert [tree.root(size).hex() for size in range(9)] == list(CT_ROOTS)
    for (index, size), proof in CT_INCLUSION.items():
        assert [node.hex() for node in tree.inclusion(index, size)] == list(proof)
    for (first, second), proof in CT_CONSISTENCY.items():
        assert [node.hex() for node in tree.consistency(first, second)] == list(proof)


def test_every_root_is_that_of_the_definition_however_it_is_made() -> None:
    frontier, grown = Frontier(), Tree()
    for size in range(MOST + 1):
        expected = definition(HASHES[:size])
        assert TREE.root(size) == root_of(HASHES[:size]) == frontier.root() == grown.root() == expected
        assert Frontier(frontier.size, frontier.nodes) == Frontier().extend(HASHES[:size])
        if size < MOST:
            frontier = frontier.extend([HASHES[size]])
            grown.append(HASHES[size])


def mutations(proof: list[bytes], seed: int) -> Iterator[list[bytes]]:
    """A flipped bit in every node, a node too few and too many, two nodes swapped."""
    for place, node in enumerate(proof):
        flipped = (int.from_bytes(node) ^ 1 << (seed * 7 + place * 31) % 256).to_bytes(32)
        yield [*proof[:place], flipped, *proof[place + 1 :]]
        yield [*proof[:place], *proof[place + 1 :]]
    yield [*proof, bytes(32)]
    yield [bytes(32), *proof]
    for place in range(len(proof) - 1):
        yield [*proof[:place], proof[place + 1], proof[place], *proof[place + 2 :]]


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_inclusion_of_every_leaf_at_every_size(size: int) -> None:
    root = TREE.root(size)
    for index in range(size):
        proof = TREE.inclusion(index, size)
        assert is_included(HASHES[index], index, size, proof, root)
        assert not is_included(HASHES[index - 1] if index else bytes(32), index, size, proof, root)
        assert not is_included(HASHES[index], index, size, proof, TREE.root(size - 1))
        assert not any(is_included(HASHES[index], other, size, proof, root) for other in (index - 1, index + 1, size))
    for index in {0, size // 2, size - 1}:
        for mutated in mutations(TREE.inclusion(index, size), size):
            assert not is_included(HASHES[index], index, size, mutated, root)


@pytest.mark.parametrize("second", range(MOST + 1))
def test_consistency_of_every_size_with_every_smaller_one(second: int) -> None:
    for first in range(second + 1):
        proof, roots = TREE.consistency(first, second), (TREE.root(first), TREE.root(second))
        assert is_consistent(first, second, roots, proof)
        assert not is_consistent(first, second, (bytes(32), roots[1]), proof)
        assert not is_consistent(second + 1, first, roots, proof)
        if first:
            assert not is_consistent(first, second, (roots[0], bytes(32)), proof)
            assert first == second or not is_consistent(first, second, roots[::-1], proof)
    for first in {0, 1, second // 2, second - 1, second} & set(range(second + 1)):
        roots = TREE.root(first), TREE.root(second)
        for mutated in mutations(TREE.consistency(first, second), second):
            assert not is_consistent(first, second, roots, mutated)


@given(hashes.filter(bool), st.data())
def test_a_changed_leaf_is_in_no_proof(leaves: list[bytes], data: st.DataObject) -> None:
    tree = Tree(leaves)
    index, bit = data.draw(st.integers(0, len(leaves) - 1)), data.draw(st.integers(0, 255))
    changed = (int.from_bytes(leaves[index]) ^ 1 << bit).to_bytes(32)
    assert not is_included(changed, index, len(leaves), tree.inclusion(index), tree.root())
    assert root_of([*leaves[:index], changed, *leaves[index + 1 :]]) != tree.root()


@given(hashes, hashes)
def test_a_frontier_goes_on_where_it_was_kept(before: list[bytes], after: list[bytes]) -> None:
    kept = Frontier().extend(before)
    assert Frontier(kept.size, kept.nodes).extend(after).root() == root_of(before + after)


def test_refuses_what_cannot_be() -> None:
    for size, nodes in [(-1, ()), (1, ()), (2, (bytes(32), bytes(32))), (1, (b"short",))]:
        with pytest.raises(ValueError, match=r"subtrees|bytes"):
            Frontier(size, nodes)
    for call in (lambda: TREE.root(MOST + 1), lambda: TREE.inclusion(5, 5), lambda: TREE.consistency(6, 5)):
        with pytest.raises(ValueError, match="tree"):
            call()
    assert not is_included(HASHES[0], 0, 1, [], HASHES[0][:31])
    assert not is_consistent(0, 0, (EMPTY_ROOT, HASHES[0]), [])


def test_a_hundred_thousand_leaves_take_less_than_half_a_second() -> None:
    leaves = [number.to_bytes(32) for number in range(100_000)]
    started = time.process_time()
    Tree([leaf_hash(leaf) for leaf in leaves]).root()
    assert time.process_time() - started < 0.5
