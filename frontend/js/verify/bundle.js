// A bundle's files, read strictly (docs/bundle-format.md, section 5). Reading judges nothing: what can be read may still be wrong.
import { isPollId, pollBytes } from '../ballotbox/ballot.js';
import { fromUtf8, MalformedError } from '../ballotbox/bytes.js';
import { readCheckpoint } from '../ballotbox/checkpoints.js';
import { isObject, readDocument } from '../ballotbox/documents.js';
import { KEY, readKey, readNote } from '../ballotbox/notes.js';
import { readArchive } from './archive.js';
import { ascend, SIZE, unhex } from './hashes.js';
import { eachLine, lineStarts, within } from './lines.js';
import { readLog } from './log.js';

const ALWAYS = ['approvals.json', 'checkpoints.txt', 'config.json', 'log.txt', 'outcome.json', 'roll.json', 'superseded.txt', 'witnesses.txt'];
const WITH_BALLOTS = ['ballots.txt', 'election.pb'];
const CONFIG_FORMAT = 'pbvote config 1';
const BALLOTS_FORMAT = 'pbvote ballots 1';

/**
 * The ballots that count, in the order of `commitments`: `randoms` are 64 bytes for each, the server's part and the browser's; ballot
 * `number` is `canonical` from `ends[number]` to `ends[number + 1]`. `election` is the hash of election.pb in hexadecimal digits.
 * @typedef {{election: string, count: number, commitments: Uint8Array, randoms: Uint8Array, canonical: Uint8Array, ends: Uint32Array}} Ballots
 * @typedef {{note: import('../ballotbox/notes.js').Note, point: import('../ballotbox/checkpoints.js').Checkpoint}} Signed
 * @typedef {import('../ballotbox/notes.js').Key} Key
 * `poll` are the 16 bytes of its id; `ballots` is null where only totals are published.
 * @typedef {{files: Map<string, Uint8Array>, config: Record<string, any>, poll: Uint8Array, logKey: Key, roll: {channels: Record<string, number>, electors: number},
 *   outcome: any, log: import('./log.js').Log, checkpoints: Signed[], witnesses: Key[], superseded: Uint8Array, ballots: Ballots | null}} Bundle
 */

/** The bundle in a zip file. Throws MalformedError, naming the file and the place. @param {Uint8Array} data @returns {Bundle} */
export function readBundle(data) {
  const files = readArchive(data);
  const names = [...files.keys()].join();
  if (names !== ALWAYS.join() && names !== [...ALWAYS, ...WITH_BALLOTS].sort().join()) throw new MalformedError('the bundle lacks a file, or has one too many');
  /** @template T @param {string} name @param {(file: Uint8Array) => T} reader @returns {T} */
  const read = (name, reader) => within(name, () => reader(/** @type {Uint8Array} */ (files.get(name))));
  const config = read('config.json', readConfig);
  read('approvals.json', readDocument);
  return {
    files, config, poll: pollBytes(config.poll), logKey: readKey(config.log_key),
    roll: read('roll.json', readRoll),
    outcome: read('outcome.json', readDocument),
    log: read('log.txt', readLog),
    checkpoints: read('checkpoints.txt', readCheckpoints),
    witnesses: read('witnesses.txt', readWitnesses),
    superseded: read('superseded.txt', readSuperseded),
    ballots: files.has('ballots.txt') ? read('ballots.txt', readBallots) : null,
  };
}

/** @param {Uint8Array} file @returns {Record<string, any>} */
function readConfig(file) {
  const config = readDocument(file);
  if (!isObject(config) || !['format', 'log_key', 'origin', 'poll'].every((name) => Object.hasOwn(config, name) && typeof config[name] === 'string')) throw new MalformedError('it does not say its format, log_key, origin and poll');
  if (config.format !== CONFIG_FORMAT) throw new MalformedError('its format is not known here');
  if (readKey(config.log_key).type !== KEY.LOG) throw new MalformedError("log_key is not a log's key");
  if (!isPollId(config.poll)) throw new MalformedError("the poll's id is not written in its one form");
  return config;
}

