// "Check my receipt": where a ballot is, by its twelve symbols or the saved receipt, and the proof of it. Nobody asks who you are.
import {
  api, emptyState, errorSummary, focusSummary, html, icon, nothing, number, page, params, path, Problem, reasonFor, setRound, setTitle, show, t, textField, wrapField,
} from './lib.js';
import { symbolsOf } from './ballotbox/ballot.js';
import { fromHex, hex, MalformedError, NotAuthenticError, utf8 } from './ballotbox/bytes.js';
import { hasLeaf, openCheckpoint } from './ballotbox/checkpoints.js';
import { canCheckSignatures, readKey } from './ballotbox/notes.js';
import { readReceipt, verifyReceipt } from './ballotbox/receipts.js';
import { help } from './ballot/frame.js';

/** @typedef {{state: string, commitment: string, index: number | null, size: number | null, proof: string[], checkpoint: string | null}} Traced */

const LONGEST = 5_000; // a receipt is shorter
/** @type {any} */
let round;
/** The logs of the round's votes that have opened, by their ids. @type {Map<string, any>} */
const logs = new Map();
const state = {
  symbols: fromAddress(), file: /** @type {File | null} */ (null), asking: false, found: /** @type {Traced | null} */ (null), poll: '', missing: false, proof: '', promise: '',
  reasons: /** @type {import('./lib.js').Reason[]} */ ([]),
};

/** What stands behind the `#`, which never reaches the server. */
function fromAddress() {
  const text = location.hash.slice(1).replaceAll('%20', ' ');
  return /^[\w -]{12,20}$/.test(text) ? text : '';
}

page('receipt', async () => {
  round = await api('GET', `/api/rounds/${encodeURIComponent(params.round)}`);
  setRound(round);
  setTitle(t('receipt.title'));
  try {
    for (const poll of round.polls.filter((/** @type {any} */ one) => one.state !== 'to_come')) logs.set(poll.id, await api('GET', `/api/polls/${poll.id}/log`));
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
  }
  if (logs.size === 0) {
    show(html`<div class="read"><h1>${t('receipt.title')}</h1>${emptyState(t('receipt.early'), t('receipt.early_text'), html`<p><a class="button" href=${path('r', params.round)}>${round.title}</a></p>`)}</div>`);
    return;
  }
  draw();
});

/** @param {string} code @param {string} field @returns {import('./lib.js').Reason} */
const reason = (code, field) => ({ code, params: {}, detail: '', field });

/** @param {Event} event */
async function look(event) {
  event.preventDefault();
  if (state.asking) return;
  Object.assign(state, { asking: true, found: null, missing: false, proof: '', promise: '', reasons: [] });
  draw();
  try {
    await trace();
  } catch (error) {
    if (error instanceof MalformedError || error instanceof DOMException) state.reasons = [reason('receipt_file', 'file')]; // a DOMException: the file is gone
    else if (error instanceof Problem && error.code === 'receipt_not_found' && state.promise === 'good') state.missing = true; // promised, and not kept
    else if (error instanceof Problem && error.status !== 0) state.reasons = error.reasons.length > 0 ? error.reasons : [{ ...reason(error.code, 'symbols'), detail: error.detail }];
    else state.reasons = [reason('offline', '')];
  }
  state.asking = false;
  draw();
  if (state.reasons.length > 0) focusSummary(t('receipt.title'));
  else document.getElementById('answer')?.focus();
}

/** Ask where the ballot is, and check what the answer claims. */
async function trace() {
  const receipt = state.file ? readReceipt(new Uint8Array(await state.file.slice(0, LONGEST).arrayBuffer())) : null;
  if (receipt) state.symbols = receipt.symbols;
  if (receipt && !logs.has(receipt.poll)) {
    state.reasons = [reason('receipt_of_another_vote', 'file')];
    return;
  }
  const key = readKey(logs.values().next().value.log_key);
  const able = await canCheckSignatures();
  if (!state.symbols.trim()) {
    state.reasons = [reason('bad_receipt', 'symbols')];
    return;
  }
  if (receipt) state.promise = able ? await holds(() => verifyReceipt(receipt, key)) : 'unable';
  const { found, poll } = await whereItIs(receipt ? [receipt.poll] : [...logs.keys()].reverse());
  Object.assign(state, { found, poll });
  const own = await holds(() => {
    const fits = symbolsOf(fromHex(found.commitment, 32)).replaceAll('-', '') === plain(state.symbols) && (receipt === null || hex(receipt.commitment) === found.commitment);
    if (!fits) throw new NotAuthenticError('it is another vote');
  });
  if (own === 'bad') state.proof = 'bad';
  else if (found.state !== 'waiting') state.proof = able ? await holds(() => checkProof(found, key, logs.get(poll))) : 'unable';
}

