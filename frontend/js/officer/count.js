// From the close of the vote to the end of its keys, a stage each: count, look, publish, certify, destroy the keys.
import { api, html, icon, nothing, path, setCurrency, setTitle, show, t } from '../lib.js';
import { certifyStage, destroyStage } from './certify.js';
import { dicePart } from './dice.js';
import { desk, officerPage, perhaps, roundApi, roundHead, slug, when } from './desk.js';
import { pollNow, timesOf, voteLine } from './now.js';
import { publishStage } from './publish.js';
import { resultPreview } from './result.js';
import { turnoutLine } from './turnout.js';
import { approvalsOf, done } from './two.js';
import { unlockBody, unlockFields, unlockProblems } from './unlock.js';
import { work } from './work.js';

/**
 * @typedef {object} Counting everything that the page knows
 * @property {any} setup
 * @property {import('./two.js').Approval[]} approvals
 * @property {{electors: number, voted: number} | null} turnout
 * @property {import('./keys.js').VoteKeys | null} keys
 * @property {any} result the newest count
 * @property {import('./publish.js').Uniqueness | null} unique
 * @property {{challenges_until: import('../lib.js').Instant, over: boolean} | null} certification
 * @property {{name: string, href: string}[]} downloads
 */
/** @typedef {{round: Counting, work: import('./work.js').Work, redraw: () => void, has: (...roles: string[]) => boolean, reached: (phase: string) => boolean}} State */
/** @typedef {'done' | 'now' | 'later'} Mood */

const ORDER = ['draft', 'proposals', 'review', 'shortlist', 'voting', 'counting', 'published', 'delivery', 'closed'];

/** @type {Counting} */
let round;
const title = () => t('officer.count.title');
const page = work({ title, load, draw: () => draw(), tell: (said) => t(`officer.count.said.${said}`) });

/** Has the round come as far as this phase? @param {string} phase */
const reached = (phase) => ORDER.indexOf(round.setup.phase) >= ORDER.indexOf(phase);
/** @param {...string} roles */
const has = (...roles) => round.setup.my_roles.some((/** @type {string} */ role) => roles.includes(role));

async function load() {
  const setup = await api('GET', roundApi(slug, 'setup'));
  setCurrency(setup.currency);
  const after = (/** @type {string} */ phase) => ORDER.indexOf(setup.phase) >= ORDER.indexOf(phase);
  const [turnout, approvals, keys, result, unique, certification, published] = await Promise.all([
    perhaps(api('GET', roundApi(slug, 'turnout')), [403, 409]), approvalsOf(slug), perhaps(api('GET', roundApi(slug, 'keys'))),
    after('counting') ? perhaps(api('GET', roundApi(slug, 'count')), [403, 404]) : null,
    setup.phase === 'counting' ? perhaps(api('GET', roundApi(slug, 'uniqueness')), [403, 409]) : null,
    after('published') ? perhaps(api('GET', roundApi(slug, 'certification')), [403, 404]) : null,
    after('published') ? perhaps(api('GET', roundApi(slug, 'results')), [404]) : null,
  ]);
  round = { setup, turnout, approvals, keys, result, unique, certification, downloads: published?.downloads ?? [] };
}

/** @param {string} name @param {Mood} mood @param {unknown} content */
export const stage = (name, mood, content) => html`<li class="stage ${mood}"><section class="sheet" aria-labelledby="stage-${name}"><div class="row apart"><h2 id="stage-${name}">${t(`officer.stage.${name}`)}</h2>
  <span class="tag ${mood === 'done' ? 'ok' : mood === 'now' ? 'go' : 'plain'}">${mood === 'done' ? icon('check') : nothing}${t(`officer.stage.${mood}`)}</span></div>${content}</section></li>`;

function closeStage() {
  const { setup, turnout, approvals } = round;
  const { from, until } = timesOf(setup);
  if (setup.phase === 'cancelled') return stage('close', 'later', html`<p>${t('officer.count.cancelled')}</p>`);
  if (!reached('voting')) return stage('close', 'later', html`<p>${from ? t('officer.count.not_open', { when: when(from) }) : t('officer.count.no_date')}</p><p><a href=${desk(slug, 'voting')}>${t('officer.count.see_voting')}</a></p>`);
  if (!reached('counting')) return stage('close', 'now', html`${turnoutLine(turnout)}<p>${until ? t('officer.count.open', { when: when(until) }) : nothing}</p><p class="quiet">${t('officer.count.secret')}</p><p><a href=${desk(slug, 'voting')}>${t('officer.count.see_voting')}</a></p>`);
  const early = done(approvals.filter((one) => one.poll === setup.current), 'close_voting');
  return stage('close', 'done', html`${turnoutLine(turnout)}<p>${early ? t('officer.count.closed_early', { who: early.asked_by, second: early.approved_by }) : until ? t('officer.count.closed', { when: when(until) }) : nothing}</p>`);
}

/** @param {State} state */
function countStage(state) {
  const { setup, result } = round;
  if (!reached('counting')) return stage('count', 'later', html`<p>${t('officer.count.after_close')}</p>`);
  const rule = t(`officer.rule.${pollNow(setup).rule.id.replaceAll('-', '_')}`);
  const open = setup.phase === 'counting';
  if (result === null) {
    return stage('count', reached('published') ? 'done' : 'now', html`<p>${t('officer.count.rule_is', { rule })}</p>${has('officer') && open ? html`<p>${t('officer.count.text')}</p>${countForm('officer.count.button', '')}`
      : html`<p>${t(has('organiser', 'scrutineer') ? 'officer.count.not_counted' : 'officer.count.not_yours')}</p>`}${dicePart(state)}`);
  }
  return stage('count', 'done', html`${resultPreview(result, setup)}${open && has('officer') ? countForm('officer.count.again', 'quiet') : nothing}${dicePart(state)}`);
}

/** @param {string} key of the button's words @param {string} kind */
function countForm(key, kind) {
  const board = round.keys?.custody === 'board';
  const count = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (page.refuse(board ? unlockProblems('count') : [])) return;
    page.act('count', async () => {
      await api('POST', roundApi(slug, 'count'), { unlock: unlockBody('count', board) });
      return 'counted';
    }, { unlock: 'count-1' });
  };
  return html`<form novalidate @submit=${count}>${board ? unlockFields('count', page) : nothing}<p>${page.button('count', t(key), undefined, kind)}</p></form>`;
}

function draw() {
  const { setup } = round;
  setTitle(`${title()} - ${setup.title}`, page.problems.length > 0);
  const state = { round, work: page, redraw: draw, has, reached };
  show(html`${page.head()}${roundHead(setup, 'count', { part: title() })}${voteLine(setup)}
    ${setup.current > 1 ? html`<p><a href="${path('r', slug, 'results')}?poll=1">${t('votes.result')}: ${setup.polls[0].title}</a></p>` : nothing}
    <ol class="stages">${closeStage()}${countStage(state)}${publishStage(state)}${certifyStage(state)}${destroyStage(state)}</ol>
    ${reached('counting') && has('officer', 'organiser', 'scrutineer') ? html`<section class="sheet"><h2>${t('officer.audit.title')}</h2><p>${t('officer.audit.lead')}</p><p><a class="button quiet" href=${desk(slug, 'audit')}>${t('officer.audit.go')}</a></p></section>` : nothing}`);
}

officerPage('officer-count', async () => {
  await load();
  draw();
});
