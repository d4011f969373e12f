// Suggest a proposal: one thing per page, kept as you go, sent when it is checked.
import {
  announce, api, errorSummary, focusSummary, html, icon, notice, nothing, page, params, path, Problem, setCurrency, setRound, setTitle, show, t,
} from './lib.js';
import { help } from './ballot/frame.js';
import { stepOf, stepsOf, toSend, wrongIn } from './public/suggestion.js';
import { checkStep } from './suggest/check.js';
import { standingBox } from './suggest/standing.js';
import { forget, kept, lastSent, open, rememberSent, save, withKey } from './suggest/keeping.js';
import { body } from './suggest/steps.js';

/** @type {any} */
let round;
const staff = new URLSearchParams(location.search).has('staff');
const state = { step: '', sending: false, gone: false, reasons: /** @type {import('./lib.js').Reason[]} */ ([]) };

page('suggest', async () => {
  round = await api('GET', `/api/rounds/${encodeURIComponent(params.round)}`);
  round.boundary = (await api('GET', `/api/forums/${encodeURIComponent(round.forum.slug)}`)).boundary ?? null;
  setCurrency(round.currency);
  setRound(round);
  state.gone = await open(draw);
  // officers add what came on paper or by telephone; the server checks that they are officers
  const may = round.phase === 'proposals' || (staff && round.phase === 'review') || (kept.number !== null && round.phase === 'review');
  if (!may && stepHere() !== 'done') { showClosed(); return; }
  addEventListener('popstate', () => { goTo(stepHere(), false); });
  goTo(stepHere(), false);
});

function stepHere() {
  const parts = location.pathname.split('/').filter(Boolean);
  return parts[parts.indexOf('suggest', 3) + 1] ?? '';
}

/** @param {string} step */
const addressOf = (step) => path('r', round.slug, 'suggest', step) + (staff ? '?staff' : '');

function showClosed() {
  const early = round.phase === 'draft';
  const date = early ? round.calendar.proposals_open : round.calendar.proposals_close;
  const title = t(early ? 'suggest.not_yet' : 'suggest.closed');
  setTitle(title);
  show(html`<div class="read"><p class="over-title">${round.forum.name}</p><h1>${title}</h1>
    <p class="lead">${date ? t(early ? 'suggest.early_text' : 'suggest.closed_text', { day: date.day, time: date.time }) : t('suggest.closed_no_date')}</p>
    ${kept.dirty || kept.key ? html`<p>${t('suggest.closed_draft')}</p>` : nothing}
    <p class="row"><a class="button" href=${path('r', round.slug)}>${t('closed.round')}</a><a class="button quiet" href=${path('r', round.slug, 'mine')}>${t('suggest.mine')}</a></p>
    <h2>${t('closed.help')}</h2><p>${help(round.contact)}</p></div>`);
}

/** @param {string} name @param {boolean} [push] */
function goTo(name, push = true) {
  const steps = stepsOf(round);
  state.step = name === 'done' && lastSent() ? 'done' : steps.includes(name) ? name : steps[0];
  state.reasons = [];
  if (push) history.pushState(null, '', addressOf(state.step));
  draw();
  scrollTo(0, 0);
  if (push) document.getElementById('main')?.focus({ preventScroll: true });
}

/** @param {Event} event */
async function next(event) {
  event.preventDefault();
  const steps = stepsOf(round);
  const { step } = state;
  state.reasons = step === 'check' ? steps.flatMap((one) => wrongIn(one, kept.form, round)) : wrongIn(step, kept.form, round);
  if (state.reasons.length > 0) { showReasons(); return; }
  if (step === 'check') await send();
  else {
    save();
    goTo(steps[steps.indexOf(step) + 1]);
  }
}

/** The words of this page for a reason, where the shared ones have none. @param {import('./lib.js').Reason} reason */
function told(reason) {
  const key = `suggest.why_${reason.code}`;
  return t(key) === key ? reason : { ...reason, code: '', detail: t(key, reason.params) };
}

function showReasons() {
  state.reasons = state.reasons.map(told);
  draw();
  focusSummary(t('suggest.title'));
}

