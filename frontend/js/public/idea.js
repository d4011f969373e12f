// What a proposal shows besides its words: money, photos, documents, its place, what it came from.
import { html, money, nothing, params, path, t, timeline } from '../lib.js';
import { pinMap } from './pins.js';

/** The address of a photo or document. @param {string} id @param {'small' | 'large'} [size] */
export const fileAddress = (id, size) => `/api/rounds/${encodeURIComponent(params.round)}/attachments/${id}${size ? `?size=${size}` : ''}`;

/** Photos with what can be seen in them; each leads to the large one. @param {any[]} photos */
export function gallery(photos) {
  if (photos.length === 0) return nothing;
  return html`<h2>${t('idea.photos')}</h2><ul class="gallery">${photos.map((one) => html`<li>${one.hidden_reason
    ? html`<p class="sheet quiet">${t('idea.hidden', { reason: one.hidden_reason })}</p>`
    : html`<figure><a href=${fileAddress(one.id, 'large')}><img src=${fileAddress(one.id, 'large')} width=${one.width} height=${one.height} loading="lazy" alt=${one.words || t('idea.larger')}></a>
      ${one.words ? html`<figcaption>${one.words}</figcaption>` : nothing}</figure>`}</li>`)}</ul>`;
}

/** @param {any[]} documents */
export function documentList(documents) {
  if (documents.length === 0) return nothing;
  return html`<h2>${t('idea.documents')}</h2><ul class="list">${documents.map((one) => html`<li>${one.hidden_reason
    ? html`<span class="quiet">${t('idea.hidden', { reason: one.hidden_reason })}</span>`
    : html`<a href=${fileAddress(one.id)} download=${one.name}>${t('idea.document', { name: one.name, kind: one.kind.toUpperCase(), size: Math.ceil(one.size / 1024) })}</a>`}</li>`)}</ul>`;
}

/** Where the money comes from, where that is not all from here. @param {any} proposal */
export function moneyFacts(proposal) {
  const whole = proposal.lines.reduce((/** @type {number} */ sum, /** @type {any} */ line) => sum + line.amount, 0);
  const brings = [proposal.match_cash && t('idea.brings_cash', { amount: proposal.match_cash }), proposal.match_kind && t('idea.brings_kind', { amount: proposal.match_kind }),
    proposal.match_hours && t('idea.brings_hours', { count: proposal.match_hours })].filter(Boolean);
  if (proposal.ask === whole && proposal.cost === whole && brings.length === 0 && !proposal.smallest) return nothing;
  const fact = (/** @type {string} */ key, /** @type {unknown} */ value) => html`<dt>${t(key)}</dt><dd>${value}</dd>`;
  return html`<section class="sheet" aria-labelledby="money-title"><h2 id="money-title">${t('idea.money')}</h2><dl class="facts">${fact('idea.whole', money(whole))}${fact('idea.ask', money(proposal.ask))}
    ${proposal.cost === proposal.ask ? nothing : fact('idea.decided_cost', money(proposal.cost))}
    ${proposal.smallest ? fact('idea.smallest', money(proposal.smallest)) : nothing}
    ${brings.length > 0 ? fact('idea.brings', brings.map((one) => html`<span class="block">${one}</span>`)) : nothing}</dl></section>`;
}

/** Its place on the map; the words beside it say the same. @param {any} proposal @param {any} boundary */
export const placeMap = (proposal, boundary) => (boundary && proposal.latitude !== null
  ? pinMap(boundary, [{ latitude: proposal.latitude, longitude: proposal.longitude, label: proposal.place || proposal.title }], `${t('idea.map_here')}: ${proposal.place}`) : nothing);

/** What it was made from, and what became of it. @param {any[]} lineage @param {number} own its number */
export function lineageBoxes(lineage, own) {
  return lineage.map((one) => {
    const became = !one.into.some((/** @type {any} */ other) => other.number === own);
    const others = (became ? one.into : one.of).filter((/** @type {any} */ other) => other.number !== own);
    const key = { merge: became ? 'idea.merged_into' : 'idea.merged_from', split: became ? 'idea.split_into' : 'idea.split_from' }[/** @type {'merge' | 'split'} */ (one.kind)];
    return html`<div class="notice info"><div><p><b>${t(key)}</b></p><ul>${others.map((/** @type {any} */ other) => html`<li><a href=${path('r', params.round, 'proposals', other.number)}>${other.title}</a></li>`)}</ul>
      <p>${one.reason}</p></div></div>`;
  });
}

/** @param {any[]} feedback what panels say */
export const feedbackBox = (feedback) => (feedback.length === 0 ? nothing : html`<section class="sheet" aria-labelledby="panel-title"><h2 id="panel-title">${t('idea.panel')}</h2>
  ${feedback.map((one) => html`<p class="pre">${one.text}</p><p class="hint small">${t('idea.panel_says', { who: one.who, date: one.when.date })}</p>`)}</section>`);

/** By when officers look at it. @param {any} waiting */
export const waitingLine = (waiting) => (waiting ? html`<p class="hint">${t(waiting.overdue ? 'idea.overdue' : 'idea.waiting', { date: waiting.due.day })}</p>` : nothing);

/** What happened to it, and what was changed when it was sent again. @param {any[]} steps */
export const historyBox = (steps) => html`<section class="sheet" aria-labelledby="history-title"><h2 id="history-title">${t('proposal.history')}</h2>
  ${timeline(steps.map((step) => ({
    when: step.when.date, what: t(step.changed.length > 0 ? 'idea.sent_again' : `status.${step.status}`), state: 'past',
    note: step.changed.length > 0 ? t('idea.changed', { what: [...new Set(step.changed.map((/** @type {string} */ field) => t(`idea.field_${field}`)))].join(', ') }) : step.reason,
  })))}</section>`;
