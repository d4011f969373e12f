// The proposals of a round as officers see them: what waits longest first, narrowed as they like, several merged into one.
import { api, checkField, emptyState, html, live, money, nothing, number, pager, path, selectField, setCurrency, setTitle, show, swatch, t, tag, textField } from '../lib.js';
import { desk, focusOn, officerPage, perhaps, roundApi, roundHead, slug, toldOnce, doneNote } from './desk.js';
import { apiQuery, everyProposal, FLAGS, pageQuery, readFilter, readPage, STATUSES } from './filter.js';
import { mergeForm } from './merge.js';

const SIZE = 50;
const CHECKED_IN = new Set(['proposals', 'review']);

/** @type {any} */
let setup;
/** @type {{items: any[], total: number, page: number, size: number, counts: {statuses: Record<string, number>, overdue: number, mine: number, uncosted: number}}} */
let list;
let filter = everyProposal();
let searched = '';
/** @type {Map<number, any>} the proposals that are to be merged */
const chosen = new Map();
/** @type {ReturnType<typeof mergeForm> | null} */
let merging = null;
let told = '';

const title = () => t('officer.queue.title');
const mayChange = () => setup.my_roles.includes('officer') && CHECKED_IN.has(setup.phase);

/** @param {number} page */
const fetchList = (page) => api('GET', roundApi(slug, `queue${apiQuery(filter, { page: String(page), size: String(SIZE) })}`));

/** @param {Partial<import('./filter.js').Filter>} change @param {number} [page] */
async function go(change, page = 1) {
  filter = { ...filter, ...change };
  told = '';
  list = await fetchList(page);
  history.pushState(null, '', pageQuery(filter, page));
  draw();
  document.getElementById('count')?.focus();
}

/** @param {string} id */
const categoryOf = (id) => setup.categories.find((/** @type {{id: string}} */ one) => one.id === id)?.name ?? '';

/** @param {any} item */
const waits = (item) => (item.waiting
  ? html`${item.waiting.overdue ? html`<span class="tag bad">${t('officer.queue.overdue')}</span> ` : nothing}<span class="nowrap">${t('officer.queue.due', { date: item.waiting.due.date })}</span>`
  : html`<span class="quiet">–</span>`);

/** @param {any} item @param {boolean} on */
function choose(item, on) {
  if (on) chosen.set(item.number, item);
  else chosen.delete(item.number);
  draw();
}

/** @param {any} item */
const row = (item) => html`<tr>
  ${mayChange() ? html`<td class="pick"><input type="checkbox" aria-label=${t('officer.queue.choose', { title: item.title })} .checked=${live(chosen.has(item.number))}
    @change=${(/** @type {Event} */ event) => choose(item, /** @type {HTMLInputElement} */ (event.currentTarget).checked)}></td>` : nothing}
  <th scope="row"><a href="${desk(slug, 'proposals', item.number)}${pageQuery(filter)}"><span class="quiet">${item.number}.</span> ${item.title}</a>
    <span class="hint">${[item.place, item.proposer].filter(Boolean).join(' · ')}</span>
    <span class="hint"><span class="category">${swatch(item.theme)}${categoryOf(item.category)}</span></span></th>
  <td>${tag(item.status, t(`officer.status.${item.status}`))}</td><td class="all">${waits(item)}</td>
  <td class="all"><span class="only-small">${t('officer.queue.checks')}: </span>${t('officer.queue.checked', { count: item.checks })}</td>
  <td class="num amount-cell">${money(item.cost)}${item.costed !== null && item.costed !== item.cost ? html`<span class="hint">${t('officer.queue.costed', { amount: money(item.costed) })}</span>` : nothing}</td>
  <td class="all"><span class="only-small">${t('officer.queue.with')}: </span>${item.mine ? t('officer.queue.with_me') : item.assigned_to ?? t('officer.queue.with_nobody')}</td></tr>`;

/** How many proposals stand where; each number leads to its list. */
const counts = () => html`<nav class="states" aria-label=${t('officer.queue.states')}>
  <a href=${pageQuery({ ...everyProposal(), sort: filter.sort })} aria-current=${pageQuery(filter) === pageQuery({ ...everyProposal(), sort: filter.sort }) ? 'true' : nothing}
    @click=${(/** @type {MouseEvent} */ event) => follow(event, '')}>${t('officer.queue.all')} <b>${number(Object.values(list.counts.statuses).reduce((sum, one) => sum + one, 0))}</b></a>
  ${STATUSES.filter((one) => list.counts.statuses[one]).map((one) => html`<a href=${pageQuery({ ...everyProposal(), status: one })} aria-current=${filter.status === one ? 'true' : nothing}
    @click=${(/** @type {MouseEvent} */ event) => follow(event, one)}>${t(`officer.status.${one}`)} <b>${number(list.counts.statuses[one])}</b></a>`)}</nav>`;

/** @param {MouseEvent} event @param {string} status */
function follow(event, status) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  searched = '';
  go({ ...everyProposal(), sort: filter.sort, status });
}

