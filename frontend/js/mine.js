// A resident's own page: the key opens the draft, or the proposal: where it stands, change it, withdraw it.
import { api, errorSummary, focusSummary, html, notice, nothing, page, params, path, Problem, reasonFor, setCurrency, setRound, setTitle, show, t, tag, textField } from './lib.js';
import { help } from './ballot/frame.js';
import { feedbackBox, historyBox, lineageBoxes, waitingLine } from './public/idea.js';
import { adopt, withKey } from './suggest/keeping.js';

const slug = encodeURIComponent(params.round);
/** @type {any} */
let round;
const state = {
  key: '', number: 0, changing: false, done: '', reasons: /** @type {import('./lib.js').Reason[]} */ ([]),
  proposal: /** @type {any} */ (null), standing: /** @type {any} */ (null),
};
const UNDECIDED = ['submitted', 'changes_requested'];
const WITHDRAWABLE = [...UNDECIDED, 'accepted', 'accepted_with_changes'];

page('mine', async () => {
  round = await api('GET', `/api/rounds/${slug}`);
  setCurrency(round.currency);
  setRound(round);
  state.key = decodeURIComponent(location.hash.slice(1));
  // the key leaves the address, so that nobody who looks at it later has it
  if (state.key) { history.replaceState(null, '', location.pathname); await find(); }
  draw();
});

/** @param {Event} [event] */
async function find(event) {
  event?.preventDefault();
  await tried(async () => {
    const found = await api('POST', `/api/rounds/${slug}/mine`, { key: state.key.trim() });
    if (found.number === null) { await toDraft(); return; }
    Object.assign(state, { number: found.number, changing: found.changing });
    await load();
  });
}

async function load() {
  const address = `/api/rounds/${slug}/proposals/${state.number}`;
  [state.proposal, state.standing] = await Promise.all([api('GET', address), api('GET', `${address}/standing`)]);
}

async function toDraft() {
  adopt(state.key.trim(), await withKey('GET', 'draft', undefined, state.key.trim()));
  location.assign(path('r', round.slug, 'suggest', 'title'));
}

const change = () => tried(async () => {
  adopt(state.key.trim(), await api('POST', `/api/rounds/${slug}/proposals/${state.number}/change`, { key: state.key.trim() }));
  location.assign(path('r', round.slug, 'suggest', 'title'));
});

/** @param {Event} event */
async function withdraw(event) {
  event.preventDefault();
  await tried(async () => {
    state.proposal = await api('POST', `/api/rounds/${slug}/proposals/${state.number}/withdraw`, { key: state.key.trim() });
    state.done = 'withdrawn';
    await load();
    scrollTo(0, 0);
  });
}

/** @param {() => Promise<void>} act */
async function tried(act) {
  state.reasons = [];
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    state.reasons = [{ code: error.code, detail: error.detail, params: {}, field: state.proposal ? '' : 'key' }];
  }
  draw();
  if (state.reasons.length > 0) focusSummary(t('mine.title'));
}

function draw() {
  setTitle(t('mine.title'), state.reasons.length > 0);
  show(html`<div class="read mine"><p class="over-title"><a href=${path('r', round.slug)}>${round.title}</a></p>${errorSummary(state.reasons)}
    ${state.proposal ? standing() : keyForm()}</div>`);
}

const keyForm = () => html`<h1>${t('mine.title')}</h1><p class="lead">${t('mine.lead')}</p>
  <form novalidate @submit=${find}>${textField({ name: 'key', label: t('mine.key'), hint: t('mine.key_hint'), value: state.key, width: 'middle', error: reasonFor(state.reasons, 'key'), input: (value) => { state.key = value; } })}
  <button class="button">${t('mine.open')}</button></form>
  ${round.phase === 'proposals' ? html`<p><a href=${path('r', round.slug, 'suggest')}>${t('mine.begin')}</a></p>` : nothing}
  <p class="hint">${t('mine.lost')} ${help(round.contact)}</p>`;

function standing() {
  const { proposal } = state;
  const open = ['proposals', 'review'].includes(round.phase);
  const may = open && UNDECIDED.includes(proposal.status);
  return html`${state.done ? notice('ok', t(`mine.${state.done}`)) : nothing}
    <p class="over-title">${t('mine.number', { number: String(proposal.number) })}</p><h1>${proposal.title}</h1>
    <h2>${t('mine.where')}</h2><p>${tag(proposal.status)}</p>${waitingLine(state.standing.waiting)}${lineageBoxes(state.standing.lineage, proposal.number)}
    ${proposal.status_reason ? notice('info', html`<p><b>${t(proposal.status === 'changes_requested' ? 'idea.asked_changes' : 'proposal.reason')}</b></p><p class="pre">${proposal.status_reason}</p>`) : nothing}
    ${may ? html`<p>${t(state.changing ? 'mine.changing' : proposal.status === 'changes_requested' ? 'mine.changes_text' : 'mine.change_text')}</p>
      <p><button class="button" @click=${change}>${t(state.changing ? 'mine.go_on' : 'mine.change')}</button></p>` : nothing}
    ${!may && proposal.status.startsWith('accepted') ? html`<p>${t('mine.too_late')} ${help(round.contact)}</p>` : nothing}
    ${feedbackBox(state.standing.feedback)}
    ${historyBox(proposal.history)}
    <p><a href=${path('r', round.slug, 'proposals', proposal.number)}>${t('mine.see')}</a></p>
    ${open && WITHDRAWABLE.includes(proposal.status) ? html`<details class="more"><summary>${t('mine.withdraw')}</summary><form class="sheet" novalidate @submit=${withdraw}>
      <p>${t('mine.withdraw_text')}</p><button class="button danger">${t('mine.withdraw_button')}</button></form></details>` : nothing}
    <p><button class="link" @click=${() => { Object.assign(state, { key: '', proposal: null, done: '', reasons: [] }); draw(); }}>${t('mine.another')}</button></p>`;
}
