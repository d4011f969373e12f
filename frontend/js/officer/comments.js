// What residents say in a round, as officers see it: comments that wait or were reported, questions to answer.
import { api, areaField, emptyState, html, nothing, number, pager, repeat, setTitle, show, t, tag, textField } from '../lib.js';
import { desk, officerPage, ownReason, roundApi, roundHead, slug, when } from './desk.js';
import { work } from './work.js';

/** @typedef {import('../lib.js').Instant} Instant */
/** @typedef {{text: string, href: string}} Part */
/** @typedef {{id: string, state: string, proposal: {number: number, title: string} | null, name: string, parts: Part[], reason: string,
 *   official?: boolean, reply?: boolean, written?: Instant, flags?: string[], alert?: boolean, asked?: Instant, answer?: string, answered?: Instant | null}} Said */
/** @typedef {{items: Said[], total: number, page: number, size: number}} List */

const LISTS = ['todo', 'questions', 'all', 'hidden', 'answered'];
const OPEN = ['proposals', 'review', 'published', 'delivery'];
const SIZE = 50;

/** @type {any} */
let setup;
/** @type {List} */
let list;
let which = 'todo';
let place = 1;
/** What is being typed, by the id of what it is about. @type {Record<string, string>} */
const typed = {};
/** Whose form is open. */
let open = '';

const title = () => t('officer.comments.title');
const asking = () => which === 'questions' || which === 'answered';
const query = (/** @type {string} */ wanted, /** @type {number} */ page) => `?${new URLSearchParams({ which: wanted, ...(page > 1 ? { page: String(page) } : {}) })}`;

async function load() {
  const rest = asking() ? `questions/inbox?answered=${which === 'answered'}` : `moderation?which=${which}`;
  list = await api('GET', roundApi(slug, `${rest}&page=${place}&size=${SIZE}`));
}

const page = work({ title, load, draw, tell: (said) => t(`officer.comments.did.${said}`) });

/** @param {string} wanted @param {number} to */
async function go(wanted, to) {
  [which, place, open] = [wanted, to, ''];
  page.forget();
  await load();
  history.pushState(null, '', query(wanted, to));
  draw();
  document.getElementById('count')?.focus();
}

/** @param {Said} one @param {string} act the verb @param {Record<string, string> | undefined} body @param {string} said */
const send = (one, act, body, said) => page.act(`${act}-${one.id}`, async () => {
  await api('POST', roundApi(slug, `${asking() ? 'questions' : 'comments'}/${one.id}/${act}`), body);
  delete typed[one.id];
  open = '';
  return said;
}, { reason: `${one.id}-reason`, answer: `${one.id}-answer` });

/** @param {Said} one */
function hide(one) {
  const reason = (typed[one.id] ?? '').trim();
  if (page.refuse(reason ? [] : [ownReason('text_missing', `${one.id}-reason`)])) return;
  send(one, 'hide', { reason }, asking() ? 'hide_question' : 'hide');
}

/** @param {Said} one */
function answer(one) {
  const text = (typed[one.id] ?? '').trim();
  if (page.refuse(text ? [] : [ownReason('text_missing', `${one.id}-answer`)])) return;
  send(one, 'answer', { answer: text }, 'answer');
}

/** @param {string} what @param {Said} one */
function begin(what, one) {
  open = `${what}-${one.id}`;
  typed[one.id] = what === 'answer' ? (one.answer ?? '') : one.reason;
  draw();
  document.getElementById(`f-${one.id}-${what === 'answer' ? 'answer' : 'reason'}`)?.focus();
}

/** @param {Said} one */
const hideForm = (one) => html`<form novalidate @submit=${(/** @type {SubmitEvent} */ event) => { event.preventDefault(); hide(one); }}>
  ${textField({ name: `${one.id}-reason`, label: t('officer.comments.reason'), hint: t('officer.comments.reason_hint'), value: typed[one.id] ?? '', error: page.error(`${one.id}-reason`), input: (value) => { typed[one.id] = value; } })}
  ${page.button(`hide-${one.id}`, t('officer.comments.hide'), undefined, 'danger')}</form>`;

/** @param {Said} one */
const answerForm = (one) => html`<form novalidate @submit=${(/** @type {SubmitEvent} */ event) => { event.preventDefault(); answer(one); }}>
  ${areaField({ name: `${one.id}-answer`, label: t('officer.comments.answer'), hint: t('officer.comments.answer_hint'), value: typed[one.id] ?? '', rows: 4, error: page.error(`${one.id}-answer`), input: (value) => { typed[one.id] = value; } })}
  ${page.button(`answer-${one.id}`, t('officer.comments.send_answer'))}</form>`;

/** @param {Said} one */
const about = (one) => (one.proposal === null ? html`<p class="over">${t('officer.comments.about_round')}</p>`
  : html`<p class="over"><a href=${desk(slug, 'proposals', one.proposal.number)}>${t('officer.comments.about', { number: String(one.proposal.number), title: one.proposal.title })}</a></p>`);

/** @param {Said} one */
function stateTag(one) {
  if (one.alert) return html`<span class="tag warn">${t('officer.comments.alert')}</span>`;
  if (one.state === 'waiting') return html`<span class="tag info">${t('officer.comments.waiting')}</span>`;
  return one.state === 'hidden' ? html`<span class="tag">${t('officer.comments.is_hidden')}</span>` : tag('ready', t('officer.comments.shown'));
}

