// The result: what is funded, where the money goes, how it was decided, and why.
import { announce, api, bar, figure, html, icon, money, nothing, number, page, params, path, percent, Problem, reasonText, ruler, setCurrency, setRound, setTitle, show, t, tag } from './lib.js';
import { showNotVoting } from './ballot/frame.js';
import { howItWorks, stepThrough } from './public/count.js';
import { conditions, costOf, leftovers, otherWays, paidBy, reserveList, stateOf, worthName, worthOf } from './public/facts.js';
import { askedVote, bothVotes } from './public/votes.js';

/** @type {any} */
let result;
const view = { step: 1, only: 'all' };

page('results', async () => {
  const address = `/api/rounds/${encodeURIComponent(params.round)}`;
  try {
    result = await api('GET', `${address}/results${askedVote()}`);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'results_not_published') throw error;
    showNotYet(await api('GET', address));
    return;
  }
  setCurrency(result.currency);
  setTitle(`${headline()} - ${result.round.title}`);
  draw();
  const round = await api('GET', address).catch(() => null);
  if (round) setRound(round);
});

/** @param {any} round */
function showNotYet(round) {
  if ((round.phase === 'voting' || round.phase === 'counting') && round.current === 1) {
    const when = round.calendar.results;
    setRound(round);
    setTitle(t('results.not_yet'));
    show(html`<div class="read"><p class="over-title">${round.forum.name}</p><h1>${t('results.not_yet')}</h1>
      <p class="lead">${t(round.phase === 'voting' ? 'results.still_voting' : 'results.being_counted')} ${when ? t('results.expected', { day: when.day }) : nothing}</p>
      <p><a class="button" href=${path('r', round.slug)}>${t('closed.round')}</a></p></div>`);
  } else {
    showNotVoting(round);
  }
}

const winners = () => result.projects.filter((/** @type {any} */ one) => one.funded).sort((/** @type {any} */ a, /** @type {any} */ b) => a.step - b.step);
const chooses = () => result.vote.position < result.vote.of;
const headline = () => (result.decides_money ? t('results.headline', { count: winners().length }) : t(chooses() ? 'votes.chosen' : 'votes.ordered', { count: winners().length }));
const lead = () => (result.decides_money ? t('results.spent', { cost: result.cost, budget: result.budget }) : t(chooses() ? 'votes.chosen_text' : 'votes.ordered_text'));

/** Whether the result can still be challenged, and who has to confirm it. */
function standing() {
  const by = result.confirmed_by;
  if (result.certified) return by ? t('votes.confirmed', { by, date: result.certified.date }) : t('results.certified', { date: result.certified.date });
  return result.challenges_until && Date.parse(result.challenges_until.at) > Date.now() ? t('results.challenges', { date: result.challenges_until.date }) : nothing;
}

function draw() {
  const place = new Map(result.categories.map((/** @type {any} */ one, /** @type {number} */ index) => [one.category, index]));
  const byTheme = [...winners()].sort((a, b) => place.get(a.category) - place.get(b.category));
  const blocks = byTheme.map((one) => ({ cost: one.awarded, theme: one.theme, title: `${one.title}, ${money(one.awarded)}` }));
  show(html`<p class="over-title"><a href=${path('r', result.round.slug)}>${result.round.title}</a><span>${result.forum.name}</span></p>
    <h1>${headline()}</h1>${bothVotes(result.votes, result.vote.of, result.vote.position)}
    <p class="lead">${lead()} ${result.published ? t('results.published', { date: result.published.date }) : nothing} ${standing()}</p>
    ${result.provisional ? html`<div class="notice warn"><div>${t('results.provisional')}</div></div>` : nothing}
    ${result.confirmed_by && !result.certified && !result.provisional ? html`<div class="notice warn"><div>${t('votes.until_confirmed', { by: result.confirmed_by })}</div></div>` : nothing}
    ${result.decides_money ? ruler({ blocks, budget: result.budget, tall: true, scale: true }) : nothing}
    <div class="${result.decides_money ? 'half fit' : ''}">${result.decides_money ? html`<div class="sheet">${themes()}</div>` : nothing}
      <dl class="figures">${figure(t('results.ballots'), result.ballots)}${figure(t('results.turnout'), percent(result.electors ? result.ballots / result.electors : 0), t('results.turnout_of', { count: result.electors }))}
        ${figure(t('results.blank'), result.blank)}${figure(t(result.decides_money ? 'results.with_funded' : 'votes.with_chosen'), percent(result.ballots ? result.voters_with_a_funded_project / result.ballots : 0))}</dl></div>
    ${result.turnout_audit ? html`<p class="read" id="turnout-audit">${t('results.audit', { ...result.turnout_audit })}</p>` : nothing}
    <h2>${t('results.how')}</h2><p class="read">${howItWorks(result)}</p>
    ${result.comparison ? html`<p class="read">${reasonText(result.comparison)}</p>` : nothing}
    ${conditions(result)}
    ${result.decides_money && result.steps.length > 0 ? stepThrough(result, view.step, goTo) : nothing}
    ${ties()}
    ${result.decides_money ? html`<details class="more"><summary>${t('results.compare')}</summary><div class="sheet">${comparison()}</div></details>${otherWays(result)}${leftovers(result)}` : nothing}
    <div class="row apart head"><h2 id="all-title">${t('results.all')}</h2>
      ${winners().length === result.projects.length ? nothing : html`<div class="switch" role="group" aria-label=${t('results.only')}>${['all', 'funded', 'not_funded'].map((only) => html`<button aria-pressed=${view.only === only ? 'true' : 'false'}
        @click=${() => { view.only = only; draw(); announce(t('proposals', { count: filtered().length })); }}>${t(result.decides_money ? `results.only_${only}` : `votes.only_${only}`)}</button>`)}</div>`}</div>
    <div class="sheet">${table()}</div>
    ${reserveList(result)}
    ${downloads()}`);
}

