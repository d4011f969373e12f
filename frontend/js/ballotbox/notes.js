// Signed notes and the keys that sign them (docs/bundle-format.md, section 4). Web Crypto checks the signatures.
import { fromBase64, fromHex, hex, isWhole, MalformedError, NotAuthenticError, utf8 } from './bytes.js';
import { sha256 } from './sha256.js';

/** What a key signs: notes, or checkpoints as a witness. */
export const KEY = Object.freeze({ LOG: 1, WITNESS: 4 });

const MOST_SIGNATURES = 100;
const LONGEST = 65_536;
const DASH = '\u2014 ';
const [ID, TIME] = [4, 8];
const SPACE = /[\0- +\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/; // Unicode's White_Space, control characters, and the plus sign
const CONTROL = /[\0-\x09\x0b-\x1f]/;

/**
 * A public key under its name; `id` is 8 hexadecimal digits, `text` the whole as it is passed on.
 * @typedef {{name: string, type: number, public: Uint8Array, id: string, text: string}} Key
 * A signature line: the key's name and id, and what follows the id.
 * @typedef {{name: string, id: string, data: Uint8Array}} Signature
 * A note that was read, and not yet verified; `text` ends with a newline.
 * @typedef {{text: string, signatures: Signature[]}} Note
 */

/** @param {string} name */
const isName = (name) => name !== '' && isWhole(name) && !SPACE.test(name);

/** A key as it is passed on, `name+id+base64`. Throws MalformedError unless its id is right. @param {string} text @returns {Key} */
export function readKey(text) {
  const [name, id, ...rest] = text.split('+');
  const content = fromBase64(rest.join('+'));
  if (!isName(name) || content.length !== 33) throw new MalformedError('it is not a key');
  if (content[0] !== KEY.LOG && content[0] !== KEY.WITNESS) throw new MalformedError('the key is of a type that is not known here');
  if (id !== hex(sha256(utf8(`${name}\n`), content).subarray(0, ID))) throw new MalformedError('the key was copied wrongly: its id is not that of its content');
  return { name, type: content[0], public: content.subarray(1), id, text };
}

/** The note in this text. Throws MalformedError. Nothing in it is to be trusted before `verifyNote`. @param {string} encoded @returns {Note} */
export function readNote(encoded) {
  if (encoded.length > 2 * LONGEST || [...encoded].length > LONGEST) throw new MalformedError('the note is too long');
  const end = encoded.lastIndexOf('\n\n');
  const text = encoded.slice(0, end + 1);
  const lines = encoded.slice(end + 2);
  if (end < 0 || !lines.endsWith('\n') || !/[^\n]/.test(text)) throw new MalformedError('a note is a text, an empty line, and lines of signatures');
  if (CONTROL.test(text) || !isWhole(text)) throw new MalformedError('a note has no control characters');
  const signatures = lines.slice(0, -1).split('\n').map(readSignature);
  if (signatures.length > MOST_SIGNATURES) throw new MalformedError(`a note has at most ${MOST_SIGNATURES} signatures`);
  return { text, signatures };
}

/** @param {string} line @returns {Signature} */
function readSignature(line) {
  const [name, encoded, ...more] = line.slice(DASH.length).split(' ');
  const data = line.startsWith(DASH) && isName(name) && encoded && more.length === 0 ? fromBase64(encoded) : new Uint8Array();
  if (data.length <= ID) throw new MalformedError('a line of the note is no signature');
  return { name, id: hex(data.subarray(0, ID)), data: data.subarray(ID) };
}

/**
 * The keys among these that signed the note, each once. Signatures of other keys are passed over. Throws NotAuthenticError if the
 * signature of one of them is wrong, or if none of them signed.
 * @param {Note} note @param {readonly Key[]} keys @returns {Promise<Key[]>}
 */
export async function verifyNote(note, keys) {
  const signed = new Set();
  for (const signature of note.signatures) {
    const key = keys.find(({ name, id }) => name === signature.name && id === signature.id);
    if (key === undefined) continue;
    if (!await isSignatureOf(key, note.text, signature.data)) throw new NotAuthenticError(`the signature of ${key.name} is wrong`);
    signed.add(key);
  }
  if (signed.size === 0) throw new NotAuthenticError('the note is not signed by any key that is trusted here');
  return [...signed];
}

/** @param {Key} key @param {string} text @param {Uint8Array} data */
async function isSignatureOf(key, text, data) {
  if (key.type === KEY.LOG) return hasSigned(key, utf8(text), data);
  if (data.length !== TIME + 64 || data[0] > 127) return false;
  const time = new DataView(data.buffer, data.byteOffset).getBigUint64(0);
  return hasSigned(key, utf8(`cosignature/v1\ntime ${time}\n${text}`), data.subarray(TIME));
}

/** @type {WeakMap<Key, Promise<CryptoKey>>} */
const imported = new WeakMap();

/** Did this key make the Ed25519 signature? @param {Key} key @param {Uint8Array} message @param {Uint8Array} signature @returns {Promise<boolean>} */
export async function hasSigned(key, message, signature) {
  const ready = imported.get(key) ?? importKey(key.public);
  imported.set(key, ready);
  try {
    return signature.length === 64 && await crypto.subtle.verify('Ed25519', await ready, bytes(signature), bytes(message));
  } catch {
    return false; // no point of the curve; that the browser knows Ed25519 is asked before, by `canCheckSignatures`
  }
}

/** @param {Uint8Array} key */
const importKey = (key) => crypto.subtle.importKey('raw', bytes(key), 'Ed25519', false, ['verify']);
const bytes = (/** @type {Uint8Array} */ view) => /** @type {Uint8Array<ArrayBuffer>} */ (view);

// The first example of RFC 8032, section 7.1: a signature of nothing.
const EXAMPLE_KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const EXAMPLE_SIGNATURE = 'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b';

/** Can this browser check Ed25519 signatures? Some cannot, and none can where the page did not come over HTTPS. */
export async function canCheckSignatures() {
  try {
    return await crypto.subtle.verify('Ed25519', await importKey(fromHex(EXAMPLE_KEY)), fromHex(EXAMPLE_SIGNATURE), new Uint8Array());
  } catch {
    return false;
  }
}
