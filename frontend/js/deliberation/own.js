// What this browser keeps of what was said here: a random token, and the keys with which its own words are taken back.
import { api, html, knows, nothing, Problem, reasonText, render, t } from '../lib.js';

/** @typedef {import('../lib.js').Reason} Reason */
/** @typedef {'talk' | 'follow'} Section */
/** @typedef {{token: string, keys: Record<string, string>, backed: number[], savedAt: number}} Own `backed` are numbers of proposals */

const KEPT = 90 * 24 * 60 * 60 * 1000;
/** @param {string} round */
const place = (round) => `pbvote-talk:${round}`;

function newToken() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {string} round its slug @returns {Own} */
export function own(round) {
  try {
    const found = JSON.parse(localStorage.getItem(place(round)) ?? 'null');
    if (found && Date.now() - found.savedAt < KEPT) return found;
  } catch {
    // not readable: begin anew
  }
  return { token: newToken(), keys: {}, backed: [], savedAt: Date.now() };
}

/** @param {string} round @param {(mine: Own) => void} change */
export function keep(round, change) {
  const mine = own(round);
  change(mine);
  try {
    localStorage.setItem(place(round), JSON.stringify({ ...mine, savedAt: Date.now() }));
  } catch {
    // storage is full or off: the words stay, only their key is lost
  }
  return mine;
}

/**
 * Fill one place of a page; what cannot be fetched says so there, and the page goes on.
 * @param {string} id @param {(place: HTMLElement) => Promise<void>} begin
 */
export async function fill(id, begin) {
  const place = document.getElementById(id);
  if (place === null) return;
  try {
    await begin(place);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    render(html`<p class="notice bad">${reasonText(error)}</p>`, place);
  }
}

/** @typedef {{text: string, href: string}} Part */

/** A text in its parts. The server says what is a link; that it leads to the web is checked once more. @param {Part[]} parts */
export const written = (parts) => html`<p class="pre">${parts.map((part) => (/^https?:\/\//i.test(part.href)
  ? html`<a href=${part.href} rel="nofollow ugc noopener">${part.text}</a>` : part.text))}</p>`;

/** @type {Record<Section, (code: string) => string>} */
const WRONG = { talk: (code) => `talk.wrong.${code}`, follow: (code) => `follow.wrong.${code}` };

/**
 * What was refused, in the words of one section of the catalogue, so that the other pages need not carry them.
 * @param {Section} section @param {Problem} problem @returns {Reason[]}
 */
export function wrongIn(section, problem) {
  const all = problem.reasons.length > 0 ? problem.reasons : [{ code: problem.status === 0 ? 'offline' : problem.code, detail: problem.detail, params: {}, field: '' }];
  return all.map((reason) => worded(section, reason));
}

/** @param {Section} section @param {Reason} reason @returns {Reason} */
export function worded(section, reason) {
  const key = WRONG[section](reason.code);
  return knows(key) ? { ...reason, code: 'worded', detail: t(key, reason.params), params: {} } : reason;
}

/**
 * Do one thing with the server: null if it worked, or what was wrong.
 * @param {Section} section @param {() => Promise<void>} act @returns {Promise<Reason[] | null>}
 */
export async function attempt(section, act) {
  try {
    await act();
    return null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return wrongIn(section, error);
  }
}

/** @param {string} round */
export const talkApi = (round) => `/api/rounds/${encodeURIComponent(round)}`;

/** Take one's own words back. @param {string} round @param {'comments' | 'questions'} what @param {string} id */
export async function takeBack(round, what, id) {
  await api('POST', `${talkApi(round)}/${what}/${id}/removal`, { key: own(round).keys[id] });
  keep(round, (mine) => { delete mine.keys[id]; });
}

/** Who wrote it and when. @param {{name: string, official?: boolean, when: import('../lib.js').Instant}} line */
export const byline = ({ name, official, when }) => html`<p class="by"><b dir="auto">${name}</b>${official ? html` <span class="tag info">${t('talk.official')}</span>` : nothing}
  <span class="quiet small">${t('talk.when', { date: when.date, time: when.time })}</span></p>`;
