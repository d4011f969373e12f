// Close, count, publish: three stages on one page, two of which need two officers.
import { api, areaField, errorSummary, focusSummary, html, icon, nothing, notice, number, path, percent, Problem, reasonFor, setCurrency, setTitle, show, t, tag } from '../lib.js';
import { desk, doneNote, focusOn, officerPage, ownReason, perhaps, reasonsOf, roundApi, roundHead, slug, when } from './desk.js';
import { resultPreview } from './result.js';

/** @typedef {{action: string, status: string, asked_by: string, asked: import('../lib.js').Instant, expires: import('../lib.js').Instant, approved_by: string | null, reason: string, subject: string, mine: boolean}} Approval */

/** @type {any} */
let setup;
/** @type {{electors: number, voted: number} | null} */
let turnout;
/** @type {Approval[]} */
let approvals = [];
/** @type {any} */
let result = null;
/** @type {import('../lib.js').Reason[]} */
let problems = [];
let reason = '';
let closing = false;
let busy = '';
let said = '';

const title = () => t('officer.count.title');
/** @param {...string} roles */
const has = (...roles) => setup.my_roles.some((/** @type {string} */ role) => roles.includes(role));
const ORDER = ['draft', 'proposals', 'review', 'voting', 'counting', 'published', 'delivery', 'closed'];
/** Has the round come as far as this phase? @param {string} phase */
const reached = (phase) => ORDER.indexOf(setup.phase) >= ORDER.indexOf(phase);

async function load() {
  setup = await api('GET', roundApi(slug, 'setup'));
  setCurrency(setup.currency);
  const [many, given, counted] = await Promise.all([
    perhaps(api('GET', roundApi(slug, 'turnout')), [403, 409]), perhaps(api('GET', roundApi(slug, 'approvals'))),
    reached('counting') ? perhaps(api('GET', roundApi(slug, 'count')), [403, 404]) : null,
  ]);
  turnout = many;
  approvals = given?.items ?? [];
  result = counted;
}

/** What waits for a second officer, about this outcome where one is named. @param {string} action @param {string} [subject] */
const asked = (action, subject = '') => approvals.find((one) => one.action === action && one.status === 'asked' && (!subject || one.subject === subject));
/** @param {string} action */
const done = (action) => approvals.find((one) => one.action === action && one.status === 'done');

/** @param {string} name @param {() => Promise<string>} run what was said when it is done */
async function act(name, run) {
  if (busy) return;
  busy = name;
  problems = [];
  said = '';
  draw();
  try {
    said = await run();
    await load();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problems = reasonsOf(error);
    if (error.code !== 'offline') await load().catch(() => {});
  }
  busy = '';
  draw();
  if (problems.length > 0) focusSummary(title());
  else focusOn();
}

const close = (/** @type {string} */ why) => act('close', async () => {
  const approval = await api('POST', roundApi(slug, 'close'), { reason: why });
  closing = false;
  reason = '';
  return approval.status === 'done' ? 'closed' : 'close_asked';
});
const count = () => act('count', async () => {
  await api('POST', roundApi(slug, 'count'));
  return 'counted';
});
const publish = () => act('publish', async () => {
  const approval = await api('POST', roundApi(slug, 'publish'), { outcome_id: result.outcome_id });
  return approval.status === 'done' ? 'published' : 'publish_asked';
});

/** @param {string} name @param {string} text @param {() => void} click @param {string} [kind] */
const button = (name, text, click, kind = '') => html`<button class="button ${kind}" aria-disabled=${busy ? 'true' : nothing} @click=${click}>${busy === name ? t('officer.count.busy') : text}</button>`;

/** What was asked for, by whom, until when; with the second officer's button. @param {Approval} approval @param {string} text @param {() => void} approve @param {boolean} may */
function pending(approval, text, approve, may) {
  const mine = approval.mine;
  return html`<div class="notice warn block"><p>${tag('asked', t('officer.approval.waiting'))}</p><p>${t(`officer.approval.${approval.action}`, { who: approval.asked_by, when: when(approval.asked) })}</p>
    ${approval.reason ? html`<blockquote class="lines-kept">${approval.reason}</blockquote>` : nothing}
    <p>${t('officer.approval.until', { when: when(approval.expires) })}</p>
    ${mine ? html`<p><b>${t('officer.approval.yours')}</b></p>` : may ? html`<p>${button(approval.action === 'publish' ? 'publish' : 'close', text, approve)}</p>` : html`<p>${t('officer.approval.not_you')}</p>`}</div>`;
}

/** @param {string} name @param {'done' | 'now' | 'later'} state @param {unknown} content */
const stage = (name, state, content) => html`<li class="stage ${state}"><section class="sheet" aria-labelledby="stage-${name}"><div class="row apart"><h2 id="stage-${name}">${t(`officer.stage.${name}`)}</h2>
  <span class="tag ${state === 'done' ? 'ok' : state === 'now' ? 'go' : 'plain'}">${state === 'done' ? icon('check') : nothing}${t(`officer.stage.${state}`)}</span></div>${content}</section></li>`;

