// All answers on one page, each with a way back to where it was asked.
import { html, money, nothing, pence, t } from '../lib.js';
import { linesTotal, moneyOf, stepOf } from '../public/suggestion.js';
import { attached, kept } from './keeping.js';

/** @param {any} round @param {(step: string) => void} go @param {(step: string) => string} address */
export function checkStep(round, go, address) {
  const { form } = kept;
  const now = moneyOf(form);
  const category = round.categories.find((/** @type {any} */ one) => one.id === form.category);
  const row = (/** @type {string} */ key, /** @type {unknown} */ value) => {
    const step = stepOf(key);
    return html`<div class="answer"><dt>${t(`suggest.field_${key}`)}</dt><dd>${value || html`<span class="quiet">${t('suggest.left_empty')}</span>`}</dd>
      <dd><a href=${address(step)} @click=${(/** @type {Event} */ event) => { event.preventDefault(); go(step); }}>${t('suggest.change')}<span class="vh">: ${t(`suggest.field_${key}`)}</span></a></dd></div>`;
  };
  const brought = [form.match_cash && t('suggest.brought_cash', { amount: now.cash }), form.match_kind && t('suggest.brought_kind', { amount: now.kind }),
    form.match_hours && t('suggest.brought_hours', { count: now.hours })].filter(Boolean).join(', ');
  const place = [form.whole_area && t('idea.whole_area'), form.place, form.latitude !== null && t('suggest.with_pin')].filter(Boolean).join('; ');
  return html`<h1>${t('suggest.step_check')}</h1>
    <dl class="sheet answers">${row('title', form.title)}${row('summary', form.summary)}${row('description', form.description && html`<span class="pre">${form.description}</span>`)}
    ${row('category', category?.name)}${row('place', place)}
    ${round.advisory ? nothing : html`${row('lines', linesTotal(form.lines) > 0 && html`${form.lines.filter((line) => line.what).map((line) => html`<span class="block">${line.what}: ${money(pence(line.amount) ?? 0)}</span>`)}<b>${t('suggest.total', { amount: now.whole })}</b>`)}
      ${row('ask', money(now.ask))}${row('match', brought)}${round.part_funding ? row('smallest', form.smallest && money(pence(form.smallest) ?? 0)) : nothing}`}
    ${row('running_costs', form.running_costs)}${row('photo', attached.photos.length + attached.documents.length > 0 && t('suggest.files', { photos: attached.photos.length, documents: attached.documents.length }))}
    ${row('proposer', form.proposer)}${row('contact_email', form.contact_email)}</dl>
    ${attached.photos.some((one) => !one.words) ? html`<p class="notice warn">${t('suggest.photo_without_words')}</p>` : nothing}
    <p>${t('suggest.public')}</p>`;
}
