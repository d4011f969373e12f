// Photos and documents: sent one by one as they are chosen; what can be seen is asked for each photo.
import { html, notice, nothing, number, Problem, t, textField } from '../lib.js';
import { attached, kept, pictureOf, save, setAttached, withKey } from './keeping.js';

const MOST = { photos: 5, documents: 3 };
const state = { busy: '', problems: /** @type {string[]} */ ([]), shown: /** @type {Record<string, string>} */ ({}) };
let redraw = () => {};

/** @param {() => void} draw */
export function filesStep(draw) {
  redraw = draw;
  for (const photo of attached.photos) if (!(photo.id in state.shown)) showPhoto(photo.id);
  return html`<h1>${t('suggest.step_photos')}</h1><p>${t('suggest.photos_lead')}</p>
    ${state.problems.length > 0 ? notice('bad', html`<div role="alert">${state.problems.map((text) => html`<p>${text}</p>`)}</div>`) : nothing}
    <h2 id="photos">${t('suggest.photos')}</h2>
    ${attached.photos.map(photoField)}${chooser('photos', 'image/jpeg,image/png,image/webp')}
    <h2 id="documents">${t('suggest.documents')}</h2>
    <ul class="list">${attached.documents.map((one) => html`<li>${one.name} <span class="quiet">${t('idea.kilobytes', { size: number(Math.ceil(one.size / 1024)) })}</span> ${removal(one.id, one.name)}</li>`)}</ul>
    ${chooser('documents', '.pdf,.odt,.docx')}`;
}

/** @param {string} id */
async function showPhoto(id) {
  state.shown[id] = '';
  state.shown[id] = await pictureOf(id);
  redraw();
}

/** @param {any} photo @param {number} index */
const photoField = (photo, index) => html`<div class="sheet photo-field">${state.shown[photo.id] ? html`<img src=${state.shown[photo.id]} alt=${photo.words || t('suggest.photo', { n: index + 1 })}>` : html`<div class="wait-photo"></div>`}
  <div>${textField({ name: `photo-${index}`, label: t('suggest.photo_words'), hint: t('suggest.photo_words_hint'), value: photo.words, input: (words) => { photo.words = words; }, change: () => describe(photo) })}${removal(photo.id, t('suggest.photo', { n: index + 1 }))}</div></div>`;

/** @param {string} id @param {string} name */
const removal = (id, name) => html`<button type="button" class="link" @click=${() => remove(id)}>${t('suggest.line_remove')}<span class="vh">: ${name}</span></button>`;

/** @param {'photos' | 'documents'} what @param {string} accept */
function chooser(what, accept) {
  if (attached[what].length >= MOST[what]) return html`<p class="hint">${t(`suggest.most_${what}`, { count: MOST[what] })}</p>`;
  return html`<div class="field"><label for="f-${what}">${t(`suggest.add_${what}`)}</label><p class="hint" id="f-${what}-hint">${t(`suggest.hint_${what}`)}</p>
    <input type="file" id="f-${what}" accept=${accept} multiple aria-describedby="f-${what}-hint" @change=${(/** @type {Event} */ event) => chosen(what, /** @type {HTMLInputElement} */ (event.currentTarget))}></div>
    <p aria-live="polite">${state.busy === what ? t('suggest.uploading') : nothing}</p>`;
}

/** @param {'photos' | 'documents'} what @param {HTMLInputElement} input */
async function chosen(what, input) {
  const files = [...input.files ?? []];
  Object.assign(state, { busy: what, problems: [] });
  redraw();
  await save();
  for (const file of files) {
    try {
      if (!kept.key) throw new Problem(0, 'offline', t('reason.offline'));
      const query = what === 'documents' ? `?name=${encodeURIComponent(file.name.slice(-200))}` : '';
      const added = await withKey('POST', `draft/${what}${query}`, file);
      setAttached({ ...attached, [what]: [...attached[what], added] });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      state.problems.push(`${file.name}: ${words(error, what)}`);
    }
  }
  input.value = '';
  state.busy = '';
  redraw();
}

/** @param {Problem} problem @param {string} what */
function words(problem, what) {
  if (problem.status === 413) return t(`suggest.hint_${what}`);
  const reason = problem.reasons[0] ?? { code: problem.code, detail: problem.detail, params: {} };
  const key = `suggest.why_${reason.code}`;
  const text = t(key, reason.params);
  return text === key ? reason.detail || problem.detail : text;
}

/** @param {any} photo */
async function describe(photo) {
  if (photo.words.trim()) await tried(() => withKey('PUT', `draft/attachments/${photo.id}`, { words: photo.words.trim() }));
}

/** @param {string} id */
async function remove(id) {
  if (!await tried(() => withKey('DELETE', `draft/attachments/${id}`))) return;
  const without = (/** @type {any[]} */ list) => list.filter((one) => one.id !== id);
  setAttached({ photos: without(attached.photos), documents: without(attached.documents) });
  redraw();
}

/** @param {() => Promise<any>} act */
async function tried(act) {
  state.problems = [];
  try {
    await act();
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    state.problems = [words(error, 'photos')];
    redraw();
    return false;
  }
}
