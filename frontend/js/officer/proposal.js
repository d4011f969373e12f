// One proposal as an officer sees it: everything about it on one side, checks and decision on the other, and on to the next.
import { api, html, money, nothing, params, path, Problem, setCurrency, setTitle, show, swatch, t, tag } from '../lib.js';
import { attached } from './attached.js';
import { costingForm } from './costing.js';
import { decisionForm, mayDecide } from './decision.js';
import { desk, doneNote, focusOn, officerPage, perhaps, reasonsOf, roundApi, slug, toldOnce, when } from './desk.js';
import { apiQuery, everyProposal, pageQuery, readFilter } from './filter.js';
import { lineage } from './lineage.js';
import { remarks } from './remarks.js';
import { review as reviewOf } from './review.js';

const n = params.number;
const filter = readFilter(location.search) ?? { ...everyProposal(), status: 'submitted' };
/** @type {any} */
let setup;
/** @type {{previous: number | null, next: number | null}} */
let beside = { previous: null, next: null };
/** @type {import('./review.js').Review} */
let review;
/** @type {{attached: ReturnType<typeof attached>, decision: ReturnType<typeof decisionForm>, costing: ReturnType<typeof costingForm>, lineage: ReturnType<typeof lineage>, remarks: ReturnType<typeof remarks>}} */
let parts;
let said = '';

/** @param {string} label @param {unknown} value */
const fact = (label, value) => (value ? html`<dt>${label}</dt><dd class="lines-kept">${value}</dd>` : nothing);
const may = () => mayDecide(setup, review.item);
const open = () => setup.my_roles.includes('officer') && ['proposals', 'review'].includes(setup.phase);

const category = () => setup.categories.find((/** @type {{id: string}} */ one) => one.id === review.item.category)?.name ?? review.item.category;

/** What the people bring themselves. */
const brings = () => [review.item.match_cash ? t('officer.proposal.match_cash', { amount: money(review.item.match_cash) }) : '', review.item.match_kind ? t('officer.proposal.match_kind', { amount: money(review.item.match_kind) }) : '',
  review.item.match_hours ? t('officer.proposal.match_hours', { count: review.item.match_hours }) : ''].filter(Boolean).join(', ');

function about() {
  const { item } = review;
  return html`<section class="sheet"><h2>${t('officer.proposal.about')}</h2>
  ${item.description.startsWith(item.summary) ? nothing : html`<p class="lead">${item.summary}</p>`}
  ${item.description.split(/\n{2,}/).filter(Boolean).map((/** @type {string} */ text) => html`<p class="lines-kept">${text}</p>`)}
  <dl class="facts wide">${fact(t('officer.queue.category'), html`<span class="row theme ${item.theme}">${swatch(item.theme)}${category()}</span>`)}
    ${fact(t('officer.proposal.place'), item.place)}${fact(t('officer.proposal.proposer'), item.proposer)}
    ${fact(t('officer.proposal.contact'), item.contact_email ? html`<a href="mailto:${item.contact_email}">${item.contact_email}</a><span class="hint">${t('officer.proposal.contact_hint')}</span>` : t('officer.proposal.no_contact'))}
    ${fact(t('officer.proposal.smallest'), item.smallest && money(item.smallest))}${fact(t('officer.proposal.match'), brings())}
    ${fact(t('officer.queue.sent'), when(item.submitted))}</dl></section>`;
}

const history = () => html`<section class="sheet"><h2>${t('officer.proposal.history')}</h2><p class="hint">${t('officer.proposal.history_hint')}</p><ul class="history">${review.item.history.map((/** @type {{status: string, reason: string, when: import('../lib.js').Instant}} */ step) => html`<li>
  ${tag(step.status, t(`officer.status.${step.status}`))} <span class="quiet">${when(step.when)}</span>${step.reason ? html`<p class="lines-kept">${step.reason}</p>` : nothing}</li>`)}</ul></section>`;

/** @param {boolean} mine */
async function assign(mine) {
  try {
    review.take(await api('PUT', roundApi(slug, `review/${n}/assignee`), { mine }));
    said = t(mine ? 'officer.assign.taken' : 'officer.assign.let_go');
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    said = reasonsOf(error).map((one) => one.detail).join(' ');
  }
  draw();
  focusOn();
}

function assignment() {
  const { item } = review;
  const who = item.mine ? t('officer.assign.mine') : item.assigned_to ? t('officer.assign.of', { name: item.assigned_to }) : t('officer.assign.nobody');
  return html`<p class="row"><span>${who}</span>${open() ? html`<button class="button quiet small" @click=${() => assign(!item.mine)}>${t(item.mine ? 'officer.assign.let' : 'officer.assign.take')}</button>` : nothing}</p>`;
}

