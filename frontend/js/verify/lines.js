// Files of lines, each of which ends with a newline.
import { MalformedError } from '../ballotbox/bytes.js';

const NEWLINE = 0x0a;

/** Where the lines of a file begin, and after the last one where it ends. Throws MalformedError. @param {Uint8Array} file @returns {Uint32Array} */
export function lineStarts(file) {
  if (file.length > 0 && file[file.length - 1] !== NEWLINE) throw new MalformedError('its last line does not end with a newline');
  let lines = 0;
  for (let place = 0; place < file.length; place += 1) if (file[place] === NEWLINE) lines += 1;
  const starts = new Uint32Array(lines + 1);
  for (let place = 0, line = 1; place < file.length; place += 1) if (file[place] === NEWLINE) starts[line++] = place + 1;
  return starts;
}

/** Read each line; an error says which line it is about. @param {Uint8Array} file @param {(from: number, to: number, line: number) => void} read without the newline @returns {Uint32Array} its `lineStarts` */
export function eachLine(file, read) {
  const starts = lineStarts(file);
  for (let line = 0; line + 1 < starts.length; line += 1) within(`line ${line + 1}`, () => read(starts[line], starts[line + 1] - 1, line));
  return starts;
}

/** Do something; an error in it says where it was. @template T @param {string} where @param {() => T} what @returns {T} */
export function within(where, what) {
  try {
    return what();
  } catch (error) {
    if (error instanceof MalformedError) throw new MalformedError(`${where}: ${error.message}`);
    throw error;
  }
}
