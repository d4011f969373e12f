// Receipts (docs/bundle-format.md, section 6): what a voter keeps, read strictly, and the log's signature under it.
import { isPollId, pollBytes, symbolsOf } from './ballot.js';
import { base64, fromBase64, fromHex, fromUtf8, hex, join, MalformedError, NotAuthenticError, utf8 } from './bytes.js';
import { isObject, readDocument } from './documents.js';
import { hasSigned } from './notes.js';

/**
 * `random` is the browser's part, or null where the server filled it in; `key` the name and id of the log's key.
 * @typedef {{symbols: string, poll: string, commitment: Uint8Array, random: Uint8Array | null, key: string, promise: Uint8Array}} Receipt
 */

const FORMAT = 'pbvote receipt 1';
const NONE = 'none, the server filled it in';
const LONGEST = 4_096;
const FIELDS = ['receipt', 'poll', 'commitment', 'randomness', 'key', 'promise'];

/** A receipt's file, text or JSON; line ends may be those of Windows. Throws MalformedError. @param {Uint8Array} bytes @returns {Receipt} */
export function readReceipt(bytes) {
  if (bytes.length > LONGEST) throw new MalformedError('it is too long for a receipt');
  if (bytes[0] === 0x7b) { // an opening brace
    const document = readDocument(bytes);
    const { format, ...fields } = isObject(document) ? document : {};
    if (format !== FORMAT || Object.keys(fields).length !== FIELDS.length) throw new MalformedError('it is not a receipt');
    return ofFields(fields);
  }
  if (bytes.some((byte) => byte > 0x7e)) throw new MalformedError('a receipt is plain text, in English letters and digits');
  const [first, ...lines] = fromUtf8(bytes).replaceAll('\r\n', '\n').split('\n');
  if (first !== FORMAT || lines.pop() !== '' || lines.length !== FIELDS.length) throw new MalformedError('it is not a receipt');
  const texts = lines.map((line, place) => (line.startsWith(`${FIELDS[place]}: `) ? line.slice(FIELDS[place].length + 2) : ''));
  return ofFields(Object.fromEntries(FIELDS.map((name, place) => [name, texts[place]])));
}

/** @param {Record<string, unknown>} fields @returns {Receipt} */
function ofFields(fields) {
  const { receipt, poll, commitment, randomness, key, promise } = fields;
  if ([receipt, commitment, randomness, key, promise].some((text) => typeof text !== 'string') || !isPollId(poll)) throw new MalformedError('a field of the receipt is not what it should be');
  const read = {
    symbols: String(receipt), poll, commitment: fromHex(String(commitment), 32), random: randomness === NONE ? null : fromHex(String(randomness), 32),
    key: String(key), promise: fromBase64(String(promise)),
  };
  if (read.symbols !== symbolsOf(read.commitment)) throw new MalformedError('the twelve symbols are not those of the commitment');
  if (!/^[^\s+]+\+[0-9a-f]{8}$/.test(read.key) || read.promise.length !== 64) throw new MalformedError("the receipt's key or promise is not what it should be");
  return read;
}

/** The receipt as a text, the same bytes as the file that the voter was given. @param {Receipt} receipt */
export function receiptText({ symbols, poll, commitment, random, key, promise }) {
  const values = [symbols, poll, hex(commitment), random === null ? NONE : hex(random), key, base64(promise)];
  return `${FORMAT}\n${FIELDS.map((name, place) => `${name}: ${values[place]}\n`).join('')}`;
}

/** Did this log's key promise the receipt? Throws NotAuthenticError if not. @param {Receipt} receipt @param {import('./notes.js').Key} key */
export async function verifyReceipt(receipt, key) {
  const random = receipt.random === null ? new Uint8Array(33) : join(Uint8Array.of(1), receipt.random);
  const message = join(utf8(`${FORMAT}\0`), pollBytes(receipt.poll), receipt.commitment, random);
  if (receipt.key !== `${key.name}+${key.id}` || !await hasSigned(key, message, receipt.promise)) throw new NotAuthenticError('the receipt was not signed by this key');
}
