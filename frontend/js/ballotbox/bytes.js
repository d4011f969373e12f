// Bytes and the texts that stand for them. Every reader here is strict: one text for the same bytes.

/** Something cannot be read; the message says where, and what is wrong. */
export class MalformedError extends Error {}

/** Something can be read and is not what it claims to be: a signature, a proof or a hash is wrong. */
export class NotAuthenticError extends Error {}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** @param {string} text @returns {Uint8Array} its UTF-8 bytes */
export const utf8 = (text) => encoder.encode(text);

/** The text of UTF-8 bytes. Throws MalformedError. @param {Uint8Array} bytes @returns {string} */
export function fromUtf8(bytes) {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new MalformedError('it is not UTF-8');
  }
}

/** A text with no half characters (lone surrogates), which UTF-8 cannot write. @param {string} text */
export const isWhole = (text) => !/\p{Surrogate}/u.test(text);

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Bytes from lower-case hexadecimal digits. Throws MalformedError. @param {string} text @param {number} [length] in bytes */
export function fromHex(text, length = text.length / 2) {
  if (text.length !== 2 * length || !/^(?:[0-9a-f]{2})*$/.test(text)) throw new MalformedError(`not ${2 * length} lower-case hexadecimal digits`);
  return Uint8Array.from({ length }, (_, place) => parseInt(text.slice(2 * place, 2 * place + 2), 16));
}

/** @param {Uint8Array} bytes */
export const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

/** Bytes from base64 (RFC 4648, section 4) in its one form, never empty. Throws MalformedError. @param {string} text */
export function fromBase64(text) {
  let bytes = new Uint8Array();
  try {
    bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    // refused below
  }
  if (bytes.length === 0 || base64(bytes) !== text) throw new MalformedError('not base64');
  return bytes;
}

/** @param {...Uint8Array} parts */
export function join(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let place = 0;
  for (const part of parts) {
    joined.set(part, place);
    place += part.length;
  }
  return joined;
}

/** @param {Uint8Array} first @param {Uint8Array} second */
export const same = (first, second) => first.length === second.length && first.every((byte, place) => byte === second[place]);