const turnoutLine = () => (turnout === null ? nothing : html`<p class="turnout"><b class="amount">${number(turnout.voted)}</b> ${t('officer.count.turnout', { electors: turnout.electors, share: turnout.electors ? percent(turnout.voted / turnout.electors) : '–' })}</p>
  <svg class="bar thick" aria-hidden="true"><rect class="ok" width="${turnout.electors ? (100 * turnout.voted) / turnout.electors : 0}%" height="100%" rx="2"></rect></svg>`);

function voting() {
  const { voting_open: from, voting_close: until } = setup.calendar;
  if (setup.phase === 'cancelled') return stage('voting', 'later', html`<p>${t('officer.count.cancelled')}</p>`);
  if (!reached('voting')) return stage('voting', 'later', html`<p>${from ? t('officer.count.not_open', { when: when(from) }) : t('officer.count.no_date')}</p><p><a href=${desk(slug)}>${t('officer.count.see_setup')}</a></p>`);
  const early = done('close_voting');
  if (reached('counting')) return stage('voting', 'done', html`${turnoutLine()}<p>${early ? t('officer.count.closed_early', { who: early.asked_by, second: early.approved_by }) : until ? t('officer.count.closed', { when: when(until) }) : nothing}</p>`);
  const ask = asked('close_voting');
  const may = has('officer', 'organiser');
  return stage('voting', 'now', html`${turnoutLine()}<p>${until ? t('officer.count.open', { when: when(until) }) : nothing}</p><p class="quiet">${t('officer.count.secret')}</p>
    ${ask ? pending(ask, t('officer.count.close_approve'), () => close(''), may) : may ? closeForm() : nothing}`);
}

function closeForm() {
  if (!closing) return html`<p><button class="link" @click=${() => { closing = true; draw(); document.getElementById('f-reason')?.focus(); }}>${t('officer.count.close_early')}</button></p>`;
  return html`<form novalidate class="inset" @submit=${(/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (reason.trim()) { close(reason); return; }
    problems = [ownReason('officer_close_reason', 'reason')];
    draw();
    focusSummary(title());
  }}><h3>${t('officer.count.close_early')}</h3><p>${t('officer.count.close_text')}</p>
    ${areaField({ name: 'reason', label: t('officer.count.close_reason'), hint: t('officer.count.close_hint'), rows: 3, max: 1000, value: reason, error: reasonFor(problems, 'reason'), input: (value) => { reason = value; draw(); } })}
    <p class="row">${button('close', t('officer.count.close_ask'), () => {})}<button class="button quiet" type="button" @click=${() => { closing = false; problems = []; draw(); }}>${t('officer.count.close_not')}</button></p></form>`;
}

function counting() {
  if (!reached('counting')) return stage('count', 'later', html`<p>${t('officer.count.after_close')}</p>`);
  const rule = t('officer.count.rule_is', { rule: ruleTitle() });
  if (result === null) {
    return stage('count', reached('published') ? 'done' : 'now', html`<p>${rule}</p>${has('officer') ? html`<p>${t('officer.count.text')}</p><p>${button('count', t('officer.count.button'), count)}</p>`
      : html`<p>${t(has('organiser', 'scrutineer') ? 'officer.count.not_counted' : 'officer.count.not_yours')}</p>`}`);
  }
  return stage('count', 'done', html`${resultPreview(result, setup)}
    ${setup.phase === 'counting' && has('officer') ? html`<p>${button('count', t('officer.count.again'), count, 'quiet')}</p>` : nothing}`);
}

const ruleTitle = () => setup.rules.find((/** @type {{id: string}} */ one) => one.id === setup.rule.id) && t(`officer.rule.${setup.rule.id.replaceAll('-', '_')}`);

function publishing() {
  if (reached('published')) {
    const by = done('publish');
    return stage('publish', 'done', html`<p>${by ? t('officer.count.published_by', { who: by.asked_by, second: by.approved_by }) : t('officer.count.published')}</p>
      <p class="row"><a class="button" href=${path('r', slug, 'results')}>${t('officer.count.see_result')}</a>${setup.phase === 'published' ? html`<a class="button quiet" href=${desk(slug)}>${t('officer.count.to_delivery')}</a>` : nothing}</p>`);
  }
  if (result === null || setup.phase !== 'counting') return stage('publish', 'later', html`<p>${t('officer.count.after_count')}</p>`);
  const ask = asked('publish', result.outcome_id);
  const { results } = setup.calendar;
  return stage('publish', 'now', html`<p>${t('officer.count.publish_means')}</p><ul><li>${t('officer.count.publish_public')}</li><li>${t('officer.count.publish_final')}</li><li>${t('officer.count.publish_two')}</li></ul>
    ${results ? html`<p>${t('officer.count.publish_due', { when: when(results) })}</p>` : nothing}
    ${ask ? pending(ask, t('officer.count.publish_approve'), publish, has('officer')) : has('officer') ? html`<p>${button('publish', t('officer.count.publish_ask'), publish)}</p>` : notice('info', html`<p>${t('officer.count.publish_officers')}</p>`)}`);
}

function draw() {
  setTitle(`${title()} - ${setup.title}`, problems.length > 0);
  show(html`${errorSummary(problems)}${said ? doneNote(t(`officer.count.said.${said}`)) : nothing}${roundHead(setup, 'count', { part: title() })}
    <ol class="stages">${voting()}${counting()}${publishing()}</ol>`);
}

officerPage('officer-count', async () => {
  await load();
  draw();
});
