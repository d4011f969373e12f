// The check, beside the page: it takes a few seconds for a hundred thousand votes, in which the page still answers.
import { fromUtf8, MalformedError } from '../ballotbox/bytes.js';
import { readCheckpoint } from '../ballotbox/checkpoints.js';
import { canCheckSignatures, readKey, readNote } from '../ballotbox/notes.js';
import { readReceipt } from '../ballotbox/receipts.js';
import { verify } from './report.js';

const LONGEST = 512 * 2 ** 20 + 64 * 1_024;
const LONGEST_NOTE = 65_536;

/**
 * What the page asks for: a bundle at an address, or in a file; keys, a line for each; what the reader kept, in files.
 * @typedef {{address: string, bundle: File | null, keys: string, checkpoint: File | null, receipts: File[]}} Asked
 * What it is told, one thing at a time: where the check has come to; or, at last, what came of it. `missing` is the status of an answer
 * that brought no bundle, 0 where there was none; `problems` are about what the reader brought along.
 * @typedef {{step: string, share: number | null} | {report: import('./report.js').Report} | {unable: true} | {missing: number}
 *   | {problems: {field: string, code: string}[]}} Told
 */

const tell = (/** @type {Told} */ told) => postMessage(told);

/** No bundle came; `status` is that of the answer, 0 for none. */
class Missing extends Error {
  /** @param {number} status */
  constructor(status) {
    super();
    this.status = status;
  }
}

/** @param {MessageEvent<Asked>} message */
onmessage = async ({ data: asked }) => {
  try {
    tell(await answer(asked));
  } catch (error) {
    if (error instanceof Missing) tell({ missing: error.status });
    else setTimeout(() => { throw error; }); // so that the page hears of it, too
  }
};

/** @param {Asked} asked @returns {Promise<Told>} */
async function answer(asked) {
  if (!await canCheckSignatures()) return { unable: true };
  const { kept, problems } = await readKept(asked);
  if (problems.length > 0) return { problems };
  if (asked.bundle && asked.bundle.size > LONGEST) return { problems: [{ field: 'bundle', code: 'bundle_too_large' }] };
  const data = asked.bundle ? new Uint8Array(await asked.bundle.arrayBuffer()) : await fetchAll(asked.address);
  return { report: await verify(data, kept, (step, share) => tell({ step, share })) };
}

/** What the reader brings along, read strictly. @param {Asked} asked */
async function readKept(asked) {
  /** @type {{field: string, code: string}[]} */
  const problems = [];
  /** @template T @param {string} field @param {string} code of what is wrong if it cannot be read @param {() => Promise<T> | T} read @returns {Promise<T | null>} */
  const from = async (field, code, read) => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof MalformedError || error instanceof DOMException)) throw error; // a DOMException: the file is gone
      problems.push({ field, code });
      return null;
    }
  };
  const lines = asked.keys.split('\n').map((line) => line.trim()).filter(Boolean);
  const pins = await from('keys', 'not_a_key', () => lines.map(readKey));
  const receipts = await from('receipts', 'not_a_receipt', () => Promise.all(asked.receipts.map(async (file) => readReceipt(await bytesOf(file)))));
  const checkpoint = asked.checkpoint && await from('checkpoint', 'not_a_checkpoint', () => readKeptCheckpoint(/** @type {File} */ (asked.checkpoint)));
  return { kept: { pins: pins ?? [], checkpoint, receipts: receipts ?? [] }, problems };
}

/** The note as it was signed: mail and Windows may have changed its line ends. @param {File} file */
async function readKeptCheckpoint(file) {
  const encoded = fromUtf8(await bytesOf(file)).replaceAll('\r\n', '\n');
  readCheckpoint(readNote(encoded).text);
  return encoded;
}

/** @param {File} file */
async function bytesOf(file) {
  if (file.size > LONGEST_NOTE) throw new MalformedError('it is too large');
  return new Uint8Array(await file.arrayBuffer());
}

/** @param {string} address @returns {Promise<Uint8Array>} */
async function fetchAll(address) {
  tell({ step: 'fetching', share: null });
  const response = await fetch(address).catch(() => null);
  if (!response?.ok || !response.body) throw new Missing(response?.status ?? 0);
  const expected = response.headers.has('content-encoding') ? 0 : Number(response.headers.get('content-length'));
  /** @type {Uint8Array[]} */
  const parts = [];
  let length = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => { throw new Missing(0); });
    if (done) break;
    parts.push(value);
    length += value.length;
    if (length > LONGEST) throw new Missing(0);
    if (expected > 0) tell({ step: 'fetching', share: Math.min(1, length / expected) });
  }
  const whole = new Uint8Array(length);
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}
