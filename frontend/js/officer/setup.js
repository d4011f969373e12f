// The set-up of a round as a task list: what is done, what is missing, and the steps that change where the round stands.
import { api, areaField, errorSummary, focusSummary, html, icon, money, nothing, notice, path, Problem, reasonFor, reasonText, setCurrency, setTitle, show, t, tag, textField, timeline } from '../lib.js';
import { desk, doneNote, focusOn, officerPage, perhaps, readiness, reasonList, reasonsOf, roundApi, roundHead, slug, toldOnce, when } from './desk.js';
import { mayChange } from './setup-form.js';
import { approvalsOf, waitingFirst } from './two.js';
import { mendedAt, taskOf } from './where.js';

/** @typedef {import('../lib.js').Reason} Reason */
/** @typedef {import('./where.js').Task} Task */
/** A line of the task list; `poll` where each of two votes has one. @typedef {{task: Task, poll?: number}} Line */
const GROUPS = ['round', 'vote', 'people'];
const NAMES = ['proposals_open', 'proposals_close', 'voting_open', 'voting_close', 'second_voting_open', 'second_voting_close', 'results'];
const SAVED = ['new', 'new_left', 'about', 'money', 'dates', 'polls', 'vote', 'conditions', 'talk', 'rehearsal'];
const RUNNING = new Set(['proposals', 'review', 'voting', 'shortlist', 'counting']);
const BY_THE_CLOCK = new Set(['proposals', 'review', 'voting', 'counting']);
const BEFORE_VOTING = new Set(['draft', 'proposals', 'review']);

/** @type {any} */
let setup;
/** @type {{next: string | null, due: import('../lib.js').Instant | null, held: boolean, reasons: Reason[]}} */
let ready;
/** @type {{electors: number} | null} */
let roll;
/** @type {import('./two.js').Approval[]} */
let approvals = [];
/** @type {Reason[]} */
let problems = [];
/** @type {'' | 'cancel' | 'template'} */
let asking = '';
let cancelReason = '';
const template = { title: '', sentence: '' };
let busy = false;
let said = '';

async function load() {
  [setup, ready, roll, approvals] = await Promise.all([
    api('GET', roundApi(slug, 'setup')), readiness(slug), perhaps(api('GET', roundApi(slug, 'roll'))), approvalsOf(slug),
  ]);
  setCurrency(setup.currency);
}

const organiser = () => setup.my_roles.includes('organiser');
const draft = () => setup.phase === 'draft' && setup.opened === null;

/** The task list, in its groups. @param {string} group @returns {Line[]} */
function linesOf(group) {
  if (group === 'round') return [{ task: 'about' }, ...(setup.advisory && setup.pots.length === 0 ? [] : [/** @type {Line} */ ({ task: 'money' })]), { task: 'dates' }];
  if (group === 'people') return [{ task: 'talk' }, { task: 'voters' }];
  const two = setup.polls.length > 1;
  return [{ task: 'polls' }, ...setup.polls.map((/** @type {{position: number}} */ poll) => ({ task: 'vote', poll: two ? poll.position : undefined })), { task: 'conditions', poll: two ? setup.polls.length : undefined }];
}

/** @param {Line} line */
const pollOf = ({ poll }) => setup.polls[(poll ?? setup.polls.length) - 1];

/** In a few words, what a part of the set-up says now. @param {Line} line */
function inShort(line) {
  const { task } = line;
  if (task === 'about') return setup.title;
  if (task === 'money') return setup.pots.length ? t('officer.setup.short.money', { budget: money(setup.budget), count: setup.pots.length }) : t('officer.setup.short.no_money');
  if (task === 'voters') return roll === null ? '' : t('officer.setup.short.voters', { count: roll.electors });
  if (task === 'talk') return t('officer.setup.short.talk', { comments: t(`officer.talk.comments.${setup.comments}`), count: setup.checked_within });
  if (task === 'polls') return t('officer.setup.short.polls', { count: setup.polls.length });
  if (task === 'conditions') return t('officer.setup.short.conditions', { count: Object.values(pollOf(line).conditions).filter((one) => (typeof one === 'object' ? Object.keys(one).length : one)).length });
  if (task === 'vote') return t(`officer.design.${pollOf(line).design.kind}`);
  const { proposals_open, voting_open, results, second_voting_close, voting_close } = setup.calendar;
  const [from, to] = [proposals_open ?? voting_open, results ?? second_voting_close ?? voting_close];
  return from && to ? t('officer.setup.short.dates', { from: from.date, to: to.date }) : t('officer.setup.short.no_dates');
}

