// What needs doing today: the officer's rounds, those that are stuck first.
import { api, emptyState, everything, html, icon, money, nothing, number, path, setTitle, show, t, tag } from '../lib.js';
import { desk, officerPage, perhaps, phaseTag, readiness, reasonList, when } from './desk.js';
import { approvalsOf, asked, placeOf, sentence } from './two.js';
import { ways } from './ways.js';
import { mendedAt } from './where.js';

/** @typedef {any} OfficerRound */
/** @typedef {{round: OfficerRound, rank: number, mood: string, tag: unknown, what: unknown, more?: unknown, href: string, link: string}} Todo */

/** What people said that waits for somebody. @typedef {{round: string, waiting: number, flagged: number, alerts: number, questions: number}} Talk */

const OVER = new Set(['closed', 'cancelled']);

/** @param {OfficerRound} round @param {...string} roles */
const has = (round, ...roles) => roles.some((role) => round.my_roles.includes(role));

/** What one round asks of this person, the most pressing first. @param {OfficerRound} round @param {any} ready @param {import('./two.js').Approval[]} approvals @param {any[]} overdue @returns {Todo[]} */
function todosOf(round, ready, approvals, overdue) {
  /** @type {Todo[]} */
  const todos = [];
  const add = (/** @type {Omit<Todo, 'round'>} */ todo) => todos.push({ round, ...todo });
  if (round.held) add({
    rank: 1, mood: 'bad', tag: tag('held', t('officer.held')), what: t('officer.today.held', { phase: t(`phase.${ready?.next ?? round.phase}`) }),
    more: reasonList(ready?.reasons ?? [], (reason) => mendedAt(round.slug, reason)),
    href: desk(round.slug), link: t('officer.today.see_setup') });
  for (const approval of asked(approvals)) {
    const { mine, expires } = approval;
    add({ rank: mine ? 6 : 0, mood: mine ? 'plain' : 'warn', tag: tag('asked', t('officer.two.waiting')), what: sentence(approval),
      more: t(mine ? 'officer.today.runs_out' : 'officer.two.until', { when: when(expires) }), href: placeOf(round.slug, approval), link: t('officer.today.see_approval') });
  }
  if (round.paused_reason) add({ rank: 2, mood: 'warn', tag: html`<span class="tag warn">${t('officer.today.paused_tag')}</span>`, what: t('officer.today.paused'), more: round.paused_reason,
    href: desk(round.slug, 'voting'), link: t('officer.today.see_setup') });
  if (round.phase === 'counting' && has(round, 'officer') && asked(approvals, 'publish').length === 0) {
    add({ rank: 2, mood: 'info', tag: phaseTag(round.phase), what: t('officer.today.count'), href: desk(round.slug, 'count'), link: t('officer.today.go_count') });
  }
  if (overdue.length > 0) {
    add({ rank: 2, mood: 'bad', tag: html`<span class="tag bad">${t('officer.today.overdue_tag')}</span>`, what: t('officer.today.overdue', { count: overdue.length }),
      more: html`<ul>${overdue.slice(0, 5).map((one) => html`<li><a href="${desk(round.slug, 'proposals', one.number)}?overdue=true">${one.number}. ${one.title}</a> <span class="quiet">${t('officer.today.overdue_due', { date: one.due.date })}</span></li>`)}</ul>`,
      href: `${desk(round.slug, 'proposals')}?overdue=true`, link: t('officer.today.go_proposals') });
  }
  if (round.waiting_proposals > 0 && has(round, 'officer', 'organiser')) {
    add({ rank: 3, mood: 'info', tag: html`<span class="tag info">${t('officer.today.waiting_tag')}</span>`, what: t('officer.today.waiting', { count: round.waiting_proposals }),
      href: `${desk(round.slug, 'proposals')}?status=submitted`, link: t('officer.today.go_proposals') });
  }
  if (round.phase === 'published' && has(round, 'officer', 'organiser')) {
    add({ rank: 4, mood: 'info', tag: phaseTag(round.phase), what: t('officer.today.published'), href: desk(round.slug), link: t('officer.today.see_setup') });
  }
  if (round.phase === 'draft' && ready !== null && has(round, 'organiser') && !round.held && ready.due === null) {
    add({ rank: 4, mood: 'plain', tag: phaseTag(round.phase), what: ready.reasons.length ? t('officer.today.draft', { count: ready.reasons.length }) : t('officer.today.draft_ready'),
      href: desk(round.slug), link: t('officer.today.go_setup') });
  }
  return todos;
}

/** An evening that is near: to its page, from which the door and the timer are reached. @param {any} night @returns {Todo} */
const nightTodo = (night) => ({ round: night, rank: 5, mood: 'info', tag: html`<span class="tag info">${t('officer.tab.night')}</span>`,
  what: t('officer.today.night', { when: when(night.begins), taken: night.taken, places: night.places }), more: night.place, href: desk(night.slug, 'night'), link: t('officer.tab.night') });

/** What people said in a round, and nobody has looked at. @param {OfficerRound} round @param {Talk | undefined} talk @returns {Todo[]} */
function saidIn(round, talk) {
  const { waiting = 0, flagged = 0, alerts = 0, questions = 0 } = talk ?? {};
  const mood = alerts > 0 ? 'warn' : 'info';
  const comments = { round, rank: alerts > 0 ? 1 : 3, mood, tag: html`<span class="tag ${mood}">${t('officer.today.comments_tag')}</span>`, what: t('officer.today.comments', { count: waiting + flagged }),
    more: alerts > 0 ? t('officer.today.comments_alert') : nothing, href: desk(round.slug, 'comments'), link: t('officer.today.go_comments') };
  const asked = { round, rank: 3, mood: 'info', tag: html`<span class="tag info">${t('officer.today.questions_tag')}</span>`, what: t('officer.today.questions', { count: questions }),
    href: `${desk(round.slug, 'comments')}?which=questions`, link: t('officer.today.go_comments') };
  return [...(waiting + flagged > 0 ? [comments] : []), ...(questions > 0 ? [asked] : [])];
}

