// Rounds and forums as residents meet them in lists.
import { html, icon, money, nothing, path, t, tag, timeline } from '../lib.js';

/** Phases in their order; each calendar entry begins the phase at the same place. */
export const PHASES = ['proposals', 'review', 'voting', 'counting', 'published'];
export const DATES = ['proposals_open', 'proposals_close', 'voting_open', 'voting_close', 'results'];
const LATER = ['published', 'delivery', 'closed'];

/** Where a phase stands in PHASES; -1 before the first. @param {string} phase */
export const phaseIndex = (phase) => (LATER.includes(phase) ? PHASES.length - 1 : PHASES.indexOf(phase));

/** The one thing to do in a phase. @param {any} round @returns {{key: string, href: string}} */
export function nextStep(round) {
  if (round.phase === 'proposals') return { key: 'round.suggest', href: path('r', round.slug, 'suggest') };
  if (round.phase === 'voting') return { key: 'round.vote', href: path('r', round.slug, 'vote') };
  if (LATER.includes(round.phase) || round.phase === 'shortlist') return { key: 'round.see_results', href: path('r', round.slug, 'results') };
  return { key: 'round.see_proposals', href: path('r', round.slug, 'proposals') };
}

/** A round: forum, title, money, phase, what comes next. @param {any} round @param {boolean} [withForum] */
export function roundCard(round, withForum = true) {
  const open = round.phase === 'voting' || round.phase === 'proposals';
  const step = nextStep(round);
  return html`<li class="card round ${open ? 'open' : ''}">
    <div class="pad"><p>${tag(round.phase, t(`phase.${round.phase}`))}</p>${withForum ? html`<p class="small quiet"><b>${round.forum.name}</b></p>` : nothing}
      <h3><a href=${path('r', round.slug)}>${round.title}</a></h3>
      ${round.budget ? html`<p class="amount">${money(round.budget, round.currency)}</p>` : nothing}
      ${round.next_date ? html`<p class="quiet small">${t(`next.${round.next_date.what}`, { day: round.next_date.when.day, time: round.next_date.when.time })}</p>` : nothing}</div>
    ${round.phase === 'cancelled' ? nothing : html`<a class="go-link" href=${step.href}><span>${t(step.key)}<span class="vh">: ${round.title}</span></span>${icon('chevron', 'turn')}</a>`}</li>`;
}

/** @param {any} forum */
export const forumLine = (forum) => html`<li><a href=${path('f', forum.slug)}>${forum.name}</a> <span class="quiet small">${t(`kind.${forum.kind}`)}</span></li>`;

const RUNNING = ['proposals', 'review', 'voting', 'shortlist', 'counting'];

/** The dates of a round down a line: what is past, and the one that began what is going on now. @param {any} round */
export function roundTimeline(round) {
  const there = Object.entries(round.calendar).filter(([, when]) => when !== null).map(([name, when]) => ({ name, when, past: Date.parse(when.at) <= Date.now() }));
  const now = RUNNING.includes(round.phase) ? there.findLast((one) => one.past)?.name : undefined;
  return timeline(there.map(({ name, when, past }) => ({
    when: when.day, what: t(`date.${name}`), note: name === 'results' ? undefined : when.time, state: name === now ? 'now' : past ? 'past' : 'next',
  })));
}
