// Many commitments, 32 bytes each, in one array: a hundred thousand texts would take ten times the room.
import { MalformedError } from '../ballotbox/bytes.js';

export const SIZE = 32;
const NIBBLE = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit += 1) NIBBLE[digit.toString(16).charCodeAt(0)] = digit;

/** Read lower-case hexadecimal digits, `data` from `from` to `to`, into `into` at `at`. Throws MalformedError. @param {Uint8Array} data @param {number} from @param {number} to @param {Uint8Array} into @param {number} at */
export function unhex(data, from, to, into, at) {
  for (; from < to; from += 2, at += 1) {
    const [high, low] = [NIBBLE[data[from]], NIBBLE[data[from + 1]]];
    if (high > 15 || low > 15) throw new MalformedError('not lower-case hexadecimal digits');
    into[at] = high << 4 | low;
  }
}

/** @param {Uint8Array} hashes */
export const count = (hashes) => hashes.length / SIZE;

/** @param {Uint8Array} hashes @param {number} number */
export const at = (hashes, number) => hashes.subarray(SIZE * number, SIZE * (number + 1));

/** Below 0, 0 or above 0, as the one comes before the other. @param {Uint8Array} first @param {number} i @param {Uint8Array} second @param {number} j */
export function compare(first, i, second, j) {
  for (let byte = 0; byte < SIZE; byte += 1) {
    const difference = first[SIZE * i + byte] - second[SIZE * j + byte];
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Are they in order, each once? @param {Uint8Array} hashes */
export function ascend(hashes) {
  for (let number = 1; number < count(hashes); number += 1) {
    if (compare(hashes, number - 1, hashes, number) >= 0) return false;
  }
  return true;
}

/** The same hashes in order. @param {Uint8Array} hashes @returns {Uint8Array} */
export function sorted(hashes) {
  const order = Uint32Array.from({ length: count(hashes) }, (_, number) => number).sort((i, j) => compare(hashes, i, hashes, j));
  const made = new Uint8Array(hashes.length);
  order.forEach((number, place) => made.set(at(hashes, number), SIZE * place));
  return made;
}

/** Those of `hashes` that are not among `others`; both in order. @param {Uint8Array} hashes @param {Uint8Array} others @returns {Uint8Array} */
export function without(hashes, others) {
  const left = new Uint8Array(hashes.length);
  let [kept, other] = [0, 0];
  for (let number = 0; number < count(hashes); number += 1) {
    while (other < count(others) && compare(others, other, hashes, number) < 0) other += 1;
    if (other < count(others) && compare(others, other, hashes, number) === 0) continue;
    left.set(at(hashes, number), SIZE * kept);
    kept += 1;
  }
  return left.subarray(0, SIZE * kept);
}

/** Where the hash is among those in order, or -1. @param {Uint8Array} hashes @param {Uint8Array} hash */
export function find(hashes, hash) {
  let [low, high] = [0, count(hashes)];
  while (low < high) {
    const middle = low + high >> 1;
    if (compare(hashes, middle, hash, 0) < 0) low = middle + 1;
    else high = middle;
  }
  return low < count(hashes) && compare(hashes, low, hash, 0) === 0 ? low : -1;
}
