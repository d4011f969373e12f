// Documents (docs/bundle-format.md, section 2): JSON in one form only, that of RFC 8785 with integers alone.
import { fromUtf8, isWhole, MalformedError } from './bytes.js';

const DEEPEST = 32;

/** A plain JSON object, not an array and not null. @param {unknown} value @returns {value is Record<string, any>} */
export const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The one form of a document. Throws MalformedError if it has none. @param {unknown} value @param {number} [depth] @returns {string} */
export function written(value, depth = 0) {
  if (depth > DEEPEST) throw new MalformedError('it is nested too deeply');
  if (Array.isArray(value)) return `[${value.map((item) => written(item, depth + 1)).join(',')}]`;
  if (isObject(value)) {
    const keys = Object.keys(value).sort(); // the order of UTF-16 code units
    return `{${keys.map((key) => `${written(key, depth)}:${written(value[key], depth + 1)}`).join(',')}}`;
  }
  if (typeof value === 'string' && !isWhole(value)) throw new MalformedError('a text holds half of a character');
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new MalformedError('a number is not an integer of at most 53 bits');
  if (value === undefined) throw new MalformedError('a value is missing');
  return JSON.stringify(value);
}

/** The document that these bytes are. Throws MalformedError unless they are its one form. @param {Uint8Array} bytes @returns {any} */
export function readDocument(bytes) {
  const text = fromUtf8(bytes);
  let document;
  try {
    document = JSON.parse(text);
  } catch {
    throw new MalformedError('it is not JSON');
  }
  if (written(document) !== text) throw new MalformedError('it is not JSON in its one form');
  return document;
}