/** The vote, of these, that has a ballot with the symbols. @param {string[]} polls @returns {Promise<{found: Traced, poll: string}>} */
async function whereItIs([poll, ...others]) {
  try {
    return { found: await api('GET', `/api/polls/${poll}/receipts/${encodeURIComponent(state.symbols.trim())}`), poll };
  } catch (error) {
    if (others.length === 0 || !(error instanceof Problem) || error.code !== 'receipt_not_found') throw error;
    return whereItIs(others);
  }
}

/** Throws unless the answer proves that its ballot is in the signed log. @param {Traced} found @param {import('./ballotbox/notes.js').Key} key @param {any} log */
async function checkProof(found, key, log) {
  const checkpoint = await openCheckpoint(found.checkpoint ?? '', key, log.origin);
  if (!hasLeaf(checkpoint, utf8(`ballot ${found.commitment}`), Number(found.index), found.proof)) throw new NotAuthenticError('the proof does not fit');
}

/** @param {string} typed */
const plain = (typed) => typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');

/** @param {() => unknown} check @returns {Promise<'good' | 'bad'>} */
async function holds(check) {
  try {
    await check();
    return 'good';
  } catch (error) {
    if (error instanceof MalformedError || error instanceof NotAuthenticError) return 'bad';
    throw error;
  }
}

function draw() {
  show(html`<div class="read"><p class="over-title"><a href=${path('r', params.round)}>${round.title}</a></p>${errorSummary(state.reasons)}
    <h1>${t('receipt.title')}</h1><p class="lead">${t('receipt.lead')}</p>
    <form novalidate @submit=${look}>
      ${textField({ name: 'symbols', label: t('receipt.symbols'), hint: t('receipt.symbols_hint'), value: state.symbols, width: 'middle', error: reasonFor(state.reasons, 'symbols'), input: typed })}
      ${wrapField({ name: 'file', label: t('receipt.file'), hint: t('receipt.file_hint'), error: reasonFor(state.reasons, 'file') }, (describedBy) => html`
        <input id="f-file" type="file" accept=".txt,.json,text/plain,application/json" aria-describedby=${describedBy ?? nothing}
          @change=${(/** @type {Event} */ event) => { state.file = /** @type {HTMLInputElement} */ (event.currentTarget).files?.[0] ?? null; }}>`)}
      <p><button class="button" aria-disabled=${state.asking ? 'true' : nothing}>${t(state.asking ? 'receipt.asking' : 'receipt.look')}</button></p></form>
    ${state.found ? answer(state.found) : state.missing ? missing() : nothing}
    <h2>${t('receipt.about')}</h2><p>${t('receipt.about_text')}</p><p>${t('receipt.yours')}</p>
    <ul><li><a href=${path('r', params.round, 'log')}>${t('receipt.log')}</a></li><li><a href=${path('r', params.round, 'verify')}>${t('receipt.verify')}</a></li></ul>
    <p>${t('done.questions')} ${help(round.contact)}</p></div>`);
}

/** Symbols that are typed count instead of a file. @param {string} value */
function typed(value) {
  state.symbols = value;
  state.file = null;
  /** @type {HTMLInputElement} */ (document.getElementById('f-file')).value = '';
}

/** The service signed this receipt, and has no ballot for it. */
const missing = () => html`<section class="notice bad" id="answer" tabindex="-1" role="alert"><div><h2>${t('receipt.missing')}</h2><p>${t('receipt.missing_text')}</p></div></section>`;

/** Which of two votes the ballot is in. @param {string} id */
const vote = (id) => (round.polls.length > 1 ? html`<p>${t('votes.which', { ...round.polls.find((/** @type {any} */ one) => one.id === id), of: round.polls.length })}</p>` : nothing);

/** @param {Traced} found */
function answer(found) {
  const bad = state.proof === 'bad' || state.promise === 'bad';
  const place = found.index === null ? nothing : html`<p>${t('receipt.place', { place: number(found.index + 1), size: number(Number(found.size)) })}</p>`;
  return html`<section class="notice ${bad ? 'bad' : 'ok'}" id="answer" tabindex="-1">${bad ? nothing : icon('check')}<div>
    <h2>${t(bad ? 'receipt.bad' : `receipt.state.${found.state}`)}</h2>
    ${vote(state.poll)}
    ${bad ? html`<p>${t(state.promise === 'bad' ? 'receipt.bad_promise' : 'receipt.bad_proof')}</p>` : html`<p>${t(`receipt.state_text.${found.state}`)}</p>${place}`}
    ${!bad && found.state === 'waiting' && round.polls.find((/** @type {any} */ one) => one.id === state.poll)?.state !== 'open' ? html`<p><b>${t('receipt.waits_too_long')}</b></p>` : nothing}
    ${state.proof === 'good' ? html`<p>${t('receipt.proof_good')}</p>` : nothing}${state.promise === 'good' ? html`<p>${t('receipt.promise_good')}</p>` : nothing}
    ${state.proof === 'unable' || state.promise === 'unable' ? html`<p>${t('receipt.unable')}</p>` : nothing}</div></section>`;
}
