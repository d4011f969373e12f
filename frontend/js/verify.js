// "Check this result yourself": the published bundle, checked by this browser, and what came of it in sentences.
import {
  announce, api, areaField, emptyState, errorSummary, focusSummary, html, icon, knows, nothing, page, params, path, reasonFor, setCurrency, setRound, setTitle, show, t, wrapField,
} from './lib.js';
import { help } from './ballot/frame.js';
import { askedVote, bothVotes } from './public/votes.js';

/**
 * @typedef {import('./verify/report.js').Report} Report @typedef {import('./verify/findings.js').Finding} Finding
 * @typedef {import('./verify/findings.js').Said} Said @typedef {import('./verify/worker.js').Told} Told
 */

const OUT = ['published', 'delivery', 'closed'];
const address = `/api/rounds/${encodeURIComponent(params.round)}`;
const published = new URL(`${address}/results/bundle.zip${askedVote()}`, location.origin).href;

/** @type {any} */
let round;
const asked = { bundle: /** @type {File | null} */ (null), keys: '', checkpoint: /** @type {File | null} */ (null), receipts: /** @type {File[]} */ ([]) };
const state = {
  worker: /** @type {Worker | null} */ (null), step: 'fetching', share: /** @type {number | null} */ (null),
  report: /** @type {Report | null} */ (null), trouble: '', reasons: /** @type {import('./lib.js').Reason[]} */ ([]),
};

page('verify', async () => {
  round = await api('GET', address);
  setRound(round);
  setTitle(t('verify.title'));
  draw();
});

const program = new URL('./verify/worker.js', import.meta.url).href;
/** @type {any} Trusted Types, where the browser has them: this policy knows one address only */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('pbvote', { createScriptURL: () => program });

/** @param {Event} event */
function start(event) {
  event.preventDefault();
  if (state.worker) return;
  const worker = new Worker(policy ? policy.createScriptURL('') : program, { type: 'module' });
  Object.assign(state, { worker, step: asked.bundle ? 'reading' : 'fetching', share: null, report: null, trouble: '', reasons: [] });
  worker.onmessage = ({ data }) => hear(data);
  worker.onerror = () => finish({ trouble: 'failed' });
  worker.postMessage({ address: published, ...asked });
  draw();
  document.getElementById('progress')?.focus();
  announce(t('verify.running'));
}

/** @param {Told} told */
function hear(told) {
  if ('step' in told) {
    Object.assign(state, told);
    draw();
  } else if ('report' in told) finish({ report: told.report });
  else if ('unable' in told) finish({ trouble: 'unable' });
  else if ('missing' in told) finish({ trouble: told.missing === 404 ? 'missing' : 'not_reached' });
  else finish({ reasons: told.problems.map(({ field, code }) => ({ code, params: {}, detail: '', field })) });
}

/** @param {Partial<typeof state>} outcome */
function finish(outcome) {
  state.worker?.terminate();
  Object.assign(state, { worker: null }, outcome);
  setCurrency(state.report?.currency || round.currency);
  draw();
  if (state.reasons.length > 0) {
    focusSummary(t('verify.title'));
    return;
  }
  setTitle(t('verify.title'), Boolean(state.trouble) || Boolean(state.report?.code));
  const verdict = document.getElementById('verdict');
  verdict?.scrollIntoView({ block: 'nearest' });
  verdict?.focus({ preventScroll: true });
}

function stop() {
  state.worker?.terminate();
  state.worker = null;
  draw();
  document.getElementById('start')?.focus();
}

function draw() {
  const { worker, report, trouble, reasons } = state;
  const done = round.polls.filter((/** @type {any} */ one) => one.state === 'published');
  const out = OUT.includes(round.phase) || round.current > 1;
  show(html`<div class="read"><p class="over-title"><a href=${path('r', round.slug, ...(out ? ['results'] : []))}>${round.title}</a><span>${round.forum.name}</span></p>
    ${errorSummary(reasons)}
    <h1>${t('verify.title')}</h1>${bothVotes(done, round.polls.length, Number(askedVote().slice(-1)) || done.at(-1)?.position)}
    ${out ? nothing : emptyState(t('verify.not_out'), t('verify.not_out_text'), html`<p><a class="button" href=${path('r', round.slug)}>${t('closed.round')}</a></p>`)}
    ${report || trouble ? nothing : html`<p class="lead">${t('verify.lead')}</p><ul>${['box', 'sealed', 'count'].map((what) => html`<li>${t(`verify.what_${what}`)}</li>`)}</ul>`}
    ${report ? outcome(report) : trouble ? inTrouble(trouble) : nothing}
    ${out ? html`${worker ? running() : nothing}${form(worker !== null)}` : nothing}
    <h2>${t('verify.limits')}</h2><ul>${['who', 'keys', 'page'].map((what) => html`<li>${t(`verify.limits_${what}`)}</li>`)}</ul>
    ${out ? offline() : nothing}</div>`);
}

const offline = () => html`<h2>${t('verify.offline')}</h2><p>${t('verify.offline_text')}</p>
  <p><a href="/api/verifier/pbvote-verify.pyz" download>${t('verify.program')}</a></p>
  ${state.trouble === 'missing' ? nothing : html`<p><a class="button quiet" href=${published} download>${icon('download')}${t('verify.download')}</a></p>`}
  <pre class="sheet scroll" tabindex="0" role="region" aria-label=${t('verify.command')}>pbvote verify bundle.zip</pre>`;

