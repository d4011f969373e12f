// A voter's choices until they are sent: in localStorage for a day, the voting code in sessionStorage only.
import { params } from '../lib.js';

const DAY = 24 * 60 * 60 * 1000;
const VERSION = 2;
const DRAFT = `pbvote:${params.round}`;
const CODE = `pbvote-code:${params.round}`;
const RECEIPT = `pbvote-receipt:${params.round}`;
const SYMBOLS = /^[0-9A-HJKMNP-TV-Z]{16}$/;

/**
 * `poll` is the vote that the choices are for, once the page knows it: of a round's two votes each has its own. `points` has as many numbers as `choices`, or is null; `seed` orders this device's list; `key` names one sending, so
 * that a second press of the button is the same vote. `randomness` goes with that sending, once there is one.
 * @typedef {{v: number, poll: string, choices: number[], points: number[] | null, seed: number, key: string, randomness: import('./proof.js').Randomness | null, savedAt: number}} Draft
 * @typedef {{vote: number, receipt: string, recorded: import('../lib.js').Instant, file: string, verdict: import('./proof.js').Verdict, choices: number[], points: number[] | null}} Receipt
 */

/** @param {Storage} storage @param {string} key @returns {any} */
function read(storage, key) {
  try {
    return JSON.parse(storage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

/** Storage may be full or switched off: the vote still works, it is only not kept. @param {Storage} storage @param {string} key @param {unknown} value */
function write(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // nothing to do: the choices stay on the page
  }
}

function newKey() {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24)))).replaceAll('+', '-').replaceAll('/', '_');
}

/** @returns {Draft} */
const emptyDraft = (poll = '') => ({
  v: VERSION, poll, choices: [], points: null, seed: crypto.getRandomValues(new Uint32Array(1))[0], key: newKey(), randomness: null, savedAt: Date.now(),
});

/** The draft on this device, or a new one where there is none, it is older than a day, for another vote, or of another version. @param {string} [poll] @returns {Draft} */
export function loadDraft(poll) {
  const found = read(localStorage, DRAFT);
  const other = poll !== undefined && found?.poll && found.poll !== poll;
  if (found?.v !== VERSION || !Array.isArray(found.choices) || Date.now() - found.savedAt > DAY || other) {
    const draft = emptyDraft(poll);
    write(localStorage, DRAFT, draft);
    return draft;
  }
  return { ...found, poll: poll ?? found.poll ?? '' };
}

/** Keep changed choices; the next sending is a new one. @param {Draft} draft @param {number[]} choices @param {number[] | null} points @returns {Draft} */
export function keepChoices(draft, choices, points) {
  const changed = { ...draft, choices, points, key: newKey(), randomness: null, savedAt: Date.now() };
  write(localStorage, DRAFT, changed);
  return changed;
}

/** Keep what goes with this sending: sent again after a lost answer, it is the very same vote. @param {Draft} draft @param {import('./proof.js').Randomness} randomness @returns {Draft} */
export function keepRandomness(draft, randomness) {
  const changed = { ...draft, randomness };
  write(localStorage, DRAFT, changed);
  return changed;
}

export const clearDraft = () => localStorage.removeItem(DRAFT);

/** Call back when another tab changes the draft, or the browser brings this page back as it was left. @param {(draft: Draft) => void} act */
export function onDraftElsewhere(act) {
  addEventListener('storage', (event) => {
    if (event.key === DRAFT && event.newValue !== null) act(loadDraft());
  });
  addEventListener('pageshow', (event) => { if (event.persisted) act(loadDraft()); });
}

/** The symbols of a voting code: capitals, no spaces or dashes, letters that look like digits read as digits. @param {string} text */
export const plainCode = (text) => text.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
/** Could this be a voting code? @param {string} text */
export const looksLikeCode = (text) => SYMBOLS.test(plainCode(text));

/** Take the code that the letter's link carries, and take it out of the address. */
export function takeCodeFromAddress() {
  const text = location.hash.slice(1).replaceAll('%20', '');
  if (!looksLikeCode(text)) return;
  keepCode(plainCode(text));
  history.replaceState(null, '', location.pathname + location.search);
}

export const loadCode = () => String(read(sessionStorage, CODE) ?? '');
/** @param {string} code */
export const keepCode = (code) => write(sessionStorage, CODE, code);
export const clearCode = () => sessionStorage.removeItem(CODE);

/** @returns {Receipt | null} */
export const loadReceipt = () => read(sessionStorage, RECEIPT);
/** @param {Receipt} receipt */
export const keepReceipt = (receipt) => write(sessionStorage, RECEIPT, receipt);