/** Whoever is named reads it in the list; for those who only hear the buttons it is named again. @param {Said} one */
const whose = (one) => html`<span class="vh">: ${one.name}</span>`;

/** @param {Said} one */
function showButton(one) {
  const key = one.state === 'hidden' ? 'show_again' : one.state === 'waiting' ? 'show' : 'leave';
  if (one.state === 'waiting' && !OPEN.includes(setup.phase)) return nothing;
  if (one.state === 'shown' && !one.flags?.length) return nothing;
  return page.button(`show-${one.id}`, html`${t(`officer.comments.${key}`)}${whose(one)}`, () => { send(one, 'show', undefined, 'show'); });
}

/** @param {Said} one */
const comment = (one) => html`<li class="todo ${one.alert ? 'warn' : one.state === 'waiting' ? 'info' : ''}">
  <div class="row apart">${about(one)}${stateTag(one)}</div>
  <p class="quiet small">${t('officer.comments.by', { name: one.name, when: when(/** @type {Instant} */ (one.written)) })}${one.official ? html` · ${t('officer.comments.official')}` : nothing}${one.reply ? html` · ${t('officer.comments.reply')}` : nothing}</p>
  <p class="lines-kept" dir="auto">${one.parts.map((part) => part.text)}</p>
  ${one.reason ? html`<p>${t('officer.comments.why_hidden', { reason: one.reason })}</p>` : nothing}
  ${one.flags?.length ? html`<p><b>${t('officer.comments.flags', { count: one.flags.length })}</b></p>
    ${one.flags.some(Boolean) ? html`<ul aria-label=${t('officer.comments.flag_reasons')}>${one.flags.filter(Boolean).map((reason) => html`<li dir="auto">${reason}</li>`)}</ul>` : nothing}` : nothing}
  ${open === `hide-${one.id}` ? hideForm(one) : html`<p class="row">${showButton(one)}<button class="button quiet" type="button" @click=${() => begin('hide', one)}>${
    t(one.state === 'hidden' ? 'officer.comments.change_reason' : 'officer.comments.hide_open')}${whose(one)}</button></p>`}</li>`;

/** @param {Said} one */
const question = (one) => html`<li class="todo ${one.answer ? '' : 'info'}">
  <div class="row apart">${about(one)}${stateTag(one)}</div>
  <p class="quiet small">${t('officer.comments.by', { name: one.name, when: when(/** @type {Instant} */ (one.asked)) })}</p>
  <p class="lines-kept" dir="auto">${one.parts.map((part) => part.text)}</p>
  ${one.reason ? html`<p>${t('officer.comments.why_hidden', { reason: one.reason })}</p>` : nothing}
  ${one.answer && one.answered ? html`<p class="quiet small">${t('officer.comments.answer_is', { when: when(one.answered) })}</p><p class="lines-kept" dir="auto">${one.answer}</p>` : nothing}
  ${open === `hide-${one.id}` ? hideForm(one) : open === `answer-${one.id}` ? answerForm(one) : html`<p class="row">
    <button class="button" type="button" @click=${() => begin('answer', one)}>${t(one.answer ? 'officer.comments.answer_again' : 'officer.comments.send_answer')}${whose(one)}</button>
    <button class="button quiet" type="button" @click=${() => begin('hide', one)}>${t('officer.comments.hide_open')}${whose(one)}</button></p>`}</li>`;

function items() {
  if (list.total > 0) {
    return html`<ul class="todos">${repeat(list.items, (one) => one.id, (one) => (asking() ? question(one) : comment(one)))}</ul>
      ${pager({ page: list.page, size: list.size, total: list.total, go: (to) => { go(which, to); }, address: (to) => query(which, to) })}`;
  }
  if (which === 'todo') return emptyState(t('officer.comments.none_todo'), t('officer.comments.none_todo_text'));
  return html`<p>${t(which === 'questions' ? 'officer.comments.none_questions' : 'officer.comments.none')}</p>`;
}

function draw() {
  setTitle(`${title()} - ${setup.title}`, page.problems.length > 0);
  show(html`${page.head()}${roundHead(setup, 'comments', { part: title() })}
    ${OPEN.includes(setup.phase) || ['draft', 'closed', 'cancelled'].includes(setup.phase) ? nothing : html`<p class="notice info">${t('officer.comments.closed')}</p>`}
    <form class="search" @submit=${(/** @type {SubmitEvent} */ event) => event.preventDefault()}><div class="field"><label for="which">${t('officer.comments.show_which')}</label>
      <select id="which" @change=${(/** @type {Event} */ event) => go(/** @type {HTMLSelectElement} */ (event.currentTarget).value, 1)}>
        ${LISTS.map((one) => html`<option value=${one} ?selected=${one === which}>${t(`officer.comments.${one}`)}</option>`)}</select></div></form>
    <h2 id="count" tabindex="-1" class="quiet-focus">${t(`officer.comments.${which}`)}${list.total > 0 ? html` (${number(list.total)})` : nothing}</h2>${items()}`);
}

officerPage('officer-comments', async () => {
  const asked = new URLSearchParams(location.search);
  which = LISTS.includes(asked.get('which') ?? '') ? String(asked.get('which')) : 'todo';
  place = Number(asked.get('page')) || 1;
  setup = await api('GET', roundApi(slug, 'setup'));
  await load();
  draw();
});