/** @param {Line} line */
function stateOf({ task, poll }) {
  const here = ready.reasons.filter((reason) => taskOf(reason) === task && (poll === undefined || !('poll' in reason.params) || reason.params.poll === poll));
  if (here.length > 0) return 'todo';
  return task === 'voters' && !roll?.electors ? 'later' : 'done';
}

/** @param {Line} line */
const taskRow = (line) => {
  const state = stateOf(line);
  const name = line.task === 'vote' && line.poll ? t('officer.vote.title_of', { nth: t(`officer.polls.nth_${line.poll}`), title: pollOf(line).title }) : t(`officer.task.${line.task}`);
  return html`<li><span><a href=${`${desk(slug, line.task)}${line.poll ? `?poll=${line.poll}` : ''}`}>${name}</a><span class="hint">${inShort(line)}</span></span>
    <span class="tag ${state === 'done' ? 'ok' : state === 'todo' ? 'warn' : 'plain'}">${state === 'done' ? icon('check') : nothing}${t(`officer.task.state.${state}`)}</span></li>`;
};

function taskList() {
  const lines = GROUPS.flatMap(linesOf).filter((line) => line.task !== 'voters');
  const done = lines.filter((line) => stateOf(line) === 'done').length;
  return html`<section class="sheet"><div class="row apart"><h2>${t('officer.setup.tasks')}</h2>
    ${draft() ? html`<p class="quiet">${t('officer.setup.done_of', { done, all: lines.length })}</p>` : nothing}</div>
    ${mayChange(setup) ? nothing : html`<p class="hint">${t(BEFORE_VOTING.has(setup.phase) ? 'officer.form.not_organiser' : 'officer.form.frozen')}</p>`}
    ${GROUPS.map((group) => html`<h3>${t(`officer.setup.group.${group}`)}</h3><ul class="tasks">${linesOf(group).map(taskRow)}</ul>`)}</section>`;
}

/** What stands in the way of the next phase. */
function missing() {
  if (ready.reasons.length === 0 || ready.next === null) return nothing;
  const title = draft() ? t('officer.setup.missing_open') : ready.held ? t('officer.setup.held', { phase: t(`phase.${ready.next}`) }) : t('officer.setup.missing_next', { phase: t(`phase.${ready.next}`) });
  return html`<section class="notice ${ready.held ? 'bad' : 'warn'} block"><h2>${ready.held ? tag('held', t('officer.held')) : nothing} ${title}</h2>
    ${ready.held && ready.due ? html`<p>${t('officer.setup.held_since', { when: when(ready.due) })}</p>` : nothing}
    ${reasonList(ready.reasons, (reason) => mendedAt(slug, reason, setup.forum.slug))}</section>`;
}

function openSection() {
  if (!draft() || !organiser()) return nothing;
  const { proposals_open } = setup.calendar;
  return html`<section class="sheet"><h2 id="f-open" tabindex="-1">${t('officer.setup.open')}</h2><p>${t('officer.setup.open_means')}</p>
    <ul><li>${t('officer.setup.open_public')}</li>
      <li>${proposals_open ? t('officer.setup.open_proposals', { when: when(proposals_open) }) : t('officer.setup.open_no_proposals')}</li>
      <li>${t('officer.setup.open_change')}</li><li>${t('officer.setup.open_back')}</li></ul>
    <p class="row"><button class="button" aria-disabled=${busy ? 'true' : nothing} @click=${() => act('open', undefined, 'opened')}>${t('officer.setup.open')}</button>
      <a class="button quiet" href=${path('r', slug)}>${t('officer.setup.preview')}</a></p></section>`;
}

