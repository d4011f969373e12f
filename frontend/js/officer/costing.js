// What a proposal costs: the resident's lines beside the officers' own; the amount for the ballot follows from these.
import { errorSummary, fieldId, focusSummary, html, live, money, nothing, pence, reasonFor, reasonText, t, textField } from '../lib.js';
import { guardLeaving, ownReason, when } from './desk.js';

/** @typedef {{what: string, amount: string, basis: string}} TypedLine */

/** @param {number} amount pence, as it is typed */
const pounds = (amount) => (amount / 100).toFixed(amount % 100 === 0 ? 0 : 2);

/** @param {any[]} lines @returns {TypedLine[]} */
const typedLines = (lines) => lines.map((line) => ({ what: line.what, amount: pounds(line.amount), basis: line.basis }));

/** @param {any} item */
const before = (item) => ({ lines: typedLines(item.costing?.lines ?? []), others: pounds(item.costing?.others ?? item.asked.others) });

/**
 * @param {{review: import('./review.js').Review, number: number, may: () => boolean, redraw: () => void, saved: (text: string) => void}} page
 */
export function costingForm({ review, number, may, redraw, saved }) {
  let typed = before(review.item);
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];
  let busy = false;
  let seen = JSON.stringify(typed);
  const touched = () => JSON.stringify(typed) !== seen;
  guardLeaving(() => may() && touched());

  /** Begin from what is there. */
  function begin() {
    typed = before(review.item);
    seen = JSON.stringify(typed);
  }

  const whole = () => typed.lines.reduce((sum, line) => sum + (pence(line.amount) ?? 0), 0);
  const left = () => whole() - (pence(typed.others || '0') ?? 0);

  /** @param {number} place */
  function focusLine(place) {
    redraw();
    document.getElementById(fieldId(`lines.${place}.what`))?.focus();
  }

  function check() {
    return [
      ...typed.lines.flatMap((line, place) => [...(line.what.trim() ? [] : [ownReason('officer_line_missing', `lines.${place}.what`)]), ...(pence(line.amount) ? [] : [ownReason('officer_bad_amount', `lines.${place}.amount`)])]),
      ...(pence(typed.others || '0') === null ? [ownReason('officer_bad_amount', 'others')] : []),
    ];
  }

  /** @param {Event} [event] */
  async function save(event) {
    event?.preventDefault();
    if (busy) return;
    problems = check();
    if (problems.length === 0) {
      busy = true;
      redraw();
      const lines = typed.lines.map((line) => ({ what: line.what, amount: /** @type {number} */ (pence(line.amount)), basis: line.basis }));
      const wrong = await review.save('PUT', `review/${number}/costing`, { lines, others: pence(typed.others || '0') }, {
        mine: [{ what: t('officer.changed.costing'), text: lines.map((line) => `${line.what} ${money(line.amount)}`).join(' · ') || '–' }],
        again: () => { save(); }, drop: () => { begin(); problems = []; },
      });
      busy = false;
      if (wrong === null) {
        begin();
        saved(typed.lines.length ? t('officer.costing.saved', { amount: money(review.item.costing.amount) }) : t('officer.costing.taken_away'));
        return;
      }
      problems = wrong;
    }
    redraw();
    if (problems.length > 0) focusSummary(review.item.title);
  }

  /** @param {string} field */
  function errorOf(field) {
    const error = reasonFor(problems, field);
    return error ? html`<span class="error" id="${fieldId(field)}-error">${reasonText(error)}</span>` : nothing;
  }

  /** @param {TypedLine} line @param {number} place */
  function editRow(line, place) {
    const what = `lines.${place}.what`;
    const amount = `lines.${place}.amount`;
    const n = { number: place + 1 };
    const described = (/** @type {string} */ field) => (reasonFor(problems, field) ? `${fieldId(field)}-error` : nothing);
    return html`<li class="cost-line">${errorOf(what)}<input class="what" id=${fieldId(what)} aria-label=${t('officer.costing.what', n)} aria-invalid=${reasonFor(problems, what) ? 'true' : nothing} aria-describedby=${described(what)} autocomplete="off"
      .value=${live(line.what)} @input=${(/** @type {Event} */ event) => { line.what = /** @type {HTMLInputElement} */ (event.currentTarget).value; }}>
      ${errorOf(amount)}<span class="control"><span class="unit" aria-hidden="true">£</span><input id=${fieldId(amount)} inputmode="decimal" autocomplete="off" aria-label=${t('officer.costing.amount', n)} aria-invalid=${reasonFor(problems, amount) ? 'true' : nothing}
        aria-describedby=${described(amount)} .value=${live(line.amount)} @input=${(/** @type {Event} */ event) => { line.amount = /** @type {HTMLInputElement} */ (event.currentTarget).value; redraw(); }}></span>
      <select aria-label=${t('officer.costing.basis', n)} .value=${live(line.basis)} @change=${(/** @type {Event} */ event) => { line.basis = /** @type {HTMLSelectElement} */ (event.currentTarget).value; }}>${['estimate', 'quote'].map((one) => html`<option value=${one} ?selected=${one === line.basis}>${t(`officer.basis.${one}`)}</option>`)}</select>
      <button class="button quiet small" type="button" aria-label=${t('officer.costing.remove', { ...n, what: line.what })} @click=${() => { typed.lines.splice(place, 1); focusLine(Math.min(place, typed.lines.length - 1)); }}>×</button></li>`;
  }

  const add = () => { typed.lines.push({ what: '', amount: '', basis: 'estimate' }); focusLine(typed.lines.length - 1); };
  const copy = () => { typed.lines = typedLines(review.item.lines); focusLine(0); };

  const edit = () => html`<form novalidate @submit=${save}>
    ${typed.lines.length ? html`<ol class="cost-lines">${typed.lines.map(editRow)}</ol>` : html`<p class="quiet">${t('officer.costing.none')}</p>`}
    <p class="row"><button class="button quiet" type="button" @click=${add}>${t('officer.costing.add')}</button>
      ${typed.lines.length || review.item.lines.length === 0 ? nothing : html`<button class="button quiet" type="button" @click=${copy}>${t('officer.costing.copy')}</button>`}</p>
    ${typed.lines.length ? textField({ name: 'others', label: t('officer.costing.others'), hint: t('officer.costing.others_hint'), money: true, width: 'middle', value: typed.others, error: reasonFor(problems, 'others'), input: (value) => { typed.others = value; redraw(); } }) : nothing}
    ${typed.lines.length ? html`<p id=${fieldId('lines')} tabindex="-1">${t('officer.costing.whole', { amount: money(whole()) })}<br><b>${t('officer.costing.ballot', { amount: money(left()) })}</b></p>` : nothing}
    ${errorOf('lines')}
    ${typed.lines.length || review.item.costing ? html`<p><button class="button" aria-disabled=${busy ? 'true' : nothing}>${busy ? t('officer.busy') : t('officer.costing.save')}</button></p>` : nothing}</form>`;

  const shown = () => (review.item.costing ? html`<table class="tight"><tbody>${review.item.costing.lines.map(lineRow)}</tbody>${foot(review.item.costing)}</table>` : html`<p class="quiet">${t('officer.costing.none')}</p>`);

  /** @param {any} line */
  const lineRow = (line) => html`<tr><td>${line.what}<span class="hint">${t(`officer.basis.${line.basis}`)}</span></td><td class="num">${money(line.amount)}</td></tr>`;
  /** @param {{others: number, amount: number}} costs */
  const foot = ({ others, amount }) => html`<tfoot>${others > 0 ? html`<tr><th scope="row">${t('officer.costing.others')}</th><td class="num">${money(others)}</td></tr>` : nothing}
    <tr><th scope="row">${t('officer.proposal.total')}</th><td class="num">${money(amount)}</td></tr></tfoot>`;

  return {
    get problems() { return problems; },
    /** What stands typed is what is there, unless something was typed. */
    renew() { if (!touched()) begin(); },
    summary: () => errorSummary(problems),
    draw: () => html`<section class="sheet" aria-labelledby="costs-title"><h2 id="costs-title">${t('officer.proposal.costs')}</h2><div class="side-by-side">
      <div><h3>${t('officer.costing.asked')}</h3>${review.item.lines.length ? html`<table class="tight"><tbody>${review.item.lines.map(lineRow)}</tbody>${foot(review.item.asked)}</table>` : nothing}
        ${review.item.running_costs ? html`<h3>${t('officer.proposal.running')}</h3><p class="lines-kept">${review.item.running_costs}</p>` : nothing}</div>
      <div><h3>${t('officer.costing.found')}</h3>${review.item.costing ? html`<p class="hint">${t('officer.check.saved', { who: review.item.costing.who, when: when(review.item.costing.when) })}</p>` : nothing}${may() ? edit() : shown()}</div></div></section>`,
  };
}
