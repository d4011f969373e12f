// Checkpoints: a log's origin, how many leaves it has and their root, as a signed note (docs/bundle-format.md, section 4).
import { fromBase64, fromHex, MalformedError, NotAuthenticError } from './bytes.js';
import { isIncluded, leafHash } from './merkle.js';
import { readNote, verifyNote } from './notes.js';

/**
 * `more` says that further lines follow, as other people's logs have them and ours never do. A size above 2^53 is not exact; no log is so long.
 * @typedef {{origin: string, size: number, root: Uint8Array, more: boolean}} Checkpoint
 */

/** The checkpoint in a note's text. Throws MalformedError unless it is written in its one form. @param {string} text @returns {Checkpoint} */
export function readCheckpoint(text) {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length < 3 || lines.includes('')) throw new MalformedError('a checkpoint has three lines: origin, size and root');
  const [origin, size, encoded, ...more] = lines;
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(size)) throw new MalformedError('that is not the size of a log');
  const root = fromBase64(encoded);
  if (root.length !== 32) throw new MalformedError('the root of a checkpoint is not 32 bytes in base64');
  return { origin, size: Number(size), root, more: more.length > 0 };
}

/**
 * The checkpoint in a note that the log's key signed; other signatures are passed over. Throws MalformedError or NotAuthenticError.
 * @param {string} encoded @param {import('./notes.js').Key} key @param {string} origin @returns {Promise<Checkpoint>}
 */
export async function openCheckpoint(encoded, key, origin) {
  const note = readNote(encoded);
  await verifyNote(note, [key]);
  const checkpoint = readCheckpoint(note.text);
  if (checkpoint.origin !== origin) throw new NotAuthenticError('it is a checkpoint of another log');
  return checkpoint;
}

/**
 * Is the leaf at `index` (from 0) of the log that this checkpoint was signed for? The proof's hashes are in hexadecimal digits.
 * @param {Checkpoint} checkpoint that was opened @param {Uint8Array} leaf its bytes @param {number} index @param {readonly string[]} proof
 */
export const hasLeaf = (checkpoint, leaf, index, proof) => isIncluded(leafHash(leaf), index, checkpoint.size, proof.map((hash) => fromHex(hash, 32)), checkpoint.root);