/** @param {number} step */
function goTo(step) {
  view.step = step;
  draw();
}

function themes() {
  const some = result.categories.filter((/** @type {any} */ one) => one.funded > 0);
  return html`<table class="tight"><caption class="vh">${t('results.by_theme')}</caption>
    <thead class="vh"><tr><th scope="col">${t('col.theme')}</th><th scope="col">${t('col.funded')}</th><th scope="col">${t('col.cost')}</th></tr></thead>
    <tbody>${some.map((/** @type {any} */ one) => html`<tr><th scope="row"><span class="named"><span class="swatch square ${one.theme}"></span>${one.name}</span></th>
      <td class="num">${one.funded}</td><td class="num">${money(one.cost)}</td></tr>`)}</tbody></table>`;
}

const ties = () => (result.ties.length === 0 ? nothing
  : html`<details class="more"><summary>${t('results.ties', { count: result.ties.length })}</summary><ul>${result.ties.map((/** @type {any} */ tie) => html`<li>${tieSentence(tie)}</li>`)}</ul></details>`);

/** @param {{tied: number[], winner: number, broken_by: string}} tie */
function tieSentence({ tied, winner, broken_by: by }) {
  const title = (/** @type {number} */ number) => result.projects.find((/** @type {any} */ one) => one.number === number)?.title;
  const others = tied.filter((number) => number !== winner).map(title).join(t('results.tie_join'));
  return t('results.tie', { winner: title(winner), others, why: t(`tie.${by.split(':')[0].replaceAll('-', '_')}`) });
}

function comparison() {
  const simple = new Set(result.simple_count);
  const only = result.projects.filter((/** @type {any} */ one) => one.funded && !simple.has(one.number));
  const instead = result.projects.filter((/** @type {any} */ one) => !one.funded && simple.has(one.number));
  if (only.length === 0 && instead.length === 0) return html`<p>${t('results.compare_same')}</p>`;
  const list = (/** @type {string} */ key, /** @type {any[]} */ projects) => html`<div><h3>${t(key)}</h3>${projects.length === 0 ? html`<p class="quiet">${t('results.compare_none')}</p>`
    : html`<ul class="lines">${projects.map((one) => html`<li><span class="swatch ${one.theme}"></span><span class="name">${one.title}</span><span class="num">${money(one.cost)}</span></li>`)}</ul>`}</div>`;
  return html`<p>${t('results.compare_text')}</p><div class="half">${list('results.compare_only', only)}${list('results.compare_instead', instead)}</div>`;
}

/** Where places are all that is decided, in their order; else by what counts. */
function filtered() {
  const worth = worthOf(result);
  const place = (/** @type {any} */ one) => (result.decides_money ? 0 : one.step ?? Infinity);
  return result.projects.filter((/** @type {any} */ one) => view.only === 'all' || one.funded === (view.only === 'funded'))
    .sort((/** @type {any} */ a, /** @type {any} */ b) => (place(a) === place(b) ? worth(b) - worth(a) : place(a) - place(b)));
}

function table() {
  const worth = worthOf(result);
  const most = Math.max(...result.projects.map(worth), 1);
  const state = (/** @type {any} */ one) => (one.becomes === 'placed' ? tag('placed', t('votes.place', { place: one.step })) : one.becomes === 'not_shortlisted' ? tag('', t('votes.not_shortlisted')) : tag(stateOf(one)));
  return html`<table class="stack outcome tight" aria-labelledby="all-title"><thead><tr><th scope="col">${t('col.proposal')}</th>${result.advisory ? nothing : html`<th scope="col" class="num">${t('col.cost')}</th>`}
    <th scope="col" colspan="2">${worthName(result)}</th><th scope="col">${t('col.outcome')}</th></tr></thead>
    <tbody>${filtered().map((/** @type {any} */ one) => html`<tr><th scope="row" class="first">${one.title}
        <details class="why"><summary>${t('results.why')}<span class="vh">: ${one.title}</span></summary>${[one.why, ...(one.also ?? [])].map((why) => html`<p>${reasonText(why)}</p>`)}${paidBy(one)}</details></th>
      ${result.advisory ? nothing : html`<td class="num cost">${costOf(one)}</td>`}<td class="bars">${bar(worth(one), most, one.funded ? 'ok' : 'no')}</td>
      <td class="num votes"><span class="vh narrow">${worthName(result)}: </span>${number(worth(one))}</td><td class="state">${state(one)}</td></tr>`)}</tbody></table>`;
}

/** How an address says which of two votes it is about. */
const only = () => (result.vote.of > 1 ? `?poll=${result.vote.position}` : '');
const KNOWN_FILES = ['bundle.zip', 'conditions.json', 'election.pb', 'projects.csv', 'result.json'];
const downloads = () => (result.downloads.length === 0 ? nothing : html`<h2>${t('results.downloads')}</h2>
  ${result.provisional ? nothing : html`<p class="row"><a class="button quiet" href=${path('r', result.round.slug, 'verify') + only()}>${t('results.verify')}</a>
    <a class="button quiet" href=${path('r', result.round.slug, 'receipt')}>${t('results.receipt')}</a> <a href=${path('r', result.round.slug, 'log') + only()}>${t('results.log')}</a></p>`}<p class="read">${t('results.downloads_text')}</p>
  <ul class="list">${result.downloads.map((/** @type {any} */ file) => html`<li><a href=${file.href} download>${icon('download')}${file.name}</a>
    ${KNOWN_FILES.includes(file.name) ? html`<span class="quiet">${t(`file.${file.name}`)}</span>` : nothing}</li>`)}</ul>`);
