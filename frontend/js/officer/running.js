// While voting is open: what two officers can do with the vote, and about one voter.
import { api, areaField, html, nothing, t, textField } from '../lib.js';
import { ownReason, roundApi, slug, when } from './desk.js';
import { latePart } from './late.js';
import { turnoutLine } from './turnout.js';
import { asked, waitingAll } from './two.js';
import { timesOf } from './now.js';

/** @typedef {import('./keys.js').State} State */
/** @typedef {import('./two.js').Approval} Approval */
/** @typedef {{action: string, verb: string, field?: 'until' | 'whose', mood?: string}} Step a step, its address, and what both officers enter */

/** @type {Step[]} */
const THE_VOTE = [
  { action: 'extend_voting', verb: 'extend', field: 'until' },
  { action: 'close_voting', verb: 'close', mood: 'danger' },
];
/** @type {Step[]} */
const ONE_VOTER = [
  { action: 'void_ballot', verb: 'void', field: 'whose', mood: 'danger' },
  { action: 'remove_elector', verb: 'roll/removals', field: 'whose', mood: 'danger' },
];
/** @type {Step} */
const PAUSE = { action: 'pause_voting', verb: 'pause' };
/** @type {Step} */
const RESUME = { action: 'resume_voting', verb: 'resume' };
const MISSING = { until: 'officer_until_missing', whose: 'officer_whose_missing' };

let opened = '';
const typed = { reason: '', until: '', whose: '' };
/** What second officers enter, by request. @type {Record<string, string>} */
const again = {};

/** @param {State} state */
export function runningPart(state) {
  const { setup, turnout } = state.round;
  const { until } = timesOf(setup);
  return html`<section class="sheet"><h2>${t('officer.voting.open')}</h2>${turnoutLine(turnout)}
      <p>${until ? t('officer.count.open', { when: when(until) }) : nothing}</p><p class="quiet">${t('officer.count.secret')}</p></section>
    <section class="sheet"><h2>${t('officer.voting.the_vote')}</h2><p>${t('officer.voting.two')}</p>${[setup.paused_reason ? RESUME : PAUSE, ...THE_VOTE].map((step) => stepPart(state, step))}</section>
    <section class="sheet"><h2>${t('officer.voting.one_voter')}</h2><p>${t('officer.voting.one_voter_text')}</p>${latePart(state)}${ONE_VOTER.map((step) => stepPart(state, step))}</section>`;
}

/** Ask, or approve what another officer asked for. @param {State} state @param {Step} step @param {Record<string, string>} body @param {Approval | null} ask */
const send = ({ work }, step, body, ask) => work.act(ask?.id ?? step.action, async () => {
  const answer = await api('POST', roundApi(slug, step.verb), { ...body, approves: ask?.id ?? null });
  opened = '';
  return answer.status === 'done' ? `${step.action}_done` : `${step.action}_asked`;
}, ask ? { whose: `whose-${ask.id}`, until: `until-${ask.id}` } : {});

/** @param {State} state @param {Step} step */
function ask(state, step) {
  const { field } = step;
  const reasons = [
    ...(field && !typed[field].trim() ? [ownReason(MISSING[field], field)] : []),
    ...(typed.reason.trim() ? [] : [ownReason('officer_two_reason', 'reason')]),
  ];
  if (!state.work.refuse(reasons)) send(state, step, { reason: typed.reason, ...(field ? { [field]: typed[field].trim() } : {}) }, null);
}

/** @param {State} state @param {Step} step @param {Approval} one */
function approve(state, step, one) {
  const { field } = step;
  const entered = (again[one.id] ?? '').trim();
  const place = `${field}-${one.id}`;
  if (field && !entered) state.work.refuse([ownReason(MISSING[field], place)]);
  else if (field === 'until' && entered !== one.subject) state.work.refuse([ownReason('officer_another_time', place, { who: one.asked_by })]);
  else send(state, step, { reason: '', ...(field ? { [field]: entered } : {}) }, one);
}

/** @param {State} state @param {Step} step @param {string} name @param {string} value @param {(value: string) => void} input */
const entry = ({ work }, step, name, value, input) => (step.field === 'until'
  ? textField({ name, type: 'datetime-local', label: t('officer.voting.until'), hint: t('officer.voting.until_hint'), width: 'middle', value, error: work.error(name), input })
  : textField({ name, label: t('officer.voting.whose'), hint: t('officer.voting.whose_hint'), width: 'middle', value, error: work.error(name), input }));

/** @param {State} state @param {Step} step */
function stepPart(state, step) {
  const { round, may, work } = state;
  const asks = asked(round.approvals, step.action);
  const fields = step.field ? (/** @type {Approval} */ one) => html`<p>${t(step.field === 'until' ? 'officer.two.until_both' : 'officer.two.whose')}</p>${entry(state, step, `${step.field}-${one.id}`, again[one.id] ?? '', (value) => { again[one.id] = value; })}` : undefined;
  return html`<div class="step"><h3>${t(`officer.voting.${step.action}`)}</h3><p class="quiet">${t(`officer.voting.${step.action}_text`)}</p>
    ${waitingAll(asks, { may, work, approve: (one) => approve(state, step, one), fields })}
    ${!may || (asks.length > 0 && !step.field) ? nothing : opened === step.action ? askForm(state, step) : html`<p><button class="button quiet" type="button" @click=${() => open(state, step)}>${t(`officer.voting.${step.action}_button`)}</button></p>`}</div>`;
}

/** @param {State} state @param {Step} step */
function open({ work, redraw }, step) {
  opened = step.action;
  Object.assign(typed, { reason: '', until: '', whose: '' });
  work.forget();
  redraw();
  document.getElementById(`f-${step.field ?? 'reason'}`)?.focus();
}

/** @param {State} state @param {Step} step */
function askForm(state, step) {
  const { work, redraw } = state;
  const close = () => {
    opened = '';
    work.forget();
    redraw();
  };
  return html`<form novalidate class="inset" @submit=${(/** @type {SubmitEvent} */ event) => { event.preventDefault(); ask(state, step); }}>
    ${step.field ? entry(state, step, step.field, typed[step.field], (value) => { typed[/** @type {'until' | 'whose'} */ (step.field)] = value; }) : nothing}
    ${areaField({ name: 'reason', label: t(`officer.voting.${step.action}_reason`), hint: t('officer.voting.reason_hint'), rows: 3, max: 1000, value: typed.reason, error: work.error('reason'), input: (value) => { typed.reason = value; redraw(); } })}
    <p class="row">${work.button(step.action, t('officer.two.ask'), undefined, step.mood)}<button class="button quiet" type="button" @click=${close}>${t('officer.two.not')}</button></p></form>`;
}
