// Suggest a proposal: one thing per page, kept on this device until it is sent.
import {
  api, areaField, errorSummary, fieldId, focusSummary, html, icon, money, nothing, page, params, path, pence, Problem, radioField, reasonFor,
  reasonText, setCurrency, setRound, setTitle, show, t, textField,
} from './lib.js';
import { help } from './ballot/frame.js';
import { costProblems, emptyForm, LIMITS, linesTotal, loadForm, saveForm, STEPS, wrongIn, forgetForm } from './public/suggestion.js';

/** @type {any} */
let round;
let form = loadForm();
const state = {
  step: 0, sending: false, reasons: /** @type {import('./lib.js').Reason[]} */ ([]), sent: /** @type {{number: number, key: string} | null} */ (null),
};

page('suggest', async () => {
  round = await api('GET', `/api/rounds/${encodeURIComponent(params.round)}`);
  setCurrency(round.currency);
  setRound(round);
  // officers add what came on paper or by telephone; the server checks that they are officers
  const staff = new URLSearchParams(location.search).has('staff') && round.phase === 'review';
  if (round.phase !== 'proposals' && !staff) { showClosed(); return; }
  addEventListener('hashchange', () => { goTo(location.hash.slice(1)); });
  goTo(location.hash.slice(1));
});

function showClosed() {
  const early = round.phase === 'draft';
  const date = early ? round.calendar.proposals_open : round.calendar.proposals_close;
  setTitle(t('suggest.closed'));
  show(html`<div class="read"><p class="over-title">${round.forum.name}</p><h1>${t('suggest.closed')}</h1>
    <p class="lead">${date ? t(early ? 'suggest.early_text' : 'suggest.closed_text', { day: date.day, time: date.time }) : t('suggest.closed_no_date')}</p>
    <p><a class="button" href=${path('r', round.slug)}>${t('closed.round')}</a></p><h2>${t('closed.help')}</h2><p>${help(round.contact)}</p></div>`);
}

/** @param {string} name */
function goTo(name) {
  state.step = Math.max(0, STEPS.indexOf(name));
  state.reasons = [];
  draw();
  scrollTo(0, 0);
  document.getElementById('main')?.focus({ preventScroll: true });
}

/** @param {Partial<typeof form>} change */
function keep(change) {
  form = { ...form, ...change };
  saveForm(form);
  draw();
}

/** @param {Event} event */
async function next(event) {
  event.preventDefault();
  const step = STEPS[state.step];
  state.reasons = step === 'check' ? STEPS.flatMap((one) => wrongIn(one, form, round)) : wrongIn(step, form, round);
  if (state.reasons.length > 0) { draw(); focusSummary(t('suggest.title')); return; }
  if (step === 'check') await send();
  else location.hash = STEPS[state.step + 1];
}

async function send() {
  if (state.sending) return;
  state.sending = true;
  draw();
  try {
    const lines = form.lines.filter((line) => line.what.trim() || line.amount.trim()).map((line) => ({ what: line.what.trim(), amount: pence(line.amount) ?? 0, basis: line.basis }));
    const { title, summary, description, category, place, proposer, contact_email: email, running_costs: running } = form;
    state.sent = await api('POST', `/api/rounds/${encodeURIComponent(params.round)}/proposals`, {
      title: title.trim(), summary: summary.trim(), description: description.trim(), category, place: place.trim(), proposer: proposer.trim(),
      contact_email: email.trim(), running_costs: running.trim(), lines,
    });
    forgetForm();
    form = emptyForm();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    state.reasons = error.reasons.length > 0 ? error.reasons : [{ code: error.code, detail: error.detail, params: {}, field: '' }];
  }
  state.sending = false;
  draw();
  if (state.reasons.length > 0) focusSummary(t('suggest.title'));
  else { scrollTo(0, 0); document.getElementById('main')?.focus({ preventScroll: true }); }
}

function draw() {
  if (state.sent) { showDone(state.sent); return; }
  const step = STEPS[state.step];
  const back = state.step === 0 ? path('r', round.slug) : `#${STEPS[state.step - 1]}`;
  setTitle(`${t(`suggest.${step}`)} - ${t('suggest.title')}`);
  show(html`<form class="read" novalidate @submit=${next}>
    <p class="over-title"><a href=${back}>${t('suggest.back')}</a><span>${t('suggest.step', { step: state.step + 1, steps: STEPS.length })}</span></p>
    ${errorSummary(state.reasons)}
    ${bodies[step]()}
    <p class="row"><button class="button" aria-disabled=${state.sending ? 'true' : nothing}>${t(step === 'check' ? (state.sending ? 'check.sending' : 'suggest.send') : 'suggest.continue')}</button></p>
    <p class="hint small">${t('suggest.kept')}</p></form>`);
}

/** @param {keyof typeof LIMITS} name @param {Record<string, unknown>} [more] */
const ask = (name, more = {}) => ({
  name, label: t(`suggest.field_${name}`), hint: t(`suggest.hint_${name}`), value: /** @type {any} */ (form)[name], max: LIMITS[name],
  error: reasonFor(state.reasons, name), input: (/** @type {string} */ value) => keep({ [name]: value }), ...more,
});