/** Practice: a copy that never counts, and on such a copy the clock that can be put forward. */
function practice() {
  const staff = organiser() || setup.my_roles.includes('officer');
  if (setup.rehearsal && staff && setup.opened && !['closed', 'cancelled'].includes(setup.phase)) {
    const byClock = BY_THE_CLOCK.has(ready.next ?? '') && ready.due;
    return html`<section class="sheet"><h2>${t('officer.rehearsal.go_on')}</h2><p>${byClock ? t('officer.rehearsal.next', { phase: t(`phase.${ready.next}`), when: when(byClock) }) : t('officer.rehearsal.by_hand')}</p>
      ${byClock ? html`<button class="button quiet" aria-disabled=${busy ? 'true' : nothing} @click=${() => act('go-on', undefined, 'went_on')}>${t('officer.rehearsal.now')}</button>` : nothing}</section>`;
  }
  if (setup.rehearsal || !organiser() || !BEFORE_VOTING.has(setup.phase)) return nothing;
  return html`<section class="sheet"><h2>${t('officer.rehearsal.title')}</h2><p>${t('officer.rehearsal.text')}</p>
    <button class="button quiet" aria-disabled=${busy ? 'true' : nothing} @click=${rehearse}>${t('officer.rehearsal.make')}</button></section>`;
}

async function rehearse() {
  await act('rehearsal-round', undefined, '', (made) => location.assign(`${desk(made.slug)}?saved=rehearsal`));
}

/** The set-up as a template of the forum's own. */
function saveTemplate() {
  if (!organiser() || setup.rehearsal) return nothing;
  if (asking !== 'template') return html`<p><button class="link" @click=${() => { asking = 'template'; draw(); document.getElementById('f-title')?.focus(); }}>${t('officer.template.save')}</button></p>`;
  return html`<section class="sheet"><h2>${t('officer.template.save')}</h2><p>${t('officer.template.text')}</p>
    <form novalidate @submit=${(/** @type {SubmitEvent} */ event) => { event.preventDefault(); act('template', { ...template }, 'template'); }}>
      ${textField({ name: 'title', label: t('officer.template.title'), value: template.title, max: 90, error: reasonFor(problems, 'title'), input: (value) => { template.title = value; draw(); } })}
      ${textField({ name: 'sentence', label: t('officer.template.sentence'), hint: t('officer.template.sentence_hint'), value: template.sentence, max: 140, error: reasonFor(problems, 'sentence'), input: (value) => { template.sentence = value; draw(); } })}
      <p class="row"><button class="button" aria-disabled=${busy ? 'true' : nothing}>${t('officer.template.button')}</button>
        <button class="button quiet" type="button" @click=${() => { asking = ''; problems = []; draw(); }}>${t('officer.template.not')}</button></p></form></section>`;
}

/** The step that somebody may take now, after the draft. */
function nextStep() {
  const { phase, my_roles } = setup;
  const staff = my_roles.includes('organiser') || my_roles.includes('officer');
  if (phase === 'published' && staff) return step('begin_delivery', 'begin-delivery', 'delivering');
  if (phase === 'delivery' && staff) return step('finish', 'finish', 'finished');
  if (phase === 'review' || phase === 'shortlist') return html`<section class="sheet"><h2>${t('officer.setup.opening')}</h2><p>${t('officer.setup.opening_text')}</p>
    <a class="button" href=${desk(slug, 'voting')}>${t('officer.setup.to_opening')}</a></section>`;
  if (phase === 'voting' || phase === 'counting') return html`<section class="sheet"><h2>${t(`officer.setup.${phase}`)}</h2><p>${t(`officer.setup.${phase}_text`)}</p>
    <a class="button" href=${desk(slug, phase === 'voting' ? 'voting' : 'count')}>${t(`officer.setup.to_${phase}`)}</a></section>`;
  return nothing;
}

/** @param {string} key @param {string} verb @param {string} done */
const step = (key, verb, done) => html`<section class="sheet"><h2 id="f-step" tabindex="-1">${t(`officer.setup.${key}`)}</h2><p>${t(`officer.setup.${key}_text`)}</p>
  <button class="button" aria-disabled=${busy ? 'true' : nothing} @click=${() => act(verb, undefined, done)}>${t(`officer.setup.${key}`)}</button></section>`;

function cancelSection() {
  if (!organiser() || ['closed', 'cancelled'].includes(setup.phase)) return nothing;
  if (asking !== 'cancel') return html`<p><button class="link bad-link" @click=${() => { asking = 'cancel'; draw(); document.getElementById('f-reason')?.focus(); }}>${t('officer.setup.cancel')}</button></p>`;
  return html`<section class="sheet"><h2>${t('officer.setup.cancel')}</h2><p>${t('officer.setup.cancel_text')}</p>
    <form novalidate @submit=${(/** @type {SubmitEvent} */ event) => { event.preventDefault(); act('cancel', { reason: cancelReason }, 'cancelled'); }}>
      ${areaField({ name: 'reason', label: t('officer.setup.cancel_reason'), hint: t('officer.setup.cancel_hint'), value: cancelReason, max: 1000, rows: 4, error: reasonFor(problems, 'reason'),
        input: (value) => { cancelReason = value; draw(); } })}
      <p class="row"><button class="button danger" aria-disabled=${busy ? 'true' : nothing}>${t('officer.setup.cancel_now')}</button>
        <button class="button quiet" type="button" @click=${() => { asking = ''; problems = []; draw(); }}>${t('officer.setup.keep')}</button></p></form></section>`;
}

