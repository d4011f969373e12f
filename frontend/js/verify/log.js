// The log's leaves and their order (docs/bundle-format.md, section 3).
import { isPollId } from '../ballotbox/ballot.js';
import { fromUtf8, MalformedError } from '../ballotbox/bytes.js';
import { isObject, readDocument } from '../ballotbox/documents.js';
import { SIZE, unhex } from './hashes.js';
import { eachLine } from './lines.js';

const LONGEST = 65_536;
const BALLOT = Uint8Array.from('ballot ', (letter) => letter.charCodeAt(0));

/**
 * An event: `place` is its leaf's, from 0. @typedef {{place: number, type: string, fields: Record<string, any>}} Event
 * `starts` are where the leaves begin in `file`; the ballots' `commitments` and `places` are in the order of the log.
 * @typedef {{file: Uint8Array, starts: Uint32Array, size: number, events: Event[], commitments: Uint8Array, places: Uint32Array}} Log
 */

/** @type {Record<string, Record<string, string>>} */
const FIELDS = {
  'config': { config_sha256: 'hash', poll: 'poll' },
  'open': { at: 'time', by: 'by', electors: 'count' },
  'roll-change': { added: 'count', at: 'time', by: 'by', reason: 'text', removed: 'count' },
  'paper-batch': { at: 'time', ballots: 'count', batch: 'text', by: 'by' },
  'pause': { at: 'time', by: 'by', reason: 'text' },
  'resume': { at: 'time', by: 'by' },
  'extend': { at: 'time', by: 'by', reason: 'text', until: 'time' },
  'void': { at: 'time', by: 'by', reason: 'text', slots: 'count' },
  'close': { at: 'time', ballots: 'count', by: 'by', counted: 'count', counted_sha256: 'hash' },
  'dice': { at: 'time', by: 'by', digits: 'text', purpose: 'text' },
  'result': {
    approvals_sha256: 'hash', at: 'time', ballots_sha256: 'hash', by: 'by', outcome_sha256: 'hash', roll_sha256: 'hash', superseded_sha256: 'hash', witnesses_sha256: 'hash',
  },
  'certify': { at: 'time', by: 'by' },
  'key-destroyed': { at: 'time', by: 'by', key: 'text' },
};

/** @type {Record<string, (value: any) => boolean>} */
const IS = {
  hash: (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
  poll: isPollId,
  time: isTime,
  by: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== ''),
  count: (value) => typeof value === 'number' && value >= 0,
  text: (value) => typeof value === 'string',
};

/** A time of the calendar, such as `2026-03-02T09:00:00Z`. @param {unknown} value */
function isTime(value) {
  const found = typeof value === 'string' && /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/.exec(value);
  if (!found) return false;
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return year >= 1 && day >= 1 && day <= days && hour <= 23 && minute <= 59 && second <= 59;
}

/** The log in log.txt. Throws MalformedError. @param {Uint8Array} file @returns {Log} */
export function readLog(file) {
  /** @type {Event[]} */
  const events = [];
  const most = Math.floor(file.length / (BALLOT.length + 2 * SIZE));
  const commitments = new Uint8Array(SIZE * most);
  const places = new Uint32Array(most);
  let ballots = 0;
  const starts = eachLine(file, (from, to, place) => {
    if (to - from > LONGEST) throw new MalformedError('it is too long for a leaf');
    if (!BALLOT.every((byte, i) => file[from + i] === byte)) {
      events.push({ place, ...readEvent(file.subarray(from, to)) });
      return;
    }
    if (to - from !== BALLOT.length + 2 * SIZE) throw new MalformedError('a ballot is 64 hexadecimal digits');
    unhex(file, from + BALLOT.length, to, commitments, SIZE * ballots);
    places[ballots++] = place;
  });
  return { file, starts, size: starts.length - 1, events, commitments: commitments.slice(0, SIZE * ballots), places: places.slice(0, ballots) };
}

/** @param {Uint8Array} leaf */
function readEvent(leaf) {
  const space = leaf.indexOf(0x20);
  const type = fromUtf8(leaf.subarray(0, Math.max(space, 0)));
  const expected = Object.hasOwn(FIELDS, type) ? FIELDS[type] : null;
  if (expected === null) throw new MalformedError('no leaf is of this type');
  const fields = readDocument(leaf.subarray(space + 1));
  if (!isObject(fields) || Object.keys(fields).join() !== Object.keys(expected).join()) throw new MalformedError(`a leaf of type ${type} has the fields ${Object.keys(expected).join(', ')}, and no others`);
  for (const [name, kind] of Object.entries(expected)) {
    if (!IS[kind](fields[name])) throw new MalformedError(`the field ${name} of a leaf of type ${type} is not a ${kind}`);
  }
  return { type, fields };
}

const VOTING = ['ballot', 'roll-change', 'paper-batch', 'extend', 'void', 'close'];
/** What may stand after these; other leaves change nothing. @type {Record<string, string[]>} */
const AFTER = {
  '': ['config'],
  'config': ['roll-change', 'open'],
  'open': [...VOTING, 'pause'],
  'resume': [...VOTING, 'pause'],
  'pause': [...VOTING, 'resume'],
  'close': ['dice', 'result'],
  'result': ['dice', 'result', 'certify'],
  'certify': ['key-destroyed'],
};

/** The first leaf that cannot stand where it does; null if all can. @param {Log} log @returns {{type: string, place: number} | null} */
export function misplaced(log) {
  let stage = '';
  let ballot = 0;
  const check = (/** @type {string} */ type, /** @type {number} */ place) => (AFTER[stage].includes(type) ? null : { type, place });
  for (const { place, type } of [...log.events, { place: log.size, type: 'end' }]) {
    if (ballot < log.places.length && log.places[ballot] < place) {
      const wrong = check('ballot', log.places[ballot]); // the ballots up to the next event all stand in one stage
      if (wrong) return wrong;
      while (log.places[ballot] < place) ballot += 1;
    }
    const wrong = type === 'end' ? null : check(type, place);
    if (wrong) return wrong;
    if (Object.hasOwn(AFTER, type)) stage = type;
  }
  return null;
}
