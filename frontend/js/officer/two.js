// What takes two officers, the same on every page: one asks, another one of the forum approves within 24 hours.
import { api, html, knows, nothing, t, tag } from '../lib.js';
import { desk, perhaps, roundApi, when } from './desk.js';

/**
 * @typedef {{id: string, poll: number, action: string, subject: string, reason: string, status: 'asked' | 'done', mine: boolean, asked_by: string,
 *   asked: import('../lib.js').Instant, expires: import('../lib.js').Instant, approved_by: string | null}} Approval
 */
/** @typedef {import('./work.js').Work} Work */

/** What was approved in a round and what waits, the newest first; nothing for those who may not see it. @param {string} slug @returns {Promise<Approval[]>} */
export const approvalsOf = async (slug) => (await perhaps(api('GET', roundApi(slug, 'approvals'))))?.items ?? [];

/** What waits for a second officer. @param {Approval[]} approvals @param {string} [action] */
export const asked = (approvals, action) => approvals.filter((one) => one.status === 'asked' && (!action || one.action === action));

/** The newest of those that were done. @param {Approval[]} approvals @param {string} action */
export const done = (approvals, action) => approvals.find((one) => one.status === 'done' && one.action === action);

/** @type {Record<string, string>} */
const PAGES = { roll_dice: 'count', publish: 'count', certify: 'count', destroy_keys: 'count', turnout_audit: 'audit' };

/** Where a request is approved. @param {string} slug @param {Approval} approval */
export const placeOf = (slug, { action }) => `${desk(slug, PAGES[action] ?? 'voting')}#two-${action}`;

/** What was asked for, in a sentence. @param {Approval} approval */
export function sentence({ action, mine, asked_by, asked: instant }) {
  const known = knows(`officer.two.${action}.asked`) ? action : 'other';
  return t(`officer.two.${known}.${mine ? 'mine' : 'asked'}`, { who: asked_by, when: when(instant) });
}

/**
 * The request for a step, and the second officer's part in it: what they enter too, and the button.
 * @param {Approval} ask
 * @param {{may: boolean, work: Work, approve: (ask: Approval) => void, fields?: (ask: Approval) => unknown, place?: string}} second
 */
export const waiting = (ask, { may, work, approve, fields, place }) => html`<section class="notice warn block" id=${place ?? `two-${ask.action}`} tabindex="-1" aria-label=${t('officer.two.waiting')}>
  <p>${tag('asked', t('officer.two.waiting'))}</p><p><b>${sentence(ask)}</b></p>
  ${ask.reason ? html`<p>${t('officer.two.reason')}</p><blockquote class="lines-kept">${ask.reason}</blockquote>` : nothing}
  ${ask.mine ? html`<p>${t('officer.two.yours', { when: when(ask.expires) })}</p>` : may ? second(ask, { work, approve, fields }) : html`<p>${t('officer.two.not_you', { when: when(ask.expires) })}</p>`}</section>`;

/** @param {Approval} ask @param {{work: Work, approve: (ask: Approval) => void, fields?: (ask: Approval) => unknown}} second */
const second = (ask, { work, approve, fields }) => html`<form novalidate @submit=${(/** @type {SubmitEvent} */ event) => { event.preventDefault(); approve(ask); }}>
  <p>${t('officer.two.until', { when: when(ask.expires) })}</p>${fields?.(ask) ?? nothing}
  <p>${work.button(ask.id, t(`officer.two.${ask.action}.approve`), undefined)}</p></form>`;

/** All requests for one step, each where it can be led to. @param {Approval[]} asks @param {Parameters<typeof waiting>[1]} second */
export const waitingAll = (asks, second) => asks.map((ask, at) => waiting(ask, { ...second, place: at === 0 ? `two-${ask.action}` : `two-${ask.id}` }));

/** What a round's pages say first: what waits for a second officer. @param {string} slug @param {Approval[]} approvals */
export function waitingFirst(slug, approvals) {
  const open = asked(approvals);
  const theirs = open.filter((one) => !one.mine);
  if (open.length === 0) return nothing;
  return html`<section class="notice warn block" aria-labelledby="waiting-first"><h2 id="waiting-first">${t(theirs.length ? 'officer.two.first' : 'officer.two.first_yours', { count: theirs.length || open.length })}</h2>
    <ul class="reasons">${[...theirs, ...open.filter((one) => one.mine)].map((one) => html`<li><a href=${placeOf(slug, one)}>${sentence(one)}</a></li>`)}</ul></section>`;
}

/** What two officers have done in a round, newest first. @param {Approval[]} approvals */
export function record(approvals) {
  const there = approvals.filter((one) => one.status === 'done');
  if (there.length === 0) return nothing;
  return html`<section class="sheet"><h2>${t('officer.two.record')}</h2><ul class="history">${there.map((one) => html`<li><b>${t(`officer.two.${knows(`officer.two.${one.action}.done`) ? one.action : 'other'}.done`)}</b>
    <p class="quiet">${t('officer.two.record_who', { who: one.asked_by, second: one.approved_by, when: when(one.asked) })}</p>${one.reason ? html`<p class="lines-kept">${one.reason}</p>` : nothing}</li>`)}</ul></section>`;
}
