// The keys of a vote: who keeps them, whether they were tried, and what the notice of the vote says of them.
import { api, html, icon, notice, nothing, partnership, path, repeat, t, tx } from '../lib.js';
import { bothVotes } from '../public/votes.js';
import { roundApi, slug, when } from './desk.js';
import { timesOf } from './now.js';

/**
 * @typedef {{poll: number, custody: 'host' | 'board', log_key: string, seal_key: string | null, rehearsed: import('../lib.js').Instant | null,
 *   certified: import('../lib.js').Instant | null, destroyed: import('../lib.js').Instant | null}} VoteKeys
 */
/** @typedef {{round: import('./voting.js').Round, may: boolean, work: import('./work.js').Work, redraw: () => void}} State */

const BEFORE = new Set(['draft', 'proposals', 'review', 'shortlist']);

/** @param {State} state */
export function keysPart({ round, may, work }) {
  const { setup, keys } = round;
  const { poll, custody, rehearsed, seal_key, destroyed } = /** @type {VoteKeys} */ (keys);
  const rehearse = () => work.act('rehearse', async () => {
    await api('POST', `${roundApi(slug, 'rehearsal')}?poll=${poll}`);
    return 'rehearsed';
  });
  return html`<section class="sheet" id="f-keys" tabindex="-1"><h2>${t('officer.keys.title')}</h2>${bothVotes(setup.polls, setup.polls.length, poll)}<p>${t(`officer.keys.${custody}`)}</p>
    ${destroyed ? notice('ok', html`<p>${t('officer.keys.destroyed', { when: when(destroyed) })}</p>`)
      : html`<p>${rehearsed ? html`${icon('check')} ${t('officer.keys.rehearsed', { when: when(rehearsed) })}` : t('officer.keys.not_rehearsed')}</p>`}
    ${BEFORE.has(setup.phase) && poll >= setup.current ? html`<p class="quiet">${t(`officer.keys.why_${custody}`)}</p>
      ${!may ? nothing : custody === 'host' ? html`<p>${work.button('rehearse', t(rehearsed ? 'officer.keys.again' : 'officer.keys.rehearse'), rehearse, 'quiet')}</p>`
        : html`<p>${tx('officer.keys.command', { command: html`<code class="command">pbvote keys ${seal_key ? 'rehearse' : 'board'} ${slug}${setup.polls.length > 1 ? ` --vote ${poll}` : ''}</code>` })}</p>`}
      ${custodyForm(round, work)}` : nothing}</section>`;
}

/** An organiser chooses who keeps the key; what was made and agreed before is worth nothing then. @param {import('./voting.js').Round} round @param {import('./work.js').Work} work */
function custodyForm({ setup, keys }, work) {
  const { poll, custody, seal_key } = /** @type {VoteKeys} */ (keys);
  if (!setup.my_roles.includes('organiser') || setup.phase === 'shortlist') return nothing;
  const other = custody === 'host' ? 'board' : 'host';
  const choose = () => work.act('custody', async () => {
    await api('PUT', roundApi(slug, 'custody'), { custody: other, poll });
    return `custody_${other}`;
  });
  // A new element for each offer, so that one that was taken closes.
  return repeat([other], (/** @type {string} */ one) => one, () => html`<details class="more"><summary>${t('officer.keys.choose')}</summary><div class="inset"><p>${t(`officer.keys.other_${other}`)}</p>
    ${seal_key ? html`<p>${t('officer.keys.worthless')}</p>` : nothing}<p>${work.button('custody', t(`officer.keys.choose_${other}`), choose, 'quiet')}</p></div></details>`);
}

/** What is put up in the hall and printed in the paper, so that nobody can exchange the keys afterwards. @param {State} state */
export function noticeOfTheVote({ round }) {
  const { setup, keys } = round;
  const { poll, log_key, seal_key, custody } = /** @type {VoteKeys} */ (keys);
  const { from, until } = timesOf(setup, poll);
  if (seal_key === null) return html`<section class="sheet noprint"><h2>${t('officer.notice.title')}</h2><p>${t('officer.notice.not_yet')}</p></section>`;
  return html`<div class="row apart noprint"><h2>${t('officer.notice.title')}</h2><button class="button quiet" type="button" @click=${() => window.print()}>${icon('print')}${t('officer.notice.print')}</button></div>
    <p class="noprint">${t('officer.notice.why')}</p>
    <section class="sheet public-notice" aria-label=${t('officer.notice.title')}><p class="over">${partnership} · ${setup.forum.name}</p><h3>${t('officer.notice.head', { round: setup.title })}</h3>${setup.polls.length > 1 ? html`<p><b>${t('votes.which', { ...setup.polls[poll - 1], of: setup.polls.length })}</b></p>` : nothing}
      ${from && until ? html`<p>${t('officer.notice.dates', { from: when(from), until: when(until) })}</p>` : nothing}
      <p>${tx('officer.notice.where', { address: html`<b>${location.host}${path('r', slug)}</b>` })}</p><p>${setup.eligibility}</p>
      <dl class="facts"><dt>${t('officer.notice.log_key')}</dt><dd><code class="print">${log_key}</code></dd><dt>${t('officer.notice.seal_key')}</dt><dd><code class="print">${seal_key}</code></dd></dl>
      <p>${t('officer.notice.check')}</p><p>${t(`officer.notice.${custody}`)}</p></section>`;
}
