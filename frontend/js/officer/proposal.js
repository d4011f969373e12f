// One proposal as an officer sees it: everything about it on one side, the decision on the other.
import { api, everything, html, money, nothing, params, path, setCurrency, setTitle, show, swatch, t, tag } from '../lib.js';
import { decisionForm } from './decision.js';
import { desk, doneNote, focusOn, officerPage, perhaps, roundApi, slug, when } from './desk.js';

const n = params.number;
/** @type {any} */
let setup;
/** @type {any} */
let item;
/** @type {number[]} */
let waiting = [];
let total = 0;
/** @type {ReturnType<typeof decisionForm> | null} */
let form = null;
let said = false;

/** The proposal of a number: lists are in the order of numbers, which have no gaps. @param {number} number */
async function fetchItem(number) {
  const answer = await api('GET', roundApi(slug, `review?size=1&page=${number}`));
  total = answer.total;
  if (answer.items[0]?.number === number) return answer.items[0];
  return (await everything(roundApi(slug, 'review'))).find((one) => one.number === number) ?? null;
}

/** @param {string} label @param {unknown} value */
const fact = (label, value) => (value ? html`<dt>${label}</dt><dd class="lines-kept">${value}</dd>` : nothing);

const category = () => setup.categories.find((/** @type {{id: string}} */ one) => one.id === item.category)?.name ?? item.category;

const about = () => html`<section class="sheet"><h2>${t('officer.proposal.about')}</h2>
  ${item.description.startsWith(item.summary) ? nothing : html`<p class="lead">${item.summary}</p>`}
  ${item.description.split(/\n{2,}/).filter(Boolean).map((/** @type {string} */ text) => html`<p class="lines-kept">${text}</p>`)}
  <dl class="facts wide">${fact(t('officer.queue.category'), html`<span class="row theme ${item.theme}">${swatch(item.theme)}${category()}</span>`)}
    ${fact(t('officer.proposal.place'), item.place)}${fact(t('officer.proposal.proposer'), item.proposer)}
    ${fact(t('officer.proposal.contact'), item.contact_email ? html`<a href="mailto:${item.contact_email}">${item.contact_email}</a><span class="hint">${t('officer.proposal.contact_hint')}</span>` : t('officer.proposal.no_contact'))}
    ${fact(t('officer.queue.sent'), when(item.submitted))}</dl></section>`;

const costs = () => html`<section class="sheet"><h2>${t('officer.proposal.costs')}</h2><table class="tight"><thead><tr><th scope="col">${t('officer.proposal.what')}</th><th scope="col">${t('officer.proposal.basis')}</th>
  <th scope="col" class="num">${t('officer.queue.cost')}</th></tr></thead><tbody>${item.lines.map((/** @type {{what: string, amount: number, basis: string}} */ line) => html`<tr><td>${line.what}</td><td>${t(`officer.basis.${line.basis}`)}</td><td class="num">${money(line.amount)}</td></tr>`)}</tbody>
  <tfoot><tr><th scope="row" colspan="2">${t('officer.proposal.total')}</th><td class="num">${money(item.lines.reduce((/** @type {number} */ sum, /** @type {{amount: number}} */ line) => sum + line.amount, 0))}</td></tr></tfoot></table>
  ${item.running_costs ? html`<h3>${t('officer.proposal.running')}</h3><p class="lines-kept">${item.running_costs}</p>` : nothing}</section>`;

const history = () => html`<section class="sheet"><h2>${t('officer.proposal.history')}</h2><ul class="history">${item.history.map((/** @type {{status: string, reason: string, when: import('../lib.js').Instant}} */ step) => html`<li>
  ${tag(step.status, t(`officer.status.${step.status}`))} <span class="quiet">${when(step.when)}</span>${step.reason ? html`<p class="lines-kept">${step.reason}</p>` : nothing}</li>`)}</ul></section>`;

function steps() {
  const nextWaiting = waiting.find((number) => number > n) ?? waiting.find((number) => number < n);
  return html`<nav class="pager" aria-label=${t('officer.proposal.others')}>
    ${n > 1 ? html`<a class="button quiet" href=${desk(slug, 'proposals', n - 1)}>${t('officer.proposal.previous')}</a>` : html`<span></span>`}
    ${nextWaiting ? html`<a href=${desk(slug, 'proposals', nextWaiting)}>${t('officer.proposal.next_waiting', { count: waiting.filter((number) => number !== n).length })}</a>` : nothing}
    ${n < total ? html`<a class="button quiet" href=${desk(slug, 'proposals', n + 1)}>${t('officer.proposal.next')}</a>` : html`<span></span>`}</nav>`;
}

function draw() {
  setTitle(item.title, (form?.problems.length ?? 0) > 0);
  show(html`${form?.summary() ?? nothing}${said ? doneNote(t('officer.proposal.said', { status: t(`officer.status.${item.status}`) })) : nothing}
    <p class="over-title"><a class="back" href=${desk(slug, 'proposals')}>${t('officer.proposal.back')}</a><span>${setup.title}</span></p>
    <div class="row round-head"><h1><span class="quiet">${t('officer.proposal.number', { number: n })}</span> ${item.title}</h1></div>
    <p class="row">${tag(item.status, t(`officer.status.${item.status}`))}<b class="amount">${money(item.cost)}</b>${setup.opened ? html`<a href=${path('r', slug, 'proposals', n)}>${t('officer.proposal.public')}</a>` : nothing}</p>
    <div class="review"><div>${about()}${costs()}${history()}</div><div class="decide">${form?.draw() ?? nothing}</div></div>${steps()}`);
}

async function reload() {
  item = await fetchItem(n);
  return item;
}

officerPage('officer-proposal', async () => {
  let queue;
  [setup, item, queue] = await Promise.all([
    api('GET', roundApi(slug, 'setup')), fetchItem(n), perhaps(api('GET', roundApi(slug, 'review?status=submitted&size=200'))),
  ]);
  if (item === null) {
    setTitle(t('problem.not_found'));
    show(html`<h1>${t('problem.not_found')}</h1><p>${t('officer.proposal.no_such', { number: n })}</p><p><a class="button" href=${desk(slug, 'proposals')}>${t('officer.proposal.back')}</a></p>`);
    return;
  }
  setCurrency(setup.currency);
  waiting = (queue?.items ?? []).map((/** @type {{number: number}} */ one) => one.number);
  form = decisionForm({ setup, item, number: n, reload, redraw: draw, decided: (now) => {
    item = now;
    waiting = waiting.filter((number) => number !== n);
    said = true;
    draw();
    focusOn();
  } });
  draw();
});
