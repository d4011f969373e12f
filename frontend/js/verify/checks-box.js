// The files, the roll, the ballots in the box, what each of them holds, and voters' receipts.
import { BALLOT, NONCE, readBallot, symbolsOf } from '../ballotbox/ballot.js';
import { hex, MalformedError, NotAuthenticError, same } from '../ballotbox/bytes.js';
import { verifyReceipt } from '../ballotbox/receipts.js';
import { Sha256, sha256 } from '../ballotbox/sha256.js';
import { note, right, said, verdict, wrong } from './findings.js';
import { at, compare, count, find, SIZE, without } from './hashes.js';

const NAMED = ['approvals.json', 'ballots.txt', 'outcome.json', 'roll.json', 'superseded.txt', 'witnesses.txt'];

/** @typedef {import('./bundle.js').Bundle} Bundle @typedef {import('./findings.js').Finding} Finding @typedef {import('./findings.js').Said} Said */

/** The last event of a type; there is one. @param {Bundle} bundle @param {string} type @returns {Record<string, any>} */
const last = ({ log }, type) => log.events.findLast((event) => event.type === type)?.fields ?? {};

/** Every file against the hash that the log or ballots.txt names. @param {Bundle} bundle @returns {Finding} */
export function checkFiles(bundle) {
  const { files, config, ballots } = bundle;
  const result = last(bundle, 'result');
  const expected = new Map([['config.json', last(bundle, 'config').config_sha256]]);
  for (const name of NAMED) expected.set(name, result[`${name.split('.')[0]}_sha256`]);
  if (ballots) expected.set('election.pb', ballots.election);
  const problems = [];
  for (const [name, hash] of expected) {
    const file = files.get(name);
    if (file && hex(sha256(file)) !== hash) problems.push(said('file_changed', { file: name }));
  }
  if (last(bundle, 'config').poll !== config.poll) problems.push(said('other_poll'));
  return verdict('files', {}, problems);
}

/** Electors by the log's own account, and no more ballots than electors. @param {Bundle} bundle @returns {Finding} */
export function checkRoll({ log, roll }) {
  let electors = 0n;
  for (const { type, fields } of log.events) {
    if (type === 'open') electors = BigInt(fields.electors);
    if (type === 'roll-change') electors += BigInt(fields.added) - BigInt(fields.removed);
  }
  const voted = votedBy(roll);
  const problems = [];
  if (BigInt(roll.electors) !== electors) problems.push(said('roll_electors', { roll: roll.electors, log: Number(electors) }));
  if (voted > electors) problems.push(said('roll_too_many', { voted: Number(voted), electors: Number(electors) }));
  return verdict('roll', { count: Number(voted), electors: Number(electors) }, problems);
}

/** @param {Bundle['roll']} roll */
const votedBy = (roll) => Object.values(roll.channels).reduce((sum, number) => sum + BigInt(number), 0n);

/** The ballots in the log are those that count and those superseded; and so it was fixed at the close. @param {Bundle} bundle @param {Uint8Array} inLog their commitments in order @returns {Finding} */
export function checkBox(bundle, inLog) {
  const { superseded, ballots, roll } = bundle;
  const close = last(bundle, 'close');
  const counted = without(inLog, superseded);
  const problems = [];
  if (neighbours(inLog, (number) => compare(inLog, number, inLog, number + 1) === 0)) problems.push(said('box_twice'));
  problems.push(...some('box_superseded', without(superseded, inLog)));
  if (ballots) problems.push(...some('box_added', without(ballots.commitments, counted)), ...some('box_lost', without(counted, ballots.commitments)));
  if (close.ballots !== count(inLog) || close.counted !== count(counted)) problems.push(said('close_numbers', { count: count(inLog), counted: count(counted) }));
  if (close.counted_sha256 !== hex(sha256(counted))) problems.push(said('close_hash'));
  if (votedBy(roll) !== BigInt(count(counted))) problems.push(said('roll_channels'));
  if (neighbours(inLog, (number) => haveSameSymbols(at(inLog, number), at(inLog, number + 1)))) problems.push(said('box_symbols'));
  return verdict('box', { count: count(inLog), counted: count(counted), superseded: count(superseded) }, problems);
}

