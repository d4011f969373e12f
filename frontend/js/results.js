// The result: what is funded, where the money goes, how it was decided, and why.
import { announce, api, bar, figure, html, icon, money, nothing, page, params, path, percent, Problem, reasonText, ruler, setCurrency, setRound, setTitle, show, t, tag } from './lib.js';
import { showNotVoting } from './ballot/frame.js';
import { howItWorks, stepThrough } from './public/count.js';
import { conditions, costOf, otherWays, paidBy, reserveList, stateOf } from './public/facts.js';

/** @type {any} */
let result;
const view = { step: 1, only: 'all' };

page('results', async () => {
  const address = `/api/rounds/${encodeURIComponent(params.round)}`;
  try {
    result = await api('GET', `${address}/results`);
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
  if (round.phase === 'voting' || round.phase === 'counting') {
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
const headline = () => t('results.headline', { count: winners().length });

/** Whether the result can still be challenged. */
function standing() {
  if (result.certified) return t('results.certified', { date: result.certified.date });
  return result.challenges_until && Date.parse(result.challenges_until.at) > Date.now() ? t('results.challenges', { date: result.challenges_until.date }) : nothing;
}

function draw() {
  const place = new Map(result.categories.map((/** @type {any} */ one, /** @type {number} */ index) => [one.category, index]));
  const byTheme = [...winners()].sort((a, b) => place.get(a.category) - place.get(b.category));
  const blocks = byTheme.map((one) => ({ cost: one.awarded, theme: one.theme, title: `${one.title}, ${money(one.awarded)}` }));
  show(html`<p class="over-title"><a href=${path('r', result.round.slug)}>${result.round.title}</a><span>${result.forum.name}</span></p>
    <h1>${headline()}</h1>
    <p class="lead">${t('results.spent', { cost: result.cost, budget: result.budget })} ${result.published ? t('results.published', { date: result.published.date }) : nothing} ${standing()}</p>
    ${result.provisional ? html`<div class="notice warn"><div>${t('results.provisional')}</div></div>` : nothing}
    ${ruler({ blocks, budget: result.budget, tall: true, scale: true })}
    <div class="half fit"><div class="sheet">${themes()}</div>
      <dl class="figures">${figure(t('results.ballots'), result.ballots)}${figure(t('results.turnout'), percent(result.electors ? result.ballots / result.electors : 0), t('results.turnout_of', { count: result.electors }))}
        ${figure(t('results.blank'), result.blank)}${figure(t('results.with_funded'), percent(result.ballots ? result.voters_with_a_funded_project / result.ballots : 0))}</dl></div>
    ${result.turnout_audit ? html`<p class="read" id="turnout-audit">${t('results.audit', { ...result.turnout_audit })}</p>` : nothing}
    <h2>${t('results.how')}</h2><p class="read">${howItWorks(result)}</p>
    ${result.comparison ? html`<p class="read">${reasonText(result.comparison)}</p>` : nothing}
    ${conditions(result)}
    ${result.steps.length > 0 ? stepThrough(result, view.step, goTo) : nothing}
    ${ties()}
    <details class="more"><summary>${t('results.compare')}</summary><div class="sheet">${comparison()}</div></details>
    ${otherWays(result)}
    <div class="row apart head"><h2 id="all-title">${t('results.all')}</h2>
      <div class="switch" role="group" aria-label=${t('results.only')}>${['all', 'funded', 'not_funded'].map((only) => html`<button aria-pressed=${view.only === only ? 'true' : 'false'}
        @click=${() => { view.only = only; draw(); announce(t('proposals', { count: filtered().length })); }}>${t(`results.only_${only}`)}</button>`)}</div></div>
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

const filtered = () => result.projects.filter((/** @type {any} */ one) => view.only === 'all' || one.funded === (view.only === 'funded'))
  .sort((/** @type {any} */ a, /** @type {any} */ b) => b.votes - a.votes);

function table() {
  const most = Math.max(...result.projects.map((/** @type {any} */ one) => one.votes), 1);
  return html`<table class="stack outcome tight" aria-labelledby="all-title"><thead><tr><th scope="col">${t('col.proposal')}</th><th scope="col" class="num">${t('col.cost')}</th>
    <th scope="col" colspan="2">${t('col.votes')}</th><th scope="col">${t('col.outcome')}</th></tr></thead>
    <tbody>${filtered().map((/** @type {any} */ one) => html`<tr><th scope="row" class="first">${one.title}
        <details class="why"><summary>${t('results.why')}<span class="vh">: ${one.title}</span></summary>${[one.why, ...(one.also ?? [])].map((why) => html`<p>${reasonText(why)}</p>`)}${paidBy(one)}</details></th>
      <td class="num cost">${costOf(one)}</td><td class="bars">${bar(one.votes, most, one.funded ? 'ok' : 'no')}</td>
      <td class="num votes"><span class="vh narrow">${t('col.votes')}: </span>${one.votes}</td><td class="state">${tag(stateOf(one))}</td></tr>`)}</tbody></table>`;
}

const KNOWN_FILES = ['bundle.zip', 'conditions.json', 'election.pb', 'projects.csv', 'result.json'];
const downloads = () => (result.downloads.length === 0 ? nothing : html`<h2>${t('results.downloads')}</h2>
  ${result.provisional ? nothing : html`<p class="row"><a class="button quiet" href=${path('r', result.round.slug, 'verify')}>${t('results.verify')}</a>
    <a class="button quiet" href=${path('r', result.round.slug, 'receipt')}>${t('results.receipt')}</a> <a href=${path('r', result.round.slug, 'log')}>${t('results.log')}</a></p>`}<p class="read">${t('results.downloads_text')}</p>
  <ul class="list">${result.downloads.map((/** @type {any} */ file) => html`<li><a href=${file.href} download>${icon('download')}${file.name}</a>
    ${KNOWN_FILES.includes(file.name) ? html`<span class="quiet">${t(`file.${file.name}`)}</span>` : nothing}</li>`)}</ul>`);
