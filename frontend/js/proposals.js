// The proposals of a round: cards, search, filters, pages.
import { announce, api, emptyState, html, icon, money, nothing, page, pager, params, path, selectField, setCurrency, setRound, setTitle, show, t, tag, tile } from './lib.js';
import { fileAddress } from './public/idea.js';
import { pinMap } from './public/pins.js';
import { nextStep } from './public/rounds.js';

const SIZE = 24;
const STATUSES = ['submitted', 'changes_requested', 'accepted', 'accepted_with_changes', 'rejected', 'merged', 'split', 'withdrawn', 'on_the_ballot', 'shortlisted', 'funded', 'part_funded', 'reserve', 'not_funded', 'placed'];
/** @type {any} the forum's outline; not asked for before there is a pin */
let boundary;
const view = { map: false };
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
    ${map()}
    ${list.items.length === 0 ? nobody() : html`<ul class="cards">${list.items.map(card)}</ul>`}
    ${pager({ page: query.page, size: SIZE, total: list.total, go: (to) => { ask({ page: to }); }, address: (to) => location.pathname + search({ page: to }) })}
    ${['proposals', 'review'].includes(round.phase) ? html`<p><a href=${path('r', round.slug, 'mine')}>${t('idea.mine')}</a></p>` : nothing}
    <p class="small quiet">${t('proposals.not_votes')}</p>`);
}

/** A map of the proposals that are listed, if any has a pin; the list is the same in words. */
function map() {
  const pinned = list.items.filter((one) => one.latitude !== null);
  if (pinned.length === 0 || boundary === null) return nothing;
  return html`<details class="more" ?open=${view.map} @toggle=${opened}><summary>${t('idea.map_show')}</summary>${view.map && boundary
    ? html`<p class="hint">${t('idea.map_note')}</p>${pinMap(boundary, pinned.map((one) => ({ latitude: one.latitude, longitude: one.longitude, text: String(one.number), label: `${one.number}: ${one.title}`, href: path('r', round.slug, 'proposals', one.number) })), t('idea.map'))}` : nothing}</details>`;
}

/** @param {Event} event */
async function opened(event) {
  view.map = /** @type {HTMLDetailsElement} */ (event.currentTarget).open;
  if (view.map && boundary === undefined) boundary = (await api('GET', `/api/forums/${encodeURIComponent(round.forum.slug)}`)).boundary ?? null;
  draw();
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
  const place = proposal.whole_area ? [t('idea.whole_area'), proposal.place].filter(Boolean).join(': ') : proposal.place;
  return html`<li class="card">${proposal.photo ? html`<img class="thumb" src=${fileAddress(proposal.photo.id, 'small')} width="320" height="160" loading="lazy" alt=${proposal.photo.words}>` : nothing}
    <div class="top">${tile(proposal.theme)}<span class="theme ${proposal.theme}">${category?.name ?? t(`theme.${proposal.theme}`)}</span>
      <h3><a href=${path('r', round.slug, 'proposals', proposal.number)}>${proposal.title}</a></h3></div>
    <p class="text">${proposal.summary}${place ? html`<span class="place">${icon('pin')}${proposal.latitude !== null ? `${proposal.number}. ` : ''}${place}</span>` : nothing}</p>
    <div class="end"><span class="cost"><b>${proposal.cost > 0 ? money(proposal.cost) : nothing}</b></span><span class="state">${tag(proposal.status)}</span></div></li>`;
}
