// The lineage of a proposal: what it was merged or split with, undoing that, and splitting it into several.
import { api, areaField, errorSummary, fieldId, focusSummary, html, nothing, pence, Problem, reasonFor, t, textField, tx } from '../lib.js';
import { desk, guardLeaving, ownReason, reasonsOf, roundApi, slug, when } from './desk.js';

/** @typedef {{number: number, title: string}} Named */

/** @param {Named[]} proposals @param {number} own */
const list = (proposals, own) => proposals.map((one, at) => html`${at > 0 ? ', ' : ''}${one.number === own ? html`<b>${one.number}. ${one.title}</b>` : html`<a href=${desk(slug, 'proposals', one.number)}>${one.number}. ${one.title}</a>`}`);

const emptyPart = () => ({ title: '', summary: '', description: '', what: '', amount: '' });

/**
 * @param {{review: import('./review.js').Review, number: number, may: () => boolean, redraw: () => void, saved: (text: string) => void}} page
 */
export function lineage({ review, number, may, redraw, saved }) {
  let undoReason = '';
  let splitting = false;
  let reason = '';
  const { title, summary, description } = review.item;
  const parts = [{ ...emptyPart(), title, summary, description }, emptyPart()];
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];
  let busy = false;
  let left = false;
  guardLeaving(() => !left && splitting);

  /** @param {SubmitEvent} event */
  async function undo(event) {
    event.preventDefault();
    if (busy) return;
    problems = undoReason.trim() ? [] : [ownReason('officer_reason_missing', 'undo.reason')];
    if (problems.length === 0) {
      busy = true;
      const wrong = await review.save('POST', `review/${number}/undo`, { reason: undoReason }, { mine: [{ what: t('officer.lineage.undo'), text: undoReason }], again: () => {}, drop: () => {} });
      busy = false;
      if (wrong === null) {
        undoReason = '';
        saved(t('officer.lineage.undone'));
        return;
      }
      problems = wrong.map((one) => ({ ...one, field: one.field ? `undo.${one.field}` : '' }));
    }
    redraw();
    if (problems.length > 0) focusSummary(review.item.title);
  }

  /** @param {SubmitEvent} event */
  async function split(event) {
    event.preventDefault();
    if (busy) return;
    problems = [
      ...parts.flatMap((part, at) => [...(['title', 'summary', 'description', 'what'].filter((name) => !part[/** @type {'title'} */ (name)].trim()).map((name) => ownReason('officer_line_missing', `parts.${at}.${name}`))),
        ...(pence(part.amount) ? [] : [ownReason('officer_bad_amount', `parts.${at}.amount`)])]),
      ...(reason.trim() ? [] : [ownReason('officer_reason_missing', 'split.reason')]),
    ];
    if (problems.length === 0) {
      busy = true;
      try {
        const made = await api('POST', roundApi(slug, `review/${number}/split`), { version: review.version, reason,
          parts: parts.map((part) => ({ title: part.title, summary: part.summary, description: part.description, lines: [{ what: part.what, amount: pence(part.amount), basis: 'estimate' }] })) });
        left = true;
        location.assign(`${desk(slug, 'proposals', made.numbers[0])}?split=${made.numbers.length}`);
        return;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        problems = reasonsOf(error).map((one) => ({ ...one, field: one.field.replace(/\.lines.*$/, '.what').replace(/^reason$/, 'split.reason') }));
      }
      busy = false;
    }
    redraw();
    focusSummary(review.item.title);
  }

  /** @param {ReturnType<typeof emptyPart>} part @param {number} at */
  function partFields(part, at) {
    const field = (/** @type {string} */ name) => ({ name: `parts.${at}.${name}`, error: reasonFor(problems, `parts.${at}.${name}`) });
    return html`<fieldset class="indent"><legend class="h2">${t('officer.split.part', { number: at + 1 })}</legend>
      ${textField({ ...field('title'), label: t('officer.words.title'), value: part.title, input: (value) => { part.title = value; } })}
      ${areaField({ ...field('summary'), label: t('officer.words.summary'), rows: 2, value: part.summary, input: (value) => { part.summary = value; } })}
      ${areaField({ ...field('description'), label: t('officer.words.description'), rows: 5, value: part.description, input: (value) => { part.description = value; } })}
      ${textField({ ...field('what'), label: t('officer.split.what'), value: part.what, input: (value) => { part.what = value; } })}
      ${textField({ ...field('amount'), label: t('officer.split.amount'), money: true, width: 'middle', value: part.amount, input: (value) => { part.amount = value; } })}
      ${parts.length > 2 ? html`<button class="button quiet" type="button" @click=${() => { parts.splice(at, 1); redraw(); }}>${t('officer.split.remove', { number: at + 1 })}</button>` : nothing}</fieldset>`;
  }

  const splitForm = () => html`<details class="more" ?open=${splitting} @toggle=${(/** @type {Event} */ event) => { splitting = /** @type {HTMLDetailsElement} */ (event.currentTarget).open; }}><summary>${t('officer.split.title')}</summary>
    <p>${t('officer.split.explained')}</p><form novalidate @submit=${split}>${parts.map(partFields)}
    <p><button class="button quiet" type="button" @click=${() => { parts.push(emptyPart()); redraw(); document.getElementById(fieldId(`parts.${parts.length - 1}.title`))?.focus(); }}>${t('officer.split.add')}</button></p>
    ${areaField({ name: 'split.reason', label: t('officer.split.reason'), hint: t('officer.merge.reason_hint'), rows: 3, value: reason, error: reasonFor(problems, 'split.reason'), input: (value) => { reason = value; } })}
    <button class="button" aria-disabled=${busy ? 'true' : nothing}>${t('officer.split.save', { count: parts.length })}</button></form></details>`;

  const undoForm = () => html`<details class="more"><summary>${t('officer.lineage.undo')}</summary><p>${t('officer.lineage.undo_explained')}</p><form novalidate @submit=${undo}>
    ${areaField({ name: 'undo.reason', label: t('officer.lineage.undo_reason'), hint: t('officer.merge.reason_hint'), rows: 2, value: undoReason, error: reasonFor(problems, 'undo.reason'), input: (value) => { undoReason = value; } })}
    <button class="button quiet">${t('officer.lineage.undo')}</button></form></details>`;

  const joined = () => review.item.status === 'merged' || review.item.status === 'split';

  return {
    get problems() { return problems; },
    summary: () => errorSummary(problems),
    /** @param {boolean} open whether officers may still change anything here */
    draw: (open) => {
      const steps = review.item.standing.lineage;
      if (steps.length === 0 && !may()) return nothing;
      return html`<section class="sheet" aria-labelledby="lineage-title"><h2 id="lineage-title">${t('officer.lineage.title')}</h2>
        ${steps.length ? html`<ul class="history">${steps.map((/** @type {any} */ step) => html`<li><p>${tx(`officer.lineage.${step.kind}`, { of: list(step.of, number), into: list(step.into, number) })} <span class="quiet">${when(step.when)}</span></p><p class="lines-kept">${step.reason}</p></li>`)}</ul>${open ? undoForm() : nothing}` : nothing}
        ${may() && !joined() ? html`<p><a href="${desk(slug, 'proposals')}?status=all&amp;merge=${number}">${t('officer.lineage.merge_this')}</a></p>${splitForm()}` : nothing}</section>`;
    },
  };
}
