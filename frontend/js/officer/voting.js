// The vote of a round, from two officers' agreement to open it until it is closed; with its keys and the notice of the vote.
import { api, html, notice, nothing, setCurrency, setTitle, show, t } from '../lib.js';
import { desk, guardLeaving, officerPage, perhaps, readiness, roundApi, roundHead, slug, when } from './desk.js';
import { keysPart, noticeOfTheVote } from './keys.js';
import { askedVote } from '../public/votes.js';
import { codeWaits, lateCard } from './late.js';
import { timesOf, voteLine } from './now.js';
import { openingPart } from './opening.js';
import { runningPart } from './running.js';
import { turnoutLine } from './turnout.js';
import { approvalsOf, asked, record, waitingAll } from './two.js';
import { work } from './work.js';

/**
 * @typedef {object} Round everything that the page knows
 * @property {any} setup
 * @property {import('./two.js').Approval[]} approvals
 * @property {{electors: number, voted: number} | null} turnout
 * @property {import('./keys.js').VoteKeys | null} keys
 * @property {{fingerprint: string, proposals: {number: number, title: string, category: string, cost: number}[]} | null} terms
 * @property {{held: boolean, reasons: import('../lib.js').Reason[]} | null} ready
 */

const BEFORE = new Set(['draft', 'proposals', 'review', 'shortlist']);

/** @type {Round} */
let round;
const title = () => t('officer.voting.title');
const page = work({ title, load, draw: () => draw(), tell: (said) => t(`officer.voting.said.${said}`) });

async function load() {
  const setup = await api('GET', roundApi(slug, 'setup'));
  setCurrency(setup.currency);
  const before = BEFORE.has(setup.phase);
  const [approvals, turnout, keys, terms, ready] = await Promise.all([
    approvalsOf(slug), before ? null : perhaps(api('GET', roundApi(slug, 'turnout')), [403, 409]), perhaps(api('GET', `${roundApi(slug, 'keys')}${askedVote()}`)),
    before ? perhaps(api('GET', roundApi(slug, 'opening')), [403, 409]) : null, before ? readiness(slug) : null,
  ]);
  round = { setup, approvals, turnout, keys, terms, ready };
}

const may = () => round.setup.my_roles.some((/** @type {string} */ role) => ['officer', 'organiser'].includes(role));

/** The vote is over: what is left to see here. */
function overPart() {
  const { setup, turnout, approvals } = round;
  const { until } = timesOf(setup);
  const unfinished = asked(approvals).filter((one) => one.action.endsWith('_voting'));
  return html`<section class="sheet"><h2>${t(setup.phase === 'cancelled' ? 'officer.voting.cancelled' : 'officer.voting.closed')}</h2>${turnoutLine(turnout)}
    ${setup.phase === 'cancelled' ? nothing : html`${until ? html`<p>${t('officer.voting.closed_on', { when: when(until) })}</p>` : nothing}
    <p><a class="button" href=${desk(slug, 'count')}>${t('officer.voting.to_count')}</a></p>`}
    ${waitingAll(unfinished, { may: false, work: page, approve: () => {} })}</section>`;
}

function draw() {
  const { setup, keys, approvals } = round;
  setTitle(`${title()} - ${setup.title}`, page.problems.length > 0);
  const state = { round, may: may(), work: page, redraw: draw };
  show(html`<div class="noprint">${page.head()}${roundHead(setup, 'voting', { part: title() })}${voteLine(setup)}
      ${setup.phase === 'voting' && setup.paused_reason ? notice('warn', html`<p><b>${t('officer.voting.paused')}</b></p><p class="lines-kept">${setup.paused_reason}</p>`) : nothing}
      ${BEFORE.has(setup.phase) ? openingPart(state) : setup.phase === 'voting' ? runningPart(state) : overPart()}
      ${record(approvals)}${keys ? keysPart(state) : nothing}</div>
    ${codeWaits() ? lateCard(state) : keys ? noticeOfTheVote(state) : nothing}`);
}

guardLeaving(codeWaits);
officerPage('officer-voting', async () => {
  await load();
  draw();
});