/** @param {Uint8Array} file */
function readRoll(file) {
  const roll = readDocument(file);
  if (!isObject(roll) || Object.keys(roll).join() !== 'channels,electors' || !isObject(roll.channels)) throw new MalformedError('it has the fields channels and electors, and no others');
  const numbers = [roll.electors, ...Object.values(roll.channels)];
  if (!numbers.every((number) => typeof number === 'number' && number >= 0)) throw new MalformedError('electors and channels are numbers from 0');
  return /** @type {Bundle['roll']} */ (roll);
}

/** Checkpoints with an empty line between them; inside each there is one before its signatures. @param {Uint8Array} file @returns {Signed[]} */
function readCheckpoints(file) {
  const text = fromUtf8(file);
  const parts = text.slice(0, -1).split('\n\n');
  if (!text.endsWith('\n') || parts.length % 2 !== 0) throw new MalformedError('it is not a row of checkpoints with an empty line between them');
  return Array.from({ length: parts.length / 2 }, (_, number) => within(`checkpoint ${number + 1}`, () => {
    const note = readNote(`${parts[2 * number]}\n\n${parts[2 * number + 1]}\n`);
    return { note, point: readCheckpoint(note.text) };
  }));
}

/** @param {Uint8Array} file @returns {Key[]} */
function readWitnesses(file) {
  /** @type {Key[]} */
  const keys = [];
  eachLine(file, (from, to) => {
    const key = readKey(fromUtf8(file.subarray(from, to)));
    if (key.type !== KEY.WITNESS) throw new MalformedError("it is not a witness' key");
    if (/[^ -~]/.test(key.text)) throw new MalformedError('keys here have English letters only');
    if (keys.length > 0 && key.text <= keys[keys.length - 1].text) throw new MalformedError('it is not in order, or there twice');
    keys.push(key);
  });
  return keys;
}

/** @param {Uint8Array} file @returns {Uint8Array} */
function readSuperseded(file) {
  const hashes = new Uint8Array(SIZE * Math.floor(file.length / (2 * SIZE + 1)));
  eachLine(file, (from, to, line) => {
    if (to - from !== 2 * SIZE) throw new MalformedError('it is not 64 hexadecimal digits');
    unhex(file, from, to, hashes, SIZE * line);
  });
  if (!ascend(hashes)) throw new MalformedError('its lines are not in order, or one is there twice');
  return hashes;
}

/** @param {Uint8Array} file @returns {Ballots} */
function readBallots(file) {
  const starts = lineStarts(file);
  const count = starts.length - 3;
  const head = count < 0 ? null : /^(.*)\nelection ([0-9a-f]{64})\n$/.exec(fromUtf8(file.subarray(0, starts[2])));
  if (head === null || head[1] !== BALLOTS_FORMAT) throw new MalformedError('it does not begin as it must');
  const ballots = {
    election: head[2], count, commitments: new Uint8Array(SIZE * count), randoms: new Uint8Array(2 * SIZE * count),
    canonical: new Uint8Array(file.length >> 1), ends: new Uint32Array(count + 1),
  };
  for (let number = 0; number < count; number += 1) within(`line ${number + 3}`, () => readLine(file, starts[number + 2], starts[number + 3] - 1, ballots, number));
  if (!ascend(ballots.commitments)) throw new MalformedError('its lines are not in order, or one is there twice');
  ballots.canonical = ballots.canonical.slice(0, ballots.ends[count]);
  return ballots;
}

/** Commitment, server's part, browser's part, ballot. @param {Uint8Array} file @param {number} from @param {number} to @param {Ballots} ballots @param {number} number */
function readLine(file, from, to, ballots, number) {
  const digits = 2 * SIZE;
  const last = from + 3 * (digits + 1);
  const spaced = [1, 2, 3].every((part) => file[from + part * (digits + 1) - 1] === 0x20);
  if (to <= last || (to - last) % 2 !== 0 || !spaced) throw new MalformedError('it is not a commitment, two random parts and a ballot');
  unhex(file, from, from + digits, ballots.commitments, SIZE * number);
  unhex(file, from + digits + 1, from + 2 * digits + 1, ballots.randoms, 2 * SIZE * number);
  unhex(file, from + 2 * digits + 2, last - 1, ballots.randoms, 2 * SIZE * number + SIZE);
  unhex(file, last, to, ballots.canonical, ballots.ends[number]);
  ballots.ends[number + 1] = ballots.ends[number] + (to - last) / 2;
}
