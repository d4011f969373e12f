// The front page: open rounds, find my forum, all forums.
import {
  announce, api, emptyState, everything, html, nothing, page, path, Problem, reasonFor, setTitle, show, t, textField,
} from './lib.js';
import { forumLine, roundCard } from './public/rounds.js';

const finder = {
  postcode: '', asked: '', matches: /** @type {any[] | null} */ (null), everybody: /** @type {any[]} */ ([]), reasons: /** @type {import('./lib.js').Reason[]} */ ([]),
};
/** @type {any[]} */
let rounds = [];
/** @type {any[]} */
let forums = [];

page('home', async () => {
  [rounds, forums] = await Promise.all([everything('/api/rounds'), everything('/api/forums')]);
  setTitle(t('home.title'));
  draw();
});

/** @param {Event} event */
async function find(event) {
  event.preventDefault();
  finder.reasons = [];
  finder.matches = null;
  try {
    const answer = await api('GET', `/api/forum-finder?postcode=${encodeURIComponent(finder.postcode)}`);
    finder.matches = answer.matches;
    finder.everybody = answer.everybody;
    finder.asked = answer.postcode;
    announce(t('home.found', { count: answer.matches.length }));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    finder.reasons = [{ code: error.code, params: {}, detail: error.detail, field: 'postcode' }];
  }
  draw();
  if (finder.reasons.length > 0) document.getElementById('f-postcode')?.focus();
}

function draw() {
  const open = rounds.filter((round) => round.phase === 'voting' || round.phase === 'proposals').sort((a, b) => Number(b.phase === 'voting') - Number(a.phase === 'voting'));
  const done = rounds.filter((round) => ['published', 'delivery', 'closed'].includes(round.phase));
  const between = rounds.filter((round) => round.phase === 'review' || round.phase === 'counting');
  show(html`<h1>${t('home.title')}</h1>
    <p class="lead">${t('home.lead')}</p>
    <h2>${t('home.open')}</h2>
    ${open.length > 0 ? cards(open) : emptyState(t('home.none_open'), t('home.none_open_text'))}
    <div class="half">
      <section class="sheet" aria-labelledby="find-title"><h2 id="find-title">${t('home.find')}</h2>
        <form novalidate @submit=${find}>${textField({
          name: 'postcode', label: t('home.postcode'), hint: t('home.postcode_hint'), value: finder.postcode, autocomplete: 'postal-code', width: 'short',
          error: reasonFor(finder.reasons, 'postcode'), input: (value) => { finder.postcode = value; },
        })}<p><button class="button">${t('home.find_button')}</button></p></form>
        ${finder.matches === null ? nothing : found(finder.matches)}</section>
      <section class="sheet" aria-labelledby="forums-title"><h2 id="forums-title">${t('home.forums')}</h2>
        ${forums.length > 0 ? html`<ul class="list">${forums.map(forumLine)}</ul>` : html`<p>${t('home.no_forums')}</p>`}
        <p><a href=${path('plan')}>${t('home.plan')}</a></p></section>
    </div>
    ${between.length > 0 ? html`<h2>${t('home.between')}</h2>${cards(between)}` : nothing}
    ${done.length > 0 ? html`<h2>${t('home.done')}</h2>${cards(done)}` : nothing}`);
}

/** @param {any[]} list */
const cards = (list) => html`<ul class="cards">${list.map((round) => roundCard(round))}</ul>`;

/** Which forums a postcode lies in, and why; what to do where it lies in none. @param {any[]} matches */
function found(matches) {
  const everybody = finder.everybody.length === 0 ? nothing : html`<h3>${t('home.everybody')}</h3><ul class="list">${finder.everybody.map(forumLine)}</ul>`;
  if (matches.length === 0) {
    return html`<h3>${t('home.outside', { postcode: finder.asked })}</h3><p>${t('home.outside_check')}</p>
      <ul><li><a href="#forums-title">${t('home.outside_list')}</a></li><li>${t('home.outside_ask')}</li></ul>${everybody}`;
  }
  return html`<h3>${t('home.yours', { postcode: finder.asked })}</h3>${matches.length > 1 ? html`<p>${t('home.several', { count: matches.length })}</p>` : nothing}
    <ul class="list">${matches.map(({ forum, because, ward }) => html`<li><a href=${path('f', forum.slug)}><b>${forum.name}</b></a>
      <span class="quiet small">${t(ward ? 'home.because_ward' : 'home.because', { area: because, forum: forum.name, ward })}</span></li>`)}</ul>${everybody}`;
}
