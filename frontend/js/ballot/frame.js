// What the three voting pages share: the steps, and the states in which nobody can vote.
import { api, html, nothing, params, path, Problem, setCurrency, setRound, setTitle, show, t, timeline } from '../lib.js';

/** "Step 1 of 3", drawn too. @param {number} step */
export const steps = (step) => html`<span class="steps">${[1, 2, 3].map((n) => html`<i class=${n <= step ? 'on' : ''}></i>`)}${t('vote.step', { step })}</span>`;

/**
 * The ballot paper of the round in the address; null when it is no time to vote, and then the page says so.
 * @param {boolean} [after] the paper is wanted after the close, too
 * @param {number} [vote] which of the round's votes; the current one if it is not given
 * @returns {Promise<import('./standing.js').Paper | null>}
 */
export async function votingPaper(after = false, vote = undefined) {
  let paper;
  try {
    paper = await api('GET', `/api/rounds/${encodeURIComponent(params.round)}/ballot-paper${vote ? `?poll=${vote}` : ''}`);
  } catch (error) {
    if (!(error instanceof Problem) || error.status === 0) throw error;
    showNotVoting(await api('GET', `/api/rounds/${encodeURIComponent(params.round)}`));
    return null;
  }
  setCurrency(paper.currency);
  setRound({ ...paper.round, contact: paper.contact });
  if (after || paper.round.phase === 'voting') return paper;
  showNotVoting(await api('GET', `/api/rounds/${encodeURIComponent(params.round)}`));
  return null;
}

/** Which of a round's two votes it is. @param {{vote: {position: number, of: number, title: string}}} paper */
export const whichVote = ({ vote }) => (vote.of > 1 ? html`<p><b>${t('votes.which', vote)}</b></p>` : nothing);

/** Why nobody can vote for a while, and what becomes of the choices. @param {string} reason none while the vote goes on */
export const pausedNotice = (reason) => (reason ? html`<div class="notice warn" id="paused"><div><p><b>${t('paused.title')}</b> ${t('paused.text')}</p>
  <p class="pre">${reason}</p><p>${t('paused.back')}</p></div></div>` : nothing);

/** In place of the form: not open yet, held, closed or cancelled; with the dates and whom to ask. @param {any} round */
export function showNotVoting(round) {
  const { calendar, phase } = round;
  const early = ['draft', 'proposals', 'review', 'shortlist'].includes(phase);
  const second = round.current > 1;
  const out = second || ['published', 'delivery', 'closed'].includes(phase);
  const state = phase === 'cancelled' ? 'cancelled' : early ? 'early' : 'late';
  setRound(round);
  setTitle(t(`closed.${state}`));
  const [opens, closes] = second ? ['second_voting_open', 'second_voting_close'] : ['voting_open', 'voting_close'];
  const date = calendar[early ? opens : closes];
  const dates = [...(second ? [] : ['voting_open', 'voting_close']), 'second_voting_open', 'second_voting_close', 'results'].filter((name) => calendar[name]);
  show(html`<div class="read"><p class="over-title">${round.forum.name}</p><h1>${t(`closed.${state}`)}</h1>
    <p class="lead">${date ? t(`closed.${state}_text`, { day: date.day, time: date.time }) : t(`closed.${state}_no_date`)}</p>
    ${phase === 'shortlist' ? html`<p>${t('votes.between')}</p>` : nothing}
    ${!early && phase !== 'cancelled' ? html`<p>${t('closed.draft')}</p>` : nothing}
    <p><a class="button" href=${out ? path('r', round.slug, 'results') : path('r', round.slug)}>${t(out ? 'round.see_results' : 'closed.round')}</a></p>
    ${phase === 'cancelled' ? nothing : html`<h2>${t('round.dates')}</h2>${timeline(dates.map((name) => ({ when: calendar[name].day, what: t(`date.${name}`) })))}`}
    <h2>${t('closed.help')}</h2><p>${help(round.contact)}</p></div>`);
}

/** @param {{phone: string, email: string}} contact */
export const help = ({ phone, email }) => html`${phone ? html`<a href="tel:${phone.replaceAll(' ', '')}">${phone}</a>` : nothing}${
  phone && email ? html` ${t('or')} ` : nothing}${email ? html`<a href="mailto:${email}">${email}</a>` : nothing}`;
