// One round: what it is, what to do now, its dates, its money, how to vote.
import { api, html, icon, notice, nothing, page, params, path, setCurrency, setRound, setTitle, show, t, tag } from './lib.js';
import { paragraphs } from './ballot/card.js';
import { help, pausedNotice } from './ballot/frame.js';
import { below, fillBelow } from './deliberation/below.js';
import { nextStep, phaseIndex, roundTimeline } from './public/rounds.js';
import { asks, counted, pots } from './public/terms.js';

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
    <p class="lead">${round.advisory ? t('terms.advice') : t(cancelled ? 'round.was_to_spend' : 'round.to_spend', { amount: round.budget })}</p>
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
      ${bothVotes(round)}
      ${pots(round)}${asks(round)}${cancelled ? nothing : counted(round)}
      ${below()}
    </div>
    ${cancelled || !Object.values(round.calendar).some(Boolean) ? nothing : html`<section class="sheet" aria-labelledby="dates-title"><h2 id="dates-title">${t('round.dates')}</h2>${roundTimeline(round)}</section>`}</div>`);
  fillBelow(round.slug);
});

/** Who keeps an eye on the vote, and where everybody can. @param {any} round @param {any} log */
const watched = (round, log) => html`<h2>${t('round.watched')}</h2><p>${t('round.witnesses', { count: log.witnesses.length, names: log.witnesses.map((/** @type {any} */ one) => one.name).join(', ') })}</p>
  <ul><li><a href=${path('r', round.slug, 'log')}>${t('round.log')}</a></li><li><a href=${path('r', round.slug, 'receipt')}>${t('round.receipt')}</a></li></ul>`;

/** The two votes of a round: what each is about, when, and how far it is. @param {any} round */
const bothVotes = (round) => (round.polls.length < 2 ? nothing : html`<h2>${t('votes.title')}</h2><ol class="read">${round.polls.map((/** @type {any} */ poll) => html`<li>
  <b>${poll.title}</b> ${tag(poll.state === 'open' ? 'voting' : poll.state, t(`votes.state_${poll.state}`))}
  ${poll.opens && poll.closes ? html`<br><span class="quiet">${t('votes.times', { from: `${poll.opens.day}, ${poll.opens.time}`, until: `${poll.closes.day}, ${poll.closes.time}` })}</span>` : nothing}
  ${poll.state === 'published' ? html`<br><a href="${path('r', round.slug, 'results')}?poll=${poll.position}">${t('votes.result')}<span class="vh">: ${poll.title}</span></a>` : nothing}</li>`)}</ol>`);

/** @param {any} round */
const waysToVote = (round) => html`<h2>${t('round.ways')}</h2><ul class="ways">
  <li>${icon('screen')}<div><b>${t('round.online')}</b><span>${t('round.online_text')}</span></div></li>
  <li>${icon('phone')}<div><b>${t('round.phone')}</b><span>${round.contact.phone || round.contact.email ? help(round.contact) : t('round.ask')}</span></div></li></ul>`;
