// The big screen in the hall: what is on, how to vote, and, once it is published, the result step by step. Nobody has to touch it.
import { announce, api, html, icon, money, nothing, number, page, params, partnership, Problem, ruler, setCurrency, setTitle, show, svg, t } from './lib.js';
import { digits, leftOf, moodOf } from './public/clock.js';
import { lineName } from './public/sheet.js';

/** @typedef {import('./lib.js').Instant} Instant */
/**
 * @typedef {{slug: string, title: string, forum: {name: string}, currency: string, budget: number, state: string, refresh: number, night: import('./public/sheet.js').Night | null,
 *   timer: import('./public/clock.js').Timer | null, result: number | null,
 *   vote: {position: number, of: number, title: string, address: string, qr: {side: number, path: string}, closes: Instant | null, paused_reason: string, voted: number | null} | null}} Screen
 */

const STEP_SECONDS = 7;
const address = `/api/rounds/${encodeURIComponent(params.round)}`;
const still = matchMedia('(prefers-reduced-motion: reduce)').matches;

/** @type {Screen} */
let screen;
/** When the answer came, by the clock that never jumps. */
let came = 0;
/** The published result of the vote that the screen shows. @type {any} */
let result = null;
let shownResult = 0;
let step = 0;
let playing = !still;
let lost = false;

page('screen', async () => {
  await look();
  draw();
  addEventListener('keydown', hear);
  setInterval(tick, 250);
  setInterval(play, STEP_SECONDS * 1000);
  again();
});

async function look() {
  screen = await api('GET', `${address}/screen`);
  came = performance.now();
  setCurrency(screen.currency);
  setTitle(`${t('night.screen.title')} - ${screen.title}`);
  if (screen.result !== null && screen.result !== shownResult) {
    result = await api('GET', `${address}/results?poll=${screen.result}`);
    [shownResult, step] = [screen.result, still ? result.steps.length : 0];
  }
}

/** Ask again when the server said; while it is away the screen stays as it is and says so. */
function again() {
  setTimeout(async () => {
    const before = screen.state;
    try {
      await look();
      lost = false;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      lost = true;
    }
    draw();
    if (screen.state !== before) announce(t(`night.screen.said.${screen.state}`));
    again();
  }, screen.refresh * 1000);
}

let drawn = '';
function tick() {
  const { timer } = screen;
  if (screen.state === 'stage' && timer && digits(leftOf(timer, came)) !== drawn) draw();
}

const telling = () => (screen.state === 'result' || screen.state === 'shortlist') && result !== null;

function play() {
  if (telling() && playing && step < result.steps.length) go(step + 1);
}

/** @param {number} to */
function go(to) {
  step = Math.min(Math.max(to, 0), result.steps.length);
  draw();
}

/** @param {KeyboardEvent} event */
function hear(event) {
  const pressing = event.target instanceof HTMLElement && event.target.closest('button, a');
  if (!telling() || event.ctrlKey || event.altKey || event.metaKey || (event.key === ' ' && pressing)) return;
  if (event.key === 'ArrowRight' || event.key === 'PageDown') turn(step + 1);
  else if (event.key === 'ArrowLeft' || event.key === 'PageUp') turn(step - 1);
  else if (event.key === ' ') pause();
  else return;
  event.preventDefault();
}

/** Somebody turns the pages: then they do not turn by themselves any more. @param {number} to */
function turn(to) {
  playing = false;
  go(to);
}

function pause() {
  playing = !playing;
  draw();
}

function draw() {
  drawn = screen.timer ? digits(leftOf(screen.timer, came)) : '';
  show(html`<div class="screen is-${screen.state}"><header class="screen-head"><p><b>${screen.title}</b></p><p>${screen.forum.name}</p></header>
    <div class="screen-body">${scene()}</div>
    <footer class="screen-foot"><p>${partnership}</p>${lost ? html`<p class="lost">${t('night.screen.lost')}</p>` : nothing}</footer></div>`);
}

function scene() {
  if (screen.state === 'stage' && screen.timer) return stage(screen.timer);
  if (screen.state === 'voting' && screen.vote) return voting(screen.vote);
  if (telling()) return steps();
  if (screen.state === 'counting') return plain(t('night.screen.counting'), t('night.screen.counting_text'));
  if (screen.state === 'off') return plain(t('night.screen.off'), screen.night?.called_off ?? '');
  return before();
}

/** @param {string} title @param {unknown} text */
const plain = (title, text) => html`<h1 class="huge">${title}</h1><p class="large">${text}</p>`;

