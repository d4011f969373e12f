// Public dice: two officers each type what was thrown, for a lot between equals or to draw a sample.
import { api, html, icon, nothing, radioField, t, textField } from '../lib.js';
import { ownReason, roundApi, slug } from './desk.js';
import { asked, waitingAll } from './two.js';

/** @typedef {import('./two.js').Approval} Approval */
/** @typedef {import('./count.js').State} State */

const ACTION = 'roll_dice';
const PURPOSES = ['ties', 'turnout-audit', 'paper-recount'];
const FEWEST = 12;
const MOST = 60;

const typed = { purpose: '', digits: '' };
/** What second officers enter, by request. @type {Record<string, string>} */
const again = {};
let opened = false;

/** @param {Approval} approval */
const purposeOf = (approval) => approval.subject.split(' ')[0];
/** @param {string} digits */
const plain = (digits) => digits.replaceAll(/\s+/g, '');
/** In groups, to be read out. @param {string} digits */
const grouped = (digits) => digits.replaceAll(/(\d{4})(?=\d)/g, '$1 ');
const keyOf = (/** @type {string} */ purpose) => purpose.replaceAll('-', '_');

/** @param {string} digits @param {string} field */
const problemsOf = (digits, field) => (/^\d+$/.test(plain(digits)) && plain(digits).length >= FEWEST && plain(digits).length <= MOST ? [] : [{ ...ownReason('bad_digits', field), params: { fewest: FEWEST, most: MOST } }]);

/** The digits that were thrown for a purpose. @param {Approval[]} approvals @param {string} purpose */
export const thrown = (approvals, purpose) => approvals.find((one) => one.action === ACTION && one.status === 'done' && purposeOf(one) === purpose)?.subject.split(' ')[1] ?? '';

/** Both officers type the digits; what the first one typed is not shown to the second. @param {State} state */
export function dicePart(state) {
  const { round, work, has } = state;
  const may = has('officer', 'organiser') && ['counting', 'published', 'delivery'].includes(round.setup.phase);
  const asks = asked(round.approvals, ACTION);
  const rolled = PURPOSES.filter((purpose) => thrown(round.approvals, purpose));
  const needed = work.problems.some((reason) => reason.code === 'dice_needed');
  if (needed) opened = true;
  const toRoll = PURPOSES.filter((purpose) => !rolled.includes(purpose));
  if (needed && !typed.purpose) typed.purpose = 'ties';
  if (!may && rolled.length === 0 && asks.length === 0) return nothing;
  return html`<div class="step" id="f-dice" tabindex="-1"><h3>${t('officer.dice.title')}</h3>
    ${rolled.map((purpose) => html`<p>${icon('check')} ${t(`officer.dice.rolled_${keyOf(purpose)}`)} <code class="print">${grouped(thrown(round.approvals, purpose))}</code></p>`)}
    ${waitingAll(asks, { may, work, approve: (one) => approve(state, one), fields: (one) => html`<p>${t('officer.dice.for')} <b>${t(`officer.dice.${keyOf(purposeOf(one))}`)}</b></p><p>${t('officer.two.digits')}</p>${entry(state, `digits-${one.id}`, again[one.id] ?? '', (value) => { again[one.id] = value; })}` })}
    ${!may || toRoll.length === 0 ? nothing : opened ? form(state, toRoll) : html`<p class="quiet">${t('officer.dice.text')}</p><p><button class="button quiet" type="button" @click=${() => show(state)}>${t('officer.dice.button')}</button></p>`}</div>`;
}

/** @param {State} state */
function show({ redraw }) {
  opened = true;
  redraw();
  document.getElementById('f-purpose')?.focus();
}

/** @param {State} state @param {string} name @param {string} value @param {(value: string) => void} input */
const entry = ({ work }, name, value, input) => textField({ name, label: t('officer.dice.digits'), hint: t('officer.dice.digits_hint', { fewest: FEWEST, most: MOST }), mode: 'numeric', value, error: work.error(name), input });

/** @param {State} state @param {string[]} purposes */
function form(state, purposes) {
  const { work, redraw } = state;
  const ask = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const reasons = [...(typed.purpose ? [] : [ownReason('officer_purpose_missing', 'purpose')]), ...problemsOf(typed.digits, 'digits')];
    if (!work.refuse(reasons)) send(state, typed.purpose, typed.digits, null);
  };
  return html`<form novalidate class="inset" @submit=${ask}><p>${t('officer.dice.how')}</p>
    ${radioField({ name: 'purpose', label: t('officer.dice.purpose'), value: typed.purpose, error: work.error('purpose'), change: (value) => { typed.purpose = value; redraw(); },
      options: purposes.map((purpose) => ({ value: purpose, text: t(`officer.dice.${keyOf(purpose)}`), hint: t(`officer.dice.${keyOf(purpose)}_hint`) })) })}
    ${entry(state, 'digits', typed.digits, (value) => { typed.digits = value; })}<p>${work.button(ACTION, t('officer.two.ask'), undefined)}</p></form>`;
}

/** @param {State} state @param {Approval} one */
function approve(state, one) {
  const digits = again[one.id] ?? '';
  const place = `digits-${one.id}`;
  const wrong = problemsOf(digits, place);
  const others = wrong.length === 0 && `${purposeOf(one)} ${plain(digits)}` !== one.subject ? [ownReason('officer_other_digits', place, { who: one.asked_by })] : wrong;
  if (!state.work.refuse(others)) send(state, purposeOf(one), digits, one);
}

/** @param {State} state @param {string} purpose @param {string} digits @param {Approval | null} ask */
const send = ({ work }, purpose, digits, ask) => work.act(ask?.id ?? ACTION, async () => {
  const answer = await api('POST', roundApi(slug, 'dice'), { purpose, digits: plain(digits), approves: ask?.id ?? null });
  opened = false;
  Object.assign(typed, { purpose: '', digits: '' });
  return answer.status === 'done' ? `dice_${keyOf(purpose)}` : 'dice_asked';
}, ask ? { digits: `digits-${ask.id}` } : {});