function standing() {
  const { item } = review;
  const { waiting } = item.standing;
  return html`<p class="row">${tag(item.status, t(`officer.status.${item.status}`))}<b class="amount">${money(item.cost)}</b>
    ${waiting ? html`<span>${waiting.overdue ? html`<span class="tag bad">${t('officer.queue.overdue')}</span> ` : nothing}${t('officer.proposal.due', { date: waiting.due.day })}</span>` : nothing}
    ${setup.opened ? html`<a href=${path('r', slug, 'proposals', n)}>${t('officer.proposal.public')}</a>` : nothing}</p>${assignment()}`;
}

/** @param {number} number */
const address = (number) => `${desk(slug, 'proposals', number)}${pageQuery(filter)}`;

const steps = () => html`<nav class="pager" aria-label=${t('officer.proposal.others')}>
  ${beside.previous ? html`<a class="button quiet" rel="prev" href=${address(beside.previous)}>${t('officer.proposal.previous')}</a>` : html`<span></span>`}
  <a href="${desk(slug, 'proposals')}${pageQuery(filter)}">${t('officer.proposal.to_queue')}</a>
  ${beside.next ? html`<a class="button quiet" rel="next" href=${address(beside.next)}>${t('officer.proposal.next')}</a>` : html`<span></span>`}</nav>`;

const problems = () => [...parts.decision.problems, ...parts.costing.problems, ...parts.lineage.problems];

function draw() {
  setTitle(review.item.title, problems().length > 0);
  const summary = parts.decision.problems.length ? parts.decision.summary() : parts.costing.problems.length ? parts.costing.summary() : parts.lineage.summary();
  show(html`${summary}${said ? doneNote(said) : nothing}
    <p class="over-title"><a class="back" href="${desk(slug, 'proposals')}${pageQuery(filter)}">${t('officer.proposal.back')}</a><span>${setup.title}</span></p>
    <div class="row round-head"><h1 id="proposal" tabindex="-1" class="quiet-focus"><span class="quiet">${t('officer.proposal.number', { number: n })}</span> ${review.item.title}</h1></div>
    <a class="skip" href="#decide">${t('officer.proposal.skip')}</a>${standing()}
    <div class="review"><div>${about()}${parts.attached.draw()}${parts.costing.draw()}</div><div class="decide">${parts.decision.draw()}</div>
      <div>${parts.remarks.draw()}${parts.lineage.draw(open())}${history()}</div></div>${steps()}`);
}

/** @param {string} text */
function saved(text) {
  said = text;
  parts.decision.renew();
  parts.costing.renew();
  draw();
  focusOn();
}

/** @param {boolean} on to the next one */
function decided(on) {
  if (on && beside.next) {
    location.assign(`${address(beside.next)}&said=${n}`);
    return;
  }
  saved(t('officer.proposal.said', { status: t(`officer.status.${review.item.status}`) }));
}

officerPage('officer-proposal', async () => {
  const before = toldOnce('said');
  const [merged, split] = [toldOnce('merged'), toldOnce('split')];
  let item;
  let notes;
  [setup, item, notes, beside] = await Promise.all([
    api('GET', roundApi(slug, 'setup')), perhaps(api('GET', roundApi(slug, `review/${n}`)), [404]), perhaps(api('GET', roundApi(slug, `review/${n}/notes`)), [403, 404]),
    perhaps(api('GET', roundApi(slug, `queue/${n}/neighbours${apiQuery(filter)}`)), [404]).then((found) => found ?? beside),
  ]);
  if (item === null) {
    setTitle(t('problem.not_found'));
    show(html`<h1>${t('problem.not_found')}</h1><p>${t('officer.proposal.no_such', { number: n })}</p><p><a class="button" href=${desk(slug, 'proposals')}>${t('officer.proposal.back')}</a></p>`);
    return;
  }
  setCurrency(setup.currency);
  review = reviewOf({ item, number: n, redraw: draw });
  const shared = { setup, review, number: n, redraw: draw, may, saved };
  parts = { attached: attached(shared), decision: decisionForm({ ...shared, next: () => beside.next, decided }), costing: costingForm(shared), lineage: lineage(shared), remarks: remarks({ ...shared, notes: notes?.items ?? null }) };
  if (before) said = t('officer.queue.said', { number: before });
  if (merged) said = t('officer.merge.done');
  if (split) said = t('officer.split.done', { count: Number(split) });
  draw();
  if (said) focusOn('proposal');
});