async function send() {
  if (state.sending) return;
  state.sending = true;
  draw();
  try {
    await save();
    if (!kept.key) throw new Problem(0, 'offline', t('reason.offline'));
    const sent = await withKey('POST', 'draft/send', toSend(kept.form, round));
    rememberSent({ ...sent, again: kept.number !== null });
    forget();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    state.reasons = error.reasons.length > 0 ? error.reasons : [{ code: error.code, detail: error.detail, params: {}, field: '' }];
  }
  state.sending = false;
  if (state.reasons.length > 0) showReasons();
  else goTo('done');
}

async function discard() {
  if (kept.key) {
    try {
      await withKey('DELETE', 'draft');
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'wrong_key') { announce(t('suggest.not_deleted')); return; }
    }
  }
  forget();
  goTo(stepsOf(round)[0]);
}

function draw() {
  if (!state.step) return;
  if (state.step === 'done') { showDone(); return; }
  const steps = stepsOf(round);
  const { step } = state;
  const at = steps.indexOf(step);
  const back = at === 0 ? path('r', round.slug) : addressOf(steps[at - 1]);
  setTitle(`${t(`suggest.step_${step}`)} - ${t('suggest.title')}`, state.reasons.length > 0);
  const sends = step === 'check';
  show(html`<form class="read" novalidate @submit=${next}>
    <p class="over-title"><a href=${back} @click=${at === 0 ? nothing : (/** @type {Event} */ event) => { event.preventDefault(); save(); goTo(steps[at - 1]); }}>${t('suggest.back')}</a>
      <span>${t('suggest.step', { step: at + 1, steps: steps.length })}</span></p>
    ${state.gone ? notice('warn', t('suggest.gone')) : nothing}
    ${kept.number ? notice('info', t('suggest.changing', { number: String(kept.number) })) : nothing}
    ${sends ? summary() : errorSummary(state.reasons)}
    ${sends ? checkStep(round, (one) => goTo(one), addressOf) : body(step, { round, reasons: state.reasons, draw, told })}
    <p class="row"><button class="button" aria-disabled=${state.sending ? 'true' : nothing}>${t(sends ? (state.sending ? 'check.sending' : kept.number ? 'suggest.send_again' : 'suggest.send') : 'suggest.continue')}</button></p>
    ${standingBox(round, draw, discard)}</form>`);
}

/** What is wrong anywhere, each line leading to the page where it is asked. */
function summary() {
  if (state.reasons.length === 0) return nothing;
  return html`<div class="summary" id="problems" role="alert" tabindex="-1" aria-labelledby="problems-title"><h2 id="problems-title">${t('problem.title')}</h2>
    <ul>${state.reasons.map((reason) => {
      const step = stepOf(reason.field);
      const words = reason.detail || t(`reason.${reason.code}`, reason.params);
      return html`<li>${step === 'check' ? html`<b>${words}</b>` : html`<a href=${addressOf(step)} @click=${(/** @type {Event} */ event) => { event.preventDefault(); goTo(step); }}>${words}</a>`}</li>`;
    })}</ul></div>`;
}

function showDone() {
  const sent = /** @type {NonNullable<ReturnType<typeof lastSent>>} */ (lastSent());
  setTitle(t('suggest.done'));
  show(html`<div class="read"><div class="receipt"><h1>${icon('check')}${t(sent.again ? 'suggest.done_again' : 'suggest.done')}</h1><p>${t('suggest.done_number')}</p><b class="key">${String(sent.number)}</b>
      <p>${t('suggest.done_key')}</p><b class="key">${sent.key}</b></div>
    <p>${t('suggest.write_down')}</p><h2>${t('done.next')}</h2><p>${t('suggest.done_next')}</p>
    <p class="row noprint"><button class="button" @click=${() => print()}>${icon('print')}${t('suggest.print')}</button>
      <a class="button quiet" href=${path('r', round.slug, 'proposals', sent.number)}>${t('suggest.see')}</a>
      <a class="button quiet" href=${path('r', round.slug, 'suggest')}>${t('suggest.another')}</a></p></div>`);
}

