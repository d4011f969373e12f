// The log: its order, its checkpoints, the keys that signed them, and a checkpoint that somebody kept.
import { symbolsOf } from '../ballotbox/ballot.js';
import { MalformedError, NotAuthenticError, same } from '../ballotbox/bytes.js';
import { openCheckpoint } from '../ballotbox/checkpoints.js';
import { Frontier, leafHash } from '../ballotbox/merkle.js';
import { KEY, verifyNote } from '../ballotbox/notes.js';
import { note, right, said, verdict, wrong } from './findings.js';
import { at, compare } from './hashes.js';
import { misplaced } from './log.js';

const CHUNK = 100;

/** @typedef {import('./bundle.js').Bundle} Bundle @typedef {import('./findings.js').Finding} Finding @typedef {import('./findings.js').Said} Said */

/** What is wrong with the order of the leaves; null if nothing is. @param {Bundle} bundle @returns {Finding | null} */
export function orderProblem({ log }) {
  const first = misplaced(log);
  if (first) return wrong('order_wrong', { place: first.place + 1, type: first.type });
  return log.events.some(({ type }) => type === 'result') ? null : wrong('order_no_result');
}

/** The roots of the log at these sizes, as far as it has them. @param {import('./log.js').Log} log @param {Iterable<number>} sizes @returns {Map<number, Uint8Array>} */
export function rootsAt({ file, starts, size }, sizes) {
  const wanted = new Set(sizes);
  const tree = new Frontier();
  const roots = new Map();
  for (let leaf = 0; ; leaf += 1) {
    if (wanted.has(leaf)) roots.set(leaf, tree.root());
    if (leaf === size) return roots;
    tree.append(leafHash(file, starts[leaf], starts[leaf + 1] - 1));
  }
}

/** Signatures, roots, growth, the order of ballots in their batches. @param {Bundle} bundle @param {Map<number, Uint8Array>} roots at the sizes of the checkpoints @returns {Promise<Finding>} */
export async function checkCheckpoints(bundle, roots) {
  const { checkpoints, log } = bundle;
  const problems = [];
  for (let first = 0; first < checkpoints.length; first += CHUNK) {
    const found = await Promise.all(checkpoints.slice(first, first + CHUNK).map((signed) => checkpointProblem(bundle, signed, roots)));
    problems.push(...found.filter((problem) => problem !== null));
  }
  const sizes = checkpoints.map(({ point }) => point.size);
  if (sizes.some((size, place) => place > 0 && sizes[place - 1] >= size)) problems.push(said('checkpoints_shrink'));
  if (sizes.at(-1) !== log.size) problems.push(said('checkpoint_missing', { count: log.size }));
  problems.push(...unsorted(log, new Set(sizes)));
  return verdict('log', { count: log.size, checkpoints: sizes.length }, problems);
}

/** @param {Bundle} bundle @param {import('./bundle.js').Signed} signed @param {Map<number, Uint8Array>} roots @returns {Promise<Said | null>} */
async function checkpointProblem({ config, logKey, witnesses }, { note: signedNote, point }, roots) {
  const size = point.size;
  let signers;
  try {
    signers = await verifyNote(signedNote, [logKey, ...witnesses]);
  } catch (error) {
    if (!(error instanceof NotAuthenticError)) throw error;
    return said('checkpoint_signature', { size }, error.message);
  }
  if (!signers.includes(logKey) || signers.length !== signedNote.signatures.length) return said('checkpoint_signers', { size });
  if (point.origin !== config.origin) return said('checkpoint_origin', { size });
  const root = roots.get(size);
  return root && !point.more && same(root, point.root) ? null : said('checkpoint_root', { size });
}

/** Ballots that follow each other are in order, unless a checkpoint ends between them. @param {import('./log.js').Log} log @param {Set<number>} sizes @returns {Said[]} */
function unsorted({ commitments, places }, sizes) {
  const problems = [];
  for (let number = 1; number < places.length; number += 1) {
    const follows = places[number] === places[number - 1] + 1 && !sizes.has(places[number]);
    if (follows && compare(commitments, number - 1, commitments, number) >= 0) problems.push(said('batch_order', { ballot: symbolsOf(at(commitments, number)) }));
  }
  return problems;
}

/** Are the log's key and the witnesses those that the reader trusts? @param {Bundle} bundle @param {readonly import('./bundle.js').Key[]} pins @returns {Promise<Finding[]>} */
export async function checkPins(bundle, pins) {
  const key = bundle.logKey.text;
  const findings = [];
  if (pins.length === 0) findings.push(note('key_none', { key }));
  if (pins.some((pin) => pin.text === key)) findings.push(right('key_right'));
  else if (pins.some((pin) => pin.type === KEY.LOG)) findings.push(wrong('key_wrong', { key }));
  for (const pin of pins) if (pin.type === KEY.WITNESS) findings.push(await witnessed(bundle, pin));
  return findings;
}

/** A witness vouches for a result only if it saw the close, which fixes the ballots that count. @param {Bundle} bundle @param {import('./bundle.js').Key} witness @returns {Promise<Finding>} */
async function witnessed({ checkpoints, log }, witness) {
  let size = 0;
  for (const { note: signedNote, point } of checkpoints) {
    const signed = await verifyNote(signedNote, [witness]).then(() => true, () => false);
    if (signed) size = Math.max(size, point.size);
  }
  const close = log.events.find(({ type }) => type === 'close')?.place ?? log.size;
  const params = { name: witness.name, count: size };
  if (size === 0) return wrong('witness_missing', params);
  return close < size ? right('witness_right', params) : wrong('witness_early', params);
}

/** Does the log begin with what a checkpoint says that somebody kept? @param {Bundle} bundle @param {string} encoded @param {(size: number) => Uint8Array | undefined} rootAt @returns {Promise<Finding>} */
export async function checkKept({ config, logKey }, encoded, rootAt) {
  try {
    const { size, root } = await openCheckpoint(encoded, logKey, config.origin);
    const own = rootAt(size);
    return own && same(own, root) ? right('kept_right', { count: size }) : wrong('kept_wrong', { count: size });
  } catch (error) {
    if (!(error instanceof MalformedError || error instanceof NotAuthenticError)) throw error;
    return wrong('kept_other', {}, error.message);
  }
}
