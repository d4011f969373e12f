// The bundle's zip file, in its one form (docs/bundle-format.md, section 5): every byte of it is what it must be.
import { fromUtf8, MalformedError } from '../ballotbox/bytes.js';

const MOST_FILES = 64;
const MOST_BYTES = 512 * 2 ** 20;
const NAME = /^[a-z][a-z0-9-]*\.[a-z]+$/;
const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const [LOCAL_SIZE, CENTRAL_SIZE, END_SIZE] = [30, 46, 22];

/** @typedef {{name: string, content: Uint8Array, crc: number, place: number}} Entry `place` is where its first header begins */

/** The files in the zip file, by name. Throws MalformedError unless it is in its one form. @param {Uint8Array} data @returns {Map<string, Uint8Array>} */
export function readArchive(data) {
  const reader = { data, view: new DataView(data.buffer, data.byteOffset, data.byteLength) };
  if (data.length < END_SIZE || reader.view.getUint16(0, true) !== 0x4b50) throw new MalformedError('it is not a zip file');
  /** @type {Entry[]} */
  const entries = [];
  let place = 0;
  while (place + LOCAL_SIZE <= data.length && reader.view.getUint32(place, true) === LOCAL) {
    const entry = localEntry(reader, place);
    if (entries.length === MOST_FILES || entry.name <= (entries.at(-1)?.name ?? '')) throw new MalformedError('its files are too many, or not in the order of their names');
    entries.push(entry);
    place += LOCAL_SIZE + entry.name.length + entry.content.length;
  }
  if (entries.reduce((sum, entry) => sum + entry.content.length, 0) > MOST_BYTES) throw new MalformedError('it is too large for a bundle');
  const second = place;
  for (const entry of entries) place = checkCentral(reader, place, entry);
  const end = [[END, 4], [0, 2], [0, 2], [entries.length, 2], [entries.length, 2], [place - second, 4], [second, 4], [0, 2]];
  if (expectNumbers(reader, place, end) !== data.length) throw new MalformedError('something follows the end of the zip file');
  return new Map(entries.map(({ name, content }) => [name, content]));
}

/** @typedef {{data: Uint8Array, view: DataView}} Reader */

/** @param {Reader} reader @param {number} place @returns {Entry} */
function localEntry({ data, view }, place) {
  const [crc, size, length] = [view.getUint32(place + 14, true), view.getUint32(place + 18, true), view.getUint16(place + 26, true)];
  const start = place + LOCAL_SIZE + length;
  if (start + size > data.length) throw new MalformedError('the zip file is cut short');
  const name = fromUtf8(data.subarray(start - length, start));
  if (!NAME.test(name)) throw new MalformedError('a file in it has a strange name');
  expectNumbers({ data, view }, place, [[LOCAL, 4], ...shared(crc, size, length)]);
  const content = data.subarray(start, start + size);
  if (crc32(content) !== crc) throw new MalformedError(`the checksum of ${name} is wrong`);
  return { name, content, crc, place };
}

/** What both headers of a file have in common. @param {number} crc @param {number} size @param {number} length @returns {number[][]} */
const shared = (crc, size, length) => [[20, 2], [0, 2], [0, 2], [0, 2], [0x21, 2], [crc, 4], [size, 4], [size, 4], [length, 2], [0, 2]];

/** @param {Reader} reader @param {number} place @param {Entry} entry @returns {number} where it ends */
function checkCentral(reader, place, { name, content, crc, place: first }) {
  const fields = [[CENTRAL, 4], [0x0314, 2], ...shared(crc, content.length, name.length), [0, 2], [0, 2], [0, 2], [0x81a40000, 4], [first, 4]];
  const end = expectNumbers(reader, place, fields) + name.length;
  if (end > reader.data.length || name !== String.fromCharCode(...reader.data.subarray(place + CENTRAL_SIZE, end))) throw new MalformedError('the second part of the zip file does not fit the first');
  return end;
}

/** Numbers, little-endian, each with its length in bytes. @param {Reader} reader @param {number} place @param {number[][]} fields @returns {number} where they end */
function expectNumbers({ data, view }, place, fields) {
  for (const [value, bytes] of fields) {
    const found = place + bytes > data.length ? -1 : bytes === 4 ? view.getUint32(place, true) : view.getUint16(place, true);
    if (found !== value) throw new MalformedError(`the zip file is not in its one form, at byte ${place}: it was made or changed by another program`);
    place += bytes;
  }
  return place;
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? crc >>> 1 ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let crc = -1;
  for (let place = 0; place < bytes.length; place += 1) crc = crc >>> 8 ^ CRC[(crc ^ bytes[place]) & 255];
  return ~crc >>> 0;
}
