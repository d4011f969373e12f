// The proposals of a round: cards, search, filters, pages.
import { announce, api, emptyState, html, icon, money, nothing, page, pager, params, path, selectField, setCurrency, setRound, setTitle, show, t, tag, tile } from './lib.js';
import { nextStep } from './public/rounds.js';

const SIZE = 24;
const STATUSES = ['submitted', 'accepted', 'accepted_with_changes', 'rejected', 'withdrawn', 'on_the_ballot', 'funded', 'not_funded'];
/** @type {any} */
let round;
/** @type {{items: any[], total: number}} */
let list = { items: [], total: 0 };
const asked = new URLSearchParams(location.search);
const query = { q: asked.get('q') ?? '', category: asked.get('category') ?? '', status: asked.get('status') ?? '', page: Number(asked.get('page')) || 1 };
const slug = encodeURIComponent(params.round);

page('proposals', async () => {
  [round] = await Promise.all([api('GET', `/api/rounds/${slug}`), load()]);
  setCurrency(round.currency);
  setTitle(`${t('proposals.title')}: ${round.title}`);
  setRound(round);
  draw();
});

/** The query as an address. @param {Record<string, unknown>} [change] */
function search(change = {}) {
  const pairs = Object.entries({ ...query, ...change }).filter(([name, value]) => value && !(name === 'page' && value === 1));
  return pairs.length > 0 ? `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}` : '';
}

async function load() {
  const filters = search({ page: 0 });
  list = await api('GET', `/api/rounds/${slug}/proposals${filters}${filters ? '&' : '?'}page=${query.page}&size=${SIZE}`);
}

/** @param {Partial<typeof query>} change */
async function ask(change) {
  Object.assign(query, { page: 1 }, change);
  history.replaceState(null, '', location.pathname + search());
  await load();
  draw();
  announce(t('proposals', { count: list.total }));
  if (change.page) document.getElementById('count')?.focus();
}

/** @param {SubmitEvent} event */
function submitted(event) {
  event.preventDefault();
  ask({ q: String(new FormData(/** @type {HTMLFormElement} */ (event.currentTarget)).get('q')).trim() });
}

function draw() {
  const any = { value: '', text: t('proposals.any') };
  const step = nextStep(round);
  show(html`<p class="over-title"><a href=${path('r', round.slug)}>${round.title}</a></p>
    <h1>${t('proposals.title')}</h1>
    <p class="lead">${t(`proposals.lead_${['proposals', 'review', 'voting'].includes(round.phase) ? round.phase : 'after'}`)}</p>
    ${step.key === 'round.see_proposals' || round.phase === 'cancelled' ? nothing : html`<p><a class="button" href=${step.href}>${t(step.key)}</a></p>`}
    <form class="search" role="search" @submit=${submitted}>
      <div class="field wide"><label for="q">${t('vote.search')}</label><div class="control none"><input id="q" name="q" type="search" .value=${query.q}><button class="button quiet">${t('proposals.search')}</button></div></div>
      ${selectField({ name: 'category', label: t('proposals.category'), value: query.category, change: (category) => ask({ category }),
        options: [any, ...round.categories.map((/** @type {any} */ one) => ({ value: one.id, text: one.name }))] })}
      ${selectField({ name: 'status', label: t('proposals.status'), value: query.status, change: (status) => ask({ status }),
        options: [any, ...STATUSES.map((value) => ({ value, text: t(`status.${value}`) }))] })}</form>
    <h2 class="count" id="count" tabindex="-1">${t('proposals', { count: list.total })}</h2>
    ${list.items.length === 0 ? nobody() : html`<ul class="cards">${list.items.map(card)}</ul>`}
    ${pager({ page: query.page, size: SIZE, total: list.total, go: (to) => { ask({ page: to }); }, address: (to) => location.pathname + search({ page: to }) })}
    <p class="small quiet">${t('proposals.not_votes')}</p>`);
}

function nobody() {
  if (query.q || query.category || query.status) {
    return emptyState(t('vote.none_match'), t('proposals.none_match_text'), html`<button class="button quiet" @click=${() => ask({ q: '', category: '', status: '' })}>${t('vote.clear')}</button>`);
  }
  return emptyState(t('proposals.none'), t(round.phase === 'proposals' ? 'proposals.none_yet' : 'proposals.none_text'));
}

/** @param {any} proposal */
function card(proposal) {
  const category = round.categories.find((/** @type {any} */ one) => one.id === proposal.category);
  return html`<li class="card"><div class="top">${tile(proposal.theme)}<span class="theme ${proposal.theme}">${category?.name ?? t(`theme.${proposal.theme}`)}</span>
      <h3><a href=${path('r', round.slug, 'proposals', proposal.number)}>${proposal.title}</a></h3></div>
    <p class="text">${proposal.summary}${proposal.place ? html`<span class="place">${icon('pin')}${proposal.place}</span>` : nothing}</p>
    <div class="end"><span class="cost"><b>${money(proposal.cost)}</b></span><span class="state">${tag(proposal.status)}</span></div></li>`;
}
