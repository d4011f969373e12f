// Before the vote: what two officers agree to, and their agreement. It opens by itself at the time in the calendar.
import { api, html, knows, money, nothing, notice, t } from '../lib.js';
import { ruleSentence } from '../ballot/standing.js';
import { desk, reasonList, roundApi, slug, when } from './desk.js';
import { pollNow, timesOf } from './now.js';
import { asked, waitingAll } from './two.js';
import { mendedAt } from './where.js';

/** @typedef {import('./keys.js').State} State */
/** @typedef {import('./two.js').Approval} Approval */

const ACTION = 'open_voting';
const OPENS_NEXT = ['review', 'shortlist'];
const keyOf = (/** @type {string} */ id) => id.replaceAll('-', '_');

/** @param {State} state */
export function openingPart(state) {
  const { round } = state;
  const { setup, terms } = round;
  if (terms === null) return nothing;
  return html`<section class="sheet"><h2 id="f-opening" tabindex="-1">${t('officer.opening.title')}</h2>
      ${OPENS_NEXT.includes(setup.phase) ? agreement(state) : html`<p>${t('officer.opening.later')}</p>${missing(state)}`}</section>
    ${OPENS_NEXT.includes(setup.phase) ? whatIsAgreed(state) : nothing}`;
}

/** What keeps two officers from agreeing: everything but that they have not. @param {State} state */
const against = ({ round }) => (round.ready?.reasons ?? []).filter((reason) => !['opening_not_approved', 'keys_not_rehearsed'].includes(reason.code));

/** @param {State} state */
function missing(state) {
  const reasons = against(state);
  if (reasons.length === 0) return nothing;
  return html`<div class="notice warn block"><h3>${t('officer.opening.missing')}</h3>${reasonList(reasons, (reason) => mendedAt(slug, reason))}</div>`;
}

/** @param {State} state */
function agreement(state) {
  const { round, may, work } = state;
  const { setup, approvals, terms, ready } = round;
  const now = terms?.fingerprint;
  const opens = timesOf(setup).from;
  const given = approvals.filter((one) => one.action === ACTION && one.status === 'done' && one.poll === setup.current);
  const agreed = given.find((one) => one.subject === now);
  if (agreed) return html`${notice('ok', html`<p><b>${t('officer.opening.agreed', { who: agreed.asked_by, second: agreed.approved_by, when: when(agreed.asked) })}</b></p>
      <p>${ready?.reasons.length ? t('officer.opening.but') : opens ? t('officer.opening.opens', { when: when(opens) }) : nothing}</p>`)}
    ${ready?.reasons.length ? reasonList(ready.reasons, (reason) => mendedAt(slug, reason)) : nothing}<p class="quiet">${t('officer.opening.changes')}</p>`;
  const asks = asked(approvals, ACTION);
  const current = asks.filter((one) => one.subject === now);
  const stale = asks.length > current.length || given.length > 0;
  const send = (/** @type {string | null} */ approves, /** @type {string} */ name) => work.act(name, async () => {
    const answer = await api('POST', roundApi(slug, 'open-voting'), { approves });
    return answer.status === 'done' ? 'open_agreed' : 'open_asked';
  });
  return html`<p>${t('officer.opening.text')}</p><ul><li>${opens ? t('officer.opening.by_itself', { when: when(opens) }) : t('officer.opening.no_date')}</li><li>${t('officer.opening.frozen')}</li><li>${t('officer.opening.again')}</li></ul>
    ${stale && current.length === 0 ? notice('warn', html`<p>${t('officer.opening.stale')}</p>`) : nothing}${missing(state)}
    ${against(state).length > 0 ? nothing : current.length > 0 ? waitingAll(current, { may, work, approve: (ask) => send(ask.id, ask.id) })
      : may ? html`<p>${work.button(ACTION, t('officer.opening.ask'), () => send(null, ACTION))}</p>` : html`<p>${t('officer.two.only')}</p>`}`;
}

/** @param {State} state */
function whatIsAgreed({ round }) {
  const { setup, terms, keys } = round;
  if (!terms || terms.proposals.length === 0) return nothing;
  const { from, until } = timesOf(setup);
  const poll = pollNow(setup);
  const rule = `officer.rule.${keyOf(poll.rule.id)}`;
  const conditions = Object.values(poll.conditions).filter((one) => (typeof one === 'object' && one !== null ? Object.keys(one).length : one)).length;
  const fact = (/** @type {string} */ label, /** @type {unknown} */ value, /** @type {string} */ part = '') => html`<dt>${label}</dt><dd>${value}${part ? html` <a href=${desk(slug, part)}>${t('officer.opening.see')}<span class="vh">: ${label}</span></a>` : nothing}</dd>`;
  return html`<section class="sheet"><h2>${t('officer.opening.what')}</h2><p class="quiet">${t('officer.opening.what_hint')}</p>
    <dl class="facts wide small">${fact(t('officer.opening.budget'), money(setup.budget), 'money')}
      ${fact(t('officer.dates.voting_open'), from ? when(from) : '–', 'dates')}${fact(t('officer.dates.voting_close'), until ? when(until) : '–', 'dates')}
      ${fact(t('officer.vote.design'), html`${t(`officer.design.${poll.design.kind}`)}. ${ruleSentence(/** @type {any} */ ({ design: poll.design, budget: setup.budget }))}`, 'vote')}${fact(t('officer.vote.rule'), knows(rule) ? t(rule) : poll.rule.id, 'vote')}
      ${fact(t('officer.vote.ties'), [...poll.ties.map((/** @type {string} */ tie) => t(`officer.tie.${keyOf(tie)}`)), ...(poll.ties.includes('ballot-order') ? [] : [t('officer.tie.dice')])].join('; '), 'vote')}
      ${fact(t('officer.conditions.title'), t('officer.setup.short.conditions', { count: conditions }), 'conditions')}
      ${fact(t('officer.about.eligibility'), setup.eligibility, 'about')}
      ${keys ? fact(t('officer.keys.kept_by'), t(`officer.keys.kept_by_${keys.custody}`)) : nothing}</dl>
    <div class="scroll" tabindex="0" role="region" aria-label=${t('officer.opening.table')}><table class="tight desk nominees"><caption>${t('officer.opening.proposals', { count: terms.proposals.length })}</caption>
      <thead><tr><th scope="col" class="num">${t('officer.queue.number')}</th><th scope="col">${t('officer.queue.proposal')}</th><th scope="col" class="num">${t('officer.queue.cost')}</th></tr></thead>
      <tbody>${terms.proposals.map((one) => html`<tr><td class="num">${one.number}</td><th scope="row">${one.title}</th><td class="num">${money(one.cost)}</td></tr>`)}</tbody>
      <tfoot><tr><td></td><th scope="row">${t('officer.opening.together')}</th><td class="num">${money(terms.proposals.reduce((sum, one) => sum + one.cost, 0))}</td></tr></tfoot></table></div>
    <p class="quiet">${t('officer.opening.fingerprint')} <code class="print">${terms.fingerprint}</code></p></section>`;
}
