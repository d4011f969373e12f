// The proposals of a round as officers see them: what waits first, filtered by status.
import { api, emptyState, html, money, nothing, number, pager, path, setCurrency, setTitle, show, swatch, t, tag } from '../lib.js';
import { desk, officerPage, roundApi, roundHead, slug } from './desk.js';

const STATUSES = ['submitted', 'accepted', 'accepted_with_changes', 'rejected', 'withdrawn', 'on_the_ballot', 'funded', 'not_funded'];
const SIZE = 50;

/** @type {any} */
let setup;
/** @type {{items: any[], total: number, page: number, size: number}} */
let list;
let waiting = 0;
let status = '';

const title = () => t('officer.queue.title');
/** @param {string} wanted @param {number} page */
const query = (wanted, page) => `?${new URLSearchParams({ status: wanted || 'all', ...(page > 1 ? { page: String(page) } : {}) })}`;

/** @param {number} page */
const fetchList = (page) => api('GET', roundApi(slug, `review?${status ? `status=${status}&` : ''}page=${page}&size=${SIZE}`));

/** @param {string} wanted @param {number} page */
async function go(wanted, page) {
  status = wanted;
  list = await fetchList(page);
  history.pushState(null, '', query(status, page));
  draw();
  document.getElementById('count')?.focus();
}

/** @param {any} item */
const row = (item) => html`<tr><td class="number">${item.number}</td>
  <th scope="row"><a href=${desk(slug, 'proposals', item.number)}>${item.title}</a><span class="hint">${[item.place, item.proposer].filter(Boolean).join(' · ')}</span></th>
  <td class="all"><span class="category">${swatch(item.theme)}${categoryOf(item)}</span></td><td class="num amount-cell">${money(item.cost)}</td>
  <td>${tag(item.status, t(`officer.status.${item.status}`))}</td><td class="all nowrap"><span class="only-small">${t('officer.queue.sent')} </span>${item.submitted.date}</td></tr>`;

/** @param {any} item */
const categoryOf = (item) => setup.categories.find((/** @type {{id: string}} */ one) => one.id === item.category)?.name ?? '';

const filter = () => html`<form class="search" @submit=${(/** @type {SubmitEvent} */ event) => event.preventDefault()}>
  <div class="field"><label for="status">${t('officer.queue.filter')}</label><select id="status" @change=${(/** @type {Event} */ event) => go(/** @type {HTMLSelectElement} */ (event.currentTarget).value, 1)}>
    <option value="" ?selected=${status === ''}>${t('officer.queue.all')}</option>${STATUSES.map((one) => html`<option value=${one} ?selected=${one === status}>${t(`officer.status.${one}`)}</option>`)}</select></div></form>`;

function table() {
  if (list.total === 0) {
    return status === '' ? emptyState(t('officer.queue.none'), t(setup.phase === 'draft' ? 'officer.queue.none_draft' : 'officer.queue.none_text'))
      : emptyState(t('officer.queue.none_such'), t('officer.queue.none_such_text'), html`<p><button class="button quiet" @click=${() => go('', 1)}>${t('officer.queue.show_all')}</button></p>`);
  }
  return html`<div class="sheet"><table class="stack desk queue"><thead><tr><th scope="col">${t('officer.queue.number')}</th><th scope="col">${t('officer.queue.proposal')}</th><th scope="col">${t('officer.queue.category')}</th>
    <th scope="col" class="num">${t('officer.queue.cost')}</th><th scope="col">${t('officer.queue.status')}</th><th scope="col">${t('officer.queue.sent')}</th></tr></thead>
    <tbody>${list.items.map(row)}</tbody></table></div>
    ${pager({ page: list.page, size: list.size, total: list.total, go: (page) => { go(status, page); }, address: (page) => query(status, page) })}`;
}

function draw() {
  setTitle(`${title()} - ${setup.title}`);
  show(html`${roundHead(setup, 'proposals', { part: title() })}
    ${waiting > 0 ? html`<p>${t('officer.queue.waiting', { count: waiting })}</p>` : list.total > 0 ? html`<p>${t('officer.queue.all_decided')}</p>` : nothing}
    ${['proposals', 'review'].includes(setup.phase) && setup.my_roles.some((/** @type {string} */ role) => ['officer', 'organiser'].includes(role)) ? html`<p><a href="${path('r', slug, 'suggest')}?staff">${t('officer.queue.add')}</a></p>` : nothing}
    ${filter()}<h2 id="count" tabindex="-1" class="quiet-focus">${t('officer.queue.count', { count: list.total, shown: number(list.total) })}</h2>${table()}`);
}

officerPage('officer-queue', async () => {
  let first;
  [setup, first] = await Promise.all([api('GET', roundApi(slug, 'setup')), api('GET', roundApi(slug, 'review?status=submitted&size=1'))]);
  setCurrency(setup.currency);
  waiting = first.total;
  const read = () => {
    const asked = new URLSearchParams(location.search);
    const wanted = asked.get('status');
    status = wanted === null ? (waiting > 0 ? 'submitted' : '') : STATUSES.includes(wanted) ? wanted : '';
    return Number(asked.get('page')) || 1;
  };
  list = await fetchList(read());
  draw();
  addEventListener('popstate', async () => {
    list = await fetchList(read());
    draw();
  });
});
