// One round: what it is, what to do now, its dates, its money, how to vote.
import { api, html, icon, money, notice, nothing, page, params, path, ruler, setCurrency, setRound, setTitle, show, t, tag, timeline } from './lib.js';
import { paragraphs } from './ballot/card.js';
import { help, pausedNotice } from './ballot/frame.js';
import { DATES, nextStep, phaseIndex } from './public/rounds.js';

const POT_COLOURS = /** @type {const} */ (['sport', 'spaces', 'streets', 'arts', 'climate', 'parks', 'young', 'older']);

page('round', async () => {
  const round = await api('GET', `/api/rounds/${encodeURIComponent(params.round)}`);
  setCurrency(round.currency);
  setTitle(round.title);
  setRound(round);
  const step = nextStep(round);
  const cancelled = round.phase === 'cancelled';
  const log = cancelled || phaseIndex(round.phase) < phaseIndex('voting') ? null : await api('GET', `/api/polls/${round.poll.id}/log`).catch(() => null);
  show(html`<p class="over-title"><a href=${path('f', round.forum.slug)}>${round.forum.name}</a>${tag(round.phase, t(`phase.${round.phase}`))}</p>
    <h1>${round.title}</h1>
    <p class="lead">${t(cancelled ? 'round.was_to_spend' : 'round.to_spend', { amount: round.budget })}</p>
    ${cancelled ? notice('bad', html`<p><b>${t('round.cancelled')}</b></p><p>${round.cancelled_reason}</p>`) : nothing}
    ${round.held ? notice('warn', t('round.held')) : nothing}${pausedNotice(round.paused_reason)}
    <div class="aside"><div class="read">
      ${paragraphs(round.description)}
      ${cancelled ? nothing : html`<p class="row"><a class="button big" href=${step.href}>${t(step.key)}</a>
        ${step.key === 'round.see_proposals' ? nothing : html`<a class="button quiet" href=${path('r', round.slug, 'proposals')}>${t('round.see_proposals')}</a>`}</p>`}
      ${round.next_date ? html`<p class="quiet">${t(`next.${round.next_date.what}`, { day: round.next_date.when.day, time: round.next_date.when.time })}</p>` : nothing}
      <h2>${t('round.who')}</h2><p>${round.eligibility}</p>
      ${cancelled || phaseIndex(round.phase) > 2 ? nothing : waysToVote(round)}
      ${log ? watched(round, log) : nothing}
      ${round.night && !cancelled ? html`<h2>${t('round.night')}</h2><p>${t('round.night_text')}</p><p><a href=${path('r', round.slug, 'night')}>${t('round.night')}</a></p>` : nothing}
      ${pots(round)}
      ${limits(round)}
    </div>
    ${cancelled ? nothing : html`<section class="sheet" aria-labelledby="dates-title"><h2 id="dates-title">${t('round.dates')}</h2>${dates(round)}</section>`}</div>`);
});

/** @param {any} round */
function dates(round) {
  const now = phaseIndex(round.phase);
  return timeline(DATES.map((name, index) => ({ name, index })).filter(({ name }) => round.calendar[name]).map(({ name, index }) => ({
    when: round.calendar[name].day, what: t(`date.${name}`), note: name.startsWith('voting') || name.startsWith('proposals') ? round.calendar[name].time : undefined,
    state: index < now ? 'past' : index === now ? 'now' : 'next',
  })));
}

/** Who keeps an eye on the vote, and where everybody can. @param {any} round @param {any} log */
const watched = (round, log) => html`<h2>${t('round.watched')}</h2><p>${t('round.witnesses', { count: log.witnesses.length, names: log.witnesses.map((/** @type {any} */ one) => one.name).join(', ') })}</p>
  <ul><li><a href=${path('r', round.slug, 'log')}>${t('round.log')}</a></li><li><a href=${path('r', round.slug, 'receipt')}>${t('round.receipt')}</a></li></ul>`;

/** @param {any} round */
const waysToVote = (round) => html`<h2>${t('round.ways')}</h2><ul class="ways">
  <li>${icon('screen')}<div><b>${t('round.online')}</b><span>${t('round.online_text')}</span></div></li>
  <li>${icon('phone')}<div><b>${t('round.phone')}</b><span>${round.contact.phone || round.contact.email ? help(round.contact) : t('round.ask')}</span></div></li></ul>`;

/** @param {any} round */
function pots(round) {
  if (round.pots.length === 0) return nothing;
  const blocks = round.pots.map((/** @type {any} */ pot, /** @type {number} */ index) => ({ cost: pot.amount, theme: POT_COLOURS[index % POT_COLOURS.length], title: `${pot.funder}, ${money(pot.amount)}` }));
  return html`<h2>${t('round.pots')}</h2><div class="sheet">${ruler({ blocks, budget: round.budget, tall: true, scale: true, label: t('round.pots_label', { budget: round.budget }) })}
    <table class="tight"><caption class="vh">${t('round.pots')}</caption><tbody>${round.pots.map((/** @type {any} */ pot, /** @type {number} */ index) => html`<tr>
      <th scope="row"><span class="named"><span class="swatch ${blocks[index].theme}"></span>${pot.funder}</span></th><td class="num">${money(pot.amount)}</td></tr>`)}</tbody>
      ${round.pots.length > 1 ? html`<tfoot><tr><th scope="row">${t('check.total')}</th><td class="num">${money(round.budget)}</td></tr></tfoot>` : nothing}</table></div>`;
}

/** What a proposal may ask for. @param {any} round */
function limits(round) {
  const { smallest_award: least, largest_award: most } = round;
  if (!least && !most) return nothing;
  const key = least && most ? 'round.limits' : most ? 'round.limit_most' : 'round.limit_least';
  return html`<p>${t(key, { least, most })}</p>`;
}
