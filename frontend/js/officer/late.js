// Putting somebody on the roll while voting is open: two officers, the second of whom gets the code, which is shown once.
import { api, areaField, html, icon, nothing, radioField, t, textField } from '../lib.js';
import { codeCard } from './codes.js';
import { ownReason, roundApi, slug } from './desk.js';
import { asked, waitingAll } from './two.js';
import { timesOf } from './now.js';

/** @typedef {import('./keys.js').State} State */
/** @typedef {import('./two.js').Approval} Approval */

const ACTION = 'register_elector';
const EVIDENCE = ['known-to-officer', 'letter', 'photo-id', 'proof-of-address', 'attested'];

const typed = { reference: '', evidence: '', reason: '' };
/** What second officers enter, by request. @type {Record<string, string>} */
const again = {};
let opened = false;
/** @type {{code: string, reference: string} | null} */
let made = null;

/** What somebody showed, as it stands in a request. @param {Approval} ask */
const evidenceOf = (ask) => ask.subject.split(' ')[0];
const shownAs = (/** @type {string} */ evidence) => t(`officer.register.${evidence.replaceAll('-', '_')}`);

/** @param {State} state */
export function latePart(state) {
  const { round, may, work } = state;
  const fields = (/** @type {Approval} */ one) => html`<p>${t('officer.late.showed')} <b>${shownAs(evidenceOf(one))}</b></p><p>${t('officer.late.both')}</p>${entry(state, `reference-${one.id}`, again[one.id] ?? '', (value) => { again[one.id] = value; })}`;
  return html`<div class="step"><h3>${t('officer.late.title')}</h3><p class="quiet">${t('officer.late.text')}</p>
    ${made ? codeShown(state, made) : nothing}
    ${waitingAll(asked(round.approvals, ACTION), { may, work, approve: (one) => approve(state, one), fields })}
    ${!may ? nothing : opened ? form(state) : html`<p><button class="button quiet" type="button" @click=${() => open(state)}>${t('officer.late.button')}</button></p>`}</div>`;
}

/** The cards to print, which stand outside of what is not printed. @param {State} state */
export const lateCard = ({ round }) => (made === null ? nothing : html`<ol class="code-cards">${codeCard({ code: made.code, note: made.reference, round: round.setup, closes: timesOf(round.setup).until })}</ol>`);

/** Whether a code is on the page that nobody has passed on. */
export const codeWaits = () => made !== null;

/** @param {State} state @param {{code: string, reference: string}} one */
function codeShown({ redraw }, one) {
  const done = () => {
    made = null;
    redraw();
  };
  return html`<div id="late-code" tabindex="-1"><div class="notice warn">${icon('warn')}<div><p><b>${t('officer.replace.once')}</b></p></div></div><p class="code-text">${one.code}</p><p>${t('officer.replace.for', { reference: one.reference })}</p>
    <p class="row"><button class="button" type="button" @click=${() => window.print()}>${icon('print')}${t('officer.replace.print')}</button><button class="button quiet" type="button" @click=${done}>${t('officer.replace.finished')}</button></p></div>`;
}

/** @param {State} state @param {string} name @param {string} value @param {(value: string) => void} input */
const entry = ({ work }, name, value, input) => textField({ name, label: t('officer.register.reference'), hint: t('officer.register.hint'), width: 'middle', value, error: work.error(name), input });

/** @param {State} state */
function open({ work, redraw }) {
  opened = true;
  Object.assign(typed, { reference: '', evidence: '', reason: '' });
  work.forget();
  redraw();
  document.getElementById('f-reference')?.focus();
}

/** @param {State} state */
function form(state) {
  const { work, redraw } = state;
  const ask = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const reasons = [
      ...(typed.reference.trim() ? [] : [ownReason('officer_reference_missing', 'reference')]), ...(typed.evidence ? [] : [ownReason('officer_evidence_missing', 'evidence')]),
      ...(typed.reason.trim() ? [] : [ownReason('officer_two_reason', 'late-reason')]),
    ];
    if (!work.refuse(reasons)) send(state, { ...typed }, null);
  };
  const close = () => {
    opened = false;
    work.forget();
    redraw();
  };
  return html`<form novalidate class="inset" @submit=${ask}>${entry(state, 'reference', typed.reference, (value) => { typed.reference = value; })}
    ${radioField({ name: 'evidence', label: t('officer.register.evidence'), hint: t('officer.register.evidence_hint'), value: typed.evidence, error: work.error('evidence'), options: EVIDENCE.map((value) => ({ value, text: shownAs(value) })), change: (value) => { typed.evidence = value; redraw(); } })}
    ${areaField({ name: 'late-reason', label: t('officer.late.reason'), hint: t('officer.voting.reason_hint'), rows: 3, max: 1000, value: typed.reason, error: work.error('late-reason'), input: (value) => { typed.reason = value; redraw(); } })}
    <p class="row">${work.button(ACTION, t('officer.two.ask'), undefined)}<button class="button quiet" type="button" @click=${close}>${t('officer.two.not')}</button></p></form>`;
}

/** @param {State} state @param {Approval} one */
function approve(state, one) {
  const reference = (again[one.id] ?? '').trim();
  if (!state.work.refuse(reference ? [] : [ownReason('officer_reference_missing', `reference-${one.id}`)])) send(state, { reference, evidence: evidenceOf(one), reason: '' }, one);
}

/** @param {State} state @param {{reference: string, evidence: string, reason: string}} body @param {Approval | null} ask */
const send = ({ work }, body, ask) => work.act(ask?.id ?? ACTION, async () => {
  const answer = await api('POST', roundApi(slug, 'roll/late-registrations'), { ...body, reference: body.reference.trim(), approves: ask?.id ?? null });
  opened = false;
  if (answer.code !== null) made = { code: answer.code, reference: body.reference.trim() };
  return answer.code === null ? `${ACTION}_asked` : `${ACTION}_done`;
}, ask ? { reference: `reference-${ask.id}` } : { reason: 'late-reason' });
