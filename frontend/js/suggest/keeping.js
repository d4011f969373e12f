// The draft: on this device at once, on the server soon after, and opened anywhere with its key.
import { lang, params, Problem, t } from '../lib.js';
import { emptyForm } from '../public/suggestion.js';

const KEY = `pbvote-suggest:${params.round}`;
const SENT = `pbvote-sent:${params.round}`;
const SOON = 1500;
const KEPT = 90 * 24 * 60 * 60 * 1000;
const round = `/api/rounds/${encodeURIComponent(params.round)}`;

/**
 * `version` is the server's that this form was typed into; `dirty` while the server does not have it all.
 * `number` is the proposal that is changed. @typedef {{form: import('../public/suggestion.js').Form, key: string, version: number, dirty: boolean, number: number | null, savedAt: number}} Kept
 */

/** @returns {Kept} */
const nothingKept = () => ({ form: emptyForm(), key: '', version: 0, dirty: false, number: null, savedAt: 0 });

/** Where the draft stands. @type {'none' | 'saving' | 'saved' | 'here' | 'conflict'} */
export let standing = 'none';
/** @type {Kept} */
export let kept = read();
/** What comes with it: photos and documents. @type {{photos: any[], documents: any[]}} */
export let attached = { photos: [], documents: [] };
export let sendsMail = false;
/** @type {any} */
export let keptUntil = null;
let waiting = 0;
/** One save after the other. @type {Promise<void>} */
let busy = Promise.resolve();
let changed = () => {};

/** @returns {Kept} */
function read() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    if (found?.form && Date.now() - found.savedAt < KEPT) return { ...nothingKept(), ...found, form: { ...emptyForm(), ...found.form } };
  } catch {
    // not readable: begin anew
  }
  return nothingKept();
}

function write() {
  kept.savedAt = Date.now();
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // storage is full or off: the answers stay on the page and on the server
  }
}

/** Keep a draft on this device that was opened with its key on another. @param {string} key @param {any} draft */
export function adopt(key, draft) {
  kept = { form: { ...emptyForm(), ...draft.form }, key, version: draft.version, dirty: false, number: draft.number, savedAt: 0 };
  if (kept.form.lines.length === 0) kept.form.lines = emptyForm().lines;
  attached = draft.attached;
  sendsMail = draft.sends_mail;
  keptUntil = draft.kept_until;
  standing = 'saved';
  write();
}

/**
 * Ask the API with the draft's key.
 * @param {'GET'|'POST'|'PUT'|'DELETE'} method @param {string} path after the round's @param {unknown} [body] JSON, or a File @param {string} [key] @returns {Promise<any>}
 */
export async function withKey(method, path, body, key = kept.key) {
  /** @type {Record<string, string>} */
  const headers = { 'Accept': 'application/json', 'Accept-Language': lang === 'qps' ? 'en' : lang, 'proposal-key': key };
  const file = body instanceof Blob;
  if (body !== undefined) headers['Content-Type'] = file ? 'application/octet-stream' : 'application/json';
  let answer;
  let content;
  try {
    answer = await fetch(`${round}/${path}`, { method, headers, body: file ? body : body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    content = text === '' ? null : JSON.parse(text);
  } catch {
    throw new Problem(0, 'offline', t('reason.offline'));
  }
  if (answer.ok) return content;
  throw new Problem(answer.status, content?.code ?? 'unexpected', content?.detail ?? '', content?.reasons ?? []);
}

/** A photo of the draft as a picture that a page can show. @param {string} id @returns {Promise<string>} */
export async function pictureOf(id) {
  const answer = await fetch(`${round}/attachments/${id}?size=small`, { headers: { 'proposal-key': kept.key } });
  if (!answer.ok) return '';
  const content = await answer.blob();
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => { done(String(reader.result)); };
    reader.readAsDataURL(content);
  });
}

/** Open what was kept, and hear of other windows. `draw` is called when something is new. @param {() => void} draw @returns {Promise<boolean>} whether a draft that was kept is gone */
export async function open(draw) {
  changed = draw;
  addEventListener('storage', (event) => { if (event.key === KEY) { kept = read(); changed(); } });
  addEventListener('online', () => { if (kept.dirty) save(); });
  if (!kept.key) return false;
  try {
    const draft = await withKey('GET', 'draft');
    if (!kept.dirty || draft.version === kept.version) {
      const mine = kept;
      adopt(kept.key, draft);
      if (mine.dirty) { kept = { ...mine, version: draft.version, number: draft.number }; save(); }
    } else {
      standing = 'conflict';
      attached = draft.attached;
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code !== 'wrong_key') { standing = 'here'; return false; }
    forget();
    return true;
  }
  return false;
}

/** Keep what was typed, here now and on the server soon. @param {Partial<import('../public/suggestion.js').Form>} change */
export function keep(change) {
  kept = { ...kept, form: { ...kept.form, ...change }, dirty: true };
  write();
  clearTimeout(waiting);
  if (kept.key && standing !== 'conflict') waiting = window.setTimeout(save, SOON);
}

/** Save on the server now; what goes wrong shows in `standing`, and everything stays on this device. @returns {Promise<void>} */
export function save() {
  clearTimeout(waiting);
  busy = busy.then(saveNow);
  return busy;
}

async function saveNow() {
  if (!kept.dirty || standing === 'conflict') return;
  const { form } = kept;
  standing = 'saving';
  changed();
  try {
    const answer = kept.key ? await withKey('PUT', 'draft', { form, version: kept.version }) : await withKey('POST', 'drafts', form);
    kept = { ...kept, key: kept.key || answer.key, version: answer.version, dirty: kept.form !== form };
    standing = kept.dirty ? 'saving' : 'saved';
    sendsMail = answer.sends_mail;
    keptUntil = answer.kept_until;
    write();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    standing = error.code === 'changed_by_somebody_else' ? 'conflict' : 'here';
  }
  changed();
}

/** After a conflict: what the server has, or what is here. @param {boolean} mine */
export async function settle(mine) {
  const draft = await withKey('GET', 'draft');
  const { form } = kept;
  adopt(kept.key, draft);
  if (mine) { keep(form); await save(); }
  changed();
}

/** @param {typeof attached} now */
export function setAttached(now) {
  attached = now;
}

export function forget() {
  kept = nothingKept();
  attached = { photos: [], documents: [] };
  standing = 'none';
  localStorage.removeItem(KEY);
}

/** What was sent last from this window, so that its page can be loaded again. @param {{number: number, key: string, again: boolean}} sent */
export function rememberSent(sent) {
  sessionStorage.setItem(SENT, JSON.stringify(sent));
}
/** @returns {{number: number, key: string, again: boolean} | null} */
export const lastSent = () => JSON.parse(sessionStorage.getItem(SENT) ?? 'null');
