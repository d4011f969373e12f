// A link by e-mail: ask for one, or exchange the one in the address for a voting code. Opening the page does neither.
import { api, errorSummary, focusSummary, html, notice, page, params, path, Problem, reasonFor, setRound, setTitle, show, t, textField, tx } from './lib.js';
import { keepCode, plainCode } from './ballot/draft.js';
import { help, showNotVoting } from './ballot/frame.js';

/** @type {any} */
let round;
const state = {
  email: '', busy: false, asked: 0, spent: false,
  reasons: /** @type {import('./lib.js').Reason[]} */ ([]),
};

page('email', async () => {
  round = await api('GET', `/api/rounds/${encodeURIComponent(params.round)}`);
  setRound(round);
  if (!round.email_link) {
    showNone();
    return;
  }
  if (round.phase !== 'voting') {
    showNotVoting(round);
    return;
  }
  addEventListener('hashchange', () => {
    Object.assign(state, { spent: false, reasons: [] });
    draw();
  });
  draw();
});

const token = () => location.hash.slice(1);
const back = () => html`<p class="over-title"><a href=${path('r', params.round)}>${round.title}</a></p>`;
const address = (/** @type {string} */ rest) => `/api/polls/${round.poll.id}/email-link${rest}`;

function showNone() {
  setTitle(t('email.title'));
  show(html`<div class="read">${back()}<h1>${t('email.title')}</h1><p class="lead">${t('email.none')}</p><h2>${t('closed.help')}</h2><p>${help(round.contact)}</p></div>`);
}

/** Run one request; what is wrong with it stands in the summary. @param {() => Promise<void>} act */
async function attempt(act) {
  state.busy = true;
  state.reasons = [];
  draw();
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === 'link_does_not_work') state.spent = true;
    state.reasons = error.reasons.length > 0 ? error.reasons : [{ code: error.status === 0 ? 'offline' : error.code, detail: error.detail, params: {}, field: '' }];
  }
  state.busy = false;
  draw();
  if (state.reasons.length > 0) focusSummary(title());
}

/** @param {SubmitEvent} event */
async function ask(event) {
  event.preventDefault();
  if (state.busy) return;
  await attempt(async () => {
    state.asked = (await api('POST', address(''), { email: state.email.trim() })).minutes;
  });
  if (state.asked > 0) document.getElementById('asked')?.focus();
}

const use = () => (state.busy ? undefined : attempt(async () => {
  const { code } = await api('POST', address('/use'), { token: token() });
  keepCode(plainCode(code));
  location.replace(path('r', params.round, 'vote'));
}));

const another = () => {
  Object.assign(state, { asked: 0, spent: false, reasons: [] });
  history.replaceState(null, '', location.pathname);
  draw();
  document.getElementById('f-email')?.focus();
};

const title = () => t(token() ? 'email.use_title' : 'email.title');

const usePart = () => (state.spent ? html`<p><button class="button" @click=${another}>${t('email.another')}</button></p>`
  : html`<p class="lead">${t('email.use_text', { round: round.title })}</p>
    <p><button class="button" aria-disabled=${state.busy ? 'true' : 'false'} @click=${use}>${t('email.use')}</button></p><p class="quiet">${t('email.use_once')}</p>`);

const askedPart = () => html`<div id="asked" tabindex="-1">${notice('ok', html`<p><b>${t('email.asked')}</b></p><p>${t('email.asked_text', { minutes: state.asked })}</p>`)}</div>
  <p>${t('email.nothing_comes')} ${help(round.contact)}</p><p><button class="button quiet" @click=${another}>${t('email.again')}</button></p>`;

const askPart = () => html`<p class="lead">${t('email.lead', { round: round.title })}</p>
  <form novalidate @submit=${ask}>${textField({
    name: 'email', label: t('email.field'), hint: t('email.hint'), value: state.email, type: 'email', mode: 'email', autocomplete: 'email', width: 'middle',
    error: reasonFor(state.reasons, 'email'), input: (value) => { state.email = value; },
  })}<p><button class="button" aria-disabled=${state.busy ? 'true' : 'false'}>${t('email.ask')}</button></p></form>
  <p class="quiet">${tx('email.letter', { link: html`<a href=${path('r', params.round, 'vote')}>${t('email.letter_link')}</a>` })}</p>`;

function draw() {
  setTitle(title(), state.reasons.length > 0);
  show(html`<div class="read">${errorSummary(state.reasons)}${back()}<h1>${title()}</h1>${token() ? usePart() : state.asked > 0 ? askedPart() : askPart()}</div>`);
}