/** Is this so of any two hashes that follow each other? @param {Uint8Array} hashes @param {(number: number) => boolean} isSo */
function neighbours(hashes, isSo) {
  for (let number = 0; number + 1 < count(hashes); number += 1) if (isSo(number)) return true;
  return false;
}

/** The first 60 bits. @param {Uint8Array} first @param {Uint8Array} second */
const haveSameSymbols = (first, second) => same(first.subarray(0, 7), second.subarray(0, 7)) && first[7] >> 4 === second[7] >> 4;

/** @param {string} code @param {Uint8Array} hashes @returns {Said[]} */
const some = (code, hashes) => (hashes.length === 0 ? [] : [said(code, { ballot: symbolsOf(at(hashes, 0)), count: count(hashes) })]);

/** Every line of ballots.txt opens its commitment and holds a ballot of this poll. @param {Bundle} bundle @param {(done: number, of: number) => void} progress @returns {Finding} */
export function checkBallots({ ballots, poll }, progress) {
  if (ballots === null) return note('totals_only');
  const problems = [];
  for (let number = 0; number < ballots.count; number += 1) {
    if (!isOpened(ballots, poll, number)) problems.push(said('ballot_commitment', { ballot: symbolsOf(at(ballots.commitments, number)) }));
    try {
      readBallot(ballots.canonical.subarray(ballots.ends[number], ballots.ends[number + 1]), poll);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      problems.push(said('ballot_unreadable', { ballot: symbolsOf(at(ballots.commitments, number)) }, error.message));
    }
    if (number % 1_000 === 999) progress(number + 1, ballots.count);
  }
  return verdict('ballots', { count: ballots.count }, problems);
}

const hasher = new Sha256();
const [nonce, commitment] = [new Uint8Array(SIZE), new Uint8Array(SIZE)];

/** Is the ballot, with its randomness, what its commitment stands for? @param {import('./bundle.js').Ballots} ballots @param {Uint8Array} poll @param {number} number */
function isOpened({ commitments, randoms, canonical, ends }, poll, number) {
  hasher.add(NONCE).add(poll).add(randoms, 2 * SIZE * number, 2 * SIZE * (number + 1)).end(nonce);
  hasher.add(BALLOT).add(canonical, ends[number], ends[number + 1]).add(nonce).end(commitment);
  return compare(commitments, number, commitment, 0) === 0;
}

/** In the box, and counted or replaced. @param {Bundle} bundle @param {Uint8Array} inLog in order @param {import('../ballotbox/receipts.js').Receipt} receipt @returns {Promise<Finding>} */
export async function checkReceipt(bundle, inLog, receipt) {
  const params = { receipt: receipt.symbols };
  const problem = await receiptProblem(bundle, inLog, receipt);
  if (problem) return wrong(problem, params);
  return find(bundle.superseded, receipt.commitment) >= 0 ? note('receipt_replaced', params) : right('receipt_counted', params);
}

/** @param {Bundle} bundle @param {Uint8Array} inLog @param {import('../ballotbox/receipts.js').Receipt} receipt @returns {Promise<string | null>} the code of what is wrong */
async function receiptProblem({ config, logKey, poll, superseded, ballots }, inLog, receipt) {
  try {
    await verifyReceipt(receipt, logKey);
  } catch (error) {
    if (error instanceof NotAuthenticError) return 'receipt_signature';
    throw error;
  }
  if (receipt.poll !== config.poll) return 'receipt_poll';
  if (find(inLog, receipt.commitment) < 0) return 'receipt_missing';
  if (ballots === null || find(superseded, receipt.commitment) >= 0) return null;
  const number = find(ballots.commitments, receipt.commitment);
  if (number < 0) return 'receipt_not_counted';
  if (!isOpened(ballots, poll, number)) return 'receipt_changed';
  const browser = ballots.randoms.subarray(2 * SIZE * number + SIZE, 2 * SIZE * (number + 1));
  if (receipt.random === null || same(receipt.random, browser)) return null;
  return 'receipt_random';
}