/** @param {string} verb @param {object | undefined} body @param {string} done @param {((answer: any) => void) | undefined} [go] where another page is next */
async function act(verb, body, done, go) {
  if (busy) return;
  busy = true;
  problems = [];
  said = '';
  draw();
  try {
    const answer = await api('POST', roundApi(slug, verb), body);
    if (go) {
      go(answer);
      return;
    }
    asking = '';
    said = done;
    await load();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problems = reasonsOf(error);
  }
  busy = false;
  draw();
  if (problems.length > 0) focusSummary(setup.title);
  else focusOn();
}

/** Reasons that belong to another page, as a summary that leads there. */
const summary = () => {
  const elsewhere = problems.filter((reason) => taskOf(reason) !== '');
  if (elsewhere.length === 0 || asking === 'template') return errorSummary(problems);
  return html`<div class="summary" id="problems" role="alert" tabindex="-1" aria-labelledby="problems-title"><h2 id="problems-title">${t('problem.title')}</h2>
    <ul>${problems.map((reason) => html`<li>${taskOf(reason) ? html`<a href=${mendedAt(slug, reason, setup.forum.slug)}>${reasonText(reason)}</a>` : html`<b>${reasonText(reason)}</b>`}</li>`)}</ul></div>`;
};

/** The dates down a line; one that should have begun but is held has not passed. */
function calendarItems() {
  const now = Date.now();
  const held = ready.held ? ready.due?.at : undefined;
  const there = NAMES.filter((name) => setup.calendar[name]).map((name) => {
    const instant = setup.calendar[name];
    return { name, instant, past: Date.parse(instant.at) <= now && instant.at !== held };
  });
  const current = RUNNING.has(setup.phase) ? there.findLast((one) => one.past)?.name : undefined;
  return there.map(({ name, instant, past }) => ({
    when: instant.date, what: html`${t(`officer.dates.${name}`)} ${instant.at === held ? tag('held', t('officer.held')) : nothing}`, note: instant.time,
    state: /** @type {'past' | 'now' | 'next'} */ (name === current ? 'now' : past ? 'past' : 'next'),
  }));
}

function draw() {
  setTitle(setup.title, problems.length > 0);
  const items = calendarItems();
  show(html`${summary()}${said ? doneNote(t(`officer.setup.said.${said}`)) : nothing}${roundHead(setup, 'setup')}
    ${setup.phase === 'cancelled' ? notice('bad', html`<p>${t('officer.setup.is_cancelled')}</p>`) : nothing}
    ${setup.opened ? html`<p class="quiet">${t('officer.setup.opened', { when: when(setup.opened) })} <a href=${path('r', slug)}>${t('officer.setup.public_page')}</a></p>` : html`<p class="quiet">${t('officer.setup.not_opened')} <a href=${path('r', slug)}>${t('officer.setup.preview')}</a></p>`}
    <div class="aside"><div>${waitingFirst(slug, approvals)}${missing()}${draft() && ready.reasons.length === 0 ? html`${openSection()}${taskList()}` : html`${taskList()}${openSection()}`}${nextStep()}${practice()}${saveTemplate()}${cancelSection()}</div>
      <section class="sheet"><h2>${t('officer.setup.calendar')}</h2>${items.length ? timeline(items) : html`<p>${t('officer.setup.short.no_dates')}</p>`}
        ${mayChange(setup) ? html`<a href=${desk(slug, 'dates')}>${t('officer.setup.change_dates')}</a>` : nothing}</section></div>`);
}

officerPage('officer-setup', async () => {
  await load();
  const saved = toldOnce('saved');
  said = saved === null ? '' : `saved_${saved}`;
  if (!SAVED.includes(saved ?? '')) said = '';
  draw();
  if (said) focusOn();
});
