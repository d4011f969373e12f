// The end: certify the result when it can no longer be challenged, then destroy the keys of the vote.
import { api, html, icon, nothing, notice, t } from '../lib.js';
import { roundApi, slug, when } from './desk.js';
import { stage } from './count.js';
import { asked, done, waitingAll } from './two.js';

/** @typedef {import('./count.js').State} State */
/** @typedef {import('./two.js').Approval} Approval */

/** @param {State} state @param {string} action @param {string} verb */
function asking({ round, work, has }, action, verb) {
  const may = has('officer', 'organiser');
  const asks = asked(round.approvals, action);
  const send = (/** @type {Approval | null} */ ask) => work.act(ask?.id ?? action, async () => {
    const answer = await api('POST', roundApi(slug, verb), { approves: ask?.id ?? null });
    return answer.status === 'done' ? `${action}_done` : `${action}_asked`;
  });
  if (asks.length > 0) return waitingAll(asks, { may, work, approve: send });
  return may ? html`<p>${work.button(action, t(`officer.certify.${action}`), () => send(null), action === 'destroy_keys' ? 'danger' : '')}</p>` : html`<p>${t('officer.two.only')}</p>`;
}

/** @param {State} state */
export function certifyStage(state) {
  const { certification, keys, approvals } = state.round;
  if (!state.reached('published')) return stage('certify', 'later', html`<p>${t('officer.certify.after')}</p>`);
  const by = done(approvals, 'certify');
  if (keys?.certified) return stage('certify', 'done', html`<p>${t('officer.certify.certified', { when: when(keys.certified) })} ${by ? t('officer.certify.by', { who: by.asked_by, second: by.approved_by }) : nothing}</p>`);
  if (certification === null) return stage('certify', 'later', html`<p>${t('officer.certify.after')}</p>`);
  const text = html`<p>${t('officer.certify.text')}</p>`;
  if (!certification.over) return stage('certify', 'later', html`${text}<p><b>${t('officer.certify.from', { when: when(certification.challenges_until) })}</b></p>`);
  return stage('certify', 'now', html`${text}<p>${t('officer.certify.may', { when: when(certification.challenges_until) })}</p>${asking(state, 'certify', 'certify')}`);
}

/** @param {State} state */
export function destroyStage(state) {
  const { keys, approvals } = state.round;
  if (keys?.destroyed) {
    const by = done(approvals, 'destroy_keys');
    return stage('destroy', 'done', html`<p>${icon('check')} ${t('officer.certify.destroyed', { when: when(keys.destroyed) })} ${by ? t('officer.certify.by', { who: by.asked_by, second: by.approved_by }) : nothing}</p>`);
  }
  if (!keys?.certified) return stage('destroy', 'later', html`<p>${t('officer.certify.destroy_after')}</p>`);
  return stage('destroy', 'now', html`<p>${t('officer.certify.destroy_text')}</p>
    ${notice('warn', html`<p><b>${t('officer.certify.impossible')}</b></p><ul><li>${t('officer.certify.no_audit')}</li><li>${t('officer.certify.no_recount')}</li><li>${t('officer.certify.no_opening')}</li></ul><p>${t('officer.certify.copies')}</p>`)}
    ${asking(state, 'destroy_keys', 'destroy-keys')}`);
}
