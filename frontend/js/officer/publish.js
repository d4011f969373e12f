// Look that every vote counts once, then publish with a second officer.
import { api, html, icon, nothing, notice, number, path, t } from '../lib.js';
import { desk, roundApi, slug, when } from './desk.js';
import { stage } from './count.js';
import { asked, done, waitingAll } from './two.js';
import { unlockBody, unlockFields, unlockProblems } from './unlock.js';

/** @typedef {import('./count.js').State} State */
/**
 * @typedef {{electors: number, voted: number, replaced_or_voided: number, codes_replaced: number, strangers: number, twice: number, missing: number,
 *   sound: boolean}} Uniqueness
 */

const ACTION = 'publish';
/** @type {('electors' | 'voted' | 'replaced_or_voided' | 'codes_replaced')[]} */
const FACTS = ['electors', 'voted', 'replaced_or_voided', 'codes_replaced'];
/** What must be nought. @type {('strangers' | 'twice' | 'missing')[]} */
const MUST_NOT = ['strangers', 'twice', 'missing'];

/** The report as a table that anybody can read, with what must not be at its end. @param {Uniqueness} report */
function uniqueness(report) {
  const row = (/** @type {'electors' | 'voted' | 'replaced_or_voided' | 'codes_replaced' | 'strangers' | 'twice' | 'missing'} */ name, /** @type {unknown} */ verdict) => html`<tr><th scope="row" class="all">${t(`officer.unique.${name}`)}<span class="hint">${t(`officer.unique.${name}_hint`)}</span></th>
    <td class="num">${number(report[name])}</td><td>${verdict}</td></tr>`;
  const verdict = (/** @type {number} */ found) => (found === 0 ? html`<span class="tag ok">${icon('check')}${t('officer.unique.good')}</span>` : html`<span class="tag bad">${t('officer.unique.bad')}</span>`);
  return html`${report.sound ? nothing : html`<div class="notice bad alarm" role="alert"><p><b>${t('officer.unique.alarm')}</b></p><p>${t('officer.unique.alarm_text')}</p><ul><li>${t('officer.unique.alarm_stop')}</li><li>${t('officer.unique.alarm_keep')}</li><li>${t('officer.unique.alarm_tell')}</li></ul></div>`}
    <table class="stack tight desk unique"><caption>${t('officer.unique.title')}</caption><thead><tr><th scope="col">${t('officer.unique.what')}</th><th scope="col" class="num">${t('officer.unique.count')}</th><td></td></tr></thead>
    <tbody>${FACTS.map((name) => row(name, nothing))}${MUST_NOT.map((name) => row(name, verdict(report[name])))}</tbody></table>
    ${report.sound ? html`<p>${icon('check')} <b>${t('officer.unique.sound')}</b></p>` : nothing}`;
}

/** @param {State} state */
export function publishStage(state) {
  const { round, work, has, reached } = state;
  const { setup, result, unique, approvals, keys } = round;
  if (reached('published')) return published(state);
  if (setup.phase !== 'counting') return stage('publish', 'later', html`<p>${t('officer.count.after_count')}</p>`);
  if (result === null) return unique?.sound === false ? stage('publish', 'now', uniqueness(unique)) : stage('publish', 'later', html`<p>${t('officer.count.after_count')}</p>`);
  const board = keys?.custody === 'board';
  const asks = asked(approvals, ACTION).filter((one) => one.subject === result.outcome_id);
  const send = (/** @type {import('./two.js').Approval | null} */ ask) => work.act(ask?.id ?? ACTION, async () => {
    const answer = await api('POST', roundApi(slug, 'publish'), { outcome_id: result.outcome_id, approves: ask?.id ?? null, unlock: ask ? unlockBody('publish', board) : [] });
    return answer.status === 'done' ? 'published' : 'publish_asked';
  }, { unlock: 'publish-1' });
  const approve = (/** @type {import('./two.js').Approval} */ ask) => {
    if (!work.refuse(board ? unlockProblems('publish') : [])) send(ask);
  };
  const sound = unique === null || unique.sound;
  const due = setup.calendar.results;
  return stage('publish', 'now', html`${unique ? uniqueness(unique) : nothing}
    ${!sound ? nothing : html`<h3>${t('officer.count.publish_means')}</h3><ul><li>${t('officer.count.publish_public')}</li><li>${t('officer.count.publish_final')}</li><li>${t('officer.count.publish_two')}</li></ul>
      ${due ? html`<p>${t('officer.count.publish_due', { when: when(due) })}</p>` : nothing}
      ${asks.length > 0 ? waitingAll(asks, { may: has('officer'), work, approve, fields: board ? () => unlockFields('publish', work) : undefined })
        : has('officer') ? html`<p>${work.button(ACTION, t('officer.count.publish_ask'), () => send(null))}</p>` : notice('info', html`<p>${t('officer.count.publish_officers')}</p>`)}`}`);
}

/** What can be fetched once it is public. @param {State} state */
function published({ round, has }) {
  const { setup, approvals, downloads } = round;
  const by = done(approvals, ACTION);
  const bundle = downloads.find((one) => one.name === 'bundle.zip');
  return stage('publish', 'done', html`<p>${by ? t('officer.count.published_by', { who: by.asked_by, second: by.approved_by }) : t('officer.count.published')}</p>
    <p class="row"><a class="button" href=${path('r', slug, 'results')}>${t('officer.count.see_result')}</a>${bundle ? html`<a class="button quiet" href=${bundle.href} download>${icon('download')}${t('officer.count.bundle')}</a>` : nothing}
      ${has('scrutineer') ? html`<a class="button quiet" href=${roundApi(slug, 'scrutiny/bundle.zip')} download>${icon('download')}${t('officer.count.scrutiny')}</a>` : nothing}
      ${setup.phase === 'published' && has('officer', 'organiser') ? html`<a class="button quiet" href=${desk(slug)}>${t('officer.count.to_delivery')}</a>` : nothing}</p>
    <p class="quiet">${t('officer.count.bundle_text')}</p>`);
}
