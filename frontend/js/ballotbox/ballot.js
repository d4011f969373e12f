// From a choice to its receipt (docs/bundle-format.md, section 1): ballots as bytes, offers, nonces, commitments, symbols.
import { fromHex, MalformedError, utf8 } from './bytes.js';
import { sha256 } from './sha256.js';

/** What the order of a ballot's entries means, and whether they carry points. */
export const FORM = Object.freeze({ SET: 1, RANKING: 2, POINTS: 3 });

const HEAD = 22;
const LARGEST = 2 ** 32 - 1;
const OFFER = utf8('pbvote offer 1\0');
export const NONCE = utf8('pbvote nonce 1\0');
export const BALLOT = utf8('pbvote ballot 1\0');
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Is this the one form of a poll's id? @param {unknown} text @returns {text is string} */
export const isPollId = (text) => typeof text === 'string' && UUID.test(text);

/** The 16 bytes of a poll's id. Throws MalformedError. @param {string} poll */
export function pollBytes(poll) {
  if (!isPollId(poll)) throw new MalformedError("the poll's id is not written in its one form");
  return fromHex(poll.replaceAll('-', ''));
}

/**
 * The canonical ballot: projects in the voter's order where the form is a ranking, else in any; `points` go with `projects`.
 * @param {string} poll @param {number} form @param {readonly number[]} projects @param {readonly number[]} [points] @returns {Uint8Array}
 */
export function canonicalBallot(poll, form, projects, points = []) {
  const entries = projects.map((project, place) => (form === FORM.POINTS ? [project, points[place]] : [project]));
  if (form !== FORM.RANKING) entries.sort(([first], [second]) => first - second);
  const numbers = entries.flat();
  if (!numbers.every((number) => Number.isInteger(number) && number >= 0 && number <= LARGEST)) throw new MalformedError(`project numbers and points go from 0 to ${LARGEST}`);
  if (new Set(projects).size !== projects.length) throw new MalformedError('a project is there twice');
  const bytes = new Uint8Array(HEAD + 4 * numbers.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 1;
  bytes.set(pollBytes(poll), 1);
  bytes[17] = form;
  view.setUint32(18, entries.length);
  numbers.forEach((number, place) => view.setUint32(HEAD + 4 * place, number));
  return bytes;
}

/**
 * The ballot that these bytes are. Throws MalformedError unless they are a canonical ballot of this poll.
 * @param {Uint8Array} bytes @param {Uint8Array} poll its 16 bytes @returns {{form: number, projects: number[], points: number[]}}
 */
export function readBallot(bytes, poll) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const form = bytes[17];
  if (bytes.length < HEAD || bytes[0] !== 1 || form < FORM.SET || form > FORM.POINTS) throw new MalformedError('it is not in a form that is known here');
  if (!poll.every((byte, place) => bytes[1 + place] === byte)) throw new MalformedError('it is one of another vote');
  const width = form === FORM.POINTS ? 2 : 1;
  const count = view.getUint32(18);
  if (bytes.length !== HEAD + 4 * width * count) throw new MalformedError('its length does not fit its number of entries');
  const projects = [];
  const points = [];
  for (let place = HEAD; place < bytes.length; place += 4 * width) {
    projects.push(view.getUint32(place));
    if (form === FORM.POINTS) points.push(view.getUint32(place + 4));
  }
  const inOrder = form === FORM.RANKING || projects.every((project, place) => place === 0 || projects[place - 1] < project);
  if (!inOrder || new Set(projects).size !== count) throw new MalformedError('its entries are not in order, or one is there twice');
  return { form, projects, points };
}

/** What the server shows before the browser draws its part. @param {string} poll @param {Uint8Array} server its part, 32 bytes */
export const offerOf = (poll, server) => sha256(OFFER, pollBytes(poll), part(server));

/** What hides a ballot in its commitment. @param {string} poll @param {Uint8Array} server @param {Uint8Array} browser 32 bytes each */
export const nonceOf = (poll, server, browser) => sha256(NONCE, pollBytes(poll), part(server), part(browser));

/** The 32 bytes that stand for a ballot without telling it. @param {Uint8Array} canonical @param {Uint8Array} nonce 32 bytes */
export const commitmentOf = (canonical, nonce) => sha256(BALLOT, canonical, part(nonce));

/** Twelve symbols of a commitment, as the voter keeps them: `K7QF-2MXR-9CVW`. @param {Uint8Array} commitment */
export function symbolsOf(commitment) {
  let symbols = '';
  for (let bit = 0; bit < 60; bit += 5) {
    const two = commitment[bit >> 3] << 8 | commitment[(bit >> 3) + 1];
    symbols += DIGITS[two >> (11 - bit % 8) & 31];
    if (bit % 20 === 15 && bit < 55) symbols += '-';
  }
  return symbols;
}

/** @param {Uint8Array} bytes */
function part(bytes) {
  if (bytes.length !== 32) throw new MalformedError(`expected 32 bytes and got ${bytes.length}`);
  return bytes;
}
