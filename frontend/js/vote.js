// The ballot.
import { announce, api, html, icon, nothing, page, params, repeat, selectField, setTitle, show, t } from './lib.js';
import { anchor, card, details } from './ballot/card.js';
import { keepChoices, loadCode, loadDraft, onDraftElsewhere, takeCodeFromAddress } from './ballot/draft.js';
import { pausedNotice, steps, votingPaper, whichVote } from './ballot/frame.js';
import { voteBar, voteSheet } from './ballot/panel.js';
import { changed, moved, ruleSentence, shuffled, standing, withPoints } from './ballot/standing.js';

takeCodeFromAddress();

/** @type {import('./ballot/standing.js').Paper} */
let paper;
let draft = loadDraft();
const view = {
  search: '', sort: 'random', categories: /** @type {Set<string>} */ (new Set()), fits: location.search === '?fits', filter: location.search === '?fits',
  choices: false, open: 0, first: 12, replaced: false,
};
let cameFromList = false;

page('vote', async () => {
  const found = await votingPaper();
  if (found === null) return;
  paper = found;
  draft = loadDraft(paper.poll_id);
  forgetUnknown();
  setTitle(title());
  draw();
  watchBarHeight();
  onDraftElsewhere((other) => { draft = other; draw(); });
  addEventListener('hashchange', () => { openFromAddress(true); });
  openFromAddress(false);
  requestAnimationFrame(() => { view.first = Infinity; draw(); });
  await noteEarlierVote();
});

/** A vote that only advises, or chooses for a second one, spends nothing. */
const title = () => (paper.advisory ? t('votes.order') : paper.vote.position < paper.vote.of ? t('votes.choose') : t('vote.title', { budget: paper.budget }));

/** Choices of an earlier ballot paper that are not on this one. */
function forgetUnknown() {
  const known = new Set(paper.projects.map((project) => project.number));
  const keep = draft.choices.map((number, index) => ({ number, points: draft.points?.[index] ?? 1 })).filter(({ number }) => known.has(number));
  const points = withPoints(paper.design) ? keep.map((choice) => choice.points) : null;
  if (keep.length !== draft.choices.length || (points === null) !== (draft.points === null)) {
    draft = keepChoices(draft, keep.map((choice) => choice.number), points);
  }
}

async function noteEarlierVote() {
  const code = loadCode();
  if (!code) return;
  const answer = await api('POST', `/api/polls/${paper.poll_id}/code`, { code }).catch(() => null);
  view.replaced = Boolean(answer?.has_voted);
  if (view.replaced) draw();
}

/** @param {import('./ballot/standing.js').Project} project @param {number} given points, or 1 and 0 */
function choose(project, given) {
  const before = draft.choices.length;
  const next = changed(draft.choices, draft.points, project.number, given);
  draft = keepChoices(draft, next.choices, next.points);
  draw();
  const key = next.choices.length > before ? 'said.added' : given > 0 ? 'said.points' : 'said.removed';
  say(t(key, { title: project.title, points: given }));
}

/** @param {string} what */
function say(what) {
  const now = standing(paper, draft.choices, draft.points);
  announce(`${what} ${now.left}. ${t('choices', { count: draft.choices.length })}.`);
}

const acts = {
  remove(/** @type {number} */ number) {
    const project = paper.projects.find((one) => one.number === number);
    if (project) choose(project, 0);
    if (draft.choices.length === 0) view.choices = false;
    draw();
    keepFocusNear();
  },
  move(/** @type {number} */ number, /** @type {-1 | 1} */ by) {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    draft = keepChoices(draft, moved(draft.choices, number, by), draft.points);
    draw();
    if (focused instanceof HTMLButtonElement && !focused.disabled) focused.focus();
    const title = paper.projects.find((project) => project.number === number)?.title;
    say(t('said.moved', { title, place: draft.choices.indexOf(number) + 1 }));
  },
  toggle() {
    view.choices = !view.choices;
    draw();
  },
};

/** A removed line takes the focus with it: go to the next one, or to the amount. */
function keepFocusNear() {
  if (document.activeElement !== document.body) return;
  const next = /** @type {HTMLElement | null} */ (document.querySelector('.votebar .lines .plain, .votebar .link'));
  if (next?.offsetParent) next.focus();
  else /** @type {HTMLElement | null} */ (document.querySelector('.yours .lines .plain, .yours .button'))?.focus();
}

/** @param {import('./ballot/standing.js').Project} project */
function stateOf(project) {
  const at = draft.choices.indexOf(project.number);
  const spent = standing(paper, draft.choices, draft.points).cost;
  const tooDear = paper.design.kind === 'knapsack' && at === -1 ? Math.max(0, project.cost - Math.max(0, paper.budget - spent)) : 0;
  return { chosen: at !== -1, given: at === -1 ? 0 : draft.points?.[at] ?? 1, place: at + 1, tooDear };
}

