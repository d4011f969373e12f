// Check your vote: the last look before it is sent.
import {
  api, checkField, errorSummary, focusSummary, html, money, nothing, page, params, path, Problem, reasonFor, ruler, setTitle, show, swatch, t, textField, tx,
} from './lib.js';
import {
  clearCode, clearDraft, keepChoices, keepCode, keepRandomness, keepReceipt, loadCode, loadDraft, looksLikeCode, onDraftElsewhere, plainCode, takeCodeFromAddress,
} from './ballot/draft.js';
import { pausedNotice, showNotVoting, steps, votingPaper } from './ballot/frame.js';
import { checkAnswer, drawRandomness } from './ballot/proof.js';
import { changed, moved, projectsOf, standing, withPoints } from './ballot/standing.js';

takeCodeFromAddress();

/** @type {import('./ballot/standing.js').Paper} */
let paper;
let draft = loadDraft();
const state = {
  code: loadCode(), fromLetter: loadCode() !== '', eligible: false, blank: false, sending: false, votedBefore: false,
  removed: /** @type {{title: string, choices: number[], points: number[] | null} | null} */ (null),
  reasons: /** @type {import('./lib.js').Reason[]} */ ([]),
};

page('check', async () => {
  const found = await votingPaper();
  if (found === null) return;
  paper = found;
  draft = loadDraft(paper.poll_id);
  setTitle(t('check.title'));
  draw();
  onDraftElsewhere((other) => {
    draft = other;
    Object.assign(state, { code: loadCode(), fromLetter: loadCode() !== '', sending: false, eligible: false, removed: null });
    draw();
  });
  if (state.fromLetter) await askAboutCode();
  await ready().catch(() => null); // asked for again when the vote is sent
});

/** What goes with the next sending: drawn beforehand, so that sending is one request. */
async function ready() {
  const { key } = draft;
  const randomness = draft.randomness ?? await drawRandomness(paper.poll_id);
  if (key === draft.key) draft = keepRandomness(draft, randomness);
  return randomness;
}

/** What the service says of the code that the letter's link brought. */
async function askAboutCode() {
  try {
    state.votedBefore = (await api('POST', `/api/polls/${paper.poll_id}/code`, { code: state.code })).has_voted;
  } catch (error) {
    if (!(error instanceof Problem) || error.status === 0 || error.status === 429 || error.status >= 500) return; // nothing was said of the code
    state.fromLetter = false;
    state.reasons = [codeReason(error)];
    clearCode();
  }
  draw();
}

/** @param {Problem} error @returns {import('./lib.js').Reason} */
const codeReason = (error) => error.reasons[0] ?? ({ code: error.code, detail: error.detail, params: {}, field: 'code' });
/** @param {string} code @param {string} field @returns {import('./lib.js').Reason} */
const reason = (code, field) => ({ code, params: {}, detail: '', field });

function wrong() {
  const reasons = draft.choices.length === 0 && !state.blank ? [reason('nothing_chosen', 'blank')] : [...standing(paper, draft.choices, draft.points).problems];
  if (!state.code.trim()) reasons.push(reason('code_missing', 'code'));
  else if (!looksLikeCode(state.code)) reasons.push(reason('bad_code', 'code'));
  if (!state.eligible) reasons.push(reason('not_confirmed', 'eligible'));
  return reasons;
}

/** @param {Event} event */
async function send(event) {
  event.preventDefault();
  if (state.sending) return;
  state.reasons = wrong();
  if (state.reasons.length > 0) { draw(); focusSummary(t('check.title')); return; }
  state.sending = true;
  draw();
  try {
    const randomness = await ready();
    const { choices, key } = draft;
    const sent = { choices, points: withPoints(paper.design) ? draft.points ?? [] : null };
    const answer = await api('PUT', `/api/polls/${paper.poll_id}/ballot`, {
      ...sent, code: plainCode(state.code), idempotency_key: key, ticket: randomness.ticket, browser_random: randomness.random,
    });
    const { receipt, recorded, file } = answer;
    keepReceipt({ vote: paper.vote.position, receipt, recorded, file, verdict: await checkAnswer(paper, sent, randomness, answer), choices, points: draft.points });
    clearDraft();
    clearCode();
    location.assign(path('r', params.round, 'done'));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    await refused(error);
  }
}

/** @param {Problem} error */
async function refused(error) {
  state.sending = false;
  if (error.code === 'ticket_was_used') draft = keepChoices(draft, draft.choices, draft.points); // the next sending draws anew
  if (error.status === 409 || error.code === 'voting_is_closed') {
    const round = await api('GET', `/api/rounds/${encodeURIComponent(params.round)}`).catch(() => null);
    if (round && round.phase !== 'voting') { showNotVoting(round); return; }
    paper.round.paused_reason = round?.paused_reason ?? '';
  }
  if (error.code === 'not_on_the_roll' || error.code === 'bad_code') {
    state.reasons = [codeReason(error)];
    state.fromLetter = false;
    clearCode();
  } else {
    state.reasons = error.reasons.length > 0 ? error.reasons : [{ code: error.status === 0 ? 'not_sent' : error.code, detail: error.detail, params: {}, field: '' }];
  }
  draw();
  focusSummary(t('check.title'));
}

/** @param {import('./ballot/standing.js').Project} project */
function remove(project) {
  state.removed = { title: project.title, choices: draft.choices, points: draft.points };
  const next = changed(draft.choices, draft.points, project.number, 0);
  draft = keepChoices(draft, next.choices, next.points);
  draw();
  document.getElementById('undo')?.focus();
}