function before() {
  const { night } = screen;
  if (night === null) return plain(screen.title, t('night.screen.soon'));
  const left = night.places - night.taken;
  return html`<h1 class="huge">${t('night.title')}</h1><p class="large"><b>${night.begins.day}, ${night.begins.time}</b></p><p class="large">${night.place}</p>
    <p class="middle">${t('night.doors', { time: night.doors.time })}</p>${night.open ? html`<p class="middle">${left > 0 ? t('night.left', { count: left, places: night.places }) : t('night.full', { count: night.places })}</p>` : nothing}`;
}

/** @param {import('./public/clock.js').Timer} timer */
function stage(timer) {
  const left = leftOf(timer, came);
  const votes = screen.night?.polls ?? 1;
  return html`<div class="stage-grid"><div><h1 class="huge">${lineName(timer.on, votes)}</h1>${timer.on.proposer ? html`<p class="large">${timer.on.proposer}</p>` : nothing}</div>
    <div class="stage-time"><p class="digits ${moodOf(left)}" role="timer" aria-label=${t('night.screen.left')}>${digits(left)}</p>${left <= -1000 ? html`<p class="middle">${t('night.screen.over')}</p>` : timer.running ? nothing : html`<p class="middle">${t('night.screen.stands')}</p>`}</div></div>
    ${timer.next ? html`<p class="large then"><span>${t('night.screen.next')}</span> <b>${lineName(timer.next, votes)}</b></p>` : nothing}`;
}

/** @param {NonNullable<Screen['vote']>} vote */
function voting(vote) {
  if (vote.paused_reason) return plain(t('night.screen.paused'), vote.paused_reason);
  return html`<div class="vote-grid"><svg class="qr" viewBox="0 0 ${vote.qr.side} ${vote.qr.side}" role="img" aria-label=${t('night.screen.qr', { address: vote.address })}><rect class="qr-ground" width="100%" height="100%"></rect>${svg`<path d=${vote.qr.path}></path>`}</svg>
    <div><h1 class="huge">${t(vote.of > 1 ? (vote.position === 1 ? 'night.screen.vote_first' : 'night.screen.vote_second') : 'night.screen.vote')}</h1>
      <ol class="large how"><li>${t('night.screen.how_1')}</li><li>${t('night.screen.how_2')}</li><li>${t('night.screen.how_3')}</li></ol>
      <p class="middle address">${vote.address}</p>${vote.closes ? html`<p class="middle">${t('night.screen.closes', { day: vote.closes.day, time: vote.closes.time })}</p>` : nothing}
      <p class="middle voted">${vote.voted === null ? t('night.screen.voted_few') : t('night.screen.voted', { count: vote.voted })}</p></div></div>`;
}

function steps() {
  const all = result.steps;
  const project = (/** @type {number} */ n) => result.projects.find((/** @type {any} */ one) => one.number === n);
  const now = all[step - 1];
  const advisory = screen.state === 'shortlist' || result.budget === 0;
  const blocks = all.slice(0, step).map((/** @type {any} */ one) => ({ cost: one.cost, theme: project(one.number).theme, title: project(one.number).title }));
  return html`<h1 class="over-steps">${t(screen.state === 'shortlist' ? 'night.screen.shortlist' : 'night.screen.result')}</h1>
    <div class="result-now" aria-live="polite">${now ? html`<p class="huge">${advisory ? html`<span class="place-of">${number(now.step)}.</span> ` : nothing}${project(now.number).title}</p>
      <p class="large">${advisory ? nothing : html`<b>${money(now.cost)}</b> · `}${advisory && project(now.number).score !== now.votes ? t('night.screen.step_points', { count: project(now.number).score }) : t('night.screen.step_votes', { count: now.votes })}</p>` : html`<p class="large">${t('night.screen.begin', { count: all.length })}</p>`}</div>
    ${advisory ? nothing : html`${ruler({ blocks, budget: result.budget, tall: true, scale: true })}<p class="middle">${t('night.screen.spent', { spent: now?.spent ?? 0, budget: result.budget })}</p>`}
    <ol class="told ${all.length > 9 ? 'many' : ''}">${all.slice(0, step).map((/** @type {any} */ one) => html`<li class=${one === now ? 'is-now' : ''}><span class="swatch ${project(one.number).theme}"></span>${project(one.number).title}</li>`)}</ol>
    <div class="turn"><button class="button quiet" aria-disabled=${step === 0 ? 'true' : 'false'} @click=${() => turn(step - 1)}>${t('pager.previous')}</button><span>${t('night.screen.step', { step, steps: all.length })}</span>
      <button class="button quiet" aria-disabled=${step === all.length ? 'true' : 'false'} @click=${() => turn(step + 1)}>${t('pager.next')}</button>${step < all.length ? html`<button class="button quiet" @click=${pause}>${t(playing ? 'night.screen.pause' : 'night.screen.play')}</button>` : icon('check')}</div>`;
}
