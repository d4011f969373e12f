// From the bytes of a bundle to findings and a verdict. It runs in a worker of the page, and in Node.js for tests.
import { MalformedError } from '../ballotbox/bytes.js';
import { readBundle } from './bundle.js';
import { checkBallots, checkBox, checkFiles, checkReceipt, checkRoll } from './checks-box.js';
import { checkCheckpoints, checkKept, checkPins, orderProblem, rootsAt } from './checks-log.js';
import { checkCount } from './counting.js';
import { note, wrong } from './findings.js';
import { sorted } from './hashes.js';

/** All right, something is wrong, or the bundle cannot be read. */
export const VERDICT = Object.freeze({ OK: 0, WRONG: 1, UNREADABLE: 2 });

/**
 * What the reader brings along: keys they trust, the text of a checkpoint they kept, receipts of voters.
 * @typedef {{pins?: import('./bundle.js').Key[], checkpoint?: string | null, receipts?: import('../ballotbox/receipts.js').Receipt[]}} Kept
 * `title`, `poll`, `key` and `currency` are what the bundle says of itself; empty if it cannot be read.
 * @typedef {{code: number, findings: import('./findings.js').Finding[], title: string, poll: string, key: string, currency: string}} Report
 * Where the check has come to: `step` is what it does, `share` how much of that is done, from 0 to 1, or null if that is not known.
 * @typedef {'reading' | 'log' | 'ballots' | 'counting'} Step
 * @typedef {(step: Step, share: number | null) => void} Progress
 */

/**
 * Check a bundle, and count it again if every ballot in it is what it should be.
 * @param {Uint8Array} data @param {Kept} [kept] @param {Progress} [progress] @returns {Promise<Report>}
 */
export async function verify(data, kept = {}, progress = () => {}) {
  progress('reading', 0);
  let bundle;
  try {
    bundle = readBundle(data);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return { code: VERDICT.UNREADABLE, findings: [wrong('unreadable', {}, error.message)], title: '', poll: '', key: '', currency: '' };
  }
  const findings = await check(bundle, kept, progress);
  if (findings.every(({ right }) => right)) {
    progress('counting', null);
    const { recount } = await import('./count/recount.js');
    findings.push(...checkCount(bundle, recount, () => progress('counting', null)));
  } else {
    findings.push(note('not_counted'));
  }
  const { title, poll, log_key: key, currency } = bundle.config;
  const own = { title: typeof title === 'string' ? title : '', poll, key, currency: typeof currency === 'string' ? currency : '' };
  return { code: findings.every(({ right }) => right) ? VERDICT.OK : VERDICT.WRONG, findings, ...own };
}

/** Everything but the count. @param {import('./bundle.js').Bundle} bundle @param {Kept} kept @param {Progress} progress */
async function check(bundle, { pins = [], checkpoint = null, receipts = [] }, progress) {
  progress('log', 0);
  const misordered = orderProblem(bundle);
  if (misordered) return [misordered];
  const { log, checkpoints } = bundle;
  const roots = rootsAt(log, checkpoints.map(({ point }) => point.size));
  progress('log', 0.5);
  const findings = [await checkCheckpoints(bundle, roots), ...await checkPins(bundle, pins)];
  if (checkpoint !== null) findings.push(await checkKept(bundle, checkpoint, (size) => rootsAt(log, [size]).get(size)));
  const inLog = sorted(log.commitments);
  findings.push(checkFiles(bundle), checkRoll(bundle), checkBox(bundle, inLog));
  findings.push(checkBallots(bundle, (done, of) => progress('ballots', done / of)));
  for (const receipt of receipts) findings.push(await checkReceipt(bundle, inLog, receipt));
  return findings;
}