function listed() {
  const words = view.search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const found = paper.projects.filter((project) => {
    const text = `${project.title} ${project.summary} ${project.place} ${project.category_name} ${project.number}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word)) && (view.categories.size === 0 || view.categories.has(project.category))
      && (!view.fits || stateOf(project).tooDear === 0);
  });
  if (view.sort === 'random') return shuffled(found.sort((a, b) => a.number - b.number), draft.seed);
  const order = { cheapest: (a, b) => a.cost - b.cost, dearest: (a, b) => b.cost - a.cost, title: (a, b) => a.title.localeCompare(b.title), number: (a, b) => a.number - b.number };
  return found.sort(order[view.sort]);
}

function draw() {
  const projects = listed();
  const project = paper.projects.find((one) => one.number === view.open);
  show(html`<div class="aside"><div>
    <p class="over-title"><span>${paper.forum.name}</span>${steps(1)}</p>
    <h1>${title()}</h1>${whichVote(paper)}
    <p class="lead">${ruleSentence(paper)}</p>
    <p class="quiet">${t('vote.closes', { day: paper.voting_close.day, time: paper.voting_close.time })}</p>
    ${pausedNotice(paper.round.paused_reason)}
    ${view.replaced ? html`<div class="notice info"><div>${t('vote.replaces')}</div></div>` : nothing}
    ${searchForm()}
    <h2 class="count">${t('proposals', { count: projects.length })}</h2>
    ${view.sort === 'random' ? html`<details class="more"><summary>${t('vote.random')}</summary><p class="small">${t('vote.random_why')}</p></details>` : nothing}
    ${projects.length === 0 ? html`<div class="sheet"><p>${t('vote.none_match')}</p><button class="button quiet" @click=${clearFilters}>${t('vote.clear')}</button></div>` : nothing}
    <ul class="cards">${repeat(projects.slice(0, view.first), (one) => one.number, (one) => card(paper, one, stateOf(one), choose))}</ul>
    </div>${voteSheet(paper, draft, acts)}</div>
    ${voteBar(paper, draft, view.choices, acts)}
    ${details(paper, project, project ? stateOf(project) : { chosen: false, given: 0, place: 0, tooDear: 0 }, choose, closed)}`);
}

const SORTS = ['random', 'cheapest', 'dearest', 'title', 'number'];
/** @param {string} name @param {string} kind */
const sortField = (name, kind) => html`<div class=${kind}>${selectField({
  name, label: t('vote.sort'), value: view.sort, options: SORTS.map((value) => ({ value, text: t(`sort.${value}`) })),
  change: (value) => { view.sort = value; draw(); },
})}</div>`;

function searchForm() {
  const categories = [...new Map(paper.projects.map((project) => [project.category, project])).values()];
  const filters = view.categories.size + (view.fits ? 1 : 0);
  return html`<form class="search" role="search" @submit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <div class="field"><label for="search">${t('vote.search')}</label><input id="search" type="search" autocomplete="off" .value=${view.search} @input=${searched}></div>
    ${sortField('sort', 'small-hide')}
    <button type="button" class="button quiet" aria-expanded=${view.filter ? 'true' : 'false'} aria-controls="filters" @click=${() => { view.filter = !view.filter; draw(); }}>${
      filters ? t('vote.filter_count', { count: filters }) : t('vote.filter')}${icon(view.filter ? 'up' : 'down')}</button></form>
    ${view.filter ? html`<form class="sheet" id="filters" aria-label=${t('vote.filter')} @submit=${(/** @type {Event} */ event) => event.preventDefault()}>
      ${sortField('sort-small', 'big-hide')}
      <fieldset class="field"><legend>${t('vote.categories')}</legend>${categories.map((one) => html`<label class="choice">
        <input type="checkbox" .checked=${view.categories.has(one.category)} @change=${() => toggleCategory(one.category)}><span>${one.category_name}</span></label>`)}</fieldset>
      ${paper.design.kind === 'knapsack' ? html`<label class="choice"><input type="checkbox" .checked=${view.fits} @change=${() => { view.fits = !view.fits; filtered(); }}>
        <span>${t('vote.only_fits')}</span></label>` : nothing}
      ${filters ? html`<button type="button" class="link" @click=${clearFilters}>${t('vote.clear')}</button>` : nothing}</form>` : nothing}`;
}

/** @param {Event} event */
function searched(event) {
  view.search = /** @type {HTMLInputElement} */ (event.currentTarget).value;
  filtered();
}
/** @param {string} category */
function toggleCategory(category) {
  if (!view.categories.delete(category)) view.categories.add(category);
  filtered();
}
function clearFilters() {
  view.search = '';
  view.categories.clear();
  view.fits = false;
  filtered();
}
function filtered() {
  draw();
  announce(t('proposals', { count: listed().length }));
}

/** The address says which proposal is open, so that Back closes it and a link leads to it. @param {boolean} fromList */
function openFromAddress(fromList) {
  const project = paper.projects.find((one) => `#${anchor(one)}` === location.hash);
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById('details'));
  view.open = project?.number ?? 0;
  cameFromList = fromList && project !== undefined;
  if (project === undefined) {
    dialog.close();
    return;
  }
  draw();
  const opened = /** @type {HTMLDialogElement} */ (document.getElementById('details'));
  if (!opened.open) opened.showModal();
  document.getElementById('details-title')?.focus();
}

function closed() {
  if (location.hash === '') return;
  if (cameFromList) history.back();
  else history.replaceState(null, '', location.pathname + location.search);
  cameFromList = false;
}

/** What has the focus must never lie behind the bar. */
function watchBarHeight() {
  const bar = /** @type {HTMLElement} */ (document.getElementById('votebar'));
  new ResizeObserver(() => {
    document.documentElement.style.setProperty('--bar-height', `${getComputedStyle(bar).position === 'sticky' ? bar.offsetHeight : 0}px`);
  }).observe(bar);
}
