// Photos and documents of a proposal, for officers: they see what is hidden too, and hide it with a reason or show it again.
import { api, html, nothing, Problem, reasonFor, t, textField } from '../lib.js';
import { reasonsOf, roundApi, slug } from './desk.js';

/** @param {string} id @param {string} [query] */
const file = (id, query = '') => roundApi(slug, `attachments/${id}${query}`);

/**
 * @param {{review: import('./review.js').Review, setup: any, number: number, redraw: () => void, saved: (text: string) => void}} page
 */
export function attached({ review, setup, number, redraw, saved }) {
  /** @type {Record<string, string>} */
  const reasons = {};
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];
  const mayHide = ['officer', 'organiser'].some((role) => setup.my_roles.includes(role));

  /** @param {string} id @param {string} reason */
  async function hide(id, reason) {
    try {
      await api('PUT', file(id, '/hidden'), { reason });
      review.take(await api('GET', roundApi(slug, `review/${number}`)));
      problems = [];
      saved(t(reason ? 'officer.attached.hidden' : 'officer.attached.shown'));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems = reasonsOf(error).map((one) => ({ ...one, field: `hide.${id}` }));
      redraw();
    }
  }

  /** @param {any} one */
  const hiding = (one) => (!mayHide ? nothing : one.hidden_reason
    ? html`<p><b>${t('officer.attached.is_hidden')}</b> ${one.hidden_reason} <button class="link-like" type="button" @click=${() => hide(one.id, '')}>${t('officer.attached.show')}</button></p>`
    : html`<details class="more"><summary>${t('officer.attached.hide')}</summary><form novalidate @submit=${(/** @type {SubmitEvent} */ event) => { event.preventDefault(); if ((reasons[one.id] ?? '').trim()) hide(one.id, reasons[one.id]); }}>
      ${textField({ name: `hide.${one.id}`, label: t('officer.attached.why'), hint: t('officer.merge.reason_hint'), value: reasons[one.id] ?? '', error: reasonFor(problems, `hide.${one.id}`), input: (value) => { reasons[one.id] = value; } })}
      <button class="button quiet">${t('officer.attached.hide')}</button></form></details>`);

  return {
    draw() {
      const { photos, documents } = review.item.attached;
      if (photos.length + documents.length === 0) return nothing;
      return html`<section class="sheet" aria-labelledby="attached-title"><h2 id="attached-title">${t('officer.attached.title')}</h2><ul class="history">
        ${photos.map((/** @type {any} */ one) => html`<li><a href=${file(one.id)}><img class="attached-photo" src=${file(one.id, '?size=small')} alt=${one.words || t('officer.attached.no_words')} width=${one.width} height=${one.height} loading="lazy"></a>${hiding(one)}</li>`)}
        ${documents.map((/** @type {any} */ one) => html`<li><a href=${file(one.id)}>${one.name}</a> <span class="quiet">${one.kind.toUpperCase()}</span>${hiding(one)}</li>`)}</ul></section>`;
    },
  };
}
