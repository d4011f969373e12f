// The chair's timer: big digits, silent; the arrows, the space bar and a presenter's clicker work it. The time itself is kept by the server.
import { api, emptyState, errorSummary, html, nothing, Problem, setTitle, show, t } from '../lib.js';
import { digits, leftOf, moodOf } from '../public/clock.js';
import { lineName } from '../public/sheet.js';
import { desk, officerPage, reasonsOf, roundApi, slug } from './desk.js';

/** @typedef {import('../public/clock.js').Timer} Timer */
/** @typedef {{slug: string, title: string, timer: Timer | null, items: import('../public/sheet.js').Item[]}} Answer */

const EVERY = 5_000;
/** @type {Answer} */
let answer;
/** When the answer came, by the clock that never jumps. */
let came = 0;
let busy = false;
/** @type {import('../lib.js').Reason[]} */
let problems = [];
let drawn = '';

const votes = () => answer.items.filter((item) => item.kind === 'vote').length;

/** @param {Answer} now */
function take(now) {
  answer = now;
  came = performance.now();
}

/** @param {'start' | 'pause' | 'next' | 'back' | 'extend' | 'end'} press @param {number} [seconds] */
async function press(press, seconds = 0) {
  if (busy) return;
  busy = true;
  problems = [];
  try {
    take(await api('POST', roundApi(slug, 'night/timer'), { press, item: answer.timer?.on.key ?? '', seconds }));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problems = reasonsOf(error);
    await again();
  }
  busy = false;
  draw();
}

/** See what another chair did; while there is no network the timer goes on by itself. */
async function again() {
  try {
    take(await api('GET', roundApi(slug, 'night/timer')));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

/** @type {Record<string, () => void>} */
const KEYS = {
  ' ': () => press(answer.timer?.running ? 'pause' : 'start'), ArrowRight: () => press('next'), PageDown: () => press('next'), ArrowLeft: () => press('back'), PageUp: () => press('back'), ArrowUp: () => press('extend', 60), ArrowDown: () => press('extend', -60),
};

/** @param {KeyboardEvent} event */
function hear(event) {
  const key = KEYS[event.key];
  const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, select');
  const pressing = event.key === ' ' && event.target instanceof HTMLElement && event.target.closest('button, a, summary');
  if (!key || typing || pressing || event.ctrlKey || event.altKey || event.metaKey || (event.key !== ' ' && answer.timer === null)) return;
  event.preventDefault();
  key();
}

/** @param {Timer} timer */
function running(timer) {
  const left = leftOf(timer, came);
  return html`<p class="on-kind">${t('officer.timer.place', { place: timer.place, of: timer.of })}</p><h1 class="on-title">${lineName(timer.on, votes())}</h1>${timer.on.proposer ? html`<p class="on-who">${timer.on.proposer}</p>` : nothing}
    <p class="digits ${moodOf(left)}" id="digits" role="timer" aria-label=${t('officer.timer.left')}>${digits(left)}</p><p class="on-mood">${left < 0 ? t('officer.timer.over') : timer.running ? t('officer.timer.runs') : t('officer.timer.stands')}</p>
    <div class="timer-buttons"><button class="button big" @click=${() => press(timer.running ? 'pause' : 'start')}>${t(timer.running ? 'officer.timer.pause' : 'officer.timer.start')}</button>
      <button class="button big" @click=${() => press('next')}>${t(timer.next ? 'officer.timer.next' : 'officer.timer.finish')}</button></div>
    <p class="row"><button class="button quiet" @click=${() => press('extend', 60)}>${t('officer.timer.more')}</button><button class="button quiet" @click=${() => press('extend', -60)}>${t('officer.timer.less')}</button>
      <button class="button quiet" @click=${() => press('back')}>${t('officer.timer.back')}</button></p>
    <p class="on-next"><span class="quiet">${t('officer.timer.then')}</span> <b>${timer.next ? lineName(timer.next, votes()) : t('officer.timer.nothing')}</b>${timer.next?.proposer ? html` <span class="quiet">${timer.next.proposer}</span>` : nothing}</p>`;
}

const waiting = () => html`<h1>${t('officer.timer.title')}</h1>${answer.items.length === 0 ? emptyState(t('officer.timer.empty'), t('officer.timer.empty_text'))
  : html`<p class="lead">${t('officer.timer.ready', { count: answer.items.length, first: lineName(answer.items[0], votes()) })}</p><p><button class="button big" @click=${() => press('start')}>${t('officer.timer.begin')}</button></p>`}`;

const keys = () => html`<details class="more"><summary>${t('officer.timer.keys')}</summary><table class="tight keys"><tbody>${[['space', 'space'], ['right', 'next'], ['left', 'back'], ['up', 'more'], ['down', 'less']].map(([key, what]) => html`<tr><th scope="row"><kbd>${t(`officer.timer.key.${key}`)}</kbd></th><td>${
  what === 'space' ? `${t('officer.timer.start')}, ${t('officer.timer.pause')}` : t(`officer.timer.${what}`)}</td></tr>`)}</tbody></table><p class="hint">${t('officer.timer.silent')}</p></details>`;

function draw() {
  const { timer } = answer;
  drawn = timer ? `${timer.on.key} ${timer.running} ${digits(leftOf(timer, came))}` : '';
  setTitle(`${timer ? digits(leftOf(timer, came)) : t('officer.timer.title')} - ${answer.title}`);
  show(html`${errorSummary(problems)}<p class="over-title"><a class="back" href=${desk(slug, 'night')}>${t('officer.night.title')}</a><span>${answer.title}</span></p>
    <div class="timer ${timer?.running ? 'is-running' : ''}">${timer ? running(timer) : waiting()}</div>${keys()}
    ${timer ? html`<p><button class="link" @click=${() => press('end')}>${t('officer.timer.end')}</button></p>` : nothing}`);
}

/** Draw anew only when something to be seen has changed. */
function tick() {
  const { timer } = answer;
  if (timer && `${timer.on.key} ${timer.running} ${digits(leftOf(timer, came))}` !== drawn) draw();
}

officerPage('officer-timer', async () => {
  take(await api('GET', roundApi(slug, 'night/timer')));
  draw();
  addEventListener('keydown', hear);
  setInterval(tick, 200);
  setInterval(async () => {
    if (busy || document.hidden) return;
    const before = answer.timer?.on.key;
    await again();
    if (answer.timer?.on.key !== before) draw();
  }, EVERY);
  document.addEventListener('visibilitychange', async () => {
    if (document.hidden) return;
    await again();
    draw();
  });
});
