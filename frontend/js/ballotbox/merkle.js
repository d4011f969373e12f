// The log's tree (RFC 9162, section 2.1): hashes of leaves and nodes, roots, and what proofs show.
import { same } from './bytes.js';
import { Sha256, sha256 } from './sha256.js';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const BYTES = 32;
const hasher = new Sha256();

/** @param {Uint8Array} leaf its bytes @param {number} [from] @param {number} [to] @returns {Uint8Array} */
export const leafHash = (leaf, from = 0, to = leaf.length) => hasher.add(LEAF).add(leaf, from, to).end();

/** @param {Uint8Array} left @param {Uint8Array} right @returns {Uint8Array} */
export const nodeHash = (left, right) => hasher.add(NODE).add(left).add(right).end();

/** A tree that grows: the roots of its perfect subtrees are all that has to be kept, one for each bit of its size. */
export class Frontier {
  constructor() {
    this.size = 0;
    /** @type {Uint8Array[]} the largest first */
    this.nodes = [];
  }

  /** @param {Uint8Array} node the hash of the next leaf */
  append(node) {
    for (let full = this.size; full % 2 === 1; full = (full - 1) / 2) node = nodeHash(/** @type {Uint8Array} */ (this.nodes.pop()), node);
    this.nodes.push(node);
    this.size += 1;
  }

  /** The root now. @returns {Uint8Array} */
  root() {
    return this.nodes.length === 0 ? sha256() : this.nodes.reduceRight((root, node) => nodeHash(node, root));
  }
}

/** The largest power of two below `count`. @param {number} count */
function half(count) {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

/**
 * Does the proof show that the leaf with this hash stands at `index` (from 0) in the tree of `size` leaves with this root?
 * @param {Uint8Array} leaf @param {number} index @param {number} size @param {readonly Uint8Array[]} proof @param {Uint8Array} root
 */
export function isIncluded(leaf, index, size, proof, root) {
  if (!isPlace(index, size - 1) || [leaf, root, ...proof].some((hash) => hash.length !== BYTES)) return false;
  const siblings = [...proof];
  /** The root of a subtree of so many leaves, worked out from the top down. @param {number} at @param {number} count @returns {Uint8Array | null} */
  const rootOf = (at, count) => {
    if (count === 1) return leaf;
    const sibling = siblings.pop();
    if (sibling === undefined) return null;
    const left = half(count);
    const node = at < left ? rootOf(at, left) : rootOf(at - left, count - left);
    return node && (at < left ? nodeHash(node, sibling) : nodeHash(sibling, node));
  };
  const found = rootOf(index, size);
  return found !== null && siblings.length === 0 && same(found, root);
}

/**
 * Does the proof show that the tree of `second` leaves begins with the tree of `first`? The empty tree, and the same tree, need no hashes.
 * @param {number} first @param {number} second @param {Uint8Array} firstRoot @param {Uint8Array} secondRoot @param {readonly Uint8Array[]} proof
 */
export function isConsistent(first, second, firstRoot, secondRoot, proof) {
  if (!isPlace(first, second) || !isPlace(second, second) || [firstRoot, secondRoot, ...proof].some((hash) => hash.length !== BYTES)) return false;
  if (first === second) return proof.length === 0 && same(firstRoot, secondRoot) && (first > 0 || same(firstRoot, sha256()));
  if (first === 0) return proof.length === 0 && same(firstRoot, sha256());
  const siblings = [...proof];
  /**
   * The roots, old and new, of a subtree of `count` leaves of which `old` were there before; `whole` as long as it began the tree.
   * @param {number} old @param {number} count @param {boolean} whole @returns {[Uint8Array, Uint8Array] | null}
   */
  const rootsOf = (old, count, whole) => {
    const node = old === count && whole ? firstRoot : siblings.pop();
    if (node === undefined) return null;
    if (old === count) return [node, node];
    const left = half(count);
    const roots = old <= left ? rootsOf(old, left, whole) : rootsOf(old - left, count - left, false);
    if (roots === null) return null;
    return old <= left ? [roots[0], nodeHash(roots[1], node)] : [nodeHash(node, roots[0]), nodeHash(node, roots[1])];
  };
  const roots = rootsOf(first, second, true);
  return roots !== null && siblings.length === 0 && same(roots[0], firstRoot) && same(roots[1], secondRoot);
}

/** @param {number} number @param {number} most */
const isPlace = (number, most) => Number.isSafeInteger(number) && number >= 0 && number <= most;