const running = () => html`<div class="sheet"><p><label for="progress">${t(`verify.step_${state.step}`)}</label></p>
  <progress id="progress" tabindex="-1" max="1" value=${state.share ?? nothing}></progress>
  <p><button class="button quiet" @click=${stop}>${t('verify.stop')}</button></p></div>`;

/** Hidden, not taken away, while the check runs: the files that were chosen stay chosen. @param {boolean} hidden */
function form(hidden) {
  const own = state.trouble === 'missing' || state.reasons.length > 0 || asked.keys || asked.checkpoint || asked.receipts.length > 0 || asked.bundle;
  return html`<form novalidate ?hidden=${hidden} @submit=${start}>
    <p><button class="button ${state.report ? 'quiet' : 'big'}" id="start">${t(state.report || state.trouble ? 'verify.again' : 'verify.start')}</button></p>
    <details class="more" ?open=${Boolean(own)}><summary>${t('verify.more')}</summary>
      <p>${t('verify.more_text')}</p>
      ${areaField({ name: 'keys', label: t('verify.keys'), hint: t('verify.keys_hint'), value: asked.keys, rows: 3, error: reasonFor(state.reasons, 'keys'), input: (value) => { asked.keys = value; } })}
      ${fileField('receipts', true, (files) => { asked.receipts = files; })}
      ${fileField('checkpoint', false, ([file]) => { asked.checkpoint = file ?? null; })}
      ${fileField('bundle', false, ([file]) => { asked.bundle = file ?? null; })}
      <p class="quiet">${t('verify.stays')}</p>
      <p><button class="button quiet">${t('verify.start_with')}</button></p>
    </details></form>`;
}

/** @param {'receipts' | 'checkpoint' | 'bundle'} name @param {boolean} many @param {(files: File[]) => void} chosen */
const fileField = (name, many, chosen) => wrapField({ name, label: t(`verify.file_${name}`), hint: t(`verify.file_${name}_hint`), error: reasonFor(state.reasons, name) }, (describedBy) => html`
  <input id="f-${name}" type="file" ?multiple=${many} aria-describedby=${describedBy} aria-invalid=${reasonFor(state.reasons, name) ? 'true' : nothing}
    @change=${(/** @type {Event} */ event) => chosen([.../** @type {HTMLInputElement} */ (event.currentTarget).files ?? []])}>`);

/** @param {string} trouble nothing could be checked: why */
const inTrouble = (trouble) => html`<div class="verdict odd" id="verdict" tabindex="-1" role="alert"><h2>${t(`verify.trouble_${trouble}`)}</h2><p>${t(`verify.trouble_${trouble}_text`)}</p></div>`;

/** @param {Report} report */
function outcome(report) {
  const { code, findings } = report;
  const kind = ['ok', 'bad', 'odd'][code];
  const wrongs = findings.filter(({ right }) => !right).length;
  const totals = findings.some((finding) => finding.code === 'totals_only');
  const verdict = code === 0 && totals ? 'totals' : ['right', 'wrong', 'unreadable'][code];
  return html`<div class="verdict ${kind}" id="verdict" tabindex="-1"><h2>${icon(code === 0 ? 'check' : 'warn', 'big')}${t(`verify.verdict_${verdict}`)}</h2>
    <p>${t(`verify.verdict_${verdict}_text`, { count: wrongs })}</p></div>
    ${code === 0 ? nothing : html`<p>${t('verify.ask')} ${help(round.contact)}</p>`}
    ${report.title ? html`<p class="quiet">${t('verify.of', { title: report.title })}</p>` : nothing}
    ${verdict === 'unreadable' ? html`<p class="quiet">${t('verify.in_the_way')} <span lang="en">${findings[0].detail}</span></p>`
    : html`<h2>${t('verify.findings')}</h2><div class="sheet"><ul class="findings">${findings.map(found)}</ul></div>`}`;
}

/** @param {Finding} finding */
function found(finding) {
  const kind = !finding.right ? 'wrong' : finding.note ? 'note' : 'right';
  return html`<li class="is-${kind}">${icon({ right: 'check', wrong: 'close', note: 'warn' }[kind])}<div><span class="vh">${t(`verify.mark_${kind}`)} </span>${sentence(finding)}
    ${finding.problems.length === 0 ? nothing : html`<ul>${finding.problems.map((problem) => html`<li>${sentence(problem)}</li>`)}
      ${finding.more > 0 ? html`<li>${t('verify.and_more', { count: finding.more })}</li>` : nothing}</ul>`}</div></li>`;
}

/** @param {Said} said */
const sentence = ({ code, params: given, detail }) => html`${t(`verify.say.${code}`, { ...given, ...(code === 'outcome_right' ? { rule: wayOf(given.rule) } : {}) })}${
  detail ? html` <span class="quiet" lang="en">(${detail})</span>` : nothing}`;

/** @param {unknown} rule */
function wayOf(rule) {
  const key = `way.${String(rule).replaceAll('-', '_')}`;
  return knows(key) ? t(key) : rule;
}