function undo() {
  if (!state.removed) return;
  draft = keepChoices(draft, state.removed.choices, state.removed.points);
  state.removed = null;
  draw();
  document.getElementById('f-choices')?.focus();
}

function draw() {
  const now = standing(paper, draft.choices, draft.points);
  const title = t('check.title');
  show(html`<div class="read"><p class="over-title"><a href=${path('r', params.round, 'vote')}>${t('check.back')}</a>${steps(2)}</p>
    ${errorSummary(state.reasons)}
    <h1>${title}</h1>
    ${pausedNotice(paper.round.paused_reason)}
    ${state.votedBefore ? html`<div class="notice info"><div>${t('check.replaces')}</div></div>` : nothing}
    <div class="sheet">${now.ruler ? ruler({ ...now.ruler, tall: true, scale: paper.design.kind === 'knapsack' }) : nothing}${choicesTable()}
      ${state.removed ? html`<p class="row" role="status">${t('check.removed', { title: state.removed.title })} <button class="link" id="undo" @click=${undo}>${t('check.undo')}</button></p>` : nothing}</div>
    ${leftOver(now)}
    <form novalidate @submit=${send}>
      ${draft.choices.length === 0 ? checkField({
        name: 'blank', label: t('check.blank'), hint: t('check.blank_hint'), checked: state.blank, error: reasonFor(state.reasons, 'blank'),
        change: (checked) => { state.blank = checked; },
      }) : nothing}
      ${codeField()}
      <h2>${t('check.confirm')}</h2>
      ${checkField({
        name: 'eligible', label: t('check.eligible'), hint: paper.eligibility, checked: state.eligible, error: reasonFor(state.reasons, 'eligible'),
        change: (checked) => { state.eligible = checked; },
      })}
      <p class="quiet">${t('check.until', { day: paper.voting_close.day, time: paper.voting_close.time })}</p>
      <p><button class="button" aria-disabled=${state.sending ? 'true' : nothing}>${t(state.sending ? 'check.sending' : 'check.send')}</button></p>
    </form></div>`);
}

function codeField() {
  if (state.fromLetter) return html`<div class="notice ok"><div>${t('check.code_from_letter')}</div></div>`;
  return html`<h2>${t('check.code_title')}</h2>${textField({
    name: 'code', label: t('check.code'), hint: t('check.code_hint'), value: state.code, width: 'middle', error: reasonFor(state.reasons, 'code'),
    input: (value) => { state.code = value; },
    change: (value) => { if (looksLikeCode(value)) keepCode(plainCode(value)); },
  })}${paper.email_link ? html`<p>${tx('check.code_by_email', { link: html`<a href=${path('r', params.round, 'email')}>${t('email.title')}</a>` })}</p>` : nothing}`;
}

function choicesTable() {
  const projects = projectsOf(paper, draft.choices);
  if (projects.length === 0) return html`<p id="f-choices" tabindex="-1">${t('check.empty')}</p>`;
  const ranked = paper.design.kind === 'ranking';
  const points = withPoints(paper.design);
  const total = points ? t('points', { count: (draft.points ?? []).reduce((sum, n) => sum + n, 0) }) : money(projects.reduce((sum, project) => sum + project.cost, 0));
  return html`<table class="choices" id="f-choices" tabindex="-1"><caption class="vh">${t('vote.yours')}</caption>
    <thead><tr><th scope="col">${t('col.proposal')}</th>${ranked ? nothing : html`<th scope="col" class="num">${t(points ? 'col.points' : 'col.cost')}</th>`}<td></td></tr></thead>
    <tbody>${projects.map((project, index) => html`<tr><th scope="row"><span class="named">${ranked ? html`<span class="rank">${index + 1}.</span>` : swatch(project.theme)}${project.title}</span></th>
      ${ranked ? nothing : html`<td class="num">${points ? draft.points?.[index] ?? 0 : money(project.cost)}</td>`}
      <td class="num">${ranked && index > 0 ? html`<button class="link" aria-label=${t('vote.up', { title: project.title })} @click=${() => up(project)}>${t('check.up')}</button> ` : nothing}
        <button class="link" aria-label=${t('vote.remove', { title: project.title })} @click=${() => remove(project)}>${t('check.remove')}</button></td></tr>`)}</tbody>
    ${ranked ? nothing : html`<tfoot><tr><th scope="row">${t('check.total')}</th><td class="num">${total}</td><td></td></tr></tfoot>`}</table>`;
}

/** @param {import('./ballot/standing.js').Project} project */
function up(project) {
  draft = keepChoices(draft, moved(draft.choices, project.number, -1), draft.points);
  draw();
}

/** @param {ReturnType<typeof standing>} now */
function leftOver(now) {
  if (now.over) return html`<p class="error">${now.left}. ${t('vote.remove_something')}</p>`;
  if (paper.design.kind !== 'knapsack') return now.ruler ? html`<p>${now.left}.</p>` : nothing;
  const left = paper.budget - now.cost;
  const fitting = paper.projects.filter((project) => !draft.choices.includes(project.number) && project.cost <= left).length;
  const link = html`<a href="${path('r', params.round, 'vote')}?fits">${t('check.see_fits')}</a>`;
  return html`<p>${t('check.left', { amount: left })} ${fitting > 0 ? tx('check.more_fit', { count: fitting, link }) : t('check.nothing_fits')}</p>`;
}