/** @type {Record<string, () => unknown>} */
const bodies = {
  idea: () => html`<h1>${t('suggest.idea')}</h1><p>${t('suggest.idea_lead', { forum: round.forum.name })}</p>${textField(ask('title'))}${areaField(ask('summary', { rows: 3 }))}`,
  about: () => areaField(ask('description', { rows: 10, heading: true })),
  theme: () => radioField({
    name: 'category', label: t('suggest.field_category'), heading: true, value: form.category, error: reasonFor(state.reasons, 'category'),
    options: round.categories.map((/** @type {any} */ one) => ({ value: one.id, text: html`<span class="named"><span class="swatch ${one.theme}"></span>${one.name}</span>` })),
    change: (category) => keep({ category }),
  }),
  place: () => textField(ask('place', { heading: true })),
  costs,
  running: () => areaField(ask('running_costs', { rows: 3, heading: true, optional: true })),
  you: () => html`<h1>${t('suggest.you')}</h1>${textField(ask('proposer', { autocomplete: 'organization' }))}${textField(ask('contact_email', { type: 'email', autocomplete: 'email', mode: 'email', max: 0 }))}`,
  check,
};

function costs() {
  const total = linesTotal(form.lines);
  const { smallest_award: least, largest_award: most } = round;
  const set = (/** @type {number} */ at, /** @type {Record<string, string>} */ change) => keep({ lines: form.lines.map((line, index) => (index === at ? { ...line, ...change } : line)) });
  const problem = costProblems(form.lines, round)[0];
  return html`<h1 id=${fieldId('lines')} tabindex="-1">${t('suggest.costs')}</h1><p>${t('suggest.costs_lead')}</p>
    ${least || most ? html`<p class="hint">${t(least && most ? 'round.limits' : most ? 'round.limit_most' : 'round.limit_least', { least, most })}</p>` : nothing}
    ${reasonFor(state.reasons, 'lines') ? html`<p class="error">${reasonText(/** @type {any} */ (reasonFor(state.reasons, 'lines')))}</p>` : nothing}
    ${form.lines.map((line, index) => html`<fieldset class="sheet line"><legend class="vh">${t('suggest.line', { n: index + 1 })}</legend>
      ${textField({ name: `lines.${index}.what`, label: t('suggest.line_what'), value: line.what, error: reasonFor(state.reasons, `lines.${index}.what`), input: (what) => set(index, { what }) })}
      ${textField({ name: `lines.${index}.amount`, label: t('suggest.line_amount'), value: line.amount, money: true, width: 'short', error: reasonFor(state.reasons, `lines.${index}.amount`), input: (amount) => set(index, { amount }) })}
      <div class="row apart"><label class="choice"><input type="checkbox" .checked=${line.basis === 'quote'} @change=${(/** @type {Event} */ event) => set(index, { basis: /** @type {HTMLInputElement} */ (event.currentTarget).checked ? 'quote' : 'estimate' })}>
        <span>${t('suggest.line_quote')}</span></label>
      ${form.lines.length > 1 ? html`<button type="button" class="link" @click=${() => keep({ lines: form.lines.filter((_, at) => at !== index) })}>${t('suggest.line_remove')}<span class="vh">: ${line.what || index + 1}</span></button>` : nothing}</div></fieldset>`)}
    <p><button type="button" class="button quiet" @click=${() => keep({ lines: [...form.lines, { what: '', amount: '', basis: 'estimate' }] })}>${t('suggest.line_add')}</button></p>
    <p class="row"><span>${t('check.total')}</span><b class="amount" aria-live="polite">${money(total)}</b>${total > 0 && problem ? html`<span class="error">${reasonText(problem)}</span>` : nothing}</p>`;
}

function check() {
  const category = round.categories.find((/** @type {any} */ one) => one.id === form.category);
  const row = (/** @type {string} */ key, /** @type {unknown} */ value, /** @type {string} */ step) => html`<div class="answer"><dt>${t(`suggest.field_${key}`)}</dt><dd>${value || html`<span class="quiet">${t('suggest.left_empty')}</span>`}</dd>
    <dd><a href="#${step}">${t('suggest.change')}<span class="vh">: ${t(`suggest.field_${key}`)}</span></a></dd></div>`;
  return html`<h1>${t('suggest.check')}</h1>
    <dl class="sheet answers">${row('title', form.title, 'idea')}${row('summary', form.summary, 'idea')}${row('description', html`<span class="pre">${form.description}</span>`, 'about')}
    ${row('category', category?.name, 'theme')}${row('place', form.place, 'place')}
    ${row('lines', html`${form.lines.filter((line) => line.what).map((line) => html`<span class="block">${line.what}: ${money(pence(line.amount) ?? 0)}</span>`)}<b>${t('suggest.total', { amount: linesTotal(form.lines) })}</b>`, 'costs')}
    ${row('running_costs', form.running_costs, 'running')}${row('proposer', form.proposer, 'you')}${row('contact_email', form.contact_email, 'you')}</dl>
    <p>${t('suggest.public')}</p>`;
}

/** @param {{number: number, key: string}} sent */
function showDone(sent) {
  setTitle(t('suggest.done'));
  show(html`<div class="read"><div class="receipt"><h1>${icon('check')}${t('suggest.done')}</h1><p>${t('suggest.done_number')}</p><b class="key">${String(sent.number)}</b>
      <p>${t('suggest.done_key')}</p><b class="key">${sent.key}</b></div>
    <p>${t('suggest.write_down')}</p><h2>${t('done.next')}</h2><p>${t('suggest.done_next')}</p>
    <p class="row noprint"><button class="button" @click=${() => print()}>${icon('print')}${t('suggest.print')}</button>
      <a class="button quiet" href=${path('r', round.slug, 'proposals', sent.number)}>${t('suggest.see')}</a></p></div>`);
}