/** @param {Todo} todo */
const todoRow = (todo) => html`<li class="todo ${todo.mood}"><div class="row apart"><p class="over">${todo.round.forum.name} · ${todo.round.title}</p>${todo.tag}</div>
  <h3><a href=${todo.href}>${todo.what}</a></h3>${todo.more ? html`<div>${todo.more}</div>` : nothing}</li>`;

/** @param {OfficerRound} round */
const nextDate = (round) => (round.next_date ? html`<span class="small">${t(`officer.dates.${round.next_date.what}`)}</span><br>${when(round.next_date.when)}` : html`<span class="quiet">${t('officer.today.no_date')}</span>`);

/** @param {OfficerRound} round @param {boolean} running */
const roundRow = (round, running) => html`<tr><th scope="row" class="all"><a href=${desk(round.slug)}>${round.title}</a><span class="hint">${round.forum.name}${round.rehearsal ? html` · <b>${t('officer.rehearsal.short')}</b>` : nothing}</span></th>
  <td>${round.held ? tag('held', t('officer.held')) : phaseTag(round.phase)}</td><td class="num">${round.budget ? money(round.budget, round.currency) : '–'}</td>
  ${running ? html`<td class="num small-hide">${number(round.waiting_proposals)}</td><td class="all">${nextDate(round)}</td>` : nothing}</tr>`;

/** @param {OfficerRound[]} rounds @param {string} title @param {boolean} running */
const roundTable = (rounds, title, running) => html`<section><h2>${title}</h2><div class="sheet"><table class="stack desk"><thead><tr><th scope="col">${t('officer.today.round')}</th>
  <th scope="col">${t('officer.today.phase')}</th><th scope="col" class="num">${t('officer.today.budget')}</th>
  ${running ? html`<th scope="col" class="num">${t('officer.today.waiting_column')}</th><th scope="col">${t('officer.today.next')}</th>` : nothing}</tr></thead><tbody>${rounds.map((round) => roundRow(round, running))}</tbody></table></div></section>`;

/** The forums whose texts this person looks after. @param {{roles: {forum: string, forum_name: string, role: string}[]}} me */
function ownForums(me) {
  const own = me.roles.filter((role) => role.role === 'organiser');
  return own.length === 0 ? nothing : html`<section><h2>${t('officer.today.forums', { count: own.length })}</h2><ul class="list sheet">${own.map((role) => html`<li><a href=${path('o', 'f', role.forum)}>${role.forum_name}</a>
    <span class="quiet small">${t('officer.today.forum_texts')}</span></li>`)}</ul></section>`;
}

officerPage('officer-today', async (me) => {
  setTitle(t('officer.today.title'));
  const mayMake = me.roles.some((role) => role.role === 'organiser');
  const head = html`<div class="row apart"><h1>${t('officer.today.title')}</h1>${mayMake ? html`<a class="button" href=${path('o', 'rounds', 'new')}>${t('officer.today.new')}</a>` : nothing}</div>`;
  if (me.roles.length === 0 && me.administrator) {
    location.replace(path('a'));
    return;
  }
  if (me.roles.length === 0) {
    show(html`${head}${emptyState(t('officer.today.no_role'), t('officer.today.no_role_text'))}${ways(me)}`);
    return;
  }
  const [rounds, nights, late] = await Promise.all([everything('/api/officer/rounds'), api('GET', '/api/officer/nights'), api('GET', '/api/officer/overdue')]);
  const details = await Promise.all(rounds.map(async (round) => {
    const [ready, approvals] = await Promise.all([
      round.held || round.phase === 'draft' ? perhaps(readiness(round.slug)) : null,
      round.waiting_approvals > 0 ? approvalsOf(round.slug) : [],
    ]);
    return todosOf(round, ready, approvals, late.items.filter((/** @type {{round: string}} */ one) => one.round === round.slug));
  }));
  const talks = /** @type {Talk[]} */ ((await perhaps(api('GET', '/api/officer/talk')))?.items ?? []);
  const said = rounds.flatMap((round) => saidIn(round, talks.find((one) => one.round === round.slug)));
  const todos = [...[...details.flat(), ...nights.items.map(nightTodo)], ...said].sort((one, other) => one.rank - other.rank);
  const running = rounds.filter((round) => !OVER.has(round.phase));
  const over = rounds.filter((round) => OVER.has(round.phase));
  show(html`${head}
    ${rounds.length === 0 ? emptyState(t('officer.today.empty'), t(mayMake ? 'officer.today.empty_make' : 'officer.today.empty_wait'),
      mayMake ? html`<p><a class="button" href=${path('o', 'rounds', 'new')}>${t('officer.today.new')}</a></p>` : nothing)
      : html`<section><h2>${t('officer.today.todo', { count: todos.length })}</h2>${todos.length ? html`<ul class="todos">${todos.map(todoRow)}</ul>`
        : html`<div class="sheet row">${icon('check')}<p>${t('officer.today.nothing')}</p></div>`}</section>
        ${running.length ? roundTable(running, t('officer.today.running'), true) : nothing}${over.length ? roundTable(over, t('officer.today.over'), false) : nothing}`}${ownForums(me)}${ways(me)}`);
});