const filters = () => html`<form class="search queue-filter" role="search" @submit=${(/** @type {SubmitEvent} */ event) => { event.preventDefault(); go({ q: searched }); }}>
  ${textField({ name: 'q', label: t('officer.queue.search'), type: 'search', value: searched, input: (value) => { searched = value; }, change: (value) => { if (value !== filter.q) go({ q: value }); } })}
  ${selectField({ name: 'status', label: t('officer.queue.filter'), value: filter.status, change: (value) => { go({ status: value }); },
    options: [{ value: '', text: t('officer.queue.all') }, ...STATUSES.map((one) => ({ value: one, text: t(`officer.status.${one}`) }))] })}
  ${selectField({ name: 'category', label: t('officer.queue.category'), value: filter.category, change: (value) => { go({ category: value }); },
    options: [{ value: '', text: t('officer.queue.every_category') }, ...setup.categories.map((/** @type {{id: string, name: string}} */ one) => ({ value: one.id, text: one.name }))] })}
  ${selectField({ name: 'sort', label: t('officer.queue.sort'), value: filter.sort, change: (value) => { go({ sort: value }); },
    options: ['waiting', 'number'].map((one) => ({ value: one, text: t(`officer.queue.sort.${one}`) })) })}
  <div class="row flags">${FLAGS.map((flag) => checkField({ name: flag, label: t(`officer.queue.${flag}.count`, { count: list.counts[flag], shown: number(list.counts[flag]) }), checked: filter[flag], change: (on) => { go({ [flag]: on }); } }))}</div></form>`;

function table() {
  if (Object.keys(list.counts.statuses).length === 0) return emptyState(t('officer.queue.none'), t(setup.phase === 'draft' ? 'officer.queue.none_draft' : 'officer.queue.none_text'));
  if (list.total === 0) {
    return emptyState(t('officer.queue.none_such'), t('officer.queue.none_such_text'), html`<p><button class="button quiet" @click=${() => { searched = ''; go(everyProposal()); }}>${t('officer.queue.show_all')}</button></p>`);
  }
  return html`<div class="sheet"><table class="stack desk queue ${mayChange() ? 'picks' : ''}"><thead><tr>${mayChange() ? html`<td></td>` : nothing}
    ${['proposal', 'status', 'waits', 'checks', 'cost', 'with'].map((name) => html`<th scope="col" class=${name === 'cost' ? 'num' : ''}>${t(`officer.queue.${name}`)}</th>`)}</tr></thead>
    <tbody>${list.items.map(row)}</tbody></table></div>
    ${pager({ page: list.page, size: list.size, total: list.total, go: (page) => { go({}, page); }, address: (page) => pageQuery(filter, page) })}`;
}

const mergeBar = () => (chosen.size === 0 || merging ? nothing : html`<div class="notice info block"><p>${t('officer.merge.chosen', { count: chosen.size })}</p>
  <p class="row"><button class="button" aria-disabled=${chosen.size < 2 ? 'true' : nothing} @click=${startMerge}>${t('officer.merge.start')}</button>
    <button class="button quiet" @click=${() => { chosen.clear(); draw(); }}>${t('officer.merge.forget')}</button></p>${chosen.size < 2 ? html`<p class="hint">${t('officer.merge.choose_more')}</p>` : nothing}</div>`);

function startMerge() {
  if (chosen.size < 2) return;
  merging = mergeForm({ setup, items: [...chosen.values()], redraw: draw, done: (number) => { location.assign(`${desk(slug, 'proposals', number)}?merged=1`); },
    cancel: () => { merging = null; draw(); focusOn('count'); } });
  merging.load();
  draw();
  focusOn('merge');
}

function draw() {
  setTitle(`${title()} - ${setup.title}`, (merging?.problems.length ?? 0) > 0);
  const waiting = list.counts.statuses.submitted ?? 0;
  const undecided = waiting + (list.counts.statuses.changes_requested ?? 0);
  show(html`${merging?.summary() ?? nothing}${told ? doneNote(t('officer.queue.said', { number: told })) : nothing}${roundHead(setup, 'proposals', { part: title() })}
    ${merging ? nothing : waiting > 0 ? html`<p>${t('officer.queue.waiting', { count: waiting })} ${list.items.some((item) => item.waiting) ? html`<a class="button" href="${desk(slug, 'proposals', list.items.find((item) => item.waiting).number)}${pageQuery(filter)}">${t('officer.queue.begin')}</a>` : nothing}</p>`
      : undecided === 0 && list.total > 0 ? html`<p>${t('officer.queue.all_decided')}</p>` : nothing}
    ${!merging && CHECKED_IN.has(setup.phase) && setup.my_roles.some((/** @type {string} */ role) => ['officer', 'organiser'].includes(role)) ? html`<p><a href="${path('r', slug, 'suggest')}?staff">${t('officer.queue.add')}</a></p>` : nothing}
    ${merging ? merging.draw() : html`${counts()}${filters()}${mergeBar()}
    <h2 id="count" tabindex="-1" class="quiet-focus">${t('officer.queue.count', { count: list.total, shown: number(list.total) })}</h2>${table()}`}`);
}

/** What the address asks for; without anything asked, what waits, where something does. @param {boolean} waits */
function read(waits) {
  filter = readFilter(location.search) ?? { ...everyProposal(), status: waits ? 'submitted' : '' };
  searched = filter.q;
  return readPage(location.search);
}

officerPage('officer-queue', async () => {
  told = toldOnce('said') ?? '';
  const wanted = Number(toldOnce('merge')) || 0;
  let first;
  [setup, first] = await Promise.all([api('GET', roundApi(slug, 'setup')), api('GET', roundApi(slug, 'queue?status=submitted&size=1'))]);
  setCurrency(setup.currency);
  list = await fetchList(read(first.total > 0 && !wanted));
  const beginning = wanted ? await perhaps(api('GET', roundApi(slug, `review/${wanted}`)), [404]) : null;
  if (beginning) chosen.set(wanted, beginning);
  draw();
  if (told) focusOn();
  addEventListener('popstate', async () => {
    list = await fetchList(read(first.total > 0));
    draw();
  });
});
